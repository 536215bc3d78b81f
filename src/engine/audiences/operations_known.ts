// What is known of an audience's operations without reading them: each has its list of persons, and fifty lists of thousands take more than a second to read.
//
//   U1. Derived from the entries and kept beside the state in memory: what it says follows from them alone, whenever it was made.
//   U2. Read once for each audience, and told of every change from there on.

import type { PartitionState } from "../../model/state.ts";
import { OPERATIONS_KEPT_MAX } from "../limits.ts";

export interface OperationsKnown {
  /** O1 of `audience_operations.ts`: one at most. */
  runningId: string | null;
  kept: number;
}

/** By the prefix of their keys. Forgotten with the states. */
const knownOf = new WeakMap<PartitionState, Map<string, OperationsKnown>>();

/** To be changed with the entries. */
export function operationsKnown(state: PartitionState, prefix: string): OperationsKnown {
  const ofState = knownOf.get(state) ?? new Map<string, OperationsKnown>();
  knownOf.set(state, ofState);
  const known = ofState.get(prefix) ?? read(state, prefix);
  ofState.set(prefix, known);
  return known;
}

/** U2. Null: nobody has asked yet, and whoever does will read. */
export function operationsKnownYet(state: PartitionState, prefix: string): OperationsKnown | null {
  return knownOf.get(state)?.get(prefix) ?? null;
}

function read(state: PartitionState, prefix: string): OperationsKnown {
  const listed = state.list("audienceOperation", {
    prefix,
    after: null,
    limit: OPERATIONS_KEPT_MAX + 1,
    isReverse: true,
  });
  const running = listed.find(({ value }) => value.state === "BUILDING");
  return { runningId: running?.value.id ?? null, kept: listed.length };
}
