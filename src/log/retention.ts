// Retention
//
// Removes the oldest segments that nobody needs any more.
//
//   N1. A segment goes only if the next one's table says that all before it lies below `from`. The active segment never goes.
//   N2. Names disappear oldest first and durably one by one: a crash leaves a shorter log, never one with a gap.
//   N3. Nor does it go before its newest record is older than records are to be kept. So that this comes to pass, segments end by age, too (`group_writer.ts`).

import { rm } from "node:fs/promises";
import { syncDirectory } from "./file_io.ts";
import { isAllBefore } from "./log_reader.ts";
import type { Segment } from "./segment.ts";

/** Of the time for which records are kept, as much may a segment be filled, or records be kept longer. */
export const KEPT_PARTS = 8;

/**
 * @param segments oldest first; what is retired is taken out of it
 * @param keptFromMs N3; infinity: of any age
 */
export async function retireSegments(
  directory: string,
  segments: Segment[],
  from: readonly number[],
  keptFromMs: number,
): Promise<void> {
  for (;;) {
    const [oldest, next] = segments;
    if (oldest === undefined || next === undefined || !isAllBefore(next, from)) return;
    if (newestOf(next.header.timesBefore) >= keptFromMs) return;
    // Taken out first: whoever begins to read from now on gets a `LogHole` instead of a vanished file.
    segments.shift();
    await rm(oldest.path);
    await syncDirectory(directory);
  }
}

/** Unix ms; 0: there was none. */
export function newestOf(times: Float64Array): number {
  let newest = 0;
  for (const time of times) if (time > newest) newest = time;
  return newest;
}
