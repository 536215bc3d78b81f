// One measured figure. Every benchmark returns rows; `run.ts` prints and stores them, and nothing here asserts on time.

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure is held against, in words, such as ">= 0.6"; printed beside the value. */
  readonly target?: string;
  /** What a reader must know to trust the figure; for example that the load generator was the limit. */
  readonly note?: string;
}

/** How much time a run may take. "quick" is bounded by 90 s in total, "full" by 10 min. */
export type BenchMode = "quick" | "full";

export function benchMode(): BenchMode {
  return process.env["BENCH_QUICK"] === "1" ? "quick" : "full";
}

/**
 * The middle of the samples; of two middles the mean. NaN when there are none, which the report shows as "no figure".
 */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Spread of the samples as a share of their median: the noise that a reader must allow for. */
export function spread(samples: readonly number[]): number {
  if (samples.length < 2 || median(samples) === 0) return 0;
  return (Math.max(...samples) - Math.min(...samples)) / median(samples);
}

/** For the note of a row made of several rounds. */
export function roundsNote(samples: readonly number[]): string {
  return `median of ${samples.length}, spread ${(spread(samples) * 100).toFixed(0)} %`;
}
