// An advocate's side of a relationship, numbered: for those who need many.

import type { Relationship } from "../../src/model/person.ts";

/** With the person `p${n}`, made at `n`. */
export function friendship(n: number): Relationship {
  return {
    id: `r${n}`,
    myRole: "ADVOCATE",
    otherPersonId: `p${n}`,
    otherEmail: null,
    campaignId: "c",
    program: "p",
    container: "production",
    causeEventId: "1",
    rootEventId: "1",
    reason: "ADVOCATE_CODE",
    isSelfReferral: false,
    data: [],
    createdMs: n,
    updatedMs: n,
  };
}
