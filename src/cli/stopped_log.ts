// The log of a stopped node, opened by a tool. Takes the same lock as the node, so the two never meet.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config.ts";
import { type EventLog, LogLocked, openEmbeddedLog } from "../log/mod.ts";
import { logDirectory } from "./command_settings.ts";
import { exitCodes } from "./usage.ts";

/** Opens the log, runs `work`, closes it. Failures become a line on stderr and an exit code. */
export async function withStoppedLog(
  settings: Settings,
  work: (log: EventLog, partitions: number) => Promise<number>,
): Promise<number> {
  try {
    const partitions = partitionsOf(settings);
    const log = await openEmbeddedLog({
      directory: logDirectory(settings),
      partitions,
      segmentBytes: settings.segmentBytes,
      groupBytesMax: 1 << 20,
      pendingBytesMax: settings.logPendingBytesMax,
      sync: "always",
      syncIntervalMs: settings.syncIntervalMs,
      onFailure: (error) => process.stderr.write(`laurel: ${error.message}\n`),
      onNotice: (notice) => process.stderr.write(`${JSON.stringify(notice)}\n`),
    });
    try {
      return await work(log, partitions);
    } finally {
      await log.close();
    }
  } catch (error) {
    process.stderr.write(`laurel: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof LogLocked ? exitCodes.temporary : exitCodes.internal;
  }
}

/** The number written into the data directory counts, not the setting: a tool must open what is there. */
function partitionsOf(settings: Settings): number {
  const layout: unknown = JSON.parse(readFileSync(join(settings.data, "layout.json"), "utf8"));
  if (typeof layout === "object" && layout !== null && "partitions" in layout && typeof layout.partitions === "number")
    return layout.partitions;
  throw new Error(`${join(settings.data, "layout.json")} does not say how many partitions there are`);
}
