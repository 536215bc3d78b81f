// Rewards as versions before store format 6 listed them: an entry for each in each list. A partition that has such entries moves them into pages when it is
// opened, once.

import type { PartitionState } from "../../model/state.ts";
import { isEntries, listOf, PLACE_LENGTH, rewardIndexNames } from "./reward_index.ts";
import { addPlace } from "./reward_pages.ts";

/** Entries that are moved between two calls of `onSome`. */
const AT_ONCE = 1_000;

/**
 * Whatever stops it, the next call goes on: an entry is moved or it is not, and those by time, which every reward has, come last.
 *
 * @param onSome called between entries: the state may be checkpointed
 * @returns how many were moved
 */
export function pageRewards(state: PartitionState, onSome: () => void): number {
  if (!hasUnpagedRewards(state)) return 0;
  const ofValues = moveAll(state, "rewardIndex", onSome, pagedList);
  return ofValues + moveAll(state, "rewardByTime", onSome, (key) => listOf(headOf(key), null));
}

export function hasUnpagedRewards(state: PartitionState): boolean {
  return state.list("rewardByTime", { prefix: "", after: null, limit: 1, isReverse: false }).length > 0;
}

/** Null: it stays an entry. */
function pagedList(key: string): string | null {
  const [client = "", value = ""] = headOf(key).split("\0");
  const slash = client.lastIndexOf("/");
  const name = rewardIndexNames.find((known) => known === client.slice(slash + 1));
  return name === undefined || isEntries(name) ? null : listOf(client.slice(0, slash), { name, value });
}

function moveAll(
  state: PartitionState,
  kind: "rewardByTime" | "rewardIndex",
  onSome: () => void,
  listAt: (key: string) => string | null,
): number {
  let moved = 0;
  let after: string | null = null;
  for (;;) {
    const entries: { readonly key: string }[] = state.list(kind, {
      prefix: "",
      after,
      limit: AT_ONCE,
      isReverse: false,
    });
    for (const { key } of entries) {
      const list = listAt(key);
      if (list === null) continue;
      addPlace(state, list, key.slice(-PLACE_LENGTH));
      state.remove(kind, key);
      moved++;
    }
    onSome();
    if (entries.length < AT_ONCE) return moved;
    after = entries.at(-1)?.key ?? null;
  }
}

/** What stands before the place and what divides them. */
function headOf(key: string): string {
  return key.slice(0, -PLACE_LENGTH - 1);
}
