// Retention
//
// Removes the oldest segments that nobody needs any more.
//
//   N1. A segment goes only if the next one's table says that all before it lies below `from`. The active segment never goes.
//   N2. Names disappear oldest first and durably one by one: a crash leaves a shorter log, never one with a gap.

import { rm } from "node:fs/promises";
import { syncDirectory } from "./file_io.ts";
import { isAllBefore } from "./log_reader.ts";
import type { Segment } from "./segment.ts";

/** @param segments oldest first; what is retired is taken out of it */
export async function retireSegments(directory: string, segments: Segment[], from: readonly number[]): Promise<void> {
  for (;;) {
    const [oldest, next] = segments;
    if (oldest === undefined || next === undefined || !isAllBefore(next, from)) return;
    // Taken out first: whoever begins to read from now on gets a `LogHole` instead of a vanished file.
    segments.shift();
    await rm(oldest.path);
    await syncDirectory(directory);
  }
}
