// Lock
//
// Keeps a second process off a log directory: a file `lock-<generation>` that names its holder.
//
//   K1. One generation has one holder: the file appears whole, by a link that fails if the name exists.
//   K2. A lock is stale if its process is gone, or its pid now belongs to a process that started at another time, or the machine has
//       booted since. A stale lock is taken over by linking the next generation, so that of two who try only one succeeds.
//   K3. Whoever finds a living holder after linking steps back.
//
// Processes are told apart within one machine and one process namespace; a directory shared beyond that needs its own guard.

import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../base/caught.ts";
import { LogLocked } from "./errors.ts";
import type { LogNotice } from "./log_notice.ts";

/** Losing a race means that another one won it: more than a few rounds are a living competitor. */
const ATTEMPTS_MAX = 5;
const LOCK_NAME = /^lock-(\d+)$/;

interface Holder {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; null where the system does not tell. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

export async function lockDirectory(directory: string, onNotice: (notice: LogNotice) => void): Promise<DirectoryLock> {
  const claim = join(directory, `claim-${randomUUID()}`);
  await writeFile(claim, JSON.stringify(await thisProcess()), { flag: "wx" });
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const generations = await listGenerations(directory);
      const stalePids = await refuseLiving(directory, generations);
      const mine = (generations.at(-1) ?? 0) + 1;
      if (!(await linkOnce(claim, lockPath(directory, mine)))) continue;
      const others = (await listGenerations(directory)).filter((generation) => generation !== mine);
      await refuseLiving(directory, others, () => rm(lockPath(directory, mine)));
      for (const stale of others) await rm(lockPath(directory, stale), { force: true });
      for (const pid of stalePids) onNotice({ name: "log_lock_taken_over", heldBy: pid });
      return { release: () => rm(lockPath(directory, mine), { force: true }) };
    }
  } finally {
    await rm(claim, { force: true });
  }
  throw new LogLocked(directory, 0);
}

function lockPath(directory: string, generation: number): string {
  return join(directory, `lock-${generation}`);
}

async function listGenerations(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right);
}

/** Throws `LogLocked` if one of them is alive. Returns the pids of the dead. */
async function refuseLiving(
  directory: string,
  generations: readonly number[],
  stepBack: () => Promise<void> = async () => {},
): Promise<number[]> {
  const stalePids: number[] = [];
  for (const generation of generations) {
    const holder = await readHolder(lockPath(directory, generation));
    if (holder === null) continue;
    if (await isAlive(holder)) {
      await stepBack();
      throw new LogLocked(directory, holder.pid);
    }
    stalePids.push(holder.pid);
  }
  return stalePids;
}

async function linkOnce(claim: string, path: string): Promise<boolean> {
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Null when the lock has gone, or was never whole: a power cut can leave an empty file, a living process cannot (K1). */
async function readHolder(path: string): Promise<Holder | null> {
  const text = await readIfThere(path);
  if (text === null || text === "") return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  if (!("pid" in parsed) || !("startTicks" in parsed) || !("bootId" in parsed)) return null;
  const { pid, startTicks, bootId } = parsed;
  if (typeof pid !== "number") return null;
  return { pid, startTicks: textOrNull(startTicks), bootId: textOrNull(bootId) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

async function isAlive(holder: Holder): Promise<boolean> {
  const bootId = await readBootId();
  if (holder.bootId !== bootId) return false;
  if (!isRunning(holder.pid)) return false;
  const startTicks = await readStartTicks(holder.pid);
  return startTicks === null || holder.startTicks === null || startTicks === holder.startTicks;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but belongs to somebody else.
    return errorCode(error) !== "ESRCH";
  }
}

async function thisProcess(): Promise<Holder> {
  return { pid: process.pid, startTicks: await readStartTicks(process.pid), bootId: await readBootId() };
}

/** Null on systems without /proc. */
async function readBootId(): Promise<string | null> {
  return (await readIfThere("/proc/sys/kernel/random/boot_id"))?.trim() ?? null;
}

async function readStartTicks(pid: number): Promise<string | null> {
  const text = await readIfThere(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the command in parentheses and may hold anything; the start time is the 22nd, the 20th behind it.
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
