import { afterEach, describe, expect, it } from "vitest";
import { contentHash, openPartitionStore, type PartitionStore } from "../../src/store/mod.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import { implementations, openTemporaryStore, PARTITION } from "./open_stores.ts";
import { rawBatch } from "./raw_batch.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const person = kindNumbers.person;
const timer = kindNumbers.timer;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function keysOf(
  store: PartitionStore,
  kind: number,
  options: { prefix?: string; after?: string; isReverse?: boolean } = {},
): string[] {
  const range = store.range(kind, {
    prefix: options.prefix ?? "",
    after: options.after ?? null,
    isReverse: options.isReverse ?? false,
  });
  return [...range].map(({ key }) => key);
}

describe.each(implementations)("store on $name", ({ open }) => {
  function openStore(): PartitionStore {
    const opened = open();
    cleanups.push(opened.remove);
    return opened.store;
  }

  it("reads what was written and not what was removed", () => {
    const store = openStore();
    expect(store.position()).toBe(0);
    store.writeBatch(
      rawBatch(
        [
          { kind: person, key: "a", bytes: bytes("one") },
          { kind: person, key: "b", bytes: bytes("two") },
        ],
        7,
      ),
    );
    store.writeBatch(
      rawBatch(
        [
          { kind: person, key: "a", bytes: null },
          { kind: person, key: "never", bytes: null },
        ],
        9,
      ),
    );
    expect(store.get(person, "a")).toBeUndefined();
    expect(Buffer.from(store.get(person, "b") ?? "").toString()).toBe("two");
    expect(store.get(timer, "b")).toBeUndefined();
    expect(store.position()).toBe(9);
    expect(store.stats().entries).toBe(1);
  });

  it("K2 ranges are in order of UTF-8 bytes, within the kind and the prefix", () => {
    const store = openStore();
    const keys = ["b", "a/2", "a/1", "a", "a/\u{1f600}", "a/\uff5e", "ab"];
    store.writeBatch(
      rawBatch(
        keys.map((key) => ({ kind: timer, key, bytes: bytes(key) })),
        1,
      ),
    );
    store.writeBatch(
      rawBatch(
        [
          { kind: timer + 1, key: "a/0", bytes: bytes("x") },
          { kind: timer - 1, key: "zz", bytes: bytes("x") },
        ],
        2,
      ),
    );
    const sorted = ["a", "a/1", "a/2", "a/\uff5e", "a/\u{1f600}", "ab", "b"];
    expect(keysOf(store, timer)).toEqual(sorted);
    expect(keysOf(store, timer, { isReverse: true })).toEqual(sorted.toReversed());
    expect(keysOf(store, timer, { prefix: "a/", after: "a/1" })).toEqual(["a/2", "a/\uff5e", "a/\u{1f600}"]);
    expect(keysOf(store, timer, { prefix: "a/", after: "a/2", isReverse: true })).toEqual(["a/1"]);
    expect(keysOf(store, timer, { prefix: "a/", after: "zzz" })).toEqual([]);
    expect(keysOf(store, timer, { prefix: "a/", after: "zzz", isReverse: true })).toEqual([
      "a/\u{1f600}",
      "a/\uff5e",
      "a/2",
      "a/1",
    ]);
    expect(keysOf(store, timer, { prefix: "a/", after: "a", isReverse: true })).toEqual([]);
    expect(keysOf(store, timer, { prefix: "b", after: "b" })).toEqual([]);
  });

  it("Y2 keeps keys longer than LMDB takes, whole and apart", () => {
    const store = openStore();
    const long = "k".repeat(3000);
    const keys = [`${long}1`, `${long}2`, "short"];
    store.writeBatch(
      rawBatch(
        keys.map((key) => ({ kind: person, key, bytes: bytes(`value of ${key.at(-1)}`) })),
        1,
      ),
    );
    expect(Buffer.from(store.get(person, `${long}2`) ?? "").toString()).toBe("value of 2");
    expect(store.get(person, `${long}3`)).toBeUndefined();
    expect(keysOf(store, person).sort()).toEqual(keys.sort());
    store.writeBatch(rawBatch([{ kind: person, key: `${long}1`, bytes: null }], 2));
    expect(keysOf(store, person).sort()).toEqual([`${long}2`, "short"].sort());
  });

  it("a batch that cannot be written changes nothing (K1)", () => {
    const store = openStore();
    store.writeBatch(rawBatch([{ kind: person, key: "a", bytes: bytes("old") }], 1));
    const batch = rawBatch([{ kind: person, key: "a", bytes: bytes("new") }], 2);
    expect(() => store.writeBatch({ ...batch, entries: 2 })).toThrow(RangeError);
    expect(Buffer.from(store.get(person, "a") ?? "").toString()).toBe("old");
    expect(store.position()).toBe(1);
  });
});

describe("stores compared", () => {
  it("equal contents hash equally on LMDB and in memory; one other byte does not", () => {
    const stores = implementations.map(({ open }) => {
      const opened = open();
      cleanups.push(opened.remove);
      return opened.store;
    });
    const changes = ["b", "a", "x".repeat(2500)].map((key, i) => ({ kind: person, key, bytes: bytes(`v${i}`) }));
    for (const store of stores) store.writeBatch(rawBatch(changes, 5));
    const [lmdb, memory] = stores.map((store) => contentHash(store));
    expect(lmdb).toMatch(/^[0-9a-f]{64}$/);
    expect(memory).toBe(lmdb);
    stores[1]?.writeBatch(rawBatch([{ kind: person, key: "a", bytes: bytes("v9") }], 5));
    expect(stores.map((store) => contentHash(store))[1]).not.toBe(lmdb);
  });

  it("LMDB shows another opener's batch after refresh, position and all", async () => {
    const temporary = openTemporaryStore();
    cleanups.push(temporary.remove);
    const other = openPartitionStore({ dataDirectory: temporary.directory, partition: PARTITION });
    expect(temporary.store.get(person, "a")).toBeUndefined();
    other.writeBatch(rawBatch([{ kind: person, key: "a", bytes: bytes("one") }], 3));
    temporary.store.refresh();
    expect(temporary.store.position()).toBe(3);
    expect(Buffer.from(temporary.store.get(person, "a") ?? "").toString()).toBe("one");
    await other.close();
  });

  it("LMDB keeps entries and position across closing and opening", async () => {
    const temporary = openTemporaryStore();
    cleanups.push(temporary.remove);
    temporary.store.writeBatch(rawBatch([{ kind: person, key: "a", bytes: bytes("one") }], 41));
    const reopened = await temporary.reopen();
    expect(reopened.position()).toBe(41);
    expect(Buffer.from(reopened.get(person, "a") ?? "").toString()).toBe("one");
  });
});
