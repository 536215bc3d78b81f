// Where rewards are found without looking at all of them: by time, and by each of a few members, newest first within one value.
//
//   X1. A reward stands under exactly the values that it has: whoever changes one of them does it between `rewardPlaces` and `moveRewardPlaces`.

import type { Reward } from "../model/reward.ts";
import type { EntryKind, PartitionState } from "../model/state.ts";
import type { Turn } from "./context.ts";

/** Members that rewards are found by. */
export const rewardIndexNames = ["state", "supplier", "action", "root_event", "partner_reward"] as const;
export type RewardIndexName = (typeof rewardIndexNames)[number];

/** Rewards with one value of one member. `state` also takes `FULFILL_FAILED`: the latest attempt failed. */
export interface RewardIndex {
  readonly name: RewardIndexName;
  readonly value: string;
}

/** What the latest attempt to fulfil left; not a state of its own. */
const FAILED_ATTEMPT = "FULFILL_FAILED";

export function addReward(turn: Turn, reward: Reward): void {
  turn.state.put("rewardByTime", timeKey(reward.client, null, reward.createdMs) + reward.id, { rewardId: reward.id });
  for (const place of rewardPlaces(reward)) turn.state.put("rewardIndex", place, { rewardId: reward.id });
}

/** Keys of the reward in the index as it is now. */
export function rewardPlaces(reward: Reward): string[] {
  const { client, createdMs, id } = reward;
  const values: [RewardIndexName, string | null][] = [
    ["state", reward.state],
    ["state", reward.isFulfilFailed ? FAILED_ATTEMPT : null],
    ["supplier", reward.supplierId],
    ["action", reward.actionId],
    ["root_event", reward.rootEventId],
    ["partner_reward", reward.partnerRewardId],
  ];
  return values.flatMap(([name, value]) => (value === null ? [] : [timeKey(client, { name, value }, createdMs) + id]));
}

/** X1. */
export function moveRewardPlaces(turn: Turn, before: readonly string[], reward: Reward): void {
  const after = rewardPlaces(reward);
  for (const place of before) if (!after.includes(place)) turn.state.remove("rewardIndex", place);
  for (const place of after) if (!before.includes(place)) turn.state.put("rewardIndex", place, { rewardId: reward.id });
}

export interface RewardPage {
  readonly client: string;
  /** Null: all rewards. */
  readonly index: RewardIndex | null;
  /** Only rewards made before; null: from the newest on. */
  readonly beforeMs: number | null;
  /** Continues where a page ended. */
  readonly beforeKey: string | null;
  readonly limit: number;
}

/** Newest first; `lastKey` continues, null at the end. */
export function listRewards(
  state: PartitionState,
  { client, index, beforeMs, beforeKey, limit }: RewardPage,
): { readonly rewards: readonly Reward[]; readonly lastKey: string | null } {
  const kind: EntryKind & ("rewardByTime" | "rewardIndex") = index === null ? "rewardByTime" : "rewardIndex";
  const after = beforeKey ?? (beforeMs === null ? null : timeKey(client, index, Math.max(0, beforeMs)));
  const listed = state.list(kind, { prefix: prefixOf(client, index), after, limit, isReverse: true });
  const rewards = listed.flatMap(({ value }) => state.find("reward", value.rewardId) ?? []);
  return { rewards, lastKey: listed.length < limit ? null : (listed.at(-1)?.key ?? null) };
}

function timeKey(client: string, index: RewardIndex | null, createdMs: number): string {
  return `${prefixOf(client, index)}${createdMs.toString().padStart(15, "0")}/`;
}

/** No text from outside has a NUL, so no value begins another. */
function prefixOf(client: string, index: RewardIndex | null): string {
  return index === null ? `${client}/` : `${client}/${index.name}\0${index.value}\0`;
}
