// Record codec
//
// Turns records into the binary form of `model/record.ts` and back. Hot path: no object a record unless one is asked for.
//
//   R1. `readRecord` after `writeRecord` gives the same record.
//   R2. A reader never leaves its bytes: a record that claims more than there is fails an assertion.

import { assert } from "../base/assert.ts";
import {
  type LogRecord,
  type NewRecord,
  RECORD_HEADER_BYTES,
  type RecordKindNumber,
  recordKinds,
} from "../model/record.ts";

/** Bytes with the view over all of them; kept together because making a view costs more than writing a header. */
export interface RecordTarget {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function recordBytes(record: NewRecord): number {
  return RECORD_HEADER_BYTES + (record.payloadHead?.length ?? 0) + record.payload.length;
}

/** Writes one record at `offset` and returns the offset behind it. The caller has made sure that it fits. */
export function writeRecord(
  target: RecordTarget,
  offset: number,
  partition: number,
  sequence: number,
  timeMs: number,
  record: NewRecord,
): number {
  const view = target.view;
  const { payload, payloadHead } = record;
  const payloadStart = offset + RECORD_HEADER_BYTES;
  const bodyStart = payloadStart + (payloadHead?.length ?? 0);
  const end = bodyStart + payload.length;
  view.setUint32(offset, end - payloadStart, true);
  view.setUint16(offset + 4, partition, true);
  view.setUint8(offset + 6, record.kind);
  view.setUint8(offset + 7, record.flags);
  view.setFloat64(offset + 8, sequence, true);
  view.setFloat64(offset + 16, timeMs, true);
  view.setUint32(offset + 24, record.idHigh, true);
  view.setUint32(offset + 28, record.idLow, true);
  if (payloadHead !== undefined) target.bytes.set(payloadHead, payloadStart);
  target.bytes.set(payload, bodyStart);
  return end;
}

/** Length of the record at `offset`, header included. */
export function recordBytesAt(view: DataView, offset: number): number {
  return RECORD_HEADER_BYTES + view.getUint32(offset, true);
}

export function partitionAt(view: DataView, offset: number): number {
  return view.getUint16(offset + 4, true);
}

export function sequenceAt(view: DataView, offset: number): number {
  return view.getFloat64(offset + 8, true);
}

export function timeAt(view: DataView, offset: number): number {
  return view.getFloat64(offset + 16, true);
}

/** The record at `offset`, its payload a view of the same memory. */
export function readRecord(view: DataView, offset: number): LogRecord {
  return {
    kind: kindOf(view.getUint8(offset + 6)),
    flags: view.getUint8(offset + 7),
    partition: partitionAt(view, offset),
    sequence: sequenceAt(view, offset),
    timeMs: timeAt(view, offset),
    idHigh: view.getUint32(offset + 24, true),
    idLow: view.getUint32(offset + 28, true),
    payload: new Uint8Array(view.buffer, view.byteOffset + offset + RECORD_HEADER_BYTES, view.getUint32(offset, true)),
  };
}

const kindsByNumber: readonly (RecordKindNumber | undefined)[] = [
  undefined,
  recordKinds.event,
  recordKinds.command,
  recordKinds.message,
  recordKinds.outcome,
  recordKinds.config,
  recordKinds.tick,
];

function kindOf(wireNumber: number): RecordKindNumber {
  const kind = kindsByNumber[wireNumber];
  assert(kind !== undefined, `unknown record kind ${wireNumber}: written by a newer version?`);
  return kind;
}

const NO_BYTES = viewOf(new Uint8Array(0));

/**
 * Walks the records of a batch: `reset(batch)`, then `while (reader.next()) ...`.
 * The members read the batch on demand; what is not asked for costs nothing. One reader serves any number of batches.
 */
export class RecordReader {
  #view: DataView = NO_BYTES;
  #offset = 0;
  #next = 0;

  reset(batch: Uint8Array): void {
    this.#view = viewOf(batch);
    this.#offset = 0;
    this.#next = 0;
  }

  /** Moves to the next record; false behind the last one. */
  next(): boolean {
    const offset = this.#next;
    const view = this.#view;
    if (offset === view.byteLength) return false;
    assert(offset + RECORD_HEADER_BYTES <= view.byteLength, "the batch ends inside a record header");
    this.#offset = offset;
    this.#next = offset + recordBytesAt(view, offset);
    assert(this.#next <= view.byteLength, "the batch ends inside a record");
    return true;
  }

  /** Where the record begins in its batch. */
  get offset(): number {
    return this.#offset;
  }

  /** One past the record's last byte in its batch. */
  get end(): number {
    return this.#next;
  }

  get partition(): number {
    return partitionAt(this.#view, this.#offset);
  }

  get sequence(): number {
    return sequenceAt(this.#view, this.#offset);
  }

  get timeMs(): number {
    return timeAt(this.#view, this.#offset);
  }

  /** As written; compare with `recordKinds`. A number unknown to this version is left to the caller. */
  get kind(): number {
    return this.#view.getUint8(this.#offset + 6);
  }

  get flags(): number {
    return this.#view.getUint8(this.#offset + 7);
  }

  get idHigh(): number {
    return this.#view.getUint32(this.#offset + 24, true);
  }

  get idLow(): number {
    return this.#view.getUint32(this.#offset + 28, true);
  }

  get payloadOffset(): number {
    return this.#offset + RECORD_HEADER_BYTES;
  }

  get payloadBytes(): number {
    return this.#view.getUint32(this.#offset, true);
  }

  /** A view of the batch, not a copy. */
  get payload(): Uint8Array {
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.payloadOffset, this.payloadBytes);
  }

  /** The whole record as an object; for callers that are not in a hurry. */
  record(): LogRecord {
    return readRecord(this.#view, this.#offset);
  }
}
