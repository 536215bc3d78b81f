// The threads of a node: where their code is, and how the first of them are started before anything else is loaded.

import type { Worker } from "node:worker_threads";
import type { Settings } from "./config/mod.ts";
// Not through the runtime's door, behind which is all that these threads are to be started ahead of.
import { startWorkerThreads, workerCount } from "./runtime/worker/worker_threads.ts";

export { stopUnopened, whenEnded } from "./runtime/worker/worker_threads.ts";

/** Named here: built, all that this process loads lies beside this file, whichever folder it was written in. */
export const threadEntries = {
  worker: new URL("./runtime/worker/worker.js", import.meta.url),
  storeWriter: new URL("./runtime/checkpoints/store_writer_thread.js", import.meta.url),
  fulfillment: new URL("./fulfillment/thread.js", import.meta.url),
  front: new URL("./fronts/thread.js", import.meta.url),
};

export function startWorkers({ workers, partitions }: Settings): Worker[] {
  return startWorkerThreads(threadEntries.worker, workerCount(workers, partitions));
}
