// Entry of a worker thread. Stopped by message only: it ends when its port is closed and its stores are.

import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./protocol.ts";
import { WorkerHost } from "./worker_host.ts";

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
