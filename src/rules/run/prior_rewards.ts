// HAS_PRIOR_REWARD at run time.
//
//   R1. Where the count of some decides, the newest are looked at first, since pages of older ones have to be read. Sums are added up from the oldest on, and
//       so are expressions run: which of several faults is told does not depend on how rewards are kept.
//   R2. A page whose rewards were all earned before the window is not read.
//   R3. Each reward is a unit of gas, whether or not its page is read.

import { isOfProgram } from "../program_labels.ts";
import { unreachable } from "../../base/assert.ts";
import { type OlderRewards, type RewardSummary, SUMMARIES_PER_PAGE } from "../../model/person.ts";
import { FULFILL_FAILED } from "../../model/reward.ts";
import { countEnough, isInWindow, isWithin, type PriorRewards, type Tally, windowStartMs } from "../prior.ts";
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
  const walk = new RewardWalk(filter, frame, runFilter, enough);
  if (enough === Number.POSITIVE_INFINITY) walk.fromOldest();
  else walk.fromNewest();
  return walk.failure ?? { count: walk.count, sum: walk.sum };
}

class RewardWalk implements Tally {
  count = 0;
  sum = 0;
  failure: RuleError | null = null;
  readonly #filter: PriorRewards;
  readonly #frame: Frame;
  readonly #runFilter: RewardFilter;
  readonly #enough: number;
  /** What was earned before does not count. */
  readonly #fromMs: number;
  readonly #older: OlderRewards | null;

  constructor(filter: PriorRewards, frame: Frame, runFilter: RewardFilter, enough: number) {
    this.#filter = filter;
    this.#frame = frame;
    this.#runFilter = runFilter;
    this.#enough = enough;
    const { nowMs, person } = frame.context;
    const yearMs =
      filter.taxYearStartsMs === null ? Number.NEGATIVE_INFINITY : startOfYear(filter.taxYearStartsMs, nowMs);
    this.#fromMs = Math.max(yearMs, windowStartMs(filter.window, nowMs));
    this.#older = person.olderRewards;
  }

  fromOldest(): void {
    const pages = this.#older?.latestMs.length ?? 0;
    for (let page = 0; page < pages; page++) {
      const summaries = this.#read(page);
      if (this.failure !== null) return;
      for (const reward of summaries) if (!this.#look(reward)) return;
    }
    for (const reward of this.#frame.context.person.rewards) if (!this.#look(reward)) return;
  }

  fromNewest(): void {
    if (!this.#lookBack(this.#frame.context.person.rewards)) return;
    for (let page = (this.#older?.latestMs.length ?? 0) - 1; page >= 0; page--) {
      const summaries = this.#read(page);
      if (this.failure !== null || !this.#lookBack(summaries)) return;
    }
  }

  #lookBack(rewards: readonly RewardSummary[]): boolean {
    for (let at = rewards.length - 1; at >= 0; at--) {
      const reward = rewards[at];
      if (reward !== undefined && !this.#look(reward)) return false;
    }
    return true;
  }

  /** R2 and R3. */
  #read(page: number): readonly RewardSummary[] {
    if ((this.#older?.latestMs[page] ?? 0) >= this.#fromMs) return this.#frame.context.summaryPage(page);
    this.#takeGas(SUMMARIES_PER_PAGE);
    return [];
  }

  /** False when no more need be looked at. */
  #look(reward: RewardSummary): boolean {
    if (!this.#takeGas(1)) return false;
    const { context } = this.#frame;
    if (reward.earnedMs < this.#fromMs || !passes(this.#filter, reward, context)) return true;
    const verdict = runAll(this.#filter.expressions, reward, this.#runFilter);
    if (isRuleError(verdict)) this.failure = verdict;
    if (verdict !== true) return this.failure === null;
    this.count++;
    this.sum += reward.faceValue;
    return this.count < this.#enough;
  }

  #takeGas(units: number): boolean {
    this.#frame.gas -= units;
    if (this.#frame.gas < 0) this.failure = fault("gas", "counting rewards took more gas than an evaluation has");
    return this.failure === null;
  }
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
