import { afterEach, describe, expect, it } from "vitest";
import type { EntryKinds, ListOptions } from "../../src/model/state.ts";
import {
  contentHash,
  openMemoryStore,
  openPartitionState,
  type PartitionStore,
  StateWorkspace,
  StoreCorrupt,
  type StoredPartitionState,
} from "../../src/store/mod.ts";
import { compareKeys, kindNumbers } from "../../src/store/keys.ts";
import { implementations, openTemporaryStore, PARTITION } from "./open_stores.ts";
import { fc } from "./property.ts";
import { rawBatch } from "./raw_batch.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const ample = { cacheBytesMax: 1 << 24, dirtyBytesMax: 1 << 24 };
const entry = (n: number): EntryKinds["key"] => ({ personId: `person ${n}`, sinceMs: n });

type Action =
  | { do: "put" | "edit"; key: string; n: number }
  | { do: "remove" | "find"; key: string }
  | { do: "list"; options: ListOptions }
  | { do: "checkpoint" | "trim" }
  /** A checkpoint in pieces: begin, encode a little, write all, fail. */
  | { do: "begin" | "encode" | "write" | "fail" };

/** Few, so that actions meet: prefixes of each other, orders in which UTF-8 and UTF-16 differ, and keys too long for LMDB. */
const keys = ["a", "a/1", "a/2", "b", "b/\uff5e", "b/\u{1f600}", `${"long".repeat(700)}a`, `${"long".repeat(700)}b`];
const keyArbitrary = fc.constantFrom(...keys);
const actionArbitrary: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("put" as const, "edit" as const), key: keyArbitrary, n: fc.nat(1000) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("remove" as const, "find" as const), key: keyArbitrary }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      options: fc.record({
        prefix: fc.constantFrom("", "", "a", "a/", "b/", "lo", "z"),
        after: fc.option(keyArbitrary),
        limit: fc.nat(5),
        isReverse: fc.boolean(),
      }),
    }),
  },
  /** From the front, where the next list may begin further on. */
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      options: fc.record({
        prefix: fc.constantFrom("", "", "a"),
        after: fc.constant(null),
        limit: fc.integer({ min: 1, max: 2 }),
        isReverse: fc.constant(false),
      }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("checkpoint" as const, "trim" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("begin" as const, "encode" as const, "write" as const, "fail" as const),
    }),
  },
);

/** What a list must yield, said as plainly as possible. */
function listModel(
  model: ReadonlyMap<string, number>,
  { prefix, after, limit, isReverse }: ListOptions,
): [string, number][] {
  const sorted = [...model].sort(([a], [b]) => compareKeys(a, b));
  if (isReverse) sorted.reverse();
  return sorted
    .filter(([key]) => key.startsWith(prefix))
    .filter(([key]) => after === null || (isReverse ? compareKeys(key, after) < 0 : compareKeys(key, after) > 0))
    .slice(0, limit);
}

function runAgainstModel(store: PartitionStore, actions: readonly Action[], cacheBytesMax: number): void {
  const state = openPartitionState(store, { cacheBytesMax, dirtyBytesMax: 1 << 24 });
  const model = new Map<string, number>();
  let position = 0;
  /** What the checkpoint under way must write, whatever happens meanwhile. */
  let frozen: ReadonlyMap<string, number> | null = null;
  for (const action of actions) {
    switch (action.do) {
      case "put":
        state.put("key", action.key, entry(action.n));
        model.set(action.key, action.n);
        break;
      case "edit": {
        const found = state.edit("key", action.key);
        expect(found?.sinceMs).toBe(model.get(action.key));
        if (found === undefined) break;
        found.sinceMs = action.n;
        model.set(action.key, action.n);
        break;
      }
      case "remove":
        state.remove("key", action.key);
        model.delete(action.key);
        break;
      case "find":
        expect(state.find("key", action.key)?.sinceMs).toBe(model.get(action.key));
        break;
      case "list":
        expect(state.list("key", action.options).map(({ key, value }) => [key, value.sinceMs])).toEqual(
          listModel(model, action.options),
        );
        break;
      case "checkpoint":
        if (frozen !== null) break;
        state.checkpoint(++position);
        expect(state.stats().dirtyEntries).toBe(0);
        expect(store.position()).toBe(position);
        break;
      case "begin":
        if (frozen !== null) break;
        state.beginCheckpoint(++position);
        frozen = new Map(model);
        break;
      case "encode":
        if (frozen !== null) state.encodeCheckpoint(2);
        break;
      case "write":
      case "fail":
        if (frozen === null) break;
        endCheckpoint(state, store, action.do === "write" ? frozen : null);
        frozen = null;
        break;
      case "trim":
        state.trim();
        break;
    }
    // As after every record.
    state.trim();
  }
  if (frozen !== null) endCheckpoint(state, store, frozen);
  state.checkpoint(++position);
  expectStored(store, model);
}

/** @param frozen what the store must hold afterwards; null: the write fails */
function endCheckpoint(
  state: StoredPartitionState,
  store: PartitionStore,
  frozen: ReadonlyMap<string, number> | null,
): void {
  expect(state.encodeCheckpoint(Number.POSITIVE_INFINITY)).toBe(true);
  const batch = state.takeCheckpoint();
  if (frozen !== null) store.writeBatch(batch);
  state.endCheckpoint(frozen === null ? "not_written" : "written");
  if (frozen !== null) expectStored(store, frozen);
}

function expectStored(store: PartitionStore, model: ReadonlyMap<string, number>): void {
  const all = { prefix: "", after: null, limit: 1000, isReverse: false };
  const reread = openPartitionState(store, ample).list("key", all);
  expect(reread.map(({ key, value }) => [key, value.sinceMs])).toEqual(listModel(model, all));
}

describe("partition state", () => {
  it("S1, S2 behaves like a sorted map, with a large cache and with none", () => {
    fc.assert(
      fc.property(
        fc.array(actionArbitrary, { maxLength: 60, size: "max" }),
        fc.constantFrom(1, 2000, 1 << 24),
        (actions, cacheBytesMax) => {
          runAgainstModel(openMemoryStore(PARTITION), actions, cacheBytesMax);
        },
      ),
    );
  });

  it("S1, S2 behaves like a sorted map on LMDB", () => {
    const temporary = openTemporaryStore();
    cleanups.push(temporary.remove);
    fc.assert(
      fc.property(
        fc.array(actionArbitrary, { maxLength: 40, size: "max" }),
        fc.constantFrom(1, 1 << 24),
        (actions, cacheBytesMax) => {
          const old = [...temporary.store.range(kindNumbers.key, { prefix: "", after: null, isReverse: false })];
          const emptied = old.map(({ key }) => ({ kind: kindNumbers.key, key, bytes: null }));
          temporary.store.writeBatch(rawBatch(emptied, 0));
          runAgainstModel(temporary.store, actions, cacheBytesMax);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("Y1 the order of keys as text is the order of their bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });

  it("C3 after a failed write all is dirty again, and the next checkpoint covers it", () => {
    const inner = openMemoryStore(PARTITION);
    let isDiskFull = true;
    let entries = 0;
    const store: PartitionStore = {
      partition: PARTITION,
      get: (kind, key) => inner.get(kind, key),
      range: (kind, options) => inner.range(kind, options),
      position: () => inner.position(),
      outdated: () => inner.outdated(),
      stats: () => inner.stats(),
      close: () => inner.close(),
      refresh: () => inner.refresh(),
      writeBatch(batch) {
        if (isDiskFull) throw new Error("no space left on device");
        entries = batch.entries;
        inner.writeBatch(batch);
      },
    };
    const state = openPartitionState(store, ample);
    state.put("key", "a", entry(1));
    state.put("key", "b", entry(2));
    state.remove("key", "b");
    expect(() => state.checkpoint(5)).toThrow("no space left");
    expect(state.stats().dirtyEntries).toBe(2);
    expect(inner.position()).toBe(0);
    isDiskFull = false;
    state.checkpoint(6);
    expect(entries).toBe(2);
    expect(openPartitionState(inner, ample).find("key", "a")).toEqual(entry(1));
    expect(inner.position()).toBe(6);
  });

  it("F1 a list from the front does not go again through what was taken there, until something is put there", () => {
    const inner = openMemoryStore(PARTITION);
    let rows = 0;
    const store: PartitionStore = {
      partition: PARTITION,
      get: (kind, key) => inner.get(kind, key),
      *range(kind, options) {
        for (const row of inner.range(kind, options)) {
          rows++;
          yield row;
        }
      },
      position: () => inner.position(),
      outdated: () => inner.outdated(),
      stats: () => inner.stats(),
      close: () => inner.close(),
      refresh: () => inner.refresh(),
      writeBatch: (batch) => inner.writeBatch(batch),
    };
    const state = openPartitionState(store, ample);
    const key = (n: number): string => `t/${n.toString().padStart(6, "0")}`;
    const first = (limit: number): string[] =>
      state.list("key", { prefix: "t/", after: null, limit, isReverse: false }).map((listed) => listed.key);
    for (let n = 0; n < 4_000; n += 2) state.put("key", key(n), entry(n));
    state.checkpoint(1);
    for (let taken = 0; taken < 1_600; taken += 16) for (const each of first(16)) state.remove("key", each);
    expect(rows).toBeLessThan(1_600 * 3);
    expect(first(1)).toEqual([key(3_200)]);
    state.put("key", key(1_001), entry(1_001));
    expect(first(1)).toEqual([key(1_001)]);
    state.put("key", key(5), entry(5));
    state.put("key", key(1_003), entry(1_003));
    state.put("key", key(16), entry(16));
    expect(first(2)).toEqual([key(5), key(16)]);
    state.remove("key", key(16));
    expect(first(4)).toEqual([key(5), key(1_001), key(1_003), key(3_200)]);
    for (const n of [5, 1_001, 1_003]) state.remove("key", key(n));
    expect(first(1)).toEqual([key(3_200)]);
    rows = 0;
    expect(first(1)).toEqual([key(3_200)]);
    expect(rows).toBeLessThan(3);
    state.checkpoint(2);
    state.put("key", key(0), entry(0));
    expect(first(2)).toEqual([key(0), key(3_200)]);
  });

  it("C4 a value found twice within one record is one object, however small the cache", () => {
    const store = openMemoryStore(PARTITION);
    const writer = openPartitionState(store, ample);
    for (let n = 0; n < 100; n++) writer.put("key", `k${n}`, entry(n));
    writer.checkpoint(1);
    const state = openPartitionState(store, { cacheBytesMax: 1, dirtyBytesMax: 1 });
    const found = state.find("key", "k0");
    for (let n = 1; n < 100; n++) state.find("key", `k${n}`);
    expect(state.edit("key", "k0")).toBe(found);
  });

  it("trim holds the bound, keeps what is dirty and drops what is not used", () => {
    const store = openMemoryStore(PARTITION);
    const state = openPartitionState(store, { cacheBytesMax: 60_000, dirtyBytesMax: 1 << 24 });
    for (let n = 0; n < 1000; n++) state.put("key", `k${n}`, entry(n));
    state.trim();
    expect(state.stats().dirtyEntries).toBe(1000);
    expect(state.stats().cachedEntries).toBe(1000);
    state.checkpoint(1);
    state.put("key", "dirty", entry(-1));
    for (let i = 0; i < 40; i++) {
      state.find("key", "k500");
      state.trim();
    }
    expect(state.stats().cachedBytes).toBeLessThanOrEqual(60_000);
    expect(state.stats().cachedBytes).toBeGreaterThan(30_000);
    expect(state.stats().dirtyEntries).toBe(1);
    expect(state.find("key", "dirty")).toEqual(entry(-1));
    expect(state.find("key", "k1")).toEqual(entry(1));
  });

  it("H5 what alone is larger than the cache stays in it while it is used, and a change of it alone wants no checkpoint", () => {
    const store = openMemoryStore(PARTITION);
    const bounds = { cacheBytesMax: 60_000, dirtyBytesMax: 60_000 };
    const large = { personId: "x".repeat(100_000), sinceMs: 0 };
    const writer = openPartitionState(store, bounds);
    writer.put("key", "large", large);
    for (let n = 0; n < 20; n++) writer.put("key", `k${n}`, entry(n));
    writer.checkpoint(1);
    const state = openPartitionState(store, bounds);
    const found = state.find("key", "large");
    for (let n = 0; n < 20; n++) {
      state.find("key", `k${n}`);
      state.trim();
    }
    expect(state.find("key", "large")).toBe(found);
    state.edit("key", "large");
    expect(state.wantsCheckpoint).toBe(false);
  });

  it("H4 history is in memory until it is written and no longer, unless it changed meanwhile", () => {
    const store = openMemoryStore(PARTITION);
    const state = openPartitionState(store, ample);
    const page = (n: number): EntryKinds["trailPage"] => ({ beforeMs: 0, touches: [n] });
    state.put("key", "a", entry(1));
    state.put("trailPage", "p/0", page(0));
    state.put("trailPage", "p/1", page(1));
    state.beginCheckpoint(1);
    state.encodeCheckpoint(Number.POSITIVE_INFINITY);
    state.edit("trailPage", "p/1")?.touches.push(2);
    store.writeBatch(state.takeCheckpoint());
    state.endCheckpoint("written");
    expect(state.stats()).toMatchObject({ cachedEntries: 2, dirtyEntries: 1 });
    state.checkpoint(2);
    expect(state.stats()).toMatchObject({ cachedEntries: 1, dirtyEntries: 0 });
    expect(state.find("trailPage", "p/1")).toEqual({ beforeMs: 0, touches: [1, 2] });
    state.edit("trailPage", "p/0");
    expect(state.stats()).toMatchObject({ cachedEntries: 3, dirtyEntries: 1 });
  });

  it("wants a checkpoint when dirty bytes pass their bound, and no longer after it", () => {
    const state = openPartitionState(openMemoryStore(PARTITION), { cacheBytesMax: 1 << 24, dirtyBytesMax: 10_000 });
    expect(state.wantsCheckpoint).toBe(false);
    for (let n = 0; n < 100; n++) state.put("key", `k${n}`, entry(n));
    expect(state.wantsCheckpoint).toBe(true);
    state.checkpoint(1);
    expect(state.wantsCheckpoint).toBe(false);
    expect(state.stats().dirtyBytes).toBe(0);
  });

  it("states that share a workspace write nothing of each other's, though a checkpoint of one was given up", () => {
    const workspace = new StateWorkspace();
    const stores = [openMemoryStore(0), openMemoryStore(1)] as const;
    const [given, kept] = stores.map((store) => openPartitionState(store, { ...ample, workspace }));
    if (given === undefined || kept === undefined) throw new Error("two stores, two states");
    for (let n = 0; n < 3; n++) given.put("key", `given${n}`, entry(n));
    given.beginCheckpoint(1);
    expect(given.encodeCheckpoint(1)).toBe(false);
    workspace.batch.clear();
    kept.put("key", "kept", entry(7));
    kept.checkpoint(5);
    expect(stores[1].position()).toBe(5);
    const everything = { prefix: "", after: null, limit: 10, isReverse: false };
    expect(openPartitionState(stores[1], ample).list("key", everything)).toEqual([{ key: "kept", value: entry(7) }]);
  });

  it("a damaged value is refused with partition and key", () => {
    const store = openMemoryStore(PARTITION);
    const writer = openPartitionState(store, ample);
    writer.put("key", "client/email/a@b.c", entry(1));
    writer.checkpoint(1);
    const bytes = Buffer.from(store.get(kindNumbers.key, "client/email/a@b.c") ?? "");
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    store.writeBatch(rawBatch([{ kind: kindNumbers.key, key: "client/email/a@b.c", bytes }], 2));
    const state = openPartitionState(store, ample);
    expect(() => state.find("key", "client/email/a@b.c")).toThrow(StoreCorrupt);
    expect(() => state.find("key", "client/email/a@b.c")).toThrow(/partition 3 .*client\/email\/a@b.c/);
  });

  it("counts changes by kind", () => {
    const state = openPartitionState(openMemoryStore(PARTITION), ample);
    state.put("key", "a", entry(1));
    state.edit("key", "a");
    state.remove("key", "a");
    expect(state.changesOf("key")).toBe(3);
    expect(state.changesOf("timer")).toBe(0);
  });
});

describe.each(implementations)("content hash on $name", ({ open }) => {
  it("does not depend on the way to a state: many small checkpoints or one, cached or not", () => {
    const hashes = [1, 7, 1000].map((interval) => {
      const opened = open();
      cleanups.push(opened.remove);
      const state = openPartitionState(opened.store, {
        cacheBytesMax: interval === 1 ? 1 : 1 << 24,
        dirtyBytesMax: 1 << 24,
      });
      for (let n = 1; n <= 200; n++) {
        const own = state.edit("key", `k${n % 17}`);
        if (own === undefined) state.put("key", `k${n % 17}`, entry(n));
        else own.sinceMs += n;
        if (n % 5 === 0) state.remove("key", `k${n % 13}`);
        if (n % interval === 0) state.checkpoint(n);
        state.trim();
      }
      state.checkpoint(200);
      return contentHash(opened.store);
    });
    expect(new Set(hashes).size).toBe(1);
  });
});
