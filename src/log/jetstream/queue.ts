// Queue: the records of one partition that wait to be sent, in batches. Hot path.
//
//   Q1. Numbers are provisional: a batch is numbered for good when it is sent. They are right at once as long as nobody else appends.
//   Q2. The parcel of another process is one run of records within one batch (`Batch.parcels`).
//   Q3. However much this process has to append itself, parcels get every second batch: their senders wait for each.

import type { NewRecord } from "../../model/record.ts";
import { recordBytes } from "../record_codec.ts";
import { Batch, type Parcel, PARCELS_MAX } from "./batch.ts";

export interface QueueBounds {
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
}

export class Queue {
  readonly #partition: number;
  readonly #bounds: QueueBounds;
  readonly #newId: () => string;
  /** Bounded by `pendingBytesMax`. */
  readonly #sealed: Batch[] = [];
  #open: Batch | null = null;
  /** Parcels that do not wait behind what is sealed. */
  readonly #overtaking: Batch[] = [];
  #hasOvertaken = false;
  /** What the next record gets if nobody else appends. */
  #nextSequence: number;
  #lastTimeMs: number;
  #spare: Uint8Array | null = null;

  constructor(partition: number, bounds: QueueBounds, newId: () => string) {
    this.#partition = partition;
    this.#bounds = bounds;
    this.#newId = newId;
    this.#nextSequence = 1;
    this.#lastTimeMs = 0;
  }

  /** One that has reached its bounds. */
  get hasSealed(): boolean {
    return this.#sealed.length > 0 || this.#overtaking.length > 0;
  }

  get isEmpty(): boolean {
    return this.#open === null && !this.hasSealed;
  }

  get oldestGroup(): number {
    const own = (this.#sealed[0] ?? this.#open)?.firstGroup ?? Number.POSITIVE_INFINITY;
    return Math.min(own, this.#overtaking[0]?.firstGroup ?? Number.POSITIVE_INFINITY);
  }

  append(record: NewRecord, group: number): void {
    const batch = this.#batchFor(recordBytes(record), 1, group);
    const timeMs = record.timeMs > this.#lastTimeMs ? record.timeMs : this.#lastTimeMs;
    batch.add(this.#partition, timeMs, record, group);
    this.#nextSequence++;
    this.#lastTimeMs = timeMs;
  }

  appendParcel(parcel: Parcel, group: number): void {
    const batch = this.#batchForParcel(parcel, group);
    batch.addParcel(parcel, this.#lastTimeMs, group);
    this.#nextSequence += parcel.records;
    this.#lastTimeMs = batch.lastTimeMs;
  }

  /** The next to be sent; null when there is none. */
  take(): Batch | null {
    this.#hasOvertaken = !this.#hasOvertaken && this.#overtaking.length > 0;
    const overtaking = this.#hasOvertaken ? this.#overtaking.shift() : undefined;
    return overtaking ?? this.#takeOwn() ?? this.#overtaking.shift() ?? null;
  }

  #takeOwn(): Batch | null {
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) return sealed;
    const open = this.#open;
    this.#open = null;
    return open;
  }

  /** All that waits, to be given up. */
  takeAll(): Batch[] {
    const all = this.batches();
    this.#overtaking.length = 0;
    this.#sealed.length = 0;
    this.#open = null;
    return all;
  }

  batches(): Batch[] {
    const closed = [...this.#overtaking, ...this.#sealed];
    return this.#open === null ? closed : [...closed, this.#open];
  }

  /** What waits follows `sequence` and `timeMs`, and `sending` in between, if that is not null. */
  renumber(sequence: number, timeMs: number, sending: Batch | null): void {
    let next = sequence + (sending?.records ?? 0) + 1;
    let lastTimeMs = Math.max(timeMs, sending?.lastTimeMs ?? 0);
    for (const batch of this.batches()) {
      next += batch.records;
      lastTimeMs = Math.max(lastTimeMs, batch.lastTimeMs);
    }
    this.#nextSequence = next;
    this.#lastTimeMs = lastTimeMs;
  }

  /** The memory of a batch that is no more. */
  reuse(bytes: Uint8Array): void {
    if (bytes.length <= this.#bounds.batchBytesMax) this.#spare = bytes;
  }

  #batchFor(bytes: number, records: number, group: number): Batch {
    return this.#open !== null && this.#hasRoom(this.#open, bytes, records) ? this.#open : this.#begin(group);
  }

  #batchForParcel({ bytes, records }: Parcel, group: number): Batch {
    const isBehind = this.#sealed.length > 0;
    const last = isBehind ? this.#overtaking.at(-1) : this.#open;
    if (last && last.parcels.length < PARCELS_MAX && this.#hasRoom(last, bytes.length, records)) return last;
    if (!isBehind) return this.#begin(group);
    const batch = new Batch(this.#newId(), group, this.#nextSequence, null);
    this.#overtaking.push(batch);
    return batch;
  }

  #hasRoom(batch: Batch, bytes: number, records: number): boolean {
    const { batchBytesMax, batchRecordsMax } = this.#bounds;
    return batch.length + bytes <= batchBytesMax && batch.records + records <= batchRecordsMax;
  }

  #begin(group: number): Batch {
    if (this.#open !== null) this.#sealed.push(this.#open);
    const batch = new Batch(this.#newId(), group, this.#nextSequence, this.#spare);
    this.#spare = null;
    this.#open = batch;
    return batch;
  }
}
