// One measured round of an HTTP case against one server.
//
//   H2. Throughput counts what was accepted (2xx) and completely worked off: the time a server needs to come to rest
//       is part of its round.
//   H3. CPU is that of the server process alone, all threads, from before the first request until it rests.

import type { PreparedCase } from "./http_cases.ts";
import type { LoadGenerator, LoadOrder, LoadResult } from "./load_order.ts";
import { runLoad } from "./load_process.ts";
import { drainMs, SERVER_HOST, SERVER_TOKEN, type ServerProcess } from "./server_process.ts";

export interface RoundOptions {
  readonly generator: LoadGenerator;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** How many distinct ones are prepared. */
  readonly bodies: number;
}

export interface Round {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly load: LoadResult;
  readonly drainMs: number;
}

/** Enough in flight that group commit has something to group; the reference load of the targets. */
const CONNECTIONS = 128;

/** Streams are never reused within a run, so that order ids stay unique. */
let nextStream = 1;

export async function measure(server: ServerProcess, httpCase: PreparedCase, options: RoundOptions): Promise<Round> {
  const order: LoadOrder = {
    host: SERVER_HOST,
    port: server.port,
    path: httpCase.path,
    token: SERVER_TOKEN,
    connections: CONNECTIONS,
    warmUpMs: options.warmUpMs,
    durationMs: options.durationMs,
    generator: options.generator,
    stream: nextStream++,
    bodies: options.bodies,
    ...(httpCase.sent === null ? {} : { content: httpCase.sent }),
  };
  let cpuBefore = server.cpuSeconds();
  const load = await runLoad(order, async () => {
    await drainMs(server);
    cpuBefore = server.cpuSeconds();
  });
  const restMs = await drainMs(server);
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  const accepted = load.requests - load.non2xx;
  return {
    eventsPerSecond: accepted / ((load.durationMs + restMs) / 1000),
    cpuUsPerEvent: (cpuSeconds * 1e6) / accepted,
    load,
    drainMs: restMs,
  };
}

/** Round by round: neighbours see the same machine. */
export function ratiosOf(ours: readonly Round[], theirs: readonly Round[]): number[] {
  return ours.map((round, i) => round.eventsPerSecond / (theirs[i]?.eventsPerSecond ?? Number.NaN));
}
