// Snapshot: all entries of a partition at one position, as bytes that travel. A dump, not a copy of the store's file: any store takes it.
//
//     "LRSN"   u32 format   u32 partition   u32 entries   f64 position   u32 store format   entries as in change_batch.ts, deflated
//     SHA-256 of all before
//
//   Format 1 had no store format: its entries are those of store format 3.
//
//   N1. Entries are the stored bytes, so a restored store has the same `contentHash`, and each value still carries its own CRC.
//   N2. Nothing is written of a snapshot whose SHA-256 is not that of its bytes, or that is of another partition.
//   N3. A restored store holds the entries of the snapshot and no others, at its position: one transaction, as any batch.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, inflateRawSync } from "node:zlib";
import { asBuffer } from "../base/bytes.ts";
import { type ChangeBatch, ChangeBatchWriter } from "./change_batch.ts";
import { allKindNumbers } from "./keys.ts";
import type { PartitionStore } from "./partition_store.ts";
import { isReadableFormat, STORE_FORMAT } from "./store_format.ts";

const MAGIC = "LRSN";
/** Raise it when the version before could not take a snapshot apart; what its entries are like is said by the store format in it. */
export const SNAPSHOT_FORMAT = 2;
const FORMAT_AT = 4;
const PARTITION_AT = 8;
const ENTRIES_AT = 12;
const POSITION_AT = 16;
const STORE_FORMAT_AT = 24;
const HEAD_BYTES = 28;

/** Heads of earlier formats, which were shorter, and what their entries are. */
const earlierHeads: { readonly [format: number]: { readonly bytes: number; readonly storeFormat: number } } = {
  1: { bytes: 24, storeFormat: 3 },
};
const HEAD_BYTES_MIN = 24;
const HASH_BYTES = 32;

/** A dump shrinks to a third or so; harder levels cost several times the CPU for a tenth of that. */
const DEFLATE_LEVEL = 1;

const everything = { prefix: "", after: null, isReverse: false };

const deflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

export interface Snapshot {
  readonly position: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The bytes are not what was put away, or not what was asked for. */
class SnapshotDamaged extends Error {
  override name = "SnapshotDamaged";
}

/** Reads the store before it returns; what follows (compression) does not look at it any more. */
export function takeSnapshot(store: PartitionStore): Promise<Snapshot> {
  const writer = new ChangeBatchWriter();
  for (const kind of allKindNumbers) {
    for (const { key, bytes } of store.range(kind, everything)) writer.addStored(kind, key, bytes);
  }
  return pack(store.partition, writer.take(store.position()));
}

/** Replaces what the store holds (N3). Throws `SnapshotDamaged` (N2), or what the store throws; then nothing was written. */
export function restoreSnapshot(store: PartitionStore, bytes: Uint8Array): void {
  const snapshot = unpack(store.partition, bytes);
  const removals = new ChangeBatchWriter();
  for (const kind of allKindNumbers) {
    for (const { key } of store.range(kind, everything)) removals.addStored(kind, key, null);
  }
  const { entries, bytes: removed } = removals.take(0);
  store.writeBatch({
    position: snapshot.position,
    entries: entries + snapshot.entries,
    bytes: entries === 0 ? snapshot.bytes : joined(removed, snapshot.bytes),
  });
}

async function pack(partition: number, { position, entries, bytes }: ChangeBatch): Promise<Snapshot> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "latin1");
  head.writeUInt32LE(SNAPSHOT_FORMAT, FORMAT_AT);
  head.writeUInt32LE(partition, PARTITION_AT);
  head.writeUInt32LE(entries, ENTRIES_AT);
  head.writeDoubleLE(position, POSITION_AT);
  head.writeUInt32LE(STORE_FORMAT, STORE_FORMAT_AT);
  const body = await deflate(bytes, { level: DEFLATE_LEVEL });
  const hash = createHash("sha256").update(head).update(body).digest();
  return { position, bytes: joined(head, body, hash) };
}

function unpack(partition: number, bytes: Uint8Array): ChangeBatch {
  const all = asBuffer(bytes);
  const refuse = (what: string): never => {
    throw new SnapshotDamaged(`the snapshot of partition ${partition} cannot be used: ${what}`);
  };
  if (all.length < HEAD_BYTES_MIN + HASH_BYTES) refuse(`it has ${all.length} bytes`);
  const body = all.subarray(0, all.length - HASH_BYTES);
  const found = createHash("sha256").update(body).digest();
  if (!found.equals(all.subarray(body.length))) refuse("its SHA-256 is not that of its bytes");
  if (all.toString("latin1", 0, MAGIC.length) !== MAGIC) refuse("it is none");
  const format = all.readUInt32LE(FORMAT_AT);
  if (format > SNAPSHOT_FORMAT)
    refuse(`a later version wrote it (format ${format}, this version knows formats up to ${SNAPSHOT_FORMAT})`);
  const head = earlierHeads[format] ?? { bytes: HEAD_BYTES, storeFormat: all.readUInt32LE(STORE_FORMAT_AT) };
  if (!isReadableFormat(head.storeFormat, `the snapshot of partition ${partition}`))
    refuse(`its entries have store format ${head.storeFormat}, which this version makes anew from the log`);
  const from = all.readUInt32LE(PARTITION_AT);
  if (from !== partition) refuse(`it is of partition ${from}`);
  return {
    position: all.readDoubleLE(POSITION_AT),
    entries: all.readUInt32LE(ENTRIES_AT),
    bytes: joined(inflateRawSync(body.subarray(head.bytes))),
  };
}

/** In memory of its own, which can be transferred. */
function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
