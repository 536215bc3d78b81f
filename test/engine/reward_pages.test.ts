// Lists of rewards in pages: whatever the order of changes, they are lists in order.

import { describe, expect, test } from "vitest";
import { REWARD_PAGES_NAMED_MAX, REWARDS_PER_PAGE } from "../../src/engine/limits.ts";
import { hasUnpagedRewards, pageRewards } from "../../src/engine/rewards/reward_index_before.ts";
import { listOf } from "../../src/engine/rewards/reward_index.ts";
import { addPlace, removePlace } from "../../src/engine/rewards/reward_pages.ts";
import { walkList } from "../../src/engine/rewards/reward_places.ts";
import { contentHash, openMemoryStore, openPartitionState, type PartitionStore } from "../../src/store/mod.ts";
import { fc } from "../store/property.ts";

const bounds = { cacheBytesMax: 1 << 24, dirtyBytesMax: 1 << 24 };
const LIST = listOf("demo", { name: "state", value: "EARNED" });
const OTHER = listOf("demo", { name: "state", value: "FULFILLED" });
/** More than the pages that are named hold. */
const MANY = (REWARD_PAGES_NAMED_MAX + 8) * REWARDS_PER_PAGE;

const placeAt = (n: number): string =>
  `${(1_700_000_000_000 + Math.floor(n / 3)).toString().padStart(15, "0")}/${n.toString(16).padStart(24, "0")}`;
const filled = (numbers: Iterable<number>): { store: PartitionStore; state: ReturnType<typeof openPartitionState> } => {
  const store = openMemoryStore(0);
  const state = openPartitionState(store, bounds);
  for (const n of numbers) addPlace(state, LIST, placeAt(n));
  return { store, state };
};
function placesBefore(
  state: ReturnType<typeof openPartitionState>,
  list: string,
  before: string | null,
  limit: number,
): string[] {
  const walk = walkList(state, list, before);
  const places: string[] = [];
  for (let place = walk.at(); place !== null && places.length < limit; place = walk.at()) {
    places.push(place);
    walk.next();
  }
  return places;
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe("a list of rewards", () => {
  test("gives the newest first, page after page", () => {
    const { state } = filled(range(0, MANY));
    const newest = range(0, MANY).reverse().map(placeAt);
    expect(placesBefore(state, LIST, null, 10)).toEqual(newest.slice(0, 10));
    expect(placesBefore(state, LIST, placeAt(500), 200)).toEqual(range(300, 500).reverse().map(placeAt));
    expect(placesBefore(state, LIST, null, MANY + 1)).toEqual(newest);
    expect(placesBefore(state, OTHER, null, 10)).toEqual([]);
  });

  test("takes rewards that are older than the pages it names, and gives them up", () => {
    const even = range(0, MANY).filter((n) => n % 2 === 0);
    const { state } = filled([...even, ...range(MANY, 2 * MANY), 1, 3, 5, 1]);
    expect(placesBefore(state, LIST, placeAt(6), 10)).toEqual([5, 4, 3, 2, 1, 0].map(placeAt));
    for (const n of [0, 3, 4]) removePlace(state, LIST, placeAt(n));
    removePlace(state, LIST, placeAt(7));
    expect(placesBefore(state, LIST, placeAt(7), 10)).toEqual([6, 5, 2, 1].map(placeAt));
  });

  test("forgets a page that is left by all, and looks for none where there is none", () => {
    const { store, state } = filled(range(0, 3 * REWARDS_PER_PAGE));
    for (const n of range(0, 3 * REWARDS_PER_PAGE)) removePlace(state, LIST, placeAt(n));
    state.checkpoint(1);
    expect(state.find("rewardList", LIST)).toMatchObject({ pages: 1 });
    expect(state.list("rewardPage", { prefix: LIST, after: null, limit: 9, isReverse: false })).toHaveLength(1);
    expect(contentHash(store)).toBe(contentHash(openMemoryStore(0)));
  });

  test("property: is the sorted set of what was added and not removed, also of a store that is read again", () => {
    const action = fc.record({
      what: fc.constantFrom("add", "add", "remove", "write"),
      n: fc.nat(40 * REWARDS_PER_PAGE),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(action, { maxLength: 400 }), fc.nat(500), (isLong, actions, limit) => {
        const begun = isLong ? range(0, 36 * REWARDS_PER_PAGE) : [];
        const { store, state: first } = filled(begun);
        let state = first;
        const expected = new Set(begun.map(placeAt));
        for (const { what, n } of actions) {
          if (what === "add") addPlace(state, LIST, placeAt(n));
          if (what === "remove") removePlace(state, LIST, placeAt(n));
          if (what === "add") expected.add(placeAt(n));
          if (what === "remove") expected.delete(placeAt(n));
          if (what !== "write") continue;
          state.checkpoint(store.position() + 1);
          state = openPartitionState(store, bounds);
        }
        const newest = [...expected].sort().reverse();
        expect(placesBefore(state, LIST, null, newest.length + 1)).toEqual(newest);
        const before = newest[Math.floor(newest.length / 2)] ?? null;
        const behind = newest.filter((place) => before === null || place < before);
        expect(placesBefore(state, LIST, before, limit)).toEqual(behind.slice(0, limit));
        state.checkpoint(store.position() + 1);
        // The same places, added in order: other pages, and the same content.
        const { store: other, state: inOrder } = filled([]);
        for (const place of newest.toReversed()) addPlace(inOrder, LIST, place);
        inOrder.checkpoint(1);
        expect(contentHash(other)).toBe(contentHash(store));
      }),
      { numRuns: 60 },
    );
  });
});

describe("entries of an earlier version", () => {
  const index = (name: string, value: string, n: number): string => `demo/${name}\0${value}\0${placeAt(n)}`;
  const COUNT = 2_500;

  function earlier(): { store: PartitionStore; state: ReturnType<typeof openPartitionState> } {
    const { store, state } = filled([]);
    for (const n of range(0, COUNT)) {
      const rewardId = placeAt(n).slice(16);
      state.put("rewardByTime", `demo/${placeAt(n)}`, { rewardId });
      state.put("rewardIndex", index("state", n % 2 === 0 ? "EARNED" : "FULFILLED", n), { rewardId });
      state.put("rewardIndex", index("root_event", `event ${n}`, n), { rewardId });
    }
    state.checkpoint(7);
    return { store, state };
  }

  test("become pages; what nearly every reward has for itself stays an entry", () => {
    const { store, state } = earlier();
    expect(hasUnpagedRewards(state)).toBe(true);
    expect(pageRewards(state, () => state.trim())).toBe(2 * COUNT);
    state.checkpoint(7);
    const again = openPartitionState(store, bounds);
    expect(hasUnpagedRewards(again)).toBe(false);
    expect(pageRewards(again, () => undefined)).toBe(0);
    expect(placesBefore(again, listOf("demo", null), null, COUNT + 1)).toEqual(range(0, COUNT).reverse().map(placeAt));
    expect(placesBefore(again, LIST, null, 2)).toEqual([COUNT - 2, COUNT - 4].map(placeAt));
    expect(placesBefore(again, OTHER, null, 2)).toEqual([COUNT - 1, COUNT - 3].map(placeAt));
    expect(again.find("rewardIndex", index("root_event", "event 5", 5))).toEqual({ rewardId: placeAt(5).slice(16) });
    expect(again.find("rewardIndex", index("state", "FULFILLED", 5))).toBeUndefined();
  });

  test("are moved on when the first attempt was cut off between two checkpoints", () => {
    const { store, state } = earlier();
    let turns = 0;
    class Cut extends Error {}
    const cutOff = (): void => {
      if (++turns > 6) throw new Cut();
      state.checkpoint(7);
    };
    expect(() => pageRewards(state, cutOff)).toThrow(Cut);
    const again = openPartitionState(store, bounds);
    expect(pageRewards(again, () => undefined)).toBeGreaterThan(0);
    again.checkpoint(7);
    const { store: whole, state: atOnce } = earlier();
    pageRewards(atOnce, () => undefined);
    atOnce.checkpoint(7);
    expect(contentHash(store)).toBe(contentHash(whole));
    expect(placesBefore(again, listOf("demo", null), null, COUNT + 1)).toHaveLength(COUNT);
  });
});
