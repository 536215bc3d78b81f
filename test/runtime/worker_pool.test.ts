// The pool over a thread that says what a worker says.

import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { type PoolOptions, WorkerPool } from "../../src/runtime/worker_pool.ts";

/** Describes itself as soon as it runs, which is sooner than any worker does, then says something else; ends when it is told to. */
const talker = `
import { parentPort } from "node:worker_threads";
parentPort.postMessage({ kind: "described", partitions: [] });
parentPort.postMessage({ kind: "answers", answers: [] });
parentPort.on("message", ({ kind }) => kind === "stop" && parentPort.close());
`;

function poolOf(script: string, parts: Pick<PoolOptions, "silenceMs" | "onMessage" | "onFailure">): WorkerPool {
  return new WorkerPool({
    threads: [new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))],
    workers: [
      {
        workerIndex: 0,
        workers: 1,
        initialPartitions: [],
        partitions: 1,
        dataDirectory: "",
        cacheBytesOfPartition: 0,
        dirtyBytesMax: 0,
        personMarks: null,
        checkpointIntervalMs: 0,
      },
    ],
    ...parts,
  });
}

test("workers that have opened before anybody asks have opened", async () => {
  let heardMore: () => void = () => {};
  const hasSpoken = new Promise<void>((resolve) => {
    heardMore = resolve;
  });
  const pool = poolOf(talker, {
    silenceMs: 60_000,
    onMessage: () => heardMore(),
    onFailure: ({ error }) => expect.unreachable(error.message),
  });
  await hasSpoken;
  expect(await pool.whenOpen()).toEqual([]);
  await pool.stop(false);
});

/** Describes itself, answers as many pings as `answers` says, and ends when it is told to. */
const answering = (answers: number): string => `
import { parentPort } from "node:worker_threads";
parentPort.postMessage({ kind: "described", partitions: [] });
let left = ${answers};
parentPort.on("message", ({ kind }) => {
  if (kind === "ping" && left-- > 0) parentPort.postMessage({ kind: "pong" });
  if (kind === "stop") parentPort.close();
});
`;

test("a worker that answers nothing any more has failed, once; one that answers has not", async () => {
  const failures: string[] = [];
  const onFailure = ({ error }: { readonly error: Error }): void => void failures.push(error.message);
  const awake = poolOf(answering(1_000_000), { silenceMs: 600, onMessage: () => {}, onFailure });
  await pause(1_500);
  expect(failures).toEqual([]);
  await awake.stop(false);

  const asleep = poolOf(answering(3), { silenceMs: 600, onMessage: () => {}, onFailure });
  await asleep.whenOpen();
  await expect(asleep.describe()).rejects.toThrow("does not answer any more");
  await pause(1_500);
  expect(failures).toEqual(["worker 0 does not answer any more"]);
  await asleep.stop(false);
});
