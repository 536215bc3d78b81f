// Comparison: the rewards of two folds side by side. Pure.
//
// A reward's id cannot say which are the same: it follows from the event that caused it, and events that the engine makes have ids by the order in which
// they are made. So the n-th reward of an action for what a person did is the same on both sides.

import type { Reward, RewardState } from "../../model/reward.ts";

/** What is compared of a reward. */
export type ComparedReward = Pick<
  Reward,
  | "id"
  | "personId"
  | "rootEventId"
  | "campaignId"
  | "actionId"
  | "name"
  | "supplierId"
  | "faceValue"
  | "faceValueType"
  | "state"
  | "createdMs"
>;

export interface RewardTotals {
  readonly rewards: number;
  /** Of them canceled or revoked. */
  readonly takenBack: number;
  /** Face value of the others together, in the group's unit. */
  readonly value: number;
}

/** Rewards of one campaign that have a name, a supplier and a unit in common. */
export interface ComparedGroup {
  readonly campaignId: string;
  readonly name: string | null;
  readonly supplierId: string;
  readonly faceValueType: string;
  readonly happened: RewardTotals;
  readonly candidate: RewardTotals;
}

/** A reward that is not on both sides alike; null: it is not there. */
export interface Difference {
  readonly happened: ComparedReward | null;
  readonly candidate: ComparedReward | null;
}

export interface Comparison {
  /** In order of campaign, name, supplier and unit. */
  readonly groups: readonly ComparedGroup[];
  /** With a reward that was not taken back. */
  readonly personsHappened: number;
  readonly personsCandidate: number;
  readonly onlyHappened: number;
  readonly onlyCandidate: number;
  /** On both sides, as something else (another name, supplier or unit), with another value or another end. */
  readonly otherwise: number;
  /** The first of them, in order of creation. */
  readonly differences: readonly Difference[];
}

export function compareRewards(
  happened: readonly ComparedReward[],
  candidate: readonly ComparedReward[],
  differencesMax: number,
): Comparison {
  const differences = differencesOf(happened, candidate);
  return {
    groups: groupsOf(happened, candidate),
    personsHappened: personsOf(happened),
    personsCandidate: personsOf(candidate),
    onlyHappened: differences.filter((each) => each.candidate === null).length,
    onlyCandidate: differences.filter((each) => each.happened === null).length,
    otherwise: differences.filter((each) => each.happened !== null && each.candidate !== null).length,
    differences: differences.slice(0, differencesMax),
  };
}

function differencesOf(happened: readonly ComparedReward[], candidate: readonly ComparedReward[]): Difference[] {
  const left = new Map<string, ComparedReward[]>();
  for (const reward of candidate.toSorted(byCreation))
    left.set(sameKey(reward), [...(left.get(sameKey(reward)) ?? []), reward]);
  const ofHappened = happened
    .toSorted(byCreation)
    .map((reward): Difference => ({ happened: reward, candidate: left.get(sameKey(reward))?.shift() ?? null }));
  const onlyCandidate = [...left.values()].flat().map((reward): Difference => ({ happened: null, candidate: reward }));
  return [...ofHappened.filter(isDifferent), ...onlyCandidate].sort((a, b) => createdMsOf(a) - createdMsOf(b));
}

function byCreation(a: ComparedReward, b: ComparedReward): number {
  return a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1);
}

function sameKey({ personId, campaignId, actionId, rootEventId }: ComparedReward): string {
  return JSON.stringify([personId, campaignId, actionId, rootEventId]);
}

/** How far it is on its way to the person is not a matter of decisions: what hands rewards out was not asked. */
function isDifferent({ happened, candidate }: Difference): boolean {
  if (happened === null || candidate === null) return true;
  if (groupKey(happened) !== groupKey(candidate)) return true;
  return happened.faceValue !== candidate.faceValue || isTakenBack(happened.state) !== isTakenBack(candidate.state);
}

function createdMsOf({ happened, candidate }: Difference): number {
  return (happened ?? candidate)?.createdMs ?? 0;
}

interface Gathered {
  readonly first: ComparedReward;
  readonly happened: ComparedReward[];
  readonly candidate: ComparedReward[];
}

function groupsOf(happened: readonly ComparedReward[], candidate: readonly ComparedReward[]): ComparedGroup[] {
  const gathered = new Map<string, Gathered>();
  for (const reward of happened) gatheredOf(gathered, reward).happened.push(reward);
  for (const reward of candidate) gatheredOf(gathered, reward).candidate.push(reward);
  const inOrder = [...gathered].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, { first, ...sides }]) => ({
    campaignId: first.campaignId,
    name: first.name,
    supplierId: first.supplierId,
    faceValueType: first.faceValueType,
    happened: totalsOf(sides.happened),
    candidate: totalsOf(sides.candidate),
  }));
}

function gatheredOf(gathered: Map<string, Gathered>, reward: ComparedReward): Gathered {
  const key = groupKey(reward);
  const known = gathered.get(key) ?? { first: reward, happened: [], candidate: [] };
  gathered.set(key, known);
  return known;
}

function groupKey({ campaignId, name, supplierId, faceValueType }: ComparedReward): string {
  return JSON.stringify([campaignId, name, supplierId, faceValueType]);
}

function totalsOf(rewards: readonly ComparedReward[]): RewardTotals {
  const kept = rewards.filter(({ state }) => !isTakenBack(state));
  const value = kept.reduce((sum, { faceValue }) => sum + faceValue, 0);
  return { rewards: rewards.length, takenBack: rewards.length - kept.length, value: rounded(value) };
}

/** Sums of doubles stray by less than that. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function personsOf(rewards: readonly ComparedReward[]): number {
  const kept = rewards.filter(({ state }) => !isTakenBack(state));
  return new Set(kept.map(({ personId }) => personId)).size;
}

function isTakenBack(state: RewardState): boolean {
  return state === "CANCELED" || state === "REVOKED";
}
