// Whether a person is related to another, without looking through all of its relationships: an advocate may have a hundred thousand, and is asked with each new
// friend.
//
//   R1. Derived from the list and kept beside it in memory: what it says follows from the list alone, whenever it was made.
//   R2. A list gets longer in place by what is added at its end, or is replaced by another list. What else changes in place is not whom it is about.

import type { Relationship } from "../../model/person.ts";

interface Others {
  readonly ids: Set<string>;
  /** Members of the list that are among them. */
  counted: number;
}

/** Forgotten with the lists. */
const othersOf = new WeakMap<readonly Relationship[], Others>();

/** Shorter lists are looked through sooner. */
const LONG_LIST_LENGTH = 64;

/** False: not in any role, in no campaign. */
export function isRelated(relationships: readonly Relationship[], otherPersonId: string): boolean {
  if (relationships.length < LONG_LIST_LENGTH)
    return relationships.some((relationship) => relationship.otherPersonId === otherPersonId);
  const others = othersOf.get(relationships) ?? { ids: new Set(), counted: 0 };
  othersOf.set(relationships, others);
  for (const { otherPersonId: id } of relationships.slice(others.counted)) others.ids.add(id);
  others.counted = relationships.length;
  return others.ids.has(otherPersonId);
}
