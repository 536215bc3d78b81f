// Counts of what became of rewards, by quarter of an hour and by day (UTC): what a summary reads instead of rewards. Any zone's days begin at a
// quarter of an hour, and a long period is mostly whole days.
//
//   N1. Every row of a reward's history is counted once, when it is written, at the time that it bears.

import type { Reward, RewardState } from "../../model/reward.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Turn } from "../context.ts";
import { REWARD_COUNTS_READ_MAX } from "../limits.ts";

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** Which rows are counted; empty lists restrict nothing. */
export interface CountFilter {
  readonly successOnly: boolean;
  readonly supplierIds: readonly string[];
  readonly supplierTypes: readonly string[];
}

export type RewardCounts = { [S in RewardState]?: number };

interface CountedMove {
  readonly state: RewardState;
  readonly success: boolean;
  readonly atMs: number;
}

export function countMove(turn: Turn, { client, supplierId, supplierType }: Reward, move: CountedMove): void {
  const name = [move.state, move.success ? "1" : "0", supplierType, supplierId].join("/");
  for (const key of [quarterKey(client, move.atMs), dayKey(client, move.atMs)]) {
    const entry = turn.state.edit("rewardCount", key);
    if (entry === undefined) turn.state.put("rewardCount", key, { counts: { [name]: 1 } });
    else entry.counts[name] = (entry.counts[name] ?? 0) + 1;
  }
}

/** Moves from `fromMs` on and before `toMs`, both at a quarter of an hour. */
export function countRewards(
  state: PartitionState,
  client: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  filter: CountFilter,
): RewardCounts {
  const firstDayMs = Math.ceil(fromMs / DAY_MS) * DAY_MS;
  const lastDayMs = Math.floor(toMs / DAY_MS) * DAY_MS;
  const counts: RewardCounts = {};
  const add = (first: string, last: string): void => addRange(state, { client, first, last, filter, counts });
  if (firstDayMs >= lastDayMs) {
    add(quarterKey(client, fromMs), quarterKey(client, toMs));
    return counts;
  }
  add(quarterKey(client, fromMs), quarterKey(client, firstDayMs));
  add(dayKey(client, firstDayMs), dayKey(client, lastDayMs));
  add(quarterKey(client, lastDayMs), quarterKey(client, toMs));
  return counts;
}

interface Range {
  readonly client: string;
  readonly first: string;
  readonly last: string;
  readonly filter: CountFilter;
  readonly counts: RewardCounts;
}

/** A range is at most a day of quarters, or the days of one period: `REWARD_COUNTS_READ_MAX` covers both. */
function addRange(state: PartitionState, { client, first, last, filter, counts }: Range): void {
  if (first >= last) return;
  const prefix = first.slice(0, client.length + PREFIX_LENGTH);
  const at = state.find("rewardCount", first);
  if (at !== undefined) addTo(counts, at.counts, filter);
  const listed = state.list("rewardCount", { prefix, after: first, limit: REWARD_COUNTS_READ_MAX, isReverse: false });
  for (const { key, value } of listed) {
    if (key >= last) return;
    addTo(counts, value.counts, filter);
  }
}

function addTo(counts: RewardCounts, own: { readonly [name: string]: number }, filter: CountFilter): void {
  for (const [name, count] of Object.entries(own)) {
    const [state, success, supplierType = "", ...supplier] = name.split("/");
    if (filter.successOnly && success !== "1") continue;
    if (filter.supplierTypes.length > 0 && !filter.supplierTypes.includes(supplierType)) continue;
    if (filter.supplierIds.length > 0 && !filter.supplierIds.includes(supplier.join("/"))) continue;
    const known = state as RewardState;
    counts[known] = (counts[known] ?? 0) + count;
  }
}

/** `/d/` and `/q/`. */
const PREFIX_LENGTH = 3;

function quarterKey(client: string, atMs: number): string {
  return `${client}/q/${padded(Math.floor(atMs / QUARTER_MS) * QUARTER_MS)}`;
}

function dayKey(client: string, atMs: number): string {
  return `${client}/d/${padded(Math.floor(atMs / DAY_MS) * DAY_MS)}`;
}

/** Times before 1970 are counted in its first moment: no reward is that old. */
function padded(ms: number): string {
  return Math.max(0, ms).toString().padStart(15, "0");
}
