// Entry of a worker thread. Stopped by message only: it ends when its port is closed and its stores are.

import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./protocol.ts";
import { WorkerHost } from "./worker_host.ts";

// By how much the heap may grow over what lives in it before it is collected. State comes and goes with the cache, and left to itself V8 lets
// three times as much garbage lie as there is state (measured with a million persons: 2.2 GiB resident instead of 1.2). Less than this costs
// time: at 40 % an event in bulk took 8 % more CPU.
setFlagsFromString("--heap-growing-percent=100");

const port = parentPort;
assert(port !== null, "worker.ts is started as a worker thread");

const host = new WorkerHost(workerData as WorkerOptions, {
  post(message: FromWorker, transfer: readonly ArrayBuffer[]): void {
    port.postMessage(message, transfer);
    if (message.kind === "stopped") port.close();
  },
});

port.on("message", (message: ToWorker) => host.receive(message));

host.open();
