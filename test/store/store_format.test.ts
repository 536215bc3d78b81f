// Stores of other versions: what cannot be read counts as empty until it is replaced whole; what is newer is left alone.

import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { writeValue } from "../../src/store/codec.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import {
  allKindNumbers,
  type ChangeBatch,
  contentHash,
  openMemoryStore,
  openPartitionState,
  openPartitionStore,
  restoreSnapshot,
  STORE_FORMAT,
  StoreTooNew,
  takeSnapshot,
} from "../../src/store/mod.ts";
import { openTemporaryStore, PARTITION, type TemporaryStore } from "./open_stores.ts";
import { declareFormat, headOf, makeForeign } from "./other_version.ts";
import { rawBatch } from "./raw_batch.ts";

/** None of whose entries are read. */
const OLDER = 2;
const everything = { prefix: "", after: null, isReverse: false };
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function keyEntry(personId: string): Uint8Array {
  const writer = new ByteWriter();
  writeValue(writer, "key", { personId, sinceMs: 1 });
  return writer.take();
}

const batchOf = (keys: readonly string[], position: number): ChangeBatch =>
  rawBatch(
    keys.map((key) => ({ kind: kindNumbers.key, key, bytes: keyEntry(key) })),
    position,
  );

/** A store with three entries at position 41 that another version is said to have written. */
async function storeOfFormat(format: number): Promise<TemporaryStore> {
  const opened = openTemporaryStore();
  cleanups.push(opened.remove);
  opened.store.writeBatch(batchOf(["a", "b", "c"], 41));
  await declareFormat(opened.directory, PARTITION, format);
  return opened;
}

it("a store of an earlier format whose entries are read is taken as it is, and is of this format from its first batch on", async () => {
  const { directory, reopen } = await storeOfFormat(3);
  const store = await reopen();
  expect([store.outdated(), store.position()]).toEqual([null, 41]);
  store.writeBatch(batchOf(["d"], 42));
  expect([...store.range(kindNumbers.key, everything)].map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
  expect(await headOf(directory, PARTITION)).toEqual({ format: STORE_FORMAT, partition: PARTITION, position: 42 });
});

describe("a store of an earlier format", () => {
  it("O1 counts as empty, and says what it is", async () => {
    const { directory, reopen } = await storeOfFormat(OLDER);
    await makeForeign(directory, PARTITION);
    const store = await reopen();
    expect(store.outdated()).toEqual({ format: OLDER, newFormat: STORE_FORMAT, position: 41 });
    expect(store.position()).toBe(0);
    expect(store.get(kindNumbers.key, "a")).toBeUndefined();
    expect(allKindNumbers.flatMap((kind) => [...store.range(kind, everything)])).toEqual([]);
    expect(openPartitionState(store, { cacheBytesMax: 1e6, dirtyBytesMax: 1e6 }).find("key", "a")).toBeUndefined();
  });

  it("O2 is unchanged until its first batch, which leaves nothing of it", async () => {
    const { directory, reopen } = await storeOfFormat(OLDER);
    const store = await reopen();
    expect(await headOf(directory, PARTITION)).toEqual({ format: OLDER, partition: PARTITION, position: 41 });
    store.writeBatch(batchOf(["d"], 7));
    expect(store.outdated()).toBeNull();
    expect([...store.range(kindNumbers.key, everything)].map(({ key }) => key)).toEqual(["d"]);
    const again = await reopen();
    expect([again.outdated(), again.position()]).toEqual([null, 7]);
    expect([...again.range(kindNumbers.key, everything)].map(({ key }) => key)).toEqual(["d"]);
  });

  it("O2 is unchanged by a first batch that fails", async () => {
    const { directory, reopen } = await storeOfFormat(OLDER);
    const store = await reopen();
    // Found out when the first entry is written already.
    const wrong = { ...batchOf(["d", "e"], 7), entries: 1 };
    expect(() => store.writeBatch(wrong)).toThrow("as many entries as it says");
    expect([store.outdated(), store.position()]).toEqual([{ format: OLDER, newFormat: STORE_FORMAT, position: 41 }, 0]);
    // Looked at from outside when the failed transaction's handle is closed: within one process both share an environment.
    await reopen();
    await declareFormat(directory, PARTITION, STORE_FORMAT);
    const before = await reopen();
    expect([...before.range(kindNumbers.key, everything)].map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(before.position()).toBe(41);
  });

  it("another thread's store sees the replacement when it looks again", async () => {
    const { directory, reopen } = await storeOfFormat(OLDER);
    const reader = await reopen();
    const writer = openPartitionStore({ dataDirectory: directory, partition: PARTITION });
    cleanups.unshift(() => writer.close());
    writer.writeBatch(batchOf(["d"], 7));
    reader.refresh();
    expect([reader.outdated(), reader.position()]).toEqual([null, 7]);
    expect(reader.get(kindNumbers.key, "d")).toBeDefined();
    expect(reader.get(kindNumbers.key, "a")).toBeUndefined();
  });

  it("takes a snapshot in place of what it held", async () => {
    const source = openMemoryStore(PARTITION);
    source.writeBatch(batchOf(["x"], 50));
    const { reopen } = await storeOfFormat(OLDER);
    const store = await reopen();
    restoreSnapshot(store, (await takeSnapshot(source)).bytes);
    expect([store.outdated(), store.position()]).toEqual([null, 50]);
    expect(contentHash(store)).toBe(contentHash(source));
  });
});

it("O3 a store of a later version is refused with a sentence, and is not touched", async () => {
  const { directory, reopen } = await storeOfFormat(STORE_FORMAT + 1);
  await expect(reopen()).rejects.toThrow(StoreTooNew);
  await expect(reopen()).rejects.toThrow(/partition 3 was written by a later version .* Nothing was changed\./);
  expect(await headOf(directory, PARTITION)).toEqual({ format: STORE_FORMAT + 1, partition: PARTITION, position: 41 });
  await declareFormat(directory, PARTITION, STORE_FORMAT);
  expect((await reopen()).position()).toBe(41);
});

describe("snapshots of other versions", () => {
  const HASH_BYTES = 32;
  const sealed = (body: Uint8Array): Uint8Array => Buffer.concat([body, createHash("sha256").update(body).digest()]);

  /** A snapshot whose head was edited by another version, so to say. */
  async function edited(edit: (body: Buffer) => Buffer): Promise<Uint8Array> {
    const source = openMemoryStore(PARTITION);
    source.writeBatch(batchOf(["x", "y"], 50));
    const { bytes } = await takeSnapshot(source);
    return sealed(edit(Buffer.from(bytes.subarray(0, bytes.length - HASH_BYTES))));
  }

  it("the first format, which did not name the format of its entries, is read", async () => {
    const first = await edited((body) => {
      body.writeUInt32LE(1, 4);
      return Buffer.concat([body.subarray(0, 24), body.subarray(28)]);
    });
    const target = openMemoryStore(PARTITION);
    restoreSnapshot(target, first);
    expect(target.position()).toBe(50);
    expect([...target.range(kindNumbers.key, everything)].map(({ key }) => key)).toEqual(["x", "y"]);
  });

  it.each([
    ["of entries that are made anew", 24, OLDER, `store format ${OLDER}, which this version makes anew from the log`],
    ["of entries of a later version", 24, STORE_FORMAT + 1, "was written by a later version"],
    ["of a later form", 4, 3, "a later version wrote it"],
  ])("one %s is refused, and nothing is written", async (_name, at, value, sentence) => {
    const bytes = await edited((body) => {
      body.writeUInt32LE(value, at);
      return body;
    });
    const target = openMemoryStore(PARTITION);
    target.writeBatch(batchOf(["own"], 7));
    expect(() => restoreSnapshot(target, bytes)).toThrow(sentence);
    expect([target.position(), [...target.range(kindNumbers.key, everything)].length]).toEqual([7, 1]);
  });
});
