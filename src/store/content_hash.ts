// The content of a store as one hash: equal for equal contents, whatever the store and whichever version wrote it.

import { createHash } from "node:crypto";
import { ByteWriter } from "./byte_writer.ts";
import { inCurrentLayout } from "./codec.ts";
import type { PartitionStore } from "./partition_store.ts";

/** SHA-256 over every entry of `kinds`, in order of kind and key, each value as it would be written now. */
export function contentHash(store: PartitionStore, kinds: readonly number[]): string {
  const hash = createHash("sha256");
  const writer = new ByteWriter();
  const lengths = Buffer.alloc(9);
  for (const kind of [...kinds].sort((a, b) => a - b)) {
    for (const entry of store.range(kind, { prefix: "", after: null, isReverse: false })) {
      const bytes = inCurrentLayout(writer, entry.bytes, store.partition, entry.key);
      lengths.writeUInt8(kind, 0);
      lengths.writeUInt32LE(Buffer.byteLength(entry.key), 1);
      lengths.writeUInt32LE(bytes.length, 5);
      hash.update(lengths).update(entry.key).update(bytes);
    }
  }
  return hash.digest("hex");
}
