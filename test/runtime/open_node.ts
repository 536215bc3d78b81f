// A node without its HTTP front: real log, real workers, real stores, in a directory of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventLog, LogNotice } from "../../src/log/mod.ts";
import { openEmbeddedLog } from "../../src/log/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import {
  type IncomingEvent,
  type Runtime,
  type RuntimeFailure,
  type RuntimeOptions,
  startRuntime,
} from "../../src/runtime/mod.ts";

export const CLIENT = "demo";
export const PARTITIONS = 8;

/** A file of the compiled tree: threads and child processes cannot run sources. `npm test` builds it first. */
export function builtFile(path: string): URL {
  return new URL(import.meta.url.includes("/dist/") ? `../../${path}` : `../../dist/${path}`, import.meta.url);
}

const builtWorker = builtFile("src/runtime/worker.js");
const builtStoreWriter = builtFile("src/runtime/store_writer_thread.js");

export function programOf(timeZone: string): ProgramDocument {
  return { client: CLIENT, time_zone: timeZone, suppliers: [], audiences: [], campaigns: [] };
}

export interface Node {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly failures: RuntimeFailure[];
  /** Clean stop. */
  stop(): Promise<void>;
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), "laurel-runtime."));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

export function openLog(directory: string, notices: LogNotice[] = []): Promise<EventLog> {
  return openEmbeddedLog({
    directory: join(directory, "log"),
    partitions: PARTITIONS,
    segmentBytes: 1 << 20,
    groupBytesMax: 1 << 18,
    pendingBytesMax: 1 << 24,
    sync: "always",
    syncIntervalMs: 100,
    onFailure: () => {},
    onNotice: (notice) => notices.push(notice),
  });
}

export async function openNode(directory: string, options: Partial<RuntimeOptions> = {}): Promise<Node> {
  const log = options.log ?? (await openLog(directory));
  const failures: RuntimeFailure[] = [];
  try {
    const runtime = await startRuntime({
      log,
      dataDirectory: directory,
      partitions: PARTITIONS,
      workers: 2,
      programs: [programOf("UTC")],
      onFailure: (failure) => failures.push(failure),
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      workerEntry: builtWorker,
      storeWriterEntry: builtStoreWriter,
      ...options,
    });
    const stop = async (): Promise<void> => {
      await runtime.stop();
      await log.close();
    };
    return { log, runtime, failures, stop };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** An event as the front hands it on. */
export function eventOf(name: string, data: { [name: string]: string }): IncomingEvent {
  const body = Buffer.from(JSON.stringify({ event_name: name, data }));
  return { client: CLIENT, form: "envelope", name, body, data, isDataWhole: true };
}
