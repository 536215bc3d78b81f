// Where rewards are found without looking at all of them: by time, and by each of a few members, newest first within one value.
//
//   X1. A reward stands under exactly the values that it has: whoever changes one of them does it between `rewardPlaces` and `moveRewardPlaces`.
//   X2. Values that many rewards share lead to pages of them (`reward_pages.ts`); where nearly each has its own, it is an entry.

import { FULFILL_FAILED, type Reward } from "../../model/reward.ts";
import type { PartitionState } from "../../model/state.ts";
import { deriveHex } from "../../base/hash.ts";
import type { Turn } from "../context.ts";
import { addPlace, type Place, removePlace } from "./reward_pages.ts";

/** Members that rewards are found by. */
export const rewardIndexNames = ["state", "supplier", "action", "root_event", "partner_reward"] as const;
export type RewardIndexName = (typeof rewardIndexNames)[number];

/** Rewards with one value of one member. `state` also takes `FULFILL_FAILED`: the latest attempt failed. */
export interface RewardIndex {
  readonly name: RewardIndexName;
  readonly value: string;
}

/** A member that rewards are found by, with its value; null: not found by it. */
export interface RewardPlace {
  readonly name: RewardIndexName;
  readonly value: string | null;
}

export function addReward(turn: Turn, reward: Reward): void {
  addPlace(turn.state, listOf(reward.client, null), placeOf(reward));
  moveRewardPlaces(turn, null, reward);
}

/** Where the reward is as it is now; always as many, in the same order. */
export function rewardPlaces(reward: Reward): readonly RewardPlace[] {
  return [
    { name: "state", value: reward.state },
    { name: "state", value: reward.isFulfilFailed ? FULFILL_FAILED : null },
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
  const { client } = reward;
  const place = placeOf(reward);
  for (const [at, { name, value }] of rewardPlaces(reward).entries()) {
    const was = before?.[at]?.value ?? null;
    if (was === value) continue;
    if (was !== null) leave(turn.state, { client, name, value: was }, place);
    if (value !== null) enter(turn.state, { client, name, value }, place);
  }
}

/** Members of which nearly every reward has a value of its own (X2). */
export function isEntries(name: RewardIndexName): boolean {
  return name === "root_event" || name === "partner_reward";
}

/** No text from outside has a NUL, so no list begins another. A long value stands by a hash, since a store sorts long keys in its own way. */
export function listOf(client: string, index: RewardIndex | null): string {
  if (index === null) return `${client}/time\0\0`;
  const { name, value } = index;
  return `${client}/${name}\0${value.length > VALUE_LENGTH_MAX && !isEntries(name) ? deriveHex([value]) : value}\0`;
}

type Listed = RewardIndex & { readonly client: string };

function enter(state: PartitionState, listed: Listed, place: Place): void {
  const list = listOf(listed.client, listed);
  if (isEntries(listed.name)) state.put("rewardIndex", list + place, { rewardId: idAt(place) });
  else addPlace(state, list, place);
}

function leave(state: PartitionState, listed: Listed, place: Place): void {
  const list = listOf(listed.client, listed);
  if (isEntries(listed.name)) state.remove("rewardIndex", list + place);
  else removePlace(state, list, place);
}

const TIME_DIGITS = 15;
/** A time, a slash, and the 24 hex digits of a reward's id. */
export const PLACE_LENGTH = TIME_DIGITS + 1 + 24;
const VALUE_LENGTH_MAX = 400;

function placeOf({ createdMs, id }: Reward): Place {
  return timeOf(createdMs) + id;
}

export function timeOf(ms: number): string {
  return `${ms.toString().padStart(TIME_DIGITS, "0")}/`;
}

export function idAt(place: Place): string {
  return place.slice(TIME_DIGITS + 1);
}
