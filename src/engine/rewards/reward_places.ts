// Walks along lists of rewards, newest first: where several meet are the rewards that a filter asks for, told by their places alone.
//
//   O1. A walk never goes back, and leaves out no place of its list.
//   O2. A list is read some pages at a time, and skips to where the others stand: what is only in one of them is not looked at one by one.

import { FULFILL_FAILED } from "../../model/reward.ts";
import type { PartitionState } from "../../model/state.ts";
import type { RewardFilter } from "./reward_filter.ts";
import { isEntries, listOf, type RewardIndex, type RewardIndexName } from "./reward_index.ts";
import { type Place, takeBefore } from "./reward_pages.ts";

export interface PlaceWalk {
  /** Where it stands; null: at the end. */
  at(): Place | null;
  next(): void;
  /** On to the newest place that is not newer than `to`. */
  seek(to: Place): void;
  /** In how many lists one step looks. */
  readonly lists: number;
}

export interface FilterWalk {
  /** What passes stands in each of them. */
  readonly wanted: readonly PlaceWalk[];
  /** And not here. */
  readonly unwanted: PlaceWalk | null;
  readonly lists: number;
}

/** By the lists that the filter's values name. What its other members say of a reward is not asked here (`isByPlaces`). */
export function walkFilter(
  state: PartitionState,
  client: string,
  filter: RewardFilter,
  before: Place | null,
): FilterWalk {
  const among = (name: RewardIndexName, values: readonly string[] = []): PlaceWalk[] =>
    values.length === 0
      ? []
      : [union(values.map((value) => walkList(state, listOf(client, { name, value }), before, madeOf(name))))];
  const listed = [
    ...among("partner_reward", filter.partnerIds),
    ...among("root_event", filter.roots),
    ...among("action", filter.actions),
    ...among("supplier", filter.suppliers),
    ...among("state", filter.states),
  ];
  const wanted = listed.length > 0 ? listed : [walkList(state, listOf(client, null), before)];
  const failed: RewardIndex = { name: "state", value: FULFILL_FAILED };
  const unwanted = filter.hidesFailed === true ? walkList(state, listOf(client, failed), before) : null;
  return { wanted, unwanted, lists: wanted.reduce((sum, { lists }) => sum + lists, unwanted === null ? 0 : 1) };
}

/** Whether places alone tell which rewards pass, dates apart. */
export function isByPlaces(filter: RewardFilter): boolean {
  const { types, partnerSuppliers, containers, keyNames, keyValues, dataKeys, dataValues } = filter;
  const others = [types, partnerSuppliers, containers, keyNames, keyValues, dataKeys, dataValues];
  return others.every((values) => values === undefined || values.length === 0);
}

/** The next place that may pass, which all wanted walks have then reached; null: there is none. */
export function nextPlace({
  wanted,
  unwanted,
}: FilterWalk): { readonly place: Place; readonly isWanted: boolean } | null {
  let place: Place | null = null;
  for (const walk of wanted) {
    const at = walk.at();
    if (at === null) return null;
    if (place === null || at < place) place = at;
  }
  if (place === null) return null;
  let isWanted = true;
  for (const walk of wanted) {
    walk.seek(place);
    isWanted &&= walk.at() === place;
  }
  unwanted?.seek(place);
  isWanted &&= unwanted?.at() !== place;
  for (const walk of wanted) if (walk.at() === place) walk.next();
  return { place, isWanted };
}

/** In any of them. */
function union(walks: readonly PlaceWalk[]): PlaceWalk {
  const [only] = walks;
  if (walks.length === 1 && only !== undefined) return only;
  const at = (): Place | null => {
    let newest: Place | null = null;
    for (const walk of walks) {
      const own = walk.at();
      if (own !== null && (newest === null || own > newest)) newest = own;
    }
    return newest;
  };
  return {
    at,
    next: () => {
      const place = at();
      for (const walk of walks) if (walk.at() === place) walk.next();
    },
    seek: (to) => {
      for (const walk of walks) walk.seek(to);
    },
    lists: walks.length,
  };
}

/** Pages, or entries, that are read at a time: the first ones are few, since most lists are left early. */
const READ_MIN = 1;
const READ_MAX = 16;

/** What a list is made of: pages of places, or an entry for each. */
type ListKind = "rewardPage" | "rewardIndex";

function madeOf(name: RewardIndexName): ListKind {
  return isEntries(name) ? "rewardIndex" : "rewardPage";
}

export function walkList(
  state: PartitionState,
  list: string,
  before: Place | null,
  kind: ListKind = "rewardPage",
): PlaceWalk {
  let places: Place[] = [];
  let at = 0;
  let size = READ_MIN;
  let isAllRead = false;
  /** @param from exclusive; null: from the newest on */
  const read = (from: Place | null): void => {
    places = [];
    at = 0;
    let after = from === null ? null : list + from;
    while (places.length === 0 && !isAllRead) {
      const options = { prefix: list, after, limit: size, isReverse: true };
      const listed = state.list(kind, options);
      for (const { key, value } of listed) {
        if ("places" in value) takeBefore(value.places, from, places);
        else places.push(key.slice(list.length));
      }
      isAllRead = listed.length < size;
      after = listed.at(-1)?.key ?? null;
      size = Math.min(READ_MAX, size * 2);
    }
  };
  read(before);
  const seek = (to: Place): void => {
    const last = places.at(-1) ?? "";
    // Nothing in the keys sorts before NUL, so this asks for the place and what is before it.
    if (last > to && !isAllRead) read(`${to}\0`);
    while (at < places.length && (places[at] ?? "") > to) at++;
  };
  return {
    at: () => places[at] ?? null,
    next: () => {
      at++;
      if (at >= places.length && !isAllRead) read(places.at(-1) ?? null);
    },
    seek,
    lists: 1,
  };
}
