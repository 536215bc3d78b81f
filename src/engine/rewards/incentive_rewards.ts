// Reward rules of older campaigns: what an approved action earns the person, as friend or as advocate; and what is taken back when it is declined.
//
// A rule counts every action that meets its conditions, whether or not that one earns: "every third" is every third of those.

import type { EventDetail, PersonEvent } from "../../model/event.ts";
import type { Review, RuleTally } from "../../model/incentive.ts";
import type { Person } from "../../model/person.ts";
import { plainMove } from "../../model/reward.ts";
import {
  type CompiledCampaign,
  type CompiledRewardRule,
  evaluate,
  matchesDatum,
  type RewardLimit,
  type RuleContext,
  slackOf,
} from "../../rules/mod.ts";
import { earn, moveOfPerson } from "../7_reward.ts";
import { type Earning, faceValueFrom } from "./new_reward.ts";
import type { Progress } from "../3_ask.ts";
import { programOf, reject, type Turn } from "../context.ts";
import { TALLY_FRIENDS_MAX, TALLY_REWARDS_MAX } from "../limits.ts";
import { decideDue, runningCampaign } from "../campaign/reviews.ts";
import { pastFor } from "../person/past_for_rules.ts";
import { findOwn } from "./summary_pages.ts";

/** What arrives for a review, done; nothing is left of it that a repetition could do again. */
export function settleReview(turn: Turn, progress: Progress, event: PersonEvent): PersonEvent {
  const program = programOf(turn, progress.inFlight.client);
  const { detail } = event;
  if (program !== undefined) {
    const earning = { turn, progress, program };
    if (detail.kind === "review_due") decideDue(earning, detail.reviewId);
    if (detail.kind === "incentivized") rewardFor(earning, event, detail);
  }
  return { ...event, detail: { kind: "none" } };
}

type Told = Extract<EventDetail, { readonly kind: "incentivized" }>;

function rewardFor(earning: Earning, event: PersonEvent, told: Told): void {
  const { turn, progress } = earning;
  const campaign = runningCampaign(earning, told.review);
  if (campaign === null) return reject(turn, event.rootId, "campaign_stopped");
  const incentives = (progress.person.incentives ??= { reviews: [], tallies: {} });
  for (const rule of campaign.incentive.rewardRules) {
    if (rule.rewardee !== told.rewardee || rule.actionType !== told.review.actionType) continue;
    const tally = (incentives.tallies[`${campaign.id}/${rule.id}`] ??= {
      actions: 0,
      friendCount: 0,
      friends: [],
      rewards: [],
    });
    if (told.review.status === "DECLINED") takeBack(earning, told.review, tally);
    else applyRule(earning, event, { told, campaign, rule, tally });
  }
}

interface Applied {
  readonly told: Told;
  readonly campaign: CompiledCampaign;
  readonly rule: CompiledRewardRule;
  readonly tally: RuleTally;
}

function applyRule(earning: Earning, event: PersonEvent, applied: Applied): void {
  const { turn, program } = earning;
  const { told, campaign, rule, tally } = applied;
  const { review } = told;
  if (!isMet(earning, event, applied)) return;
  const isNewFriend = !tally.friends.includes(told.personId);
  if (rule.isUniqueFriendRequired && !isNewFriend) return;
  tally.actions++;
  if (isNewFriend) {
    tally.friendCount++;
    tally.friends.push(told.personId);
    if (tally.friends.length > TALLY_FRIENDS_MAX) tally.friends.shift();
  }
  if (rule.friendsPerReward > 1 && (!isNewFriend || tally.friendCount % rule.friendsPerReward !== 0)) return;
  if (tally.actions % rule.actionsPerReward !== 0) return;
  const value = faceValueFrom(program, rule.supplierId, review.value);
  const counted = (limit: RewardLimit): RuleTally["rewards"] =>
    tally.rewards.filter(({ atMs }) => atMs >= beginOf(limit, turn.nowMs));
  if (rule.count.max !== null && counted(rule.count).length >= rule.count.max) return;
  const paid = counted(rule.value).reduce((sum, own) => sum + own.value, 0);
  if (rule.value.max !== null && paid + value > rule.value.max + slackOf(rule.value.max)) return;
  const reward = earn(earning, {
    supplierId: rule.supplierId,
    campaign,
    actionId: rule.id,
    shownActionId: review.actionId,
    name: null,
    tags: [...told.tags],
    slots: [...rule.slots],
    data: review.data,
    value: review.value,
    journeyName: told.rewardee === "FRIEND" ? review.journeyName : null,
    journeyKey: told.rewardee === "FRIEND" ? review.journeyKey : null,
    earnedMs: turn.nowMs,
    context: null,
  });
  if (reward === null) return;
  tally.rewards.push({ rewardId: reward.id, reviewId: review.id, value: reward.faceValue, atMs: turn.nowMs });
  if (tally.rewards.length > TALLY_REWARDS_MAX) tally.rewards.shift();
}

function isMet(earning: Earning, event: PersonEvent, { told, campaign, rule }: Applied): boolean {
  const { person } = earning.progress;
  const { review } = told;
  if (rule.isEmailRequired && person.email === null) return false;
  if (rule.minValue > 0 && (review.value ?? 0) < rule.minValue) return false;
  if (!rule.isLoopAllowed && isLoop(person, told)) return false;
  if (rule.data !== null && !matchesDatum(rule.data, review.data)) return false;
  if (rule.expression === null) return true;
  const context = contextOf(earning, event, review, campaign);
  return context !== null && evaluate(campaign.rules, rule.expression, context) === true;
}

/** Each of the two referred the other. */
function isLoop(person: Person, { rewardee, personId, review }: Told): boolean {
  const other = rewardee === "ADVOCATE" ? personId : review.advocateId;
  const opposite = rewardee === "ADVOCATE" ? "FRIEND" : "ADVOCATE";
  return person.relationships.some(({ myRole, otherPersonId }) => myRole === opposite && otherPersonId === other);
}

/** Null: the campaign has nothing left that an expression could look at. */
function contextOf(
  { turn, progress, program }: Earning,
  event: PersonEvent,
  review: Review,
  campaign: CompiledCampaign,
): RuleContext | null {
  const { person } = progress;
  const controller = program.controllers[campaign.controllers[0] ?? -1];
  if (controller === undefined) return null;
  return {
    nowMs: turn.nowMs,
    event,
    person,
    otherPerson: progress.inFlight.otherPerson,
    campaign,
    controller,
    journey: null,
    quality: review.quality,
    failures: turn.context.effects.ruleFailures,
    ...pastFor(turn.state, person),
  };
}

function beginOf({ window }: RewardLimit, nowMs: number): number {
  switch (window.kind) {
    case "ever":
      return Number.NEGATIVE_INFINITY;
    case "days":
      return nowMs - window.ms;
    case "year":
      return window.startsMs.findLast((startMs) => startMs <= nowMs) ?? Number.NEGATIVE_INFINITY;
  }
}

/** What nobody was given yet is canceled; what was, stays. It counts towards no limit any more. */
function takeBack(earning: Earning, review: Review, tally: RuleTally): void {
  const taken = tally.rewards.filter(({ reviewId }) => reviewId === review.id);
  for (const { rewardId } of taken) moveOfPerson(earning, rewardId, "CANCELED", () => plainMove(review.note));
  const { turn, progress } = earning;
  const canceled = (id: string): boolean => findOwn(turn.state, progress.person, id)?.summary.state === "CANCELED";
  tally.rewards = tally.rewards.filter(({ rewardId }) => !canceled(rewardId));
}
