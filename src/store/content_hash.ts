// The content of a store as one hash: equal for equal contents, whatever the store and whichever version wrote it.

import { createHash } from "node:crypto";
import type { EntryKind, EntryKinds } from "../model/state.ts";
import { ByteWriter } from "./byte_writer.ts";
import { decodeValue, inCurrentLayout } from "./codec.ts";
import { allKinds, kindNumbers } from "./keys.ts";
import type { PartitionStore, StoreEntry } from "./partition_store.ts";

/**
 * SHA-256 over every entry, in order of kind and key, each value as it would be written now. Left out is what follows from the rest and has not one form:
 * copies of what persons were, which earlier versions kept in another place, and where pages of rewards begin, which depends on the order of changes. Of
 * the pages themselves the places count.
 */
export function contentHash(store: PartitionStore): string {
  const hash = createHash("sha256");
  const lengths = Buffer.alloc(9);
  const add = (kind: EntryKind, key: string, bytes: Uint8Array): void => {
    lengths.writeUInt8(kindNumbers[kind], 0);
    lengths.writeUInt32LE(Buffer.byteLength(key), 1);
    lengths.writeUInt32LE(bytes.length, 5);
    hash.update(lengths).update(key).update(bytes);
  };
  const writer = new ByteWriter();
  for (const kind of allKinds) {
    if (kind === "personBefore" || kind === "rewardList") continue;
    for (const entry of store.range(kindNumbers[kind], { prefix: "", after: null, isReverse: false })) {
      if (kind !== "rewardPage") add(kind, entry.key, inCurrentLayout(writer, { kind, ...entry }, store.partition));
      else for (const place of placesOf(store, entry)) add(kind, place, NOTHING);
    }
  }
  return hash.digest("hex");
}

const NOTHING = new Uint8Array(0);

/** Each with its list: a page is found by its list and the first place that it had, and all places are of one length. */
function placesOf(store: PartitionStore, { key, bytes }: StoreEntry): string[] {
  const { places } = decodeValue(bytes, store.partition, key) as EntryKinds["rewardPage"];
  return places.map((place) => key.slice(0, key.length - place.length) + place);
}
