// Metrics of the process and of each of its threads.

import { readdirSync, readFileSync } from "node:fs";
import { errorCode } from "../base/caught.ts";
import type { FrontMeasures } from "../fronts/mod.ts";
import type { Runtime, ThreadGauge, ThreadMeasures } from "../runtime/mod.ts";
import { type Add, labelled, plain, type Sample } from "./sample.ts";
import { VERSION } from "./version.ts";

export function addProcess(add: Add): void {
  const { user, system } = process.cpuUsage();
  add("laurel_process_cpu_seconds_total", "CPU of all threads since start", [
    labelled("mode", "user", user / 1e6),
    labelled("mode", "system", system / 1e6),
  ]);
  const threads = threadCpuSeconds();
  if (threads.length > 0)
    add(
      "laurel_thread_cpu_seconds_total",
      "CPU by thread since start; `main` is the log and, where it is the only one, the front",
      threads,
    );
  add("laurel_build_info", "What runs: always 1", [
    { labels: { version: VERSION, node: process.versions.node, arch: process.arch }, value: 1 },
  ]);
  add("laurel_process_start_time_seconds", "When the process began, in seconds since 1970", [
    plain(performance.timeOrigin / 1000),
  ]);
  add("laurel_process_resident_bytes", "Resident set", [plain(process.memoryUsage.rss())]);
}

/** Unit of utime and stime in proc(5): fixed for programs on Linux, whatever the kernel's own tick. */
const CPU_TICK_SECONDS = 0.01;

/** Of the living threads, by kernel thread id. Empty where there is no /proc. */
function threadCpuSeconds(): Sample[] {
  const directory = "/proc/self/task";
  const ids = listIfThere(directory);
  return ids.flatMap((id) => {
    const stat = readIfThere(`${directory}/${id}/stat`);
    if (stat === null) return [];
    // Field 2 is the name in parentheses and may hold blanks; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return [labelled("thread", id === String(process.pid) ? "main" : id, ticks * CPU_TICK_SECONDS)];
  });
}

function listIfThere(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** A thread may end between being listed and being read. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ESRCH";
}

/** Those that do the work; who writes stores and who calls outside have next to no heap. */
export function addThreads(
  add: Add,
  { main, runtime }: { readonly main: ThreadGauge | null; readonly runtime: Runtime },
  fronts: readonly FrontMeasures[],
): void {
  const measured: [string, ThreadMeasures][] = [];
  if (main !== null) measured.push(["main", main.measure()]);
  fronts.forEach(({ thread }, index) => measured.push([main === null ? "main" : `front-${index + 1}`, thread]));
  runtime.metrics().workers.forEach(({ thread }, index) => {
    if (thread !== null) measured.push([`worker-${index}`, thread]);
  });
  const each = (read: (thread: ThreadMeasures) => number): Sample[] =>
    measured.map(([thread, measures]) => labelled("thread", thread, read(measures)));
  add(
    "laurel_thread_heap_used_bytes",
    "Objects in a thread's heap",
    each((thread) => thread.heapUsedBytes),
  );
  add(
    "laurel_thread_heap_bytes",
    "A thread's heap as it was asked of the system",
    each((thread) => thread.heapTotalBytes),
  );
  add(
    "laurel_thread_heap_limit_bytes",
    "What it may grow to before the process ends",
    each((thread) => thread.heapLimitBytes),
  );
  add(
    "laurel_thread_external_bytes",
    "Buffers that a thread's objects hold outside of its heap",
    each((thread) => thread.externalBytes),
  );
  add(
    "laurel_thread_loop_delay_seconds",
    "Delay of a thread's event loop since start; quantile 1: the longest",
    measured.flatMap(([thread, { loopDelays }]) =>
      loopDelays.map(({ quantile, seconds }) => ({ labels: { thread, quantile: String(quantile) }, value: seconds })),
    ),
  );
}
