// Entry of a worker thread. Stopped by message only: it ends when its port is closed and its stores are.

import { parentPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import type { FromWorker, ToThread } from "../protocol.ts";
import { WorkerHost, type WorkerPort } from "./worker_host.ts";

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
