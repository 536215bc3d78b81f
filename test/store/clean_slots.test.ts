// Which clean slots are dropped, and when: the laws of clean_slots.ts, with slots that stand for those of a cache.

import { describe, expect, it } from "vitest";
import { type CleanSlot, CleanSlots } from "../../src/store/clean_slots.ts";

interface NamedSlot extends CleanSlot {
  readonly name: string;
  value: unknown;
  isDirty: boolean;
  isPinned: boolean;
}

const BYTES = 100;

/** Slots of a cache that notes whom it was told to drop. */
function cacheOf(clean: CleanSlots) {
  const dropped: string[] = [];
  const drop = (slot: NamedSlot): void => {
    slot.value = undefined;
    dropped.push(slot.name);
    if (slot.isQueued) clean.countDropped();
  };
  const slotOf = (name: string): NamedSlot => ({
    name,
    cache: { drop },
    value: name,
    bytes: BYTES,
    isDirty: false,
    isPinned: false,
    isReferenced: false,
    isQueued: false,
  });
  return { dropped, drop, slotOf };
}

describe("clean slots", () => {
  it("go in the order in which they became clean, until enough is freed", () => {
    const clean = new CleanSlots();
    const { dropped, slotOf } = cacheOf(clean);
    for (const name of ["a", "b", "c", "d"]) clean.add(slotOf(name));
    clean.drop(BYTES + 1, 10);
    expect(dropped).toEqual(["a", "b"]);
  });

  it("one that was used since its last turn gets another", () => {
    const clean = new CleanSlots();
    const { dropped, slotOf } = cacheOf(clean);
    const [a, b] = [slotOf("a"), slotOf("b")];
    for (const slot of [a, b]) clean.add(slot);
    a.isReferenced = true;
    clean.drop(BYTES, 10);
    expect(dropped).toEqual(["b"]);
    clean.drop(BYTES, 10);
    expect(dropped).toEqual(["b", "a"]);
  });

  it("one that changed is let go, and comes back when it is written", () => {
    const clean = new CleanSlots();
    const { dropped, slotOf } = cacheOf(clean);
    const a = slotOf("a");
    clean.add(a);
    a.isDirty = true;
    clean.drop(BYTES, 10);
    expect(a.isQueued).toBe(false);
    a.isDirty = false;
    a.isPinned = true;
    clean.drop(BYTES, 10);
    expect(dropped).toEqual([]);
    a.isPinned = false;
    clean.add(a);
    clean.drop(BYTES, 10);
    expect(dropped).toEqual(["a"]);
  });

  it("looks at no more than it may", () => {
    const clean = new CleanSlots();
    const { dropped, slotOf } = cacheOf(clean);
    for (let n = 0; n < 5; n++) clean.add({ ...slotOf(String(n)), isReferenced: true });
    clean.drop(BYTES, 5);
    expect(dropped).toEqual([]);
    clean.drop(BYTES, 1);
    expect(dropped).toEqual(["0"]);
  });

  it("forgets slots that were dropped elsewhere, and keeps the order of the others", () => {
    const clean = new CleanSlots();
    const { dropped, drop, slotOf } = cacheOf(clean);
    const slots = Array.from({ length: 3_000 }, (_, n) => slotOf(String(n)));
    for (const slot of slots) clean.add(slot);
    for (const slot of slots.slice(10, 2_990)) drop(slot);
    const elsewhere = dropped.length;
    // Those dropped elsewhere would take more looks than these.
    clean.drop(20 * BYTES, 1_600);
    const left = [...slots.slice(0, 10), ...slots.slice(2_990)];
    expect(dropped.slice(elsewhere)).toEqual(left.map(({ name }) => name));
  });
});
