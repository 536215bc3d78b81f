// Who was merged into whom, by whom it was: the one who was merged keeps its state and a link (G1 of `merge.ts`), and whoever wants to find it from the other end
// looks here. Entries live with who was merged, which may be in any partition.

import type { PartitionState } from "../../model/state.ts";
import { META_KEY } from "../context.ts";

/** Entries looked at between two calls of `onSome`, or in one go. */
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
  const meta = state.find("meta", META_KEY);
  return meta !== undefined && meta.isMergedListed !== true;
}

/**
 * Lists those whom such a version merged: when the partition is opened, once. Whatever stops it, the next call begins again and comes to the same.
 *
 * @param onSome called between entries: the state may be checkpointed
 * @returns whether there was anything to do
 */
export function listMergedBefore(state: PartitionState, onSome: () => void): boolean {
  if (!hasUnlistedMerged(state)) return false;
  for (let after: string | null = null; ; ) {
    const persons: readonly { readonly key: string; readonly value: Linked }[] = state.list("person", {
      prefix: "",
      after,
      limit: AT_ONCE,
      isReverse: false,
    });
    for (const { value } of persons) listMerged(state, value);
    onSome();
    if (persons.length < AT_ONCE) break;
    after = persons.at(-1)?.key ?? null;
  }
  const meta = state.edit("meta", META_KEY);
  if (meta !== undefined) meta.isMergedListed = true;
  return true;
}

function mergedKey(intoPersonId: string, personId: string): string {
  return `${intoPersonId}/${personId}`;
}
