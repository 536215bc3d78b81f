// A log in a directory of its own, and the few verbs that the tests of this folder share.

import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type EmbeddedLogOptions,
  type EventLog,
  type LogNotice,
  type LogUnavailable,
  openEmbeddedLog,
  RecordReader,
} from "../../src/log/mod.ts";
import { type NewRecord, recordKinds } from "../../src/model/record.ts";

export const PARTITIONS = 4;
export const KIBI = 1024;

export interface OpenLog {
  readonly log: EventLog;
  readonly directory: string;
  readonly notices: LogNotice[];
  readonly failures: LogUnavailable[];
}

/** Removed when the test is over. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "laurel-log-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Small segments and groups, so that a few hundred records cross every border. Closed when the test is over. */
export async function openLog(directory: string, overrides: Partial<EmbeddedLogOptions> = {}): Promise<OpenLog> {
  const notices: LogNotice[] = [];
  const failures: LogUnavailable[] = [];
  const log = await openEmbeddedLog({
    directory,
    partitions: PARTITIONS,
    segmentBytes: 64 * KIBI,
    groupBytesMax: 16 * KIBI,
    pendingBytesMax: 1024 * KIBI,
    sync: "always",
    syncIntervalMs: 10,
    onFailure: (error) => failures.push(error),
    onNotice: (notice) => notices.push(notice),
    ...overrides,
  });
  onTestFinished(() => log.close());
  return { log, directory, notices, failures };
}

export function newRecord(text: string, timeMs = 1000): NewRecord {
  return {
    kind: recordKinds.event,
    flags: 1,
    timeMs,
    idHigh: 4_000_000_000,
    idLow: text.length,
    payload: new TextEncoder().encode(text),
  };
}

export async function appendDurably(log: EventLog, partition: number, ...texts: string[]): Promise<void> {
  let group = 0;
  for (const text of texts) group = log.append(partition, newRecord(text));
  await log.whenDurable(group);
}

/** What the log holds: for each partition the payloads in order, with the sequence in front. */
export async function contents(log: EventLog, from: readonly number[] = []): Promise<string[][]> {
  const found: string[][] = Array.from({ length: PARTITIONS }, () => []);
  for await (const batch of log.read(from)) collect(batch, found);
  return found;
}

export function collect(batch: Uint8Array, found: string[][]): void {
  const reader = new RecordReader();
  reader.reset(batch);
  while (reader.next()) found[reader.partition]?.push(`${reader.sequence} ${new TextDecoder().decode(reader.payload)}`);
}

export async function segmentFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith("log-"))
    .sort()
    .map((name) => join(directory, name));
}

/** The directory as a crash would leave it now: without the lock, whose process would be gone. */
export async function copyAsCrashed(directory: string): Promise<string> {
  const copy = await newDirectory();
  await cp(directory, copy, { recursive: true });
  for (const name of await readdir(copy)) if (name.startsWith("lock-")) await rm(join(copy, name));
  return copy;
}

/** The last segment and where its frames begin and end, by their lengths alone. */
export function frameOffsets(segment: Buffer): number[] {
  const offsets: number[] = [];
  let offset = segment.readUInt32LE(12);
  while (offset + 32 <= segment.length && segment.readUInt32LE(offset) !== 0) {
    offsets.push(offset);
    offset += 32 + segment.readUInt32LE(offset + 4);
  }
  return [...offsets, offset];
}
