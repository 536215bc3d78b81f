// Worker threads before there is a runtime: they load their code while the main thread loads a node, which is most of a start.
//
//   T0. A thread has nothing open before it is told `open`: until then `stop` ends it as soon as its code is loaded.
//   T1. A process that exits while a thread loads native code aborts, whatever code it was to end with. So whoever started threads waits for their end.

import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ToWorker } from "../protocol.ts";
import { WORKER_YOUNG_HEAP_MIB } from "../settings.ts";

/** How many workers a node has when it is asked for `wanted`; null: one a core, since an event costs them more than the main thread. At most one a partition. */
export function workerCount(wanted: number | null, partitions: number): number {
  return Math.min(wanted ?? availableParallelism(), partitions);
}

/** @param entry the compiled worker.ts */
export function startWorkerThreads(entry: URL, count: number): Worker[] {
  return Array.from(
    { length: count },
    (_, index) =>
      new Worker(entry, {
        // No flags of the main thread: under a test runner they name loaders that do not concern the worker.
        execArgv: [],
        name: `laurel-worker-${index}`,
        resourceLimits: { maxYoungGenerationSizeMb: WORKER_YOUNG_HEAP_MIB },
      }),
  );
}

/** Of threads that no runtime has taken over. */
export function stopUnopened(threads: readonly Worker[]): void {
  for (const thread of threads) thread.postMessage({ kind: "stop", isDrained: false } satisfies ToWorker);
}

/** Resolves when all have ended (T1), or after `patienceMs`: one that hangs must not keep a process that failed. */
export async function whenEnded(threads: readonly Worker[], patienceMs: number): Promise<void> {
  const running = threads.filter(({ threadId }) => threadId !== ENDED);
  const ended = running.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
  await Promise.race([Promise.all(ended), sleep(patienceMs, undefined, { ref: false })]);
}

/** What Node says is the id of a thread that has ended. */
const ENDED = -1;
