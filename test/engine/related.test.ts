// Whom somebody is related to is found as by looking through the list, whatever becomes of it.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isRelated, orderByTime, takeOut } from "../../src/engine/person/related.ts";
import type { Relationship } from "../../src/model/person.ts";
import { friendship } from "../support/friendship.ts";

/** People 0 to 99 are related from the beginning, as many as there are. */
const OTHERS = 140;

type Change = {
  readonly kind: "added" | "renewed" | "without" | "taken" | "ordered" | "asked";
  readonly other: number;
};

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("added", "added", "renewed", "without", "taken", "taken", "ordered", "asked"),
  other: fc.nat(OTHERS - 1),
});

/** Who comes later is not newer: its message may have taken longer. */
function late(other: number): Relationship {
  return { ...friendship(other), updatedMs: OTHERS - other };
}

test("in short lists and long ones, after additions, renewals, removals and in another order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 100 }), fc.array(change, { maxLength: 60 }), (count, changes) => {
      let list = Array.from({ length: count }, (_, n) => friendship(n));
      for (const { kind, other } of [...changes, { kind: "asked", other: 0 }]) {
        const isIt = ({ otherPersonId }: Relationship): boolean => otherPersonId === `p${other}`;
        if (kind === "added") list.push(late(other));
        if (kind === "without") list = list.filter((own) => !isIt(own));
        if (kind === "taken") {
          const [kept, taken] = [list.filter((own) => !isIt(own)), list.filter(isIt)];
          expect(takeOut(list, `p${other}`)).toEqual(taken);
          expect(list).toEqual(kept);
        }
        if (kind === "ordered") {
          const ordered = list.toSorted((a, b) => a.updatedMs - b.updatedMs);
          orderByTime(list);
          expect(list).toEqual(ordered);
        }
        // As a friend who is pointed to the same advocate again.
        if (kind === "renewed" && isRelated(list, `p${other}`))
          list.push(...list.splice(list.findIndex(isIt), 1).map((known) => ({ ...known })));
        if (kind !== "asked") continue;
        const known = new Set(list.map(({ otherPersonId }) => otherPersonId));
        for (let n = 0; n < OTHERS; n++) expect(isRelated(list, `p${n}`)).toBe(known.has(`p${n}`));
      }
    }),
    { numRuns: 300 },
  );
});

test("in a list that was long, became short, and is long again", () => {
  const list = Array.from({ length: 64 }, (_, n) => friendship(n));
  expect(isRelated(list, "p1")).toBe(true);
  for (const n of [1, 2]) takeOut(list, `p${n}`);
  list.push(late(100));
  takeOut(list, "p3");
  list.push(late(101), late(102), late(103));
  for (const n of [100, 101, 102, 103]) expect(isRelated(list, `p${n}`)).toBe(true);
  for (const n of [1, 2, 3]) expect(isRelated(list, `p${n}`)).toBe(false);
});
