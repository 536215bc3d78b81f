// Outbox: messages on their way from a worker to the log.
//
//   O1. The messages of one source are appended in the order in which they were sent; receivers rely on it (M2 of the engine).
//   O2. A message is kept until it is durable: when the log drops its group, it is appended again, before any later one.
//   O3. `settle` is answered only when everything sent before it is durable (C2 of the store).
//
// Bounded by the records in flight: what sends messages was itself let in by flow control.

import { RecordReader } from "../../log/mod.ts";
import type { NewRecord } from "../../model/record.ts";
import { Unavailable } from "../client.ts";
import type { Appender, GroupListener } from "./appender.ts";
import { APPEND_RETRY_MS } from "../settings.ts";

interface Parcel {
  readonly bytes: Uint8Array;
  /** Offset of the first record that is not durable. */
  from: number;
  /** Groups in which its records lie so far, each with the offset behind its last one. */
  readonly parts: { readonly group: number; end: number }[];
}

interface Settling {
  /** Number of the last parcel that must be durable. */
  readonly parcel: number;
  readonly resolve: () => void;
}

/** True for a message that the log is known to hold already. */
export type IsKnown = (toPartition: number, payload: Uint8Array) => boolean;

export class Outbox implements GroupListener {
  readonly #appender: Appender;
  readonly #reader = new RecordReader();
  /** In order of sending: first those appended and not yet durable, then those not yet (wholly) appended. */
  readonly #parcels: Parcel[] = [];
  /** How many of `#parcels` are appended to their end. */
  #appended = 0;
  #received = 0;
  #settlings: Settling[] = [];
  #retry: NodeJS.Timeout | null = null;
  #isKnown: IsKnown | null = null;

  constructor(appender: Appender) {
    this.#appender = appender;
  }

  /** While set, messages that it knows are taken as durable and not appended again. */
  filter(isKnown: IsKnown | null): void {
    this.#isKnown = isKnown;
  }

  send(bytes: Uint8Array): void {
    this.#parcels.push({ bytes, from: 0, parts: [] });
    this.#received++;
    this.#pump();
  }

  isEmpty(): boolean {
    return this.#parcels.length === 0;
  }

  /** Calls back when everything sent so far is durable. */
  settle(resolve: () => void): void {
    if (this.isEmpty()) return resolve();
    this.#settlings.push({ parcel: this.#received, resolve });
  }

  onDurable(group: number): void {
    for (const parcel of this.#parcels) {
      for (let part = parcel.parts[0]; part !== undefined && part.group <= group; part = parcel.parts[0]) {
        parcel.from = part.end;
        parcel.parts.shift();
      }
      if (parcel.parts.length > 0) break;
    }
    this.#release();
  }

  /** O2, and A2 of the appender: this group and all later ones are gone. */
  onDropped(group: number): void {
    for (const parcel of this.#parcels) {
      const first = parcel.parts.findIndex((part) => part.group >= group);
      if (first >= 0) parcel.parts.splice(first);
    }
    this.#appended = this.#parcels.findIndex((parcel) => endOf(parcel) < parcel.bytes.length);
    if (this.#appended < 0) this.#appended = this.#parcels.length;
    this.#pumpLater();
  }

  stop(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  #pump(): void {
    if (this.#retry !== null) return;
    for (let parcel = this.#parcels[this.#appended]; parcel !== undefined; parcel = this.#parcels[this.#appended]) {
      if (!this.#append(parcel)) return this.#pumpLater();
      this.#appended++;
    }
    this.#release();
  }

  #pumpLater(): void {
    if (this.#parcels.length === this.#appended) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#pump();
    }, APPEND_RETRY_MS);
  }

  /** False when the log takes no more for now. */
  #append(parcel: Parcel): boolean {
    const start = endOf(parcel);
    const reader = this.#reader;
    reader.reset(parcel.bytes.subarray(start));
    let group = -1;
    while (reader.next()) {
      const record: NewRecord & { readonly partition: number } = reader.record();
      if (this.#isKnown?.(record.partition, record.payload) === true) continue;
      try {
        const next = this.#appender.append(record.partition, record);
        if (next !== group && group >= 0) parcel.parts.push({ group, end: start + reader.offset });
        group = next;
      } catch (error) {
        if (group >= 0) parcel.parts.push({ group, end: start + reader.offset });
        if (error instanceof Unavailable) return false;
        throw error;
      }
    }
    if (group >= 0) parcel.parts.push({ group, end: parcel.bytes.length });
    else this.#skipRest(parcel);
    return true;
  }

  /** What is left of the parcel is known to the log. */
  #skipRest(parcel: Parcel): void {
    const last = parcel.parts.at(-1);
    if (last === undefined) parcel.from = parcel.bytes.length;
    else last.end = parcel.bytes.length;
  }

  #release(): void {
    while (this.#appended > 0 && this.#parcels[0]?.from === this.#parcels[0]?.bytes.length) {
      this.#parcels.shift();
      this.#appended--;
    }
    if (this.#settlings.length === 0) return;
    const durable = this.#received - this.#parcels.length;
    this.#settlings = this.#settlings.filter(({ parcel, resolve }) => {
      if (parcel > durable) return true;
      resolve();
      return false;
    });
  }
}

/** Offset behind the last record that is durable or in a group. */
function endOf(parcel: Parcel): number {
  return parcel.parts.at(-1)?.end ?? parcel.from;
}
