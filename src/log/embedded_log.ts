// Embedded log
//
// The log of a single node: segment files in one directory, one writer, group commit. Wires queue, writer, reader, retention and lock;
// decides nothing but when the log takes records and when it does not. Runs in the thread of the HTTP front and never blocks it.
//
//   open -> taking records -> paused (disk full; back by itself) -> taking records -> failed or closed (for good)
//
// Guards L1 to L4 of `mod.ts`:
//   L1  a group settles after write and sync (`group_writer.ts`); with `sync: interval | never` after the write, and that is said at start.
//   L3  listeners are called between durability and settling, so whoever awaits a group finds it delivered. A listener that throws
//       fails the log: what it did not take must not be acknowledged.
//   L4  one refusal, made at the failure, is what all later calls get.

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf } from "../base/caught.ts";
import type { NewRecord } from "../model/record.ts";
import { assert } from "../base/assert.ts";
import type { CommitGroup } from "./commit_group.ts";
import { LogUnavailable } from "./errors.ts";
import { syncDirectory } from "./file_io.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { GroupQueue } from "./group_queue.ts";
import { GroupWriter } from "./group_writer.ts";
import { type DirectoryLock, lockDirectory } from "./lock.ts";
import type { LogNotice, SyncMode } from "./log_notice.ts";
import { readSegments } from "./log_reader.ts";
import type { BatchKeeping, CommitListener, EventLog, LogStats } from "./mod.ts";
import { createFirstSegment, type Recovered, recoverSegments } from "./recovery.ts";
import { KEPT_PARTS, retireSegments } from "./retention.ts";
import { headerBytesFor, type Segment } from "./segment.ts";

export interface EmbeddedLogOptions {
  /** Created if it does not exist. */
  readonly directory: string;
  /** Fixed when the directory is created; opening with another number is refused. */
  readonly partitions: number;
  /** Size of a segment file: what one preparation writes and retention can give back. */
  readonly segmentBytes: number;
  /** A commit group is sealed when it would grow beyond this. Larger records get a group of their own. */
  readonly groupBytesMax: number;
  /** Bytes that may wait for the disk before `append` throws `LogFull`. */
  readonly pendingBytesMax: number;
  /** always: acknowledge after sync. interval: after write, sync every `syncIntervalMs`. never: sync only full segments and at close. */
  readonly sync: SyncMode;
  readonly syncIntervalMs: number;
  /** `retire` leaves what is younger than this, and more by an eighth at most. Absent: nothing. */
  readonly keepMs?: number;
  /** Called once, when the log has failed for good: nothing is acknowledged any more and the process should end. */
  readonly onFailure: (error: LogUnavailable) => void;
  readonly onNotice: (notice: LogNotice) => void;
}

/** Opens the log in `directory`, or creates it. Throws `LogLocked`, `LogCorrupt`, `LogMismatch`. */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EventLog> {
  checkOptions(options);
  const created = await mkdir(options.directory, { recursive: true });
  if (created !== undefined) await syncDirectory(dirname(created));
  const lock = await lockDirectory(options.directory, options.onNotice);
  try {
    const { directory, partitions, segmentBytes, onNotice } = options;
    const recovered =
      (await recoverSegments(directory, partitions, onNotice)) ??
      (await createFirstSegment(directory, partitions, segmentBytes));
    return new EmbeddedLog(options, lock, recovered);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function checkOptions({
  partitions,
  segmentBytes,
  groupBytesMax,
  pendingBytesMax,
  sync,
  syncIntervalMs,
}: EmbeddedLogOptions): void {
  const refuse = (sentence: string): never => {
    throw new RangeError(sentence);
  };
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    refuse(`partitions must be a whole number from 1 to ${PARTITIONS_MAX}, not ${partitions}`);
  }
  if (!(segmentBytes <= SEGMENT_BYTES_MAX))
    refuse(`segmentBytes must be at most ${SEGMENT_BYTES_MAX}, not ${segmentBytes}`);
  const room = segmentBytes - headerBytesFor(partitions);
  if (!(groupBytesMax >= GROUP_BYTES_MIN && groupBytesMax <= room)) {
    refuse(`groupBytesMax must be from ${GROUP_BYTES_MIN} to ${room} (what a segment holds), not ${groupBytesMax}`);
  }
  if (pendingBytesMax < groupBytesMax)
    refuse(`pendingBytesMax must be at least groupBytesMax (${groupBytesMax}), not ${pendingBytesMax}`);
  if (sync === "interval" && !(syncIntervalMs >= 1)) refuse(`syncIntervalMs must be at least 1, not ${syncIntervalMs}`);
}

/** As many as ids can name (`base/ids.ts`). */
const PARTITIONS_MAX = 512;
/** Lengths in frames have 32 bits; and retention gives back whole segments only. */
const SEGMENT_BYTES_MAX = 2 ** 31;
/** Below this, frame headers cost more than the records. */
const GROUP_BYTES_MIN = 1024;
const DURABLE: Promise<void> = Promise.resolve();

class EmbeddedLog implements EventLog {
  readonly recordBytesMax: number;
  readonly pendingBytesMax: number;
  readonly #options: EmbeddedLogOptions;
  readonly #lock: DirectoryLock;
  readonly #segments: Segment[];
  readonly #queue: GroupQueue;
  readonly #writer: GroupWriter;
  readonly #listeners: CommitListener[] = [];
  /** What `append` throws; null while records are taken. */
  #refusal: LogUnavailable | null = null;
  #isFailed = false;
  #pausedSinceMs = 0;
  /** A group is being written, or will be as soon as the event loop has turned. */
  #isBusy = false;
  /** Outcomes of groups up to this number are forgotten: one of them was dropped by a pause. */
  #forgottenGroup = -1;
  #committedGroup: number;
  #committedGroups = 0;
  #committedRecords = 0;
  #committedBytes = 0;
  #retiring: Promise<void> = DURABLE;
  #closing: Promise<void> | null = null;
  #whenIdle: () => void = () => {};

  constructor(options: EmbeddedLogOptions, lock: DirectoryLock, recovered: Recovered) {
    this.#options = options;
    this.#lock = lock;
    this.#segments = recovered.segments;
    this.#committedGroup = recovered.lastGroup;
    const active = recovered.segments.at(-1);
    assert(active !== undefined, "a log has at least one segment");
    const roomBytes = options.segmentBytes - headerBytesFor(options.partitions) - FRAME_HEADER_BYTES;
    this.pendingBytesMax = options.pendingBytesMax;
    this.recordBytesMax = Math.min(roomBytes, options.pendingBytesMax);
    this.#queue = new GroupQueue({
      groupBytesMax: options.groupBytesMax,
      pendingBytesMax: options.pendingBytesMax,
      recordBytesMax: this.recordBytesMax,
      // A segment may be named after a group that never came (W4); the next segment's name must still be greater.
      firstGroup: Math.max(recovered.lastGroup + 1, active.header.firstGroup),
      sequences: recovered.sequences,
      times: recovered.times,
    });
    this.#writer = new GroupWriter({
      ...options,
      segmentAgeMaxMs: (options.keepMs ?? Number.POSITIVE_INFINITY) / KEPT_PARTS,
      active: { segment: active, handle: recovered.handle },
      lastGroup: recovered.lastGroup,
      onWritten: (group) => this.#commit(group),
      onRolled: (segment) => this.#segments.push(segment),
      onNoRoom: (error) => this.#pause(error),
      onRoom: () => this.#resume(),
      onFailure: (error) => this.#fail(error),
    });
    this.#sayOpened();
  }

  append(partition: number, record: NewRecord): number {
    if (this.#refusal !== null) throw this.#refusal;
    const group = this.#queue.append(partition, record);
    if (!this.#isBusy) {
      // Not at once: everything that arrives in this turn of the event loop shares the first group.
      this.#isBusy = true;
      setImmediate(this.#writeNext);
    }
    return group;
  }

  makeRoom(bytes: number): void {
    if (this.#refusal !== null) throw this.#refusal;
    this.#queue.makeRoom(bytes);
  }

  whenDurable(group: number): Promise<void> {
    const pending = this.#queue.find(group);
    if (pending !== null && pending.records > 0) return pending.whenDurable();
    if (group > this.#forgottenGroup && group <= this.#committedGroup) return DURABLE;
    const sentence = `group ${group} was dropped, or was never given out`;
    return Promise.reject(this.#refusal ?? new LogUnavailable(sentence, { retryable: true }));
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  read(from: readonly number[], keeping: BatchKeeping = "kept"): AsyncIterable<Uint8Array> {
    if (this.#closing !== null) throw closed();
    return readSegments(this.#segments, from, keeping);
  }

  /** Nobody else appends, and listeners are told of everything, before anybody learns that a group is durable (L3). */
  whenHeard(): Promise<void> {
    return Promise.resolve();
  }

  follow(): Promise<void> {
    return Promise.resolve();
  }

  unfollow(): void {}

  lead(): void {}

  stopLeading(): void {}

  /** The last durable ones: as far as `read` would get now. */
  lastSequences(): number[] {
    return [...this.#queue.durableSequences()];
  }

  retire(from: readonly number[]): Promise<void> {
    if (this.#closing !== null) return Promise.reject(closed());
    const { directory, keepMs } = this.#options;
    const keptFromMs = keepMs === undefined ? Number.POSITIVE_INFINITY : Date.now() - keepMs;
    const retired = this.#retiring.then(() => retireSegments(directory, this.#segments, from, keptFromMs));
    // One at a time; the caller gets the error, the next call begins afresh.
    this.#retiring = retired.catch(() => {});
    return retired;
  }

  stats(): LogStats {
    return {
      pendingBytes: this.#queue.pendingBytes,
      pendingRecords: this.#queue.pendingRecords,
      committedGroups: this.#committedGroups,
      committedRecords: this.#committedRecords,
      committedBytes: this.#committedBytes,
      segments: this.#segments.length,
      lastSyncMs: this.#writer.lastSyncMs,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#refusal ??= closed();
    if (this.#isBusy && !this.#isFailed) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await this.#retiring;
    try {
      await this.#writer.close();
    } catch (error) {
      this.#fail(error);
      throw this.#refusal ?? error;
    } finally {
      await this.#lock.release();
    }
  }

  readonly #writeNext = (): void => {
    if (this.#isFailed) return;
    const group = this.#queue.take();
    if (group !== null) return this.#writer.write(group);
    this.#isBusy = false;
    this.#whenIdle();
  };

  #commit(group: CommitGroup): void {
    this.#queue.release(group);
    this.#committedGroup = group.number;
    this.#committedGroups++;
    this.#committedRecords += group.records;
    this.#committedBytes += group.bodyBytes;
    const records = group.bytes.subarray(FRAME_HEADER_BYTES, group.length);
    try {
      for (const listener of this.#listeners) listener(records, "own");
    } catch (error) {
      this.#fail(error);
      return group.refuse(this.#refusal ?? closed());
    }
    group.settle();
    this.#queue.recycle(group);
    // What this turn of the event loop still brings, many answered callers' next requests among it, shares the group that is open.
    if (this.#queue.isNextFull) this.#writeNext();
    else setImmediate(this.#writeNext);
  }

  #pause(error: unknown): void {
    const reason = reasonOf(error);
    this.#pausedSinceMs = performance.now();
    const refusal = new LogUnavailable(`the log has no room: ${reason}`, { retryable: true, cause: error });
    if (this.#closing === null) this.#refusal = refusal;
    const droppedRecords = this.#queue.pendingRecords;
    this.#forgottenGroup = this.#queue.openNumber;
    this.#queue.refuseAll(refusal);
    this.#isBusy = false;
    this.#options.onNotice({ name: "log_paused", reason, droppedRecords });
    this.#whenIdle();
  }

  #resume(): void {
    if (this.#closing !== null || this.#isFailed) return;
    this.#refusal = null;
    this.#options.onNotice({ name: "log_resumed", pausedMs: performance.now() - this.#pausedSinceMs });
  }

  #fail(error: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    const reason = reasonOf(error);
    const refusal = new LogUnavailable(`the log has failed: ${reason}`, { retryable: false, cause: error });
    this.#refusal = refusal;
    this.#queue.refuseAll(refusal);
    this.#options.onFailure(refusal);
    this.#whenIdle();
  }

  #sayOpened(): void {
    const { sync, syncIntervalMs, onNotice } = this.#options;
    if (sync !== "always") onNotice({ name: "log_durability_reduced", sync, syncIntervalMs });
    const bytes = this.#segments.reduce((sum, segment) => sum + segment.endOffset - segment.header.headerBytes, 0);
    onNotice({ name: "log_opened", segments: this.#segments.length, bytes, lastGroup: this.#committedGroup });
  }
}

function closed(): LogUnavailable {
  return new LogUnavailable("the log is closed", { retryable: false });
}
