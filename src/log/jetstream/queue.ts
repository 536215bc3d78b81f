// Queue: the records of one partition that are not durable yet, in batches: one is on its way, the others wait. Hot path.
//
//   Q1. Numbers are provisional: a batch is numbered for good when it is sent. They are right at once as long as nobody else appends.
//   Q2. The parcel of another process is one run of records within one batch (`Batch.parcels`).
//   Q3. However much this process has to append itself, parcels get every second batch: their senders wait for each.

import type { NewRecord } from "../../model/record.ts";
import { recordBytes } from "../record_codec.ts";
import { Batch, type Parcel, PARCELS_MAX } from "./batch.ts";
import type { Tail } from "./lane_host.ts";

export interface QueueBounds {
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
}

export class Queue {
  /** The batch whose outcome is not known yet. */
  sending: Batch | null = null;
  readonly #partition: number;
  readonly #bounds: QueueBounds;
  readonly #newId: () => string;
  /** Bounded by `pendingBytesMax`. */
  readonly #sealed: Batch[] = [];
  #open: Batch | null = null;
  /** The open batch may be sent. */
  #isOpenDue = false;
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

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#open === null && !this.#hasSealed;
  }

  /** What waits has reached its bounds, or is to be sent as it is. */
  get isDue(): boolean {
    return this.#hasSealed || (this.#isOpenDue && !this.isEmpty);
  }

  get #hasSealed(): boolean {
    return this.#sealed.length > 0 || this.#overtaking.length > 0;
  }

  /** The batch on its way, unless it was given up. */
  get #owed(): Batch | null {
    return this.sending === null || this.sending.isDropped ? null : this.sending;
  }

  /** The oldest group with a record here. */
  get oldestGroup(): number {
    const sending = this.#owed?.firstGroup ?? Number.POSITIVE_INFINITY;
    const own = (this.#sealed[0] ?? this.#open)?.firstGroup ?? Number.POSITIVE_INFINITY;
    return Math.min(sending, own, this.#overtaking[0]?.firstGroup ?? Number.POSITIVE_INFINITY);
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

  /** What is open may be sent. */
  flush(): void {
    this.#isOpenDue = true;
  }

  /** The next to be sent; null when there is none. */
  take(): Batch | null {
    this.#hasOvertaken = !this.#hasOvertaken && this.#overtaking.length > 0;
    const overtaking = this.#hasOvertaken ? this.#overtaking.shift() : undefined;
    const next = overtaking ?? this.#takeOwn() ?? this.#overtaking.shift() ?? null;
    if (this.isEmpty) this.#isOpenDue = false;
    return next;
  }

  #takeOwn(): Batch | null {
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) return sealed;
    const open = this.#open;
    this.#open = null;
    return open;
  }

  /** Gives up all of it; the batch on its way may still arrive. Returns the parcels that waited. */
  drop(): Parcel[] {
    if (this.sending !== null) {
      this.sending.isDropped = true;
      // Their senders find out by themselves.
      this.sending.parcels = [];
    }
    const waiting = this.#waiting();
    this.#overtaking.length = 0;
    this.#sealed.length = 0;
    this.#open = null;
    for (const batch of waiting) batch.isDropped = true;
    return waiting.flatMap((batch) => batch.removeParcels());
  }

  /** All of them, the one on its way included. */
  removeParcels(): Parcel[] {
    const sending = this.sending === null ? [] : [this.sending];
    return [...sending, ...this.#waiting()].flatMap((batch) => batch.removeParcels());
  }

  /** What waits follows `tail`, and the batch on its way in between, if there is one. */
  renumber(tail: Tail): void {
    let next = tail.sequence + (this.#owed?.records ?? 0) + 1;
    let lastTimeMs = Math.max(tail.timeMs, this.#owed?.lastTimeMs ?? 0);
    for (const batch of this.#waiting()) {
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

  #waiting(): Batch[] {
    const closed = [...this.#overtaking, ...this.#sealed];
    return this.#open === null ? closed : [...closed, this.#open];
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
