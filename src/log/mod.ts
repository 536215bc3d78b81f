// The durable log: the only door of this folder.
//
// In: records of all partitions. Out: the same records, durable and in order, live and at recovery.
// The log knows partitions, sequences and bytes; it never looks into a payload.
//
// What is written stays readable: state is made anew from logs that earlier versions wrote. A segment and a stream name their format, a record its
// kind. A payload names its members (commands, messages), its form (events) or its format (outcomes): a new member is absent in old records, a new
// meaning gets a new name. `test/engine/record_forms.test.ts` keeps one of each as it was written.

import type { NewRecord } from "../model/record.ts";
import type { JetStreamLogOptions } from "./jetstream/settings.ts";

/**
 * An append-only, partitioned log.
 *
 *   L1. A record of a group whose `whenDurable` resolved survives a power cut (with `sync: "always"`).
 *   L2. Within a partition, sequences are 1, 2, 3 ... without gap, and record times never fall.
 *   L3. `onCommit` sees every record once, in order, and only after it is durable.
 *   L4. After the first failed write or sync nothing is acknowledged any more: `append` throws, pending groups reject.
 */
/** Reading on in one buffer costs half of what a new one for each batch does. */
export type BatchKeeping = "kept" | "passing";

export interface EventLog {
  /** Bytes of the largest record that `append` takes. */
  readonly recordBytesMax: number;
  /** Bytes that may wait to become durable. */
  readonly pendingBytesMax: number;
  /**
   * Throws where `append` would refuse records of so many bytes together; otherwise it takes them until this turn of the event loop is over.
   *
   *   M1. A log of one process takes them into one group when they fit one, so that they are durable together or not at all.
   */
  makeRoom(bytes: number): void;
  /** Copies the record into the open commit group and returns the number of that group. Throws `LogUnavailable` after a failure (L4). */
  append(partition: number, record: NewRecord): number;
  /** Resolves when the group is durable; one shared promise a group. Rejects with `LogUnavailable`. */
  whenDurable(group: number): Promise<void>;
  /** Called after each commit with its records, in the binary form of `model/record.ts`. The bytes must not be kept past the call. */
  onCommit(listener: CommitListener): void;
  /**
   * All records with sequence >= `from[partition]` that were durable when the call was made, oldest first, in batches of the
   * binary form of `model/record.ts`. Rejects with `LogHole` when a wanted record was already retired.
   *
   * @param keeping what the caller does with a batch: keeps or transfers it, or is done with it when it asks for the next, which may then take its place
   */
  read(from: readonly number[], keeping?: BatchKeeping): AsyncIterable<Uint8Array>;
  /**
   * Resolves when `onCommit` was told of everything of the partition that was durable at the call, whoever appended it. Rejects with
   * `LogUnavailable` while that cannot be found out.
   */
  whenHeard(partition: number): Promise<void>;
  /**
   * `onCommit` is told of the partition from now on; resolves when it would be, rejects with `LogUnavailable`. What is before that, `read` gives.
   * A log of one process, and one that is not opened for parts, always tells of all.
   */
  follow(partition: number): Promise<void>;
  unfollow(partition: number): void;
  /** From now on this process appends to the partition for the others: for its owner. Believed wrongly it costs time and nothing else. */
  lead(partition: number): void;
  stopLeading(partition: number): void;
  /** The last sequence of each partition, of those that are followed; 0 where there is none. */
  lastSequences(): number[];
  /** Records below `from[partition]` are no longer needed: drops what whole segments allow, of those that are not kept for their age. */
  retire(from: readonly number[]): Promise<void>;
  stats(): LogStats;
  /** Commits what is queued, then closes. */
  close(): Promise<void>;
}

/**
 * own: appended here, and about to be acknowledged. other: appended by another writer of the same log, or here in a group that was dropped
 * because its outcome was unknown. Only a log that is shared between processes has others.
 */
export type RecordOrigin = "own" | "other";

/** Without an origin the records are `own`. */
export type CommitListener = (records: Uint8Array, origin?: RecordOrigin) => void;

export interface LogStats {
  readonly pendingBytes: number;
  readonly pendingRecords: number;
  readonly committedGroups: number;
  readonly committedRecords: number;
  readonly committedBytes: number;
  readonly segments: number;
  readonly lastSyncMs: number;
}

export { type EmbeddedLogOptions, openEmbeddedLog } from "./embedded_log.ts";
export { defaultJetStreamLogSettings, type JetStreamLogOptions } from "./jetstream/settings.ts";
export { LogCorrupt, LogFull, LogHole, LogLocked, LogMismatch, LogUnavailable, RecordTooLarge } from "./errors.ts";
export type { LogNotice } from "./log_notice.ts";
export { readRecord, RecordReader, recordBytes, type RecordTarget, viewOf, writeRecord } from "./record_codec.ts";

/** Loaded when it is asked for: a node with a log of its own, and every worker thread, does without the client library. */
export async function openJetStreamLog(options: JetStreamLogOptions): Promise<EventLog> {
  const jetstream = await import("./jetstream/jetstream_log.ts");
  return jetstream.openJetStreamLog(options);
}
