import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogLocked } from "../../src/log/mod.ts";
import { appendDurably, newDirectory, openLog } from "./log_fixture.ts";

test("a second opener is refused while the first lives, and the sentence names it", async () => {
  const { directory } = await openLog(await newDirectory());
  const refusal = await openLog(directory).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogLocked);
  expect(String(refusal)).toContain(`in use by process ${process.pid}`);
});

test("of many who open at once, one gets it", async () => {
  const directory = await newDirectory();
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => openLog(directory)));
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled").length).toBe(1);
});

test("K2 of many who find a stale lock at once, at most one gets it", async () => {
  const directory = await directoryHeldBy({ pid: 4_000_000, startTicks: "1", bootId: await bootId() });
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => openLog(directory)));
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled").length).toBe(1);
});

test("close gives it back, also after a refusal", async () => {
  const { log, directory } = await openLog(await newDirectory());
  await expect(openLog(directory)).rejects.toBeInstanceOf(LogLocked);
  await appendDurably(log, 0, "a");
  await log.close();
  const again = await openLog(directory);
  expect(again.log.lastSequences()[0]).toBe(1);
  expect((await readdir(directory)).filter((name) => /^(lock|claim)-/.test(name)).length).toBe(1);
});

test("K2 the lock of a dead process is taken over and told", async () => {
  const child = await startedChild();
  const directory = await directoryHeldBy({ pid: child.pid ?? 0, startTicks: null, bootId: await bootId() });
  await expect(openLog(directory)).rejects.toMatchObject({ name: "LogLocked", pid: child.pid });
  child.kill("SIGKILL");
  await once(child, "exit");
  const { notices } = await openLog(directory);
  expect(notices[0]).toEqual({ name: "log_lock_taken_over", heldBy: child.pid });
});

test("K2 a pid that another process has by now does not count", async () => {
  const directory = await directoryHeldBy({ pid: process.pid, startTicks: "1", bootId: await bootId() });
  const { notices } = await openLog(directory);
  expect(notices[0]).toEqual({ name: "log_lock_taken_over", heldBy: process.pid });
});

test("K2 a lock from before the last boot does not count", async () => {
  const directory = await directoryHeldBy({ pid: process.pid, startTicks: null, bootId: "another boot" });
  const { notices } = await openLog(directory);
  expect(notices[0]).toEqual({ name: "log_lock_taken_over", heldBy: process.pid });
});

test("a lock file that a power cut left empty does not count", async () => {
  const directory = await newDirectory();
  await writeFile(join(directory, "lock-3"), "");
  await openLog(directory);
  expect((await readdir(directory)).filter((name) => name.startsWith("lock-"))).toEqual(["lock-4"]);
});

async function directoryHeldBy(holder: object): Promise<string> {
  const directory = await newDirectory();
  await writeFile(join(directory, "lock-1"), JSON.stringify(holder));
  return directory;
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

async function startedChild(): Promise<ChildProcess> {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child, "spawn");
  return child;
}
