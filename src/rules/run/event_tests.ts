// Small questions about an event and its person, as the machine's instructions ask them.

import type { PersonEvent } from "../../model/event.ts";
import type { Person } from "../../model/person.ts";
import { lookUp } from "../data_lookup.ts";
import type { StepTotalTest } from "../prior.ts";
import type { EventTest, RewardTest } from "../program.ts";

export function eventIs(test: EventTest | undefined, event: PersonEvent): boolean {
  if (test === undefined || test.type !== event.type) return false;
  const { names } = test;
  if (names.length === 0 || names[0] === event.nameKey) return true;
  if (names.length > 1 && names.includes(event.nameKey)) return true;
  return event.detail.kind === "step" && hasStepName(names, event.detail.names);
}

/** A step is known by each of its names: its own and the aliases. */
function hasStepName(wanted: readonly string[], names: readonly string[]): boolean {
  for (const name of names) {
    if (wanted.includes(name.trim().toLowerCase())) return true;
  }
  return false;
}

export function eventHasData(names: readonly string[], event: PersonEvent): boolean {
  for (const name of names) {
    const value = lookUp(event.data, name);
    if (value !== undefined && value !== null) return true;
  }
  return false;
}

export function rewardIs(test: RewardTest, event: PersonEvent): boolean {
  if (event.type !== "REWARD" || event.detail.kind !== "reward") return false;
  const { state, tags, slots } = event.detail;
  return (
    (test.states.length === 0 || test.states.includes(state)) &&
    (test.names.length === 0 || test.names.includes(event.nameKey)) &&
    (test.tags.length === 0 || tags.some((tag) => test.tags.includes(tag))) &&
    (test.slots.length === 0 || slots.some((slot) => test.slots.includes(slot)))
  );
}

export function isTotalWithin(test: StepTotalTest | undefined, person: Person): boolean {
  if (test === undefined) return false;
  const total = person.stepTotals[test.key];
  const count = total === undefined ? 0 : total.count;
  return count >= test.countMin && count <= test.countMax;
}

/** `comparison` is a place in `comparisons` of opcodes.ts. */
export function isOrdered(comparison: number, left: number | string, right: number | string): boolean {
  switch (comparison) {
    case 0:
      return left < right;
    case 1:
      return left <= right;
    case 2:
      return left > right;
    default:
      return left >= right;
  }
}
