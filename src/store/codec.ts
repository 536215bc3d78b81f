// Values of entries as bytes:
//
//     0  u8 format version    1  u32 CRC32C of what follows, little endian    5  msgpack
//
//   V1. Equal values have equal bytes: plain maps in the order of their members, no record structures, nothing remembered between values.
//   V2. What is read is what was written, or `StoreCorrupt`: LMDB itself has no checksums.
//
// Values are JSON-like. Two things that JSON text may hold do not survive: a member named `__proto__` and lone surrogates; the door refuses both.

import { crc32c } from "@node-rs/crc32";
import { Packr } from "msgpackr";
import { StoreCorrupt } from "./partition_store.ts";

/** Written to disk; a change of layout takes the next number. */
export const VALUE_FORMAT = 1;
export const VALUE_HEADER_BYTES = 5;

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });

export function encodeValue(value: unknown): Buffer {
  const packed = packr.pack(value);
  const bytes = Buffer.allocUnsafe(VALUE_HEADER_BYTES + packed.length);
  bytes[0] = VALUE_FORMAT;
  bytes.set(packed, VALUE_HEADER_BYTES);
  bytes.writeUInt32LE(crc32c(packed), 1);
  return bytes;
}

/** @param partition and key name the place when the bytes are damaged. */
export function decodeValue(bytes: Uint8Array, partition: number, key: string): unknown {
  if (bytes.length <= VALUE_HEADER_BYTES) throw new StoreCorrupt(partition, key, `value of ${bytes.length} bytes`);
  if (bytes[0] !== VALUE_FORMAT)
    throw new StoreCorrupt(partition, key, `value format ${bytes[0]}, this version reads ${VALUE_FORMAT}`);
  const packed = bytes.subarray(VALUE_HEADER_BYTES);
  const wanted = ((bytes[1] ?? 0) | ((bytes[2] ?? 0) << 8) | ((bytes[3] ?? 0) << 16) | ((bytes[4] ?? 0) << 24)) >>> 0;
  const found = crc32c(packed);
  if (found !== wanted) throw new StoreCorrupt(partition, key, `CRC32C is ${hex(found)}, written was ${hex(wanted)}`);
  return packr.unpack(packed);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
