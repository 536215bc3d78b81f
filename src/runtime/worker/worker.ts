// Entry of a worker thread. Stopped by message only: it ends when its port is closed and its stores are.

import { parentPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import type { FromWorker, ToThread } from "../protocol.ts";
import { ThreadGauge } from "./thread_gauge.ts";
import { WorkerHost, type WorkerPort } from "./worker_host.ts";

/** A worker's records are applied in slices of milliseconds: what is to be seen is the record that takes many times as long. */
const LOOP_DELAY_RESOLUTION_MS = 50;

const port = parentPort;
assert(port !== null, "worker.ts is started as a worker thread");

const toMain: WorkerPort = {
  post(message: FromWorker, transfer: readonly ArrayBuffer[]): void {
    port.postMessage(message, transfer);
    if (message.kind !== "stopped") return;
    gauge.stop();
    port.close();
  },
};

let host: WorkerHost | null = null;
const gauge = new ThreadGauge(LOOP_DELAY_RESOLUTION_MS);

port.on("message", (message: ToThread) => {
  if (message.kind === "open") {
    host = new WorkerHost(message.options, toMain);
    host.open();
  } else if (message.kind === "ping") toMain.post({ kind: "pong", measures: gauge.measure() }, []);
  else if (host === null) {
    gauge.stop();
    port.close();
  } else host.receive(message);
});
