// PortSink: a front thread's records on their way to the log: a batch a turn of the event loop, in memory that is handed over. Hot path.
//
//   S1. What may be under way is bounded: beyond it `append` says busy, at once and here. So the log has room for whatever arrives.
//   S2. A batch is a group to those who wait: they have one promise, kept or broken as the runtime says of the batch (P2).

import { type Promised, promised } from "../../base/promised.ts";
import { RecordTooLarge, recordBytes, type RecordTarget, viewOf, writeRecord } from "../../log/mod.ts";
import type { NewRecord } from "../../model/record.ts";
import { busy, type RecordSink } from "../flow/appender.ts";
import { BULK_SHARE } from "../flow/flow_levels.ts";
import { BATCH_BYTES_MAX, type FrontBirth } from "./protocol.ts";

export interface PortSinkParts {
  readonly bounds: Pick<FrontBirth, "recordBytesMax" | "unsettledBytesMax" | "unsettledRecordsMax">;
  /** A batch has begun: it wants to be `seal`ed when the turn is over. */
  readonly onBegin: () => void;
  readonly post: (batch: number, bytes: ArrayBuffer, length: number) => void;
}

interface Unsettled extends Promised {
  readonly batch: number;
  bytes: number;
  records: number;
}

const nothing: RecordTarget = { bytes: new Uint8Array(0), view: viewOf(new Uint8Array(0)) };
const BATCH_BYTES_MIN = 4 * 1024;

export class PortSink implements RecordSink {
  readonly #parts: PortSinkParts;
  /** Sent or open, oldest first. */
  readonly #unsettled = new Map<number, Unsettled>();
  #open: Unsettled | null = null;
  #target: RecordTarget = nothing;
  #length = 0;
  #nextBatch = 0;
  #unsettledBytes = 0;
  #unsettledRecords = 0;
  /** Of the last batch: the next one is likely to be as large. */
  #likelyBytes = BATCH_BYTES_MIN;
  #waiters: (() => void)[] = [];

  constructor(parts: PortSinkParts) {
    this.#parts = parts;
  }

  /** True while as much is under way as a bulk reader may send: the rest is for others (S1), and the workers' levels do not show it yet. */
  get isDeep(): boolean {
    return this.#isFilled(BULK_SHARE);
  }

  append(partition: number, record: NewRecord): number {
    const bytes = recordBytes(record);
    const { recordBytesMax, unsettledBytesMax, unsettledRecordsMax } = this.#parts.bounds;
    if (bytes > recordBytesMax) throw new RecordTooLarge(bytes, recordBytesMax);
    // One that is larger than the whole share gets through alone.
    if (this.#unsettledBytes > 0 && this.#unsettledBytes + bytes > unsettledBytesMax) throw busy;
    if (this.#unsettledRecords >= unsettledRecordsMax) throw busy;
    const open = this.#openFor(bytes);
    this.#length = writeRecord(this.#target, this.#length, partition, 0, record.timeMs, record);
    open.bytes += bytes;
    open.records++;
    this.#unsettledBytes += bytes;
    this.#unsettledRecords++;
    return open.batch;
  }

  acknowledged(batch: number): Promise<void> {
    return this.#unsettled.get(batch)?.promise ?? Promise.resolve();
  }

  /** Hands over what was appended since the last call. */
  seal(): void {
    const open = this.#open;
    if (open === null) return;
    const { buffer } = this.#target.bytes;
    this.#open = null;
    this.#target = nothing;
    this.#likelyBytes = Math.max(BATCH_BYTES_MIN, Math.min(BATCH_BYTES_MAX, this.#length + (this.#length >> 1)));
    if (buffer instanceof ArrayBuffer) this.#parts.post(open.batch, buffer, this.#length);
  }

  /** That batch is durable, and all before it that are not settled. */
  settle(batch: number): void {
    for (const unsettled of this.#unsettled.values()) {
      if (unsettled.batch > batch) break;
      this.#end(unsettled);
      unsettled.resolve();
    }
    this.#wake();
  }

  refuse(batch: number, error: Error): void {
    const unsettled = this.#unsettled.get(batch);
    if (unsettled === undefined) return;
    this.#end(unsettled);
    unsettled.reject(error);
    this.#wake();
  }

  /** Batches `from` to `to`, both included. */
  drop(from: number, to: number, error: Error): void {
    for (const batch of this.#unsettled.keys()) if (batch >= from && batch <= to) this.refuse(batch, error);
  }

  /** Resolves when half of that is settled. */
  whenShallow(): Promise<void> {
    if (this.#isShallow()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  /** Nothing will be settled any more. */
  endWaits(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #isShallow(): boolean {
    return !this.#isFilled(BULK_SHARE / 2);
  }

  #isFilled(share: number): boolean {
    const { unsettledBytesMax, unsettledRecordsMax } = this.#parts.bounds;
    return this.#unsettledBytes >= unsettledBytesMax * share || this.#unsettledRecords >= unsettledRecordsMax * share;
  }

  #end({ batch, bytes, records }: Unsettled): void {
    this.#unsettled.delete(batch);
    this.#unsettledBytes -= bytes;
    this.#unsettledRecords -= records;
  }

  #wake(): void {
    if (this.#waiters.length > 0 && this.#isShallow()) this.endWaits();
  }

  #openFor(bytes: number): Unsettled {
    if (this.#open !== null && this.#length + bytes <= this.#target.bytes.length) return this.#open;
    const length = this.#open === null ? 0 : this.#length;
    if (this.#open === null || length + bytes > BATCH_BYTES_MAX) {
      this.seal();
      return this.#begin(bytes);
    }
    // Grown: a batch is as large as its turn.
    const grown = newTarget(Math.min(BATCH_BYTES_MAX, Math.max(2 * this.#target.bytes.length, length + bytes)));
    grown.bytes.set(this.#target.bytes.subarray(0, length));
    this.#target = grown;
    return this.#open;
  }

  #begin(bytes: number): Unsettled {
    this.#target = newTarget(Math.max(bytes, this.#likelyBytes));
    this.#length = 0;
    const { promise, resolve, reject } = promised();
    // Who waits for it gets the rejection too; callers that wait for a reply are told by their own.
    promise.catch(() => undefined);
    const batch = this.#nextBatch++;
    const unsettled = { batch, bytes: 0, records: 0, promise, resolve, reject };
    this.#unsettled.set(batch, unsettled);
    this.#open = unsettled;
    this.#parts.onBegin();
    return unsettled;
  }
}

/** Not from the pool, and not cleared: all of it is written, or behind the length that goes with it. */
function newTarget(length: number): RecordTarget {
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: viewOf(bytes) };
}
