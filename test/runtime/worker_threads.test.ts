// Threads that were started ahead of a node which then did not start.

import { once } from "node:events";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { startWorkerThreads, stopUnopened, whenEnded, workerCount } from "../../src/runtime/worker/worker_threads.ts";
import { builtFile } from "./open_node.ts";

const PATIENCE_MS = 30_000;

test("threads that were never opened end by themselves when they are told to, with nothing to close", async () => {
  const threads = startWorkerThreads(builtFile("laurel/runtime/worker/worker.js"), 2);
  const ended = threads.map((thread) => once(thread, "exit"));
  stopUnopened(threads);
  expect(await Promise.all(ended)).toEqual([[0], [0]]);
});

test("T1 whoever started threads learns when all have ended, and does not wait for those that have, nor for ever", async () => {
  const threads = startWorkerThreads(builtFile("laurel/runtime/worker/worker.js"), 2);
  await whenEnded(threads, 1);
  expect(threads.every(({ threadId }) => threadId > 0)).toBe(true);
  stopUnopened(threads);
  await whenEnded(threads, PATIENCE_MS);
  expect(threads.every(({ threadId }) => threadId === -1)).toBe(true);
  await whenEnded(threads, PATIENCE_MS);
});

test("a node has as many workers as it is asked for, else one a core, but no more than partitions", () => {
  expect(workerCount(3, 16)).toBe(3);
  expect(workerCount(40, 16)).toBe(16);
  expect(workerCount(null, 1)).toBe(1);
  expect(workerCount(null, 1_000)).toBe(availableParallelism());
});
