// L4, W3, W4: what happens when the disk says no. The disk is real; its answers are changed by putting another file behind the log's
// descriptors: /dev/full refuses writes with ENOSPC, /dev/null refuses syncs, a descriptor for reading refuses writes. With `sync: always` a
// write is its own sync, so there a refused write stands for both.

import { closeSync, constants, openSync, readdirSync, readlinkSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { LogUnavailable } from "../../src/log/mod.ts";
import {
  appendDurably,
  contents,
  copyAsCrashed,
  frameOffsets,
  newDirectory,
  newRecord,
  openLog,
  segmentFiles,
} from "./log_fixture.ts";

test("L4 after a failed write nothing is acknowledged any more, and the failure is told once", async () => {
  const { log, directory, failures } = await openLog(await newDirectory());
  await appendDurably(log, 0, "a");
  await waitUntilPrepared();
  const [file = ""] = await segmentFiles(directory);
  putBehind(descriptorsOf(file), file, constants.O_RDONLY);
  const first = log.append(0, newRecord("b"));
  const refusal = await log.whenDurable(first).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogUnavailable);
  expect(refusal).toMatchObject({ retryable: false });
  expect(() => log.append(0, newRecord("c"))).toThrow(LogUnavailable);
  await expect(log.whenDurable(first)).rejects.toBe(refusal);
  expect(failures).toEqual([refusal]);
  expect((await contents(log))[0]).toEqual(["1 a"]);
});

test("L4 a failed write rejects what waits behind it as well", async () => {
  const { log, directory, failures } = await openLog(await newDirectory());
  await waitUntilPrepared();
  const [file = ""] = await segmentFiles(directory);
  putBehind(descriptorsOf(file), file, constants.O_RDONLY);
  const groups: number[] = [];
  for (let i = 0; i < 40; i++) groups.push(log.append(0, newRecord("x".repeat(1000))));
  const outcomes = await Promise.allSettled(groups.map((group) => log.whenDurable(group)));
  expect(new Set(groups).size).toBeGreaterThan(2);
  expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
  expect(failures.length).toBe(1);
  await log.close();
  const again = await openLog(directory);
  expect(again.log.lastSequences()[0]).toBe(0);
});

test("L4 with sync interval, a failed background sync stops the log too", async () => {
  const { log, directory, failures } = await openLog(await newDirectory(), { sync: "interval", syncIntervalMs: 5 });
  await waitUntilPrepared();
  putBehind(descriptorsOf((await segmentFiles(directory))[0]), "/dev/null");
  await appendDurably(log, 0, "a");
  await expect.poll(() => failures.length).toBe(1);
  expect(() => log.append(0, newRecord("b"))).toThrow(LogUnavailable);
});

test("W4 a full disk pauses the log, what was refused leaves no trace, and it resumes by itself", async () => {
  const { log, directory, failures, notices } = await openLog(await newDirectory());
  await appendDurably(log, 0, "a");
  await waitUntilPrepared();
  const [file = ""] = await segmentFiles(directory);
  const descriptors = descriptorsOf(file);
  putBehind(descriptors, "/dev/full");
  const refused = log.append(0, newRecord("refused ".repeat(20), 5000));
  await expect(log.whenDurable(refused)).rejects.toMatchObject({ name: "LogUnavailable", retryable: true });
  expect(() => log.append(0, newRecord("b"))).toThrow(LogUnavailable);
  expect(notices.at(-1)).toMatchObject({ name: "log_paused", droppedRecords: 1 });
  await writePartOfFrame(file);
  putBehind(descriptors, file);
  await expect.poll(() => notices.at(-1)?.name, { timeout: 20_000 }).toBe("log_resumed");
  await appendDurably(log, 0, "b");
  expect((await contents(log))[0]).toEqual(["1 a", "2 b"]);
  await expect(log.whenDurable(refused)).rejects.toBeInstanceOf(LogUnavailable);
  expect(failures).toEqual([]);
  const crashed = await openLog(await copyAsCrashed(directory));
  expect((await contents(crashed.log))[0]).toEqual(["1 a", "2 b"]);
  expect(crashed.notices.map((notice) => notice.name)).toEqual(["log_opened"]);
});

test("close while the log is paused ends at once and loses nothing", async () => {
  const { log, directory, notices } = await openLog(await newDirectory());
  await appendDurably(log, 0, "a");
  await waitUntilPrepared();
  const [file = ""] = await segmentFiles(directory);
  const descriptors = descriptorsOf(file);
  putBehind(descriptors, "/dev/full");
  await expect(log.whenDurable(log.append(0, newRecord("b")))).rejects.toMatchObject({ retryable: true });
  putBehind(descriptors, file);
  await log.close();
  expect(notices.at(-1)?.name).toBe("log_paused");
  const again = await openLog(directory);
  expect((await contents(again.log))[0]).toEqual(["1 a"]);
});

test("L3 a listener that throws fails the log: what it did not take is not acknowledged", async () => {
  const { log, failures } = await openLog(await newDirectory());
  log.onCommit(() => {
    throw new Error("the listener broke");
  });
  await expect(log.whenDurable(log.append(0, newRecord("a")))).rejects.toThrow("the listener broke");
  expect(failures.length).toBe(1);
});

/** /dev/full takes nothing; a disk may take the first part of a group before it is full. */
async function writePartOfFrame(file: string): Promise<void> {
  const end = frameOffsets(await readFile(file)).at(-1) ?? 0;
  const handle = await open(file, "r+");
  await handle.write(Buffer.alloc(150, 0xaa), 0, 150, end);
  await handle.close();
}

/** All that the process has open on `file`: the log writes and syncs through descriptors of their own. */
function descriptorsOf(file: string | undefined): number[] {
  const found = readdirSync("/proc/self/fd").filter((name) => targetOf(name) === file);
  if (found.length === 0) throw new Error(`${file} is not open`);
  return found.map(Number).sort((a, b) => a - b);
}

function targetOf(descriptor: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The descriptor of the listing itself is gone by now.
    return null;
  }
}

function putBehind(descriptors: readonly number[], path: string, flags = constants.O_RDWR): void {
  for (const descriptor of descriptors) putBehindOne(descriptor, path, flags);
}

/** Opens `path` under the number `descriptor`: the kernel gives out the lowest free one. */
function putBehindOne(descriptor: number, path: string, flags: number): void {
  closeSync(descriptor);
  const spare: number[] = [];
  for (;;) {
    const opened = openSync(path, flags);
    if (opened === descriptor) break;
    spare.push(opened);
    if (opened > descriptor || spare.length > 1000) throw new Error("somebody else took the descriptor");
  }
  for (const number of spare) closeSync(number);
}

/** So that no background work opens files while descriptors are exchanged. */
async function waitUntilPrepared(): Promise<void> {
  await expect
    .poll(() => readdirSync("/proc/self/fd").some((name) => targetOf(name)?.endsWith("next.seg") === true))
    .toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 30));
}
