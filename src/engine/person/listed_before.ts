// Lists that a version before store format 11 or 12 did not keep, made up for when a partition is opened.

import type { EntryKind, EntryKinds, ListedEntry, PartitionMeta, PartitionState } from "../../model/state.ts";
import { META_KEY } from "../context.ts";

/** Entries looked at between two calls of `onSome`. */
const AT_ONCE = 1_000;

/** What says of a partition that it has the list. */
type Mark = keyof Pick<PartitionMeta, "isMergedListed" | "areTimersListed">;

interface Unlisted<K extends EntryKind> {
  readonly mark: Mark;
  /** Of which entries it is a list. */
  readonly kind: K;
  readonly list: (key: string, value: EntryKinds[K]) => void;
  /** Called between entries: the state may be checkpointed. */
  readonly onSome: () => void;
}

/** Of a partition as such a version left it. */
export function isUnlisted(state: PartitionState, mark: Mark): boolean {
  const meta = state.find("meta", META_KEY);
  return meta !== undefined && meta[mark] !== true;
}

/** Once: whatever stops it, the next call begins again and comes to the same. Returns whether there was anything to do. */
export function listBefore<K extends EntryKind>(
  state: PartitionState,
  { mark, kind, list, onSome }: Unlisted<K>,
): boolean {
  if (!isUnlisted(state, mark)) return false;
  for (let after: string | null = null; ; ) {
    const some: readonly ListedEntry<K>[] = state.list(kind, { prefix: "", after, limit: AT_ONCE, isReverse: false });
    for (const { key, value } of some) list(key, value);
    onSome();
    if (some.length < AT_ONCE) break;
    after = some.at(-1)?.key ?? null;
  }
  const meta = state.edit("meta", META_KEY);
  if (meta !== undefined) meta[mark] = true;
  return true;
}
