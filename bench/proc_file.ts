// What Linux knows about a process: CPU time over all threads and resident memory. Empty-handed (an error) anywhere
// else.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Clock ticks a second of /proc/<pid>/stat; 100 on every common kernel, asked once to be sure. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User plus system time of all threads, living and dead, in seconds. Resolution: one tick (10 ms). */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command name may hold spaces and brackets: fields are counted from the last bracket. utime is field 14, stime
  // 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export interface ResidentMemory {
  readonly nowMiB: number;
  /** Of that, pages of mapped files (the stores): clean copies of what is on disk, which the kernel takes back when it needs room. */
  readonly mappedMiB: number;
  /** High-water mark since the process started. */
  readonly maxMiB: number;
}

export function residentMemoryOf(pid: number): ResidentMemory {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return {
    nowMiB: kibOf(status, "VmRSS:") / 1024,
    mappedMiB: kibOf(status, "RssFile:") / 1024,
    maxMiB: kibOf(status, "VmHWM:") / 1024,
  };
}

function kibOf(status: string, label: string): number {
  const at = status.indexOf(label);
  return at < 0 ? Number.NaN : Number.parseInt(status.slice(at + label.length), 10);
}
