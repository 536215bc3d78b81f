// Group queue
//
// The front half of group commit: takes records into the open group, hands sealed groups to the writer one at a time.
// Synchronous and free of I/O. This is the hot path of the log: no allocation a record.
//
//   Q1. A partition's sequences are given out without gap, times never fall.
//   Q2. Groups leave in the order of their numbers; a number is never used twice, not even after `refuseAll`.
//   Q3. Bytes that wait for the disk never exceed `pendingBytesMax`.
//   Q4. After `refuseAll` the sequences continue where the last durable group ended.

import { assert } from "../base/assert.ts";
import type { NewRecord } from "../model/record.ts";
import { CommitGroup } from "./commit_group.ts";
import { LogFull, RecordTooLarge } from "./errors.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { recordBytes, writeRecord } from "./record_codec.ts";

/** Buffers kept for reuse: one open, one being written, two for bursts. */
const FREE_GROUPS_MAX = 4;

export interface QueueOptions {
  readonly groupBytesMax: number;
  readonly pendingBytesMax: number;
  readonly recordBytesMax: number;
  readonly firstGroup: number;
  readonly sequences: Float64Array;
  readonly times: Float64Array;
}

export class GroupQueue {
  pendingBytes = 0;
  pendingRecords = 0;
  readonly #options: QueueOptions;
  readonly #sequences: Float64Array;
  readonly #times: Float64Array;
  readonly #full: LogFull;
  readonly #free: CommitGroup[] = [];
  /** Bounded by `pendingBytesMax`: each holds at least one record. */
  #sealed: CommitGroup[] = [];
  #writing: CommitGroup | null = null;
  #open: CommitGroup;
  #nextNumber: number;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#sequences = options.sequences.slice();
    this.#times = options.times.slice();
    // One object for all refusals: under overload a stack trace a refused record would cost more than the record.
    this.#full = new LogFull(options.pendingBytesMax);
    this.#nextNumber = options.firstGroup;
    this.#open = this.#begin(options.groupBytesMax);
  }

  append(partition: number, record: NewRecord): number {
    const bytes = recordBytes(record);
    const lastSequence = this.#sequences[partition];
    const lastMs = this.#times[partition];
    // Sentences that are put together cost more than what they are about: only where they are needed.
    if (lastSequence === undefined || lastMs === undefined) assert(false, `no such partition: ${partition}`);
    if (!(record.timeMs <= Number.MAX_SAFE_INTEGER)) assert(false, `not a record time: ${record.timeMs}`);
    if (this.pendingBytes + bytes > this.#options.pendingBytesMax) this.#refuse(bytes);
    let group = this.#open;
    if (group.length + bytes > group.bytes.length) group = this.#openFor(bytes);

    const timeMs = record.timeMs > lastMs ? record.timeMs : lastMs;
    const sequence = lastSequence + 1;
    group.length = writeRecord(group, group.length, partition, sequence, timeMs, record);
    group.records++;
    this.#sequences[partition] = sequence;
    this.#times[partition] = timeMs;
    this.pendingBytes += bytes;
    this.pendingRecords++;
    return group.number;
  }

  /** Records of so many bytes together go to the group that is open now, when a group holds them. Throws `LogFull`. */
  makeRoom(bytes: number): void {
    if (this.pendingBytes + bytes > this.#options.pendingBytesMax) throw this.#full;
    const holds = this.#options.groupBytesMax - FRAME_HEADER_BYTES;
    if (bytes <= holds && this.#open.length + bytes > this.#open.bytes.length) this.#openFor(bytes);
  }

  /** The next group to write; null when nothing waits. The one before it must have been released. */
  take(): CommitGroup | null {
    assert(this.#writing === null, "one group is written at a time");
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) {
      this.#writing = sealed;
      return sealed;
    }
    if (this.#open.records === 0) return null;
    this.#writing = this.#open;
    this.#open = this.#begin(this.#options.groupBytesMax);
    return this.#writing;
  }

  /** The group that was taken is durable. Its bytes stay untouched until `recycle`. */
  release(group: CommitGroup): void {
    assert(this.#writing === group, "released what was not taken");
    this.#writing = null;
    this.pendingBytes -= group.bodyBytes;
    this.pendingRecords -= group.records;
  }

  recycle(group: CommitGroup): void {
    if (this.#free.length < FREE_GROUPS_MAX && group.bytes.length === this.#options.groupBytesMax)
      this.#free.push(group);
  }

  /** The group of that number if it is not durable yet. */
  find(number: number): CommitGroup | null {
    if (this.#open.number === number) return this.#open;
    if (this.#writing !== null && this.#writing.number === number) return this.#writing;
    return this.#sealed.find((group) => group.number === number) ?? null;
  }

  /** Drops all that is not durable. Buffers are not used again: the kernel may still read one of them. */
  refuseAll(error: Error): void {
    const groups = [...(this.#writing === null ? [] : [this.#writing]), ...this.#sealed, this.#open];
    this.#sequences.set(this.durableSequences());
    this.#writing = null;
    this.#sealed = [];
    this.#open = this.#begin(this.#options.groupBytesMax);
    this.pendingBytes = 0;
    this.pendingRecords = 0;
    for (const group of groups) group.refuse(error);
  }

  durableSequences(): Float64Array {
    const oldest = this.#writing ?? this.#sealed[0] ?? this.#open;
    return oldest.sequencesBefore;
  }

  /** The number that the group open now has. */
  get openNumber(): number {
    return this.#open.number;
  }

  /** The next group to write takes no more records. */
  get isNextFull(): boolean {
    return this.#sealed.length > 0;
  }

  get isEmpty(): boolean {
    return this.#writing === null && this.#sealed.length === 0 && this.#open.records === 0;
  }

  #refuse(bytes: number): never {
    if (bytes > this.#options.recordBytesMax) throw new RecordTooLarge(bytes, this.#options.recordBytesMax);
    throw this.#full;
  }

  /** A record larger than a usual group gets a group, and a buffer, of its own. */
  #openFor(bytes: number): CommitGroup {
    if (bytes > this.#options.recordBytesMax) this.#refuse(bytes);
    if (this.#open.records > 0) this.#sealed.push(this.#open);
    else this.#nextNumber = this.#open.number;
    this.#open = this.#begin(Math.max(this.#options.groupBytesMax, FRAME_HEADER_BYTES + bytes));
    return this.#open;
  }

  #begin(bytes: number): CommitGroup {
    const free = bytes === this.#options.groupBytesMax ? this.#free.pop() : undefined;
    const group = free ?? new CommitGroup(bytes, this.#sequences.length);
    group.begin(this.#nextNumber++, this.#sequences, this.#times);
    return group;
  }
}
