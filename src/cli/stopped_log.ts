// The log of a stopped node, opened by a tool. Takes the same lock as the node, so the two never meet.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/mod.ts";
import { LOG_GROUP_BYTES_MAX } from "../config/limits.ts";
import { natsSettings, openSharedLog } from "../node/join.ts";
import { type EventLog, type LogNotice, openEmbeddedLog } from "../log/mod.ts";
import { logDirectory } from "./command_settings.ts";
import { Ending } from "./ending.ts";
import { complain, exitCodeOf, exitCodes } from "./usage.ts";

/** Opens the log, runs `work`, closes it. Failures become a line on stderr and an exit code. */
export async function withStoppedLog(
  settings: Settings,
  work: (log: EventLog, partitions: number) => Promise<number>,
): Promise<number> {
  new Ending().endOnBugs(complain);
  if (!existsSync(layoutPath(settings))) {
    complain(`LAUREL_DATA is ${settings.data}, where no node has kept its data yet`);
    return exitCodes.usage;
  }
  try {
    if (settings.natsUrl === null) checkLog(logDirectory(settings));
    const partitions = partitionsOf(settings);
    const log = await openLog(settings, partitions);
    try {
      return await work(log, partitions);
    } finally {
      await log.close();
    }
  } catch (error) {
    complain(error);
    return exitCodeOf(error);
  }
}

/** Of a node of a cluster: the shared log; the node is stopped, the others may run. */
function openLog(settings: Settings, partitions: number): Promise<EventLog> {
  const onNotice = (notice: LogNotice): void => void process.stderr.write(`${JSON.stringify(notice)}\n`);
  const nats = natsSettings(settings);
  if (nats !== null)
    return openSharedLog(nats, { settings: { ...settings, partitions }, onNotice, onFailure: complain });
  return openEmbeddedLog({
    directory: logDirectory(settings),
    partitions,
    segmentBytes: settings.segmentBytes,
    groupBytesMax: LOG_GROUP_BYTES_MAX,
    pendingBytesMax: settings.logPendingBytesMax,
    sync: "always",
    syncIntervalMs: settings.syncIntervalMs,
    onFailure: complain,
    onNotice,
  });
}

/** A node has a log before it has a layout. Opened without one, the log would be made, empty. */
function checkLog(directory: string): void {
  const isThere = existsSync(directory) && readdirSync(directory).some((name) => name.endsWith(".seg"));
  if (!isThere)
    throw new Error(`${directory} holds no log, and there was one: put it back from a copy. Nothing was changed.`);
}

function layoutPath(settings: Settings): string {
  return join(settings.data, "layout.json");
}

/** The number written into the data directory counts, not the setting: a tool must open what is there. */
function partitionsOf(settings: Settings): number {
  const path = layoutPath(settings);
  const layout = layoutIn(path);
  if (typeof layout === "object" && layout !== null && "partitions" in layout && typeof layout.partitions === "number")
    return layout.partitions;
  throw new Error(`${path} does not say how many partitions there are`);
}

function layoutIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path} is damaged: it is not JSON`, { cause: error });
  }
}
