// Rewards of a client that pass a filter, newest first, a page of one partition at a time. Read only.
//
//   Q1. Going on where a page ended misses none of those that were there, and tells none twice.
//   Q2. A page looks at a bounded number of rewards and places, whatever passes: an answer may have none, and say where to go on.

import type { Reward } from "../../model/reward.ts";
import type { PartitionState } from "../../model/state.ts";
import { isWanted, type RewardFilter } from "./reward_filter.ts";
import { idAt, timeOf } from "./reward_index.ts";
import type { Place } from "./reward_pages.ts";
import { isByPlaces, nextPlace, walkFilter } from "./reward_places.ts";

export interface RewardPage {
  readonly client: string;
  readonly filter: RewardFilter;
  /** Only rewards made before; null: from the newest on. */
  readonly beforeMs: number | null;
  /** Continues where a page ended. */
  readonly beforePlace: Place | null;
  /** Rewards that pass, at most. */
  readonly limit: number;
  /** Rewards looked at, at most; some places cost as much as one. */
  readonly lookedMax: number;
  /** Of those that pass: the whole rewards, or where they stand alone. */
  readonly form: "rewards" | "places";
}

export interface ListedRewards {
  /** Those that pass, newest first; none where places were asked for. */
  readonly rewards: readonly Reward[];
  readonly places: readonly Place[];
  readonly looked: number;
  /** Continues; null at the end. */
  readonly lastPlace: Place | null;
}

export function listRewards(
  state: PartitionState,
  { client, filter, beforeMs, beforePlace, limit, lookedMax, form }: RewardPage,
): ListedRewards {
  const before = beforePlace ?? (beforeMs === null ? null : timeOf(Math.max(0, beforeMs)));
  const walk = walkFilter(state, client, filter, before);
  const isFound = form === "places" && isByPlaces(filter);
  const rewards: Reward[] = [];
  const places: Place[] = [];
  let looked = 0;
  let lastPlace: Place | null = null;
  while (places.length < limit && looked < lookedMax) {
    const next = nextPlace(walk);
    if (next === null) return { rewards, places, looked, lastPlace: null };
    lastPlace = next.place;
    looked += walk.lists * PLACE_COST;
    if (!next.isWanted) continue;
    const reward = isFound ? null : state.find("reward", idAt(next.place));
    if (reward === undefined) continue;
    if (reward !== null) looked += 1 - PLACE_COST;
    if (reward !== null && !isWanted(filter, reward)) continue;
    places.push(next.place);
    if (reward !== null && form === "rewards") rewards.push(reward);
  }
  return { rewards, places, looked, lastPlace };
}

/** What looking at a place costs, where looking at a reward, which is read from the store, costs 1. */
const PLACE_COST = 1 / 8;

/** When each of some rewards was made; null: it is not there, or does not pass. */
export function datesOfWanted(
  state: PartitionState,
  of: { readonly client: string; readonly rewardIds: readonly string[]; readonly filter: RewardFilter },
): (number | null)[] {
  return of.rewardIds.map((id) => {
    const reward = state.find("reward", id);
    return reward?.client === of.client && isWanted(of.filter, reward) ? reward.createdMs : null;
  });
}
