// Lists of rewards in order of creation, in pages: a new reward takes a place in pages that are in memory instead of an entry of its own in each list,
// which was most of what a reward cost.
//
//   G1. A place stands in the last page that does not begin behind it. Pages of a list never overlap, and none but the newest is empty.
//   G2. `rewardList` names the newest pages of its list, oldest first and without a gap, and counts all. A list that has pages has one, which names at
//       least the newest page. So nobody searches for pages that there are not.

import type { PartitionState } from "../../model/state.ts";
import { REWARD_PAGES_NAMED_MAX, REWARDS_PER_PAGE } from "../limits.ts";

/** Where a reward stands in every list: `${createdMs, 15 digits}/${reward id}`. */
export type Place = string;

/** Hot path: the newest place of a list costs no search. */
export function addPlace(state: PartitionState, list: string, place: Place): void {
  const begin = beginOfPage(state, list, place);
  const page = begin === null ? undefined : state.edit("rewardPage", list + begin);
  if (page === undefined) return beginPage(state, list, [place]);
  const { places } = page;
  const at = indexBehind(places, place);
  if (places[at - 1] === place) return;
  const isFull = places.length >= REWARDS_PER_PAGE;
  if (isFull && at === places.length) return beginPage(state, list, [place]);
  places.splice(at, 0, place);
  if (isFull) beginPage(state, list, places.splice(REWARDS_PER_PAGE / 2));
}

export function removePlace(state: PartitionState, list: string, place: Place): void {
  const begin = beginOfPage(state, list, place);
  const page = begin === null ? undefined : state.edit("rewardPage", list + begin);
  const at = page?.places.lastIndexOf(place) ?? -1;
  if (begin === null || page === undefined || at < 0) return;
  page.places.splice(at, 1);
  if (page.places.length === 0) endPage(state, list, begin);
}

/** The places of a page before one, or all of them; newest first. */
export function takeBefore(places: readonly Place[], before: Place | null, found: Place[]): void {
  for (let at = places.length - 1; at >= 0; at--) {
    const place = places[at] ?? "";
    if (before === null || place < before) found.push(place);
  }
}

/** Where the page begins in which the place stands or would stand; null: all pages begin behind it. */
function beginOfPage(state: PartitionState, list: string, place: Place): Place | null {
  const known = state.find("rewardList", list);
  if (known === undefined) return null;
  const { newest, pages } = known;
  const at = indexBehind(newest, place);
  if (at > 0) return newest[at - 1] ?? null;
  // Nothing in the keys sorts before NUL, so this asks for the place and what is before it.
  return pages > newest.length ? lastBegin(state, list, `${list}${place}\0`) : null;
}

/** Where the last page begins whose key is before; null: there is none. */
function lastBegin(state: PartitionState, list: string, before: string | null): Place | null {
  const [last] = state.list("rewardPage", { prefix: list, after: before, limit: 1, isReverse: true });
  return last === undefined ? null : last.key.slice(list.length);
}

function beginPage(state: PartitionState, list: string, places: Place[]): void {
  const begin = places[0] ?? "";
  state.put("rewardPage", list + begin, { places });
  const known = state.edit("rewardList", list);
  if (known === undefined) return state.put("rewardList", list, { newest: [begin], pages: 1 });
  const { newest } = known;
  const at = indexBehind(newest, begin);
  // G2: between those that are named and an older one may be others.
  if (at > 0 || known.pages === newest.length) newest.splice(at, 0, begin);
  if (newest.length > REWARD_PAGES_NAMED_MAX) newest.shift();
  known.pages++;
}

/** The newest page stays: the next reward of its list follows soon. */
function endPage(state: PartitionState, list: string, begin: Place): void {
  if (state.find("rewardList", list)?.newest.at(-1) === begin) return;
  const known = state.edit("rewardList", list);
  if (known === undefined) return;
  state.remove("rewardPage", list + begin);
  known.pages--;
  const at = known.newest.indexOf(begin);
  if (at >= 0) known.newest.splice(at, 1);
}

/** How many of the places, which are in order, are not behind `place`: looked for from the end, where it nearly always is. */
function indexBehind(places: readonly Place[], place: Place): number {
  if (places.length === 0 || (places.at(-1) ?? "") <= place) return places.length;
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? "") > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
