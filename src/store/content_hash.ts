// The content of a store as one hash: equal for equal contents, whatever the store and whichever version wrote it.

import { createHash } from "node:crypto";
import type { EntryKind, EntryKinds } from "../model/state.ts";
import { ByteWriter } from "./byte_writer.ts";
import { decodeValue, inCurrentLayout, writeValue } from "./codec.ts";
import { allKinds, kindNumbers } from "./keys.ts";
import type { PartitionStore, StoreEntry } from "./partition_store.ts";

/**
 * SHA-256 over every entry, in order of kind and key, each value as it would be written now. Left out is what follows from the rest and has not one form:
 * copies of what persons were, which earlier versions kept in another place, and where pages of rewards begin, which depends on the order of changes. Of
 * the pages themselves the places count. Persons count with all their rewards, as earlier versions wrote them, however many of them are in pages.
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
  const paged = personsWithPages(store);
  for (const kind of allKinds) {
    if (kind === "personBefore" || kind === "rewardList" || kind === "summaryPage") continue;
    for (const entry of store.range(kindNumbers[kind], everything)) {
      if (kind === "rewardPage") for (const place of placesOf(store, entry)) add(kind, place, NOTHING);
      else if (kind === "person" && paged.has(entry.key)) add(kind, entry.key, withAllRewards(writer, store, entry));
      else add(kind, entry.key, inCurrentLayout(writer, { kind, ...entry }, store.partition));
    }
  }
  return hash.digest("hex");
}

const everything = { prefix: "", after: null, isReverse: false };

function personsWithPages(store: PartitionStore): ReadonlySet<string> {
  const persons = new Set<string>();
  for (const { key } of store.range(kindNumbers.summaryPage, everything)) persons.add(key.slice(0, key.indexOf("/")));
  return persons;
}

/** Borrowed until the next write. */
function withAllRewards(writer: ByteWriter, store: PartitionStore, { key, bytes }: StoreEntry): Uint8Array {
  const person = decodeValue(bytes, store.partition, key) as EntryKinds["person"];
  const rewards: EntryKinds["person"]["rewards"] = [];
  for (const page of store.range(kindNumbers.summaryPage, { ...everything, prefix: `${key}/` }))
    rewards.push(...(decodeValue(page.bytes, store.partition, page.key) as EntryKinds["summaryPage"]).summaries);
  writer.at = 0;
  writeValue(writer, "person", { ...person, rewards: [...rewards, ...person.rewards], olderRewards: null });
  return writer.since(0);
}

const NOTHING = new Uint8Array(0);

/** Each with its list: a page is found by its list and the first place that it had, and all places are of one length. */
function placesOf(store: PartitionStore, { key, bytes }: StoreEntry): string[] {
  const { places } = decodeValue(bytes, store.partition, key) as EntryKinds["rewardPage"];
  return places.map((place) => key.slice(0, key.length - place.length) + place);
}
