// Backlog: how much waits to become durable, and how much has become so. Hot path: counts, nothing else.
//
//   J1. What waits is bounded by `pendingBytesMax`, and what other processes handed over is bounded for itself by as much: neither they nor
//       this process's own clients take all the room.

import { LogFull } from "../errors.ts";
import type { LogStats } from "../mod.ts";
import type { Batch, Parcel } from "./batch.ts";

export class Backlog {
  readonly #bytesMax: number;
  readonly #full: LogFull;
  /** Of this process's own records. */
  #bytes = 0;
  #records = 0;
  /** Of parcels. */
  #parcelBytes = 0;
  #committedBatches = 0;
  #committedRecords = 0;
  #committedBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    // One object for all refusals: under overload a stack trace a refused record would cost more than the record.
    this.#full = new LogFull(bytesMax);
  }

  /** J1. Throws where there is no room. */
  makeRoom(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) throw this.#full;
  }

  /** J1 */
  hasRoomFor(parcel: Parcel): boolean {
    return this.#parcelBytes + parcel.bytes.length <= this.#bytesMax;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#records++;
  }

  addParcel(parcel: Parcel): void {
    this.#parcelBytes += parcel.bytes.length;
  }

  /** A batch is durable. */
  settle(batch: Batch): void {
    const handedBytes = batch.parcels.reduce((sum, { parcel }) => sum + parcel.bytes.length, 0);
    const handedRecords = batch.parcels.reduce((sum, { parcel }) => sum + parcel.records, 0);
    this.#parcelBytes -= handedBytes;
    this.#bytes -= batch.length - handedBytes;
    this.#records -= batch.records - handedRecords;
    this.#committedBatches++;
    this.#committedRecords += batch.records;
    this.#committedBytes += batch.length;
  }

  /** Parcels were given back. */
  giveBack(parcels: readonly Parcel[]): void {
    for (const { bytes } of parcels) this.#parcelBytes -= bytes.length;
  }

  /** All that waits is given up. Returns how many of this process's own records that were. */
  drop(): number {
    const dropped = this.#records;
    this.#bytes = 0;
    this.#records = 0;
    this.#parcelBytes = 0;
    return dropped;
  }

  counts(): Omit<LogStats, "segments" | "lastSyncMs"> {
    return {
      pendingBytes: this.#bytes,
      pendingRecords: this.#records,
      committedGroups: this.#committedBatches,
      committedRecords: this.#committedRecords,
      committedBytes: this.#committedBytes,
    };
  }
}
