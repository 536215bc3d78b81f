// Batch: the records of one partition that travel as one message. Hot path: no allocation a record.
//
//   B1. Sequences within a batch are consecutive, times never fall.
//   B2. Bytes that were handed to the client library are never written again while it may still send them: a batch of unknown outcome
//       keeps its bytes, and is numbered anew only when the stream has shown that it does not hold it.
//   B3. What another process handed over to be appended here (a parcel) stays one run of records, and can be taken out again.

import { assert } from "../../base/assert.ts";
import { type NewRecord, RECORD_HEADER_BYTES } from "../../model/record.ts";
import { partitionAt, recordBytes, recordBytesAt, sequenceAt, timeAt, viewOf, writeRecord } from "../record_codec.ts";

const BYTES_MIN = 4096;

/** Their ids travel in the header of the batch, for which there is 1 KiB of room. */
export const PARCELS_MAX = 32;

/** What its sender is told. */
export type ParcelOutcome =
  | { readonly kind: "committed"; readonly streamSequence: number }
  /** Not stored, and never going to be by who was asked: other writers have appended meanwhile, up to this message. */
  | { readonly kind: "bounced"; readonly streamSequence: number };

/** Records of another process. */
export interface Parcel {
  /** Of the batch that it is at its sender's. */
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly settle: (outcome: ParcelOutcome) => void;
}

interface PlacedParcel {
  readonly parcel: Parcel;
  readonly offset: number;
}

export class Batch {
  bytes: Uint8Array;
  view: DataView;
  /** Unique among all writers of the stream. */
  readonly id: string;
  /** Counts the numberings; part of the message id, since the servers may remember an id that they refused. */
  attempt = 0;
  /** How often it was handed to the client library. */
  sends = 0;
  length = 0;
  records = 0;
  readonly firstGroup: number;
  lastGroup: number;
  firstSequence: number;
  /** Of the first record; raised with it. */
  firstTimeMs = 0;
  lastTimeMs = 0;
  readonly createdMs = performance.now();
  /** Its groups were rejected. If the stream turns out to hold it, it is nobody's. */
  isDropped = false;
  /**
   * Null: nobody but this lane can have stored it. Otherwise it was handed to somebody who fell silent, or sent: it may lie, or come to lie,
   * behind this message of the stream.
   */
  mayLieBehind: number | null = null;
  parcels: PlacedParcel[] = [];

  /** @param spare the memory of a batch that is no more, if there is one */
  constructor(id: string, firstGroup: number, firstSequence: number, spare: Uint8Array | null) {
    this.bytes = spare ?? Buffer.allocUnsafeSlow(BYTES_MIN);
    this.view = viewOf(this.bytes);
    this.id = id;
    this.firstGroup = firstGroup;
    this.lastGroup = firstGroup;
    this.firstSequence = firstSequence;
  }

  add(partition: number, timeMs: number, record: NewRecord, group: number): void {
    this.#reserve(recordBytes(record));
    if (this.records === 0) this.firstTimeMs = timeMs;
    this.length = writeRecord(this, this.length, partition, this.firstSequence + this.records, timeMs, record);
    this.records++;
    this.lastGroup = group;
    this.lastTimeMs = timeMs;
  }

  addParcel(parcel: Parcel, lastTimeMs: number, group: number): void {
    this.#reserve(parcel.bytes.length);
    const offset = this.length;
    this.bytes.set(parcel.bytes, offset);
    this.length += parcel.bytes.length;
    this.parcels.push({ parcel, offset });
    const isFirst = this.records === 0;
    this.lastTimeMs = this.#number(offset, this.firstSequence + this.records - 1, lastTimeMs);
    this.records += parcel.records;
    if (isFirst) this.firstTimeMs = timeAt(this.view, 0);
    this.lastGroup = group;
  }

  /** Takes out what others handed over, and returns it. The batch may be empty afterwards. */
  removeParcels(): Parcel[] {
    const removed = this.parcels;
    if (removed.length === 0) return [];
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.length, BYTES_MIN));
    let length = 0;
    let from = 0;
    for (const { parcel, offset } of removed) {
      bytes.set(this.bytes.subarray(from, offset), length);
      length += offset - from;
      from = offset + parcel.bytes.length;
      this.records -= parcel.records;
    }
    bytes.set(this.bytes.subarray(from, this.length), length);
    length += this.length - from;
    this.parcels = [];
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.length = length;
    this.attempt++;
    this.lastTimeMs = this.#number(0, this.firstSequence - 1, this.firstTimeMs);
    if (this.records > 0) this.firstTimeMs = timeAt(this.view, 0);
    return removed.map(({ parcel }) => parcel);
  }

  get messageId(): string {
    return `${this.id}.${this.attempt}`;
  }

  span(): BatchSpan {
    const { firstSequence, records, firstTimeMs, lastTimeMs } = this;
    return { firstSequence, lastSequence: firstSequence + records - 1, records, firstTimeMs, lastTimeMs };
  }

  content(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Moves the batch behind another tail. The bytes are copied if somebody may still be sending the old ones (B2). */
  moveBehind(lastSequence: number, lastTimeMs: number): void {
    if (this.firstSequence === lastSequence + 1 && this.firstTimeMs >= lastTimeMs) return;
    if (this.sends > 0) {
      this.bytes = this.bytes.slice(0, this.length);
      this.view = viewOf(this.bytes);
      this.attempt++;
    }
    this.firstSequence = lastSequence + 1;
    this.lastTimeMs = this.#number(0, lastSequence, lastTimeMs);
    this.firstTimeMs = timeAt(this.view, 0);
  }

  /** Numbers the records from `start` on; returns the time of the last. */
  #number(start: number, lastSequence: number, lastTimeMs: number): number {
    let timeMs = lastTimeMs;
    let sequence = lastSequence;
    for (let offset = start; offset < this.length; offset += recordBytesAt(this.view, offset)) {
      timeMs = Math.max(timeMs, timeAt(this.view, offset));
      this.view.setFloat64(offset + SEQUENCE_OFFSET, ++sequence, true);
      this.view.setFloat64(offset + TIME_OFFSET, timeMs, true);
    }
    return timeMs;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + bytes));
    larger.set(this.content());
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

/** As in `model/record.ts`. */
const SEQUENCE_OFFSET = 8;
const TIME_OFFSET = 16;

/** The batch that a message id belongs to. */
export function batchIdOf(messageId: string): string {
  return messageId.slice(0, messageId.lastIndexOf("."));
}

/** What a stored batch covers. */
export interface BatchSpan {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly records: number;
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
}

/** Walks a stored batch. Throws when it is not what B1 promises. */
export function spanOf(bytes: Uint8Array, partition: number): BatchSpan {
  const view = viewOf(bytes);
  assert(bytes.length >= RECORD_HEADER_BYTES, "a stored batch is empty");
  const firstSequence = sequenceAt(view, 0);
  const firstTimeMs = timeAt(view, 0);
  let records = 0;
  let lastTimeMs = firstTimeMs;
  let offset = 0;
  while (offset < bytes.length) {
    assert(offset + RECORD_HEADER_BYTES <= bytes.length, "a stored batch ends inside a record header");
    const isNext = sequenceAt(view, offset) === firstSequence + records && partitionAt(view, offset) === partition;
    assert(isNext && timeAt(view, offset) >= lastTimeMs, "the records of a stored batch do not follow each other");
    lastTimeMs = timeAt(view, offset);
    offset += recordBytesAt(view, offset);
    records++;
  }
  assert(offset === bytes.length, "a stored batch ends inside a record");
  return { firstSequence, lastSequence: firstSequence + records - 1, records, firstTimeMs, lastTimeMs };
}
