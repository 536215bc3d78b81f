// Parcels and what becomes of them as bytes, for relay.ts. Guarded by the cluster's format: nodes that stand side by side read each other's.

import { assert } from "../../base/assert.ts";
import { asBuffer } from "../../base/bytes.ts";
import { viewOf } from "../record_codec.ts";
import type { Parcel, ParcelOutcome } from "./batch.ts";

/** What an answer says of a parcel. */
export type SaidOutcome =
  | ParcelOutcome
  /** Who leads has no room for it now. */
  | { readonly kind: "busy" }
  | { readonly kind: "unknown"; readonly reason: string };

/** after, length of the id, id, records. */
const AFTER_BYTES = 8;

export function writeParcel(id: string, records: Uint8Array, after: number): Uint8Array {
  const head = AFTER_BYTES + 1 + id.length;
  const bytes = Buffer.allocUnsafe(head + records.length);
  bytes.writeDoubleLE(after, 0);
  bytes.writeUInt8(id.length, AFTER_BYTES);
  bytes.write(id, AFTER_BYTES + 1, "latin1");
  bytes.set(records, head);
  return bytes;
}

export function readParcel(bytes: Uint8Array): Pick<Parcel, "id" | "bytes"> & { readonly after: number } {
  assert(bytes.length > AFTER_BYTES, "a parcel ends inside its head");
  const buffer = asBuffer(bytes);
  const head = AFTER_BYTES + 1 + buffer.readUInt8(AFTER_BYTES);
  return {
    id: buffer.toString("latin1", AFTER_BYTES + 1, head),
    bytes: buffer.subarray(head),
    after: buffer.readDoubleLE(0),
  };
}

const outcomeNumbers = { committed: 1, bounced: 2 } as const;
const BUSY_NUMBER = 3;
export const BUSY = Buffer.of(BUSY_NUMBER);
const OUTCOME_BYTES = 9;

export function writeOutcome({ kind, streamSequence }: ParcelOutcome): Uint8Array {
  const bytes = Buffer.allocUnsafe(OUTCOME_BYTES);
  bytes.writeUInt8(outcomeNumbers[kind], 0);
  bytes.writeDoubleLE(streamSequence, 1);
  return bytes;
}

export function readOutcome(bytes: Uint8Array): SaidOutcome {
  const [number] = bytes;
  if (number === BUSY_NUMBER) return { kind: "busy" };
  if (bytes.length !== OUTCOME_BYTES) return { kind: "unknown", reason: "the answer is not one of ours" };
  const streamSequence = viewOf(bytes).getFloat64(1, true);
  if (number === outcomeNumbers.committed) return { kind: "committed", streamSequence };
  if (number === outcomeNumbers.bounced) return { kind: "bounced", streamSequence };
  return { kind: "unknown", reason: "the answer is not one of ours" };
}
