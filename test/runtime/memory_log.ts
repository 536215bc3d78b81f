// An EventLog in memory whose disk can be full: commits when told, pauses and resumes when told, as the embedded log does by itself.

import { type Promised, promised } from "../../src/base/promised.ts";
import { type EventLog, LogUnavailable, type LogStats, recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import type { NewRecord } from "../../src/model/record.ts";

interface Waiting extends Promised {
  readonly group: number;
}

export interface Appended {
  readonly partition: number;
  readonly record: NewRecord;
}

export class MemoryLog implements EventLog {
  /** Durable records, in order. */
  readonly committed: Appended[] = [];
  readonly recordBytesMax = 1 << 20;
  readonly pendingBytesMax = 1 << 24;
  isFull = false;
  /** Appends that the open group takes before it is sealed. */
  groupRecordsMax = Number.POSITIVE_INFINITY;
  /** Commits by itself in the next turn of the event loop. */
  isAutomatic = false;
  #pending: (Appended & { readonly group: number })[] = [];
  #waiting: Waiting[] = [];
  #group = 1;
  #listener: (records: Uint8Array) => void = () => {};
  readonly #sequences: number[];

  constructor(partitions: number) {
    this.#sequences = Array.from({ length: partitions }, () => 0);
  }

  append(partition: number, record: NewRecord): number {
    if (this.isFull) throw new LogUnavailable("no room", { retryable: true });
    if (this.#pending.filter(({ group }) => group === this.#group).length >= this.groupRecordsMax) this.#group++;
    this.#pending.push({ partition, record: { ...record, payload: record.payload.slice() }, group: this.#group });
    if (this.isAutomatic) setImmediate(() => this.commit());
    return this.#group;
  }

  makeRoom(): void {
    if (this.isFull) throw new LogUnavailable("no room", { retryable: true });
  }

  whenDurable(group: number): Promise<void> {
    const known = this.#waiting.find((each) => each.group === group);
    if (known !== undefined) return known.promise;
    const durable = promised();
    this.#waiting.push({ group, ...durable });
    return durable.promise;
  }

  /** Makes the oldest group durable. */
  commit(): void {
    const group = this.#pending[0]?.group;
    if (group === undefined) return;
    if (group === this.#group) this.#group++;
    const records = this.#pending.filter((each) => each.group === group);
    this.#pending = this.#pending.filter((each) => each.group !== group);
    this.committed.push(...records);
    this.#listener(this.#bytesOf(records));
    this.#waiting.find((each) => each.group === group)?.resolve();
    this.#waiting = this.#waiting.filter((each) => each.group !== group);
  }

  /** The disk is full: drops what is pending. */
  pause(): void {
    this.isFull = true;
    this.#pending = [];
    this.#group++;
    for (const { reject } of this.#waiting.splice(0)) reject(new LogUnavailable("no room", { retryable: true }));
  }

  resume(): void {
    this.isFull = false;
  }

  onCommit(listener: (records: Uint8Array) => void): void {
    this.#listener = listener;
  }

  async *read(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    yield this.#bytesOf(this.committed);
  }

  follow(): Promise<void> {
    return Promise.resolve();
  }

  unfollow(): void {}

  lead(): void {}

  stopLeading(): void {}

  whenHeard(): Promise<void> {
    return Promise.resolve();
  }

  lastSequences(): number[] {
    return [...this.#sequences];
  }

  retire(): Promise<void> {
    return Promise.resolve();
  }

  stats(): LogStats {
    const committedRecords = this.committed.length;
    const none = { pendingBytes: 0, committedGroups: 0, committedBytes: 0, segments: 1, lastSyncMs: 0 };
    return { ...none, pendingRecords: this.#pending.length, committedRecords };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #bytesOf(records: readonly Appended[]): Uint8Array {
    const bytes = new Uint8Array(records.reduce((sum, { record }) => sum + recordBytes(record), 0));
    const target = { bytes, view: viewOf(bytes) };
    let offset = 0;
    for (const { partition, record } of records) {
      const sequence = (this.#sequences[partition] ?? 0) + 1;
      this.#sequences[partition] = sequence;
      offset = writeRecord(target, offset, partition, sequence, record.timeMs, record);
    }
    return bytes;
  }
}
