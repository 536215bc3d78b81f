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

/** A member that rewards are found by, with its value; null: not found by it. */
export interface RewardPlace {
  readonly name: RewardIndexName;
  readonly value: string | null;
}

export function addReward(turn: Turn, reward: Reward): void {
  const { client, createdMs, id: rewardId } = reward;
  turn.state.put("rewardByTime", timeKey(client, null, createdMs) + rewardId, { rewardId });
  moveRewardPlaces(turn, null, reward);
}

/** Where the reward is as it is now; always as many, in the same order. */
export function rewardPlaces(reward: Reward): readonly RewardPlace[] {
  return [
    { name: "state", value: reward.state },
    { name: "state", value: reward.isFulfilFailed ? FAILED_ATTEMPT : null },
    { name: "supplier", value: reward.supplierId },
    { name: "action", value: reward.actionId },
    { name: "root_event", value: reward.rootEventId },
    { name: "partner_reward", value: reward.partnerRewardId },
  ];
}

/**
 * X1. Hot path: keys are made only of what changed.
 *
 * @param before null: the reward is new
 */
export function moveRewardPlaces(turn: Turn, before: readonly RewardPlace[] | null, reward: Reward): void {
  const { id: rewardId } = reward;
  for (const [at, { name, value }] of rewardPlaces(reward).entries()) {
    const was = before?.[at]?.value ?? null;
    if (was === value) continue;
    if (was !== null) turn.state.remove("rewardIndex", placeKey(reward, name, was));
    if (value !== null) turn.state.put("rewardIndex", placeKey(reward, name, value), { rewardId });
  }
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

function placeKey({ client, createdMs, id }: Reward, name: RewardIndexName, value: string): string {
  return timeKey(client, { name, value }, createdMs) + id;
}

function timeKey(client: string, index: RewardIndex | null, createdMs: number): string {
  return `${prefixOf(client, index)}${createdMs.toString().padStart(15, "0")}/`;
}

/** No text from outside has a NUL, so no value begins another. */
function prefixOf(client: string, index: RewardIndex | null): string {
  return index === null ? `${client}/` : `${client}/${index.name}\0${index.value}\0`;
}
