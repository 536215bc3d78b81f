// The content of a store as one hash: equal for equal contents, whatever the store and whichever version wrote it.

import { createHash } from "node:crypto";
import { ByteWriter } from "./byte_writer.ts";
import { inCurrentLayout } from "./codec.ts";
import { allKinds, kindNumbers } from "./keys.ts";
import type { PartitionStore } from "./partition_store.ts";

/**
 * SHA-256 over every entry, in order of kind and key, each value as it would be written now. Copies of what persons were are left out: they follow from
 * the persons, and earlier versions kept them in another place.
 */
export function contentHash(store: PartitionStore): string {
  const hash = createHash("sha256");
  const writer = new ByteWriter();
  const lengths = Buffer.alloc(9);
  for (const kind of allKinds) {
    if (kind === "personBefore") continue;
    const number = kindNumbers[kind];
    for (const { key, bytes: stored } of store.range(number, { prefix: "", after: null, isReverse: false })) {
      const bytes = inCurrentLayout(writer, { kind, key, bytes: stored }, store.partition);
      lengths.writeUInt8(number, 0);
      lengths.writeUInt32LE(Buffer.byteLength(key), 1);
      lengths.writeUInt32LE(bytes.length, 5);
      hash.update(lengths).update(key).update(bytes);
    }
  }
  return hash.digest("hex");
}
