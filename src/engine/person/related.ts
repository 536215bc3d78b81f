// Whether a person is related to another, without looking through all of its relationships: an advocate may have a hundred thousand, and is asked with each new
// friend.
//
//   R1. Derived from the list and kept beside it in memory: what it says follows from the list alone, whenever it was made.
//   R2. A list gets longer in place by what is added at its end, or is replaced by another list. What else changes in place is not whom it is about,
//       or is done here.

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

/** More are put in their places by sorting all. */
const MOVED_SINGLY_MAX = 8;

/** False: not in any role, in no campaign. */
export function isRelated(relationships: readonly Relationship[], otherPersonId: string): boolean {
  if (relationships.length < LONG_LIST_LENGTH)
    return relationships.some((relationship) => relationship.otherPersonId === otherPersonId);
  return othersIn(relationships).ids.has(otherPersonId);
}

/** Takes those with somebody out of the list. */
export function takeOut(relationships: Relationship[], otherPersonId: string): Relationship[] {
  const taken: Relationship[] = [];
  if (!isRelated(relationships, otherPersonId)) return taken;
  // Also of a list that was long once, whose additions nobody looked at since.
  const others = othersOf.has(relationships) ? othersIn(relationships) : null;
  for (let place = relationships.length - 1; place >= 0; place--) {
    if (relationships[place]?.otherPersonId === otherPersonId) taken.unshift(...relationships.splice(place, 1));
  }
  if (others === null) return taken;
  others.ids.delete(otherPersonId);
  others.counted = relationships.length;
  return taken;
}

/** Those of the same time stay in their order. Mostly all but the last ones are in order, and there is nobody to compare them with. */
export function orderByTime(relationships: Relationship[]): void {
  if (othersOf.has(relationships)) othersIn(relationships);
  const ordered = orderedLength(relationships);
  if (ordered + MOVED_SINGLY_MAX < relationships.length) {
    relationships.sort((a, b) => a.updatedMs - b.updatedMs);
    return;
  }
  for (let place = ordered; place < relationships.length; place++) {
    const [moved] = relationships.splice(place, 1);
    if (moved !== undefined) relationships.splice(placeAfter(relationships, place, moved.updatedMs), 0, moved);
  }
}

/** How many there are before the first that is older than the one before it. */
function orderedLength(relationships: readonly Relationship[]): number {
  let length = 0;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const { updatedMs } of relationships) {
    if (updatedMs < newestMs) return length;
    newestMs = updatedMs;
    length++;
  }
  return length;
}

/** Behind the last that is not newer, among the first `length`, which are in order. */
function placeAfter(relationships: readonly Relationship[], length: number, updatedMs: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((relationships[middle]?.updatedMs ?? 0) <= updatedMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function othersIn(relationships: readonly Relationship[]): Others {
  const others = othersOf.get(relationships) ?? { ids: new Set(), counted: 0 };
  othersOf.set(relationships, others);
  for (const { otherPersonId } of relationships.slice(others.counted)) others.ids.add(otherPersonId);
  others.counted = relationships.length;
  return others;
}
