// Whom somebody is related to is found as by looking through the list, whatever becomes of it.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isRelated } from "../../src/engine/person/related.ts";
import { friendship } from "../support/friendship.ts";

type Change = { readonly kind: "added" | "renewed" | "without" | "asked"; readonly other: number };

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("added", "added", "renewed", "without", "asked"),
  other: fc.nat(200),
});

test("in short lists and long ones, after additions, renewals and removals", () => {
  fc.assert(
    fc.property(fc.nat(150), fc.array(change, { maxLength: 60 }), (count, changes) => {
      let list = Array.from({ length: count }, (_, n) => friendship(n));
      for (const { kind, other } of changes) {
        if (kind === "added") list.push(friendship(other));
        if (kind === "without") list = list.filter(({ otherPersonId }) => otherPersonId !== `p${other}`);
        const at = list.findIndex(({ otherPersonId }) => otherPersonId === `p${other}`);
        // As a friend who is pointed to the same advocate again.
        if (kind === "renewed" && at >= 0) list.push(...list.splice(at, 1).map((known) => ({ ...known })));
        expect(isRelated(list, `p${other}`)).toBe(list.some(({ otherPersonId }) => otherPersonId === `p${other}`));
      }
    }),
  );
});
