// F6: a disk that is really full, on a small file system in memory. Needs root and mount.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogUnavailable } from "../../src/log/mod.ts";
import { contents, KIBI, newRecord, openLog } from "./log_fixture.ts";

const settings = { segmentBytes: 1024 * KIBI, groupBytesMax: 64 * KIBI };

test("a full disk stops acknowledging, keeps what was acknowledged, and goes on when there is room", async () => {
  const disk = mountDisk();
  const directory = join(disk, "log");
  const { log, notices, failures } = await openLog(directory, settings);
  const filler = join(disk, "filler");
  await fill(filler, disk, 3 * 1024 * KIBI);

  const acknowledged = await appendUntilRefused(log.append.bind(log), log.whenDurable.bind(log));
  expect(acknowledged).toBeGreaterThan(200);
  expect(notices.map((notice) => notice.name)).toEqual(["log_opened", "log_no_room", "log_paused"]);
  expect(log.lastSequences()[0]).toBe(acknowledged);
  expect((await contents(log))[0]?.length).toBe(acknowledged);

  await rm(filler);
  await expect.poll(() => notices.at(-1)?.name, { timeout: 20_000 }).toBe("log_resumed");
  await log.whenDurable(log.append(0, newRecord("after")));
  expect((await contents(log))[0]?.at(-1)).toBe(`${acknowledged + 1} after`);
  expect(failures).toEqual([]);
  await log.close();
  const again = await openLog(directory, settings);
  expect(again.log.lastSequences()[0]).toBe(acknowledged + 1);
  await again.log.close();
});

test("without room for the first segment the log does not open, and leaves nothing behind", async () => {
  const disk = mountDisk();
  await expect(openLog(join(disk, "log"), { segmentBytes: 16 * 1024 * KIBI })).rejects.toThrow(/ENOSPC/);
  const { log } = await openLog(join(disk, "log"), settings);
  await log.close();
});

/** One record of 8 kB at a time; returns how many were acknowledged before the first refusal. */
async function appendUntilRefused(
  append: (partition: number, record: ReturnType<typeof newRecord>) => number,
  whenDurable: (group: number) => Promise<void>,
): Promise<number> {
  const record = newRecord("x".repeat(8000));
  for (let count = 0; count < 2000; count++) {
    try {
      await whenDurable(append(0, record));
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnavailable);
      expect(error).toMatchObject({ retryable: true });
      return count;
    }
  }
  throw new Error("the disk never filled");
}

async function fill(path: string, disk: string, freeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  const handle = await open(path, "w");
  await handle.write(Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
  await handle.close();
}

function mountDisk(): string {
  const disk = mkdtempSync(join(tmpdir(), "laurel-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], { timeout: 10_000 });
  } catch (error) {
    rmdirSync(disk);
    throw new Error("this test mounts a small file system: it must run as root with the right to mount", {
      cause: error,
    });
  }
  onTestFinished(() => {
    execFileSync("umount", ["-l", disk], { timeout: 10_000 });
    rmdirSync(disk);
  });
  return disk;
}
