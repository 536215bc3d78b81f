// The pool over a thread that says what a worker says.

import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { WorkerPool } from "../../src/runtime/worker_pool.ts";

/** Describes itself as soon as it runs, which is sooner than any worker does, then says something else; ends when it is told to. */
const talker = `
import { parentPort } from "node:worker_threads";
parentPort.postMessage({ kind: "described", partitions: [] });
parentPort.postMessage({ kind: "answers", answers: [] });
parentPort.on("message", ({ kind }) => kind === "stop" && parentPort.close());
`;

test("workers that have opened before anybody asks have opened", async () => {
  let heardMore: () => void = () => {};
  const hasSpoken = new Promise<void>((resolve) => {
    heardMore = resolve;
  });
  const pool = new WorkerPool({
    threads: [new Worker(new URL(`data:text/javascript,${encodeURIComponent(talker)}`))],
    workers: [
      {
        workerIndex: 0,
        workers: 1,
        initialPartitions: [],
        partitions: 1,
        dataDirectory: "",
        cacheBytesOfPartition: 0,
        dirtyBytesMax: 0,
        checkpointIntervalMs: 0,
      },
    ],
    onMessage: () => heardMore(),
    onFailure: ({ error }) => expect.unreachable(error.message),
  });
  await hasSpoken;
  expect(await pool.whenOpen()).toEqual([]);
  await pool.stop(false);
});
