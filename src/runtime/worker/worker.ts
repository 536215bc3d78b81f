// Entry of a worker thread. Stopped by message only: it ends when its port is closed and its stores are.

import { setFlagsFromString } from "node:v8";
import { parentPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import type { FromWorker, ToThread } from "../protocol.ts";
import { WorkerHost, type WorkerPort } from "./worker_host.ts";

// By how much the heap may grow over what lives in it before it is collected. State comes and goes with the cache, and left to itself V8 lets
// three times as much garbage lie as there is state (measured with a million persons: 2.2 GiB resident instead of 1.2). Less than this costs
// time: at 40 % an event in bulk took 8 % more CPU.
setFlagsFromString("--heap-growing-percent=100");

const port = parentPort;
assert(port !== null, "worker.ts is started as a worker thread");

const toMain: WorkerPort = {
  post(message: FromWorker, transfer: readonly ArrayBuffer[]): void {
    port.postMessage(message, transfer);
    if (message.kind === "stopped") port.close();
  },
};

let host: WorkerHost | null = null;

port.on("message", (message: ToThread) => {
  if (message.kind === "open") {
    host = new WorkerHost(message.options, toMain);
    host.open();
  } else if (message.kind === "ping") toMain.post({ kind: "pong" }, []);
  else if (host === null) port.close();
  else host.receive(message);
});
