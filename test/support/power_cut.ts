// A disk that can lose its power.
//
// An ext4 image on a loop device. What a process wrote and did not sync sits in the page cache of the mounted file system; a copy of the
// image, taken while the processes are stopped, is the disk as a power cut leaves it. `kill -9` cannot show that: it keeps the page cache.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PowerCutDisk {
  /** Where the disk is mounted. */
  readonly path: string;
  /** Stops the processes, copies the disk, kills them, and mounts the copy. Returns where. */
  cut(pids: readonly number[]): string;
  dispose(): void;
}

const disks = new Set<PowerCutDisk>();
process.once("exit", () => {
  for (const disk of disks) disk.dispose();
});

/** Throws with a sentence where images cannot be mounted: the test that needs one must fail, not pass unseen. */
export function openPowerCutDisk(megabytes: number): PowerCutDisk {
  const base = mkdtempSync(join(tmpdir(), "laurel-disk-"));
  const image = join(base, "disk.img");
  const mounts: string[] = [];
  writeFileSync(image, "");
  truncateSync(image, megabytes << 20);
  run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
  const mount = (file: string, name: string): string => {
    const path = join(base, name);
    mkdirSync(path);
    run("mount", "-o", "loop", file, path);
    mounts.push(path);
    return path;
  };
  const path = mount(image, "before");
  run("sync", "-f", path);
  const disk: PowerCutDisk = {
    path,
    cut(pids) {
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      const copy = join(base, "crash.img");
      run("cp", "--sparse=always", image, copy);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      return mount(copy, "after");
    },
    dispose() {
      disks.delete(disk);
      for (const each of mounts.splice(0).toReversed()) run("umount", "-l", each);
      rmSync(base, { recursive: true, force: true });
    },
  };
  disks.add(disk);
  return disk;
}

function run(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { stdio: "pipe" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`this test needs root and loop devices to play a power cut; ${command} said: ${reason}`);
  }
}
