// The pool over a thread that says what a worker says.

import { newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { promised } from "../../src/base/promised.ts";
import { type PoolOptions, WorkerPool } from "../../src/runtime/worker/worker_pool.ts";

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
        crowds: newCrowdMarks(),
        checkpointIntervalMs: 0,
      },
    ],
    ...parts,
  });
}

test("workers that have opened before anybody asks have opened", async () => {
  const spoken = promised();
  const pool = poolOf(talker, {
    silenceMs: 60_000,
    onMessage: () => spoken.resolve(),
    onFailure: ({ error }) => expect.unreachable(error.message),
  });
  await spoken.promise;
  expect(await pool.whenOpen()).toEqual([]);
  await pool.stop({ isDrained: false });
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
  const failures = { awake: [] as string[], asleep: [] as string[] };
  const open = (name: keyof typeof failures, answers: number): WorkerPool =>
    poolOf(answering(answers), {
      silenceMs: 600,
      onMessage: () => {},
      onFailure: ({ error }) => failures[name].push(error.message),
    });
  const pools = [open("awake", 1_000_000), open("asleep", 3)] as const;
  const [, asleep] = pools;
  await asleep.whenOpen();
  await expect(asleep.describe()).rejects.toThrow("does not answer any more");
  // Twice the silence that is allowed, for both.
  await pause(1_200);
  expect(failures).toEqual({ awake: [], asleep: ["worker 0 does not answer any more"] });
  for (const pool of pools) await pool.stop({ isDrained: false });
});
