// HAS_PRIOR_REWARD at run time. The person's summaries hold every reward, so there are no pages.

import { isOfProgram } from "../program_labels.ts";
import { unreachable } from "../../base/assert.ts";
import type { RewardSummary } from "../../model/person.ts";
import { FULFILL_FAILED } from "../../model/reward.ts";
import { countEnough, isInWindow, isWithin, type PriorRewards, type Tally } from "../prior.ts";
import type { Frame, RuleContext } from "../program.ts";
import { fault, isRuleError, type RuleError, type RuleValue } from "../value.ts";

/** Runs a filter expression on a candidate. */
export type RewardFilter = (pc: number, reward: RewardSummary) => RuleValue;

/** True or false, or the fault of a filter expression. */
export function hasPriorRewards(filter: PriorRewards, frame: Frame, runFilter: RewardFilter): boolean | RuleError {
  // An expression may fault at any reward, so where there are some, all rewards are looked at.
  const enough = filter.expressions.length === 0 ? countEnough(filter.bounds) : Number.POSITIVE_INFINITY;
  const tally = tallyRewards(filter, frame, runFilter, enough);
  return isRewardTally(tally) ? isWithin(filter.bounds, tally) : tally;
}

function isRewardTally(tally: Tally | RuleError): tally is Tally {
  return !("type" in tally);
}

/** @param enough the count at which nothing more need be known; all are counted without it */
export function tallyRewards(
  filter: PriorRewards,
  frame: Frame,
  runFilter: RewardFilter,
  enough: number = Number.POSITIVE_INFINITY,
): Tally | RuleError {
  const { context } = frame;
  const fromMs =
    filter.taxYearStartsMs === null ? Number.NEGATIVE_INFINITY : startOfYear(filter.taxYearStartsMs, context.nowMs);
  const tally: Tally = { count: 0, sum: 0 };
  for (const reward of context.person.rewards) {
    if (--frame.gas < 0) return fault("gas", "counting rewards took more gas than an evaluation has");
    if (reward.earnedMs < fromMs || !passes(filter, reward, context)) continue;
    const verdict = runAll(filter.expressions, reward, runFilter);
    if (isRuleError(verdict)) return verdict;
    if (verdict !== true) continue;
    tally.count++;
    tally.sum += reward.faceValue;
    if (tally.count >= enough) break;
  }
  return tally;
}

function runAll(expressions: readonly number[], reward: RewardSummary, runFilter: RewardFilter): RuleValue {
  for (const pc of expressions) {
    const verdict = runFilter(pc, reward);
    if (verdict !== true) return verdict;
  }
  return true;
}

/** The newest start that is not in the future. */
function startOfYear(startsMs: readonly number[], nowMs: number): number {
  for (let i = startsMs.length - 1; i >= 0; i--) {
    const startMs = startsMs[i];
    if (startMs !== undefined && startMs <= nowMs) return startMs;
  }
  return Number.NEGATIVE_INFINITY;
}

function passes(filter: PriorRewards, reward: RewardSummary, context: RuleContext): boolean {
  return (
    (filter.names === null || (reward.name !== null && isNamed(filter.names, reward.name))) &&
    (filter.tags === null || reward.tags.some((tag) => filter.tags?.includes(tag))) &&
    (filter.supplierIds === null || filter.supplierIds.includes(reward.supplierId)) &&
    (filter.faceValueTypes === null || filter.faceValueTypes.includes(reward.faceValueType)) &&
    hasState(filter, reward) &&
    isInScope(filter, reward, context) &&
    isInWindow(filter.window, reward.earnedMs, context.nowMs)
  );
}

/** The names are in lower case, as those of most rewards are. */
function isNamed(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(name.toLowerCase());
}

/** The reward keeps the state in which its fulfilment failed. */
function hasState(filter: PriorRewards, reward: RewardSummary): boolean {
  if (filter.states === null || filter.states.includes(reward.state)) return true;
  return reward.isFulfilFailed && filter.states.includes(FULFILL_FAILED);
}

function isInScope(filter: PriorRewards, reward: RewardSummary, context: RuleContext): boolean {
  switch (filter.scope) {
    case "CLIENT":
      return true;
    case "CAMPAIGN":
      return reward.campaignId === context.campaign.id;
    case "PROGRAM":
      return isOfProgram(context.campaign, reward.program);
    case "JOURNEY":
      return reward.campaignId === context.journey?.campaignId && reward.journeyName === context.journey.name;
    default:
      return unreachable(filter.scope);
  }
}
