// What a load generator is asked to do and what it reports. Plain data: it crosses a process border.

/**
 * "closed": plain sockets, each answer sends the connection's next request. "paced": plain sockets, open loop at a
 * rate. "autocannon": closed loop by autocannon, as figures published elsewhere are measured; it is full at a third to a
 * half of what "closed" reaches.
 */
export type LoadGenerator =
  | { readonly kind: "closed" }
  | { readonly kind: "paced"; readonly ratePerSecond: number }
  | { readonly kind: "autocannon" };

export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly token: string;
  readonly connections: number;
  /** Unmeasured load before the round. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly generator: LoadGenerator;
  /** Which stream of the reference workload; a new one for each round, so that order ids stay unique. */
  readonly stream: number;
  /** Distinct bodies; they repeat in turn when the round needs more. */
  readonly bodies: number;
  /** Absent: events of the workload as they are. */
  readonly content?: LoadContent;
}

/** What is sent instead. */
export type LoadContent =
  /** The persons of the workload ask for this zone. */
  | { readonly kind: "zone"; readonly zone: string }
  /** In turn. */
  | { readonly kind: "reads"; readonly paths: readonly string[] }
  /** The same from visitors in turn; without tokens, from nobody known. */
  | { readonly kind: "visits"; readonly body: string; readonly tokens: readonly string[] };

export interface LoadResult {
  /** Answered requests. */
  readonly requests: number;
  readonly durationMs: number;
  readonly non2xx: number;
  /** What those were, each with how many: status, error code, `Retry-After` in seconds. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Connections that failed and requests without an answer in time. */
  readonly errors: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  /** CPU time of the generator over wall time; near 1.0 its one thread was the limit. */
  readonly cpuShare: number;
}

/** All that was not accepted and all that failed, in words: what an honest server refuses, it refuses for a while. */
export function refusalsNote(rounds: readonly Pick<LoadResult, "refusals" | "errors">[]): string {
  const counts = new Map<string, number>();
  for (const [what, count] of rounds.flatMap(({ refusals }) => Object.entries(refusals)))
    counts.set(what, (counts.get(what) ?? 0) + count);
  const refused = [...counts].map(([what, count]) => `${count} refused with ${what}`);
  const errors = rounds.reduce((sum, round) => sum + round.errors, 0);
  return [...(refused.length === 0 ? ["none refused"] : refused), `errors ${errors}`].join(", ");
}
