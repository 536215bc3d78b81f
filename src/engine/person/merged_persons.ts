// Who was merged into whom, by whom it was: the one who was merged keeps its state and a link (G1 of `merge.ts`), and whoever wants to find it from the other end
// looks here. Entries live with who was merged, which may be in any partition.

import type { PartitionState } from "../../model/state.ts";
import { isUnlisted, listBefore } from "./listed_before.ts";

/** Persons found in one go. */
const AT_ONCE = 1_000;

export function listMerged(state: PartitionState, { id, forwardedTo }: Linked): void {
  if (forwardedTo !== null) state.put("mergedPerson", mergedKey(forwardedTo, id), { personId: id });
}

export function unlistMerged(state: PartitionState, { id, forwardedTo }: Linked): void {
  if (forwardedTo !== null) state.remove("mergedPerson", mergedKey(forwardedTo, id));
}

interface Linked {
  readonly id: string;
  readonly forwardedTo: string | null;
}

/** Some of those of this partition. */
export function mergedInto(state: PartitionState, personId: string): string[] {
  const some = { prefix: `${personId}/`, after: null, limit: AT_ONCE, isReverse: false };
  return state.list("mergedPerson", some).map(({ value }) => value.personId);
}

/** Of a partition as a version before store format 11 left it. */
export function hasUnlistedMerged(state: PartitionState): boolean {
  return isUnlisted(state, "isMergedListed");
}

/** Lists those whom such a version merged. */
export function listMergedBefore(state: PartitionState, onSome: () => void): boolean {
  const list = (_personId: string, person: Linked): void => listMerged(state, person);
  return listBefore(state, { mark: "isMergedListed", kind: "person", list, onSome });
}

function mergedKey(intoPersonId: string, personId: string): string {
  return `${intoPersonId}/${personId}`;
}
