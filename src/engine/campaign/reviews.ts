// Reviews of older campaigns: INCENTIVIZE begins one; it is decided at the end of its period by its quality, or earlier by an action.
//
//   R1. Every move is in the table below. What is not is refused and listed.
//   R2. What is approved or declined becomes an INCENTIVIZED event of whoever rules reward for it (`incentive_rewards.ts`): of the person in the
//       same turn, of the advocate by message.

import { originOf } from "../../base/ids.ts";
import type { DecisionType } from "../../model/action.ts";
import type { EventDetail, PersonEvent } from "../../model/event.ts";
import { type Incentives, type Review, type ReviewStatus, reviewStatuses } from "../../model/incentive.ts";
import type { Person, Role } from "../../model/person.ts";
import {
  type ActionOf,
  type CompiledCampaign,
  evaluate,
  type ReviewFilter,
  stateAt,
  type ValueSource,
} from "../../rules/mod.ts";
import { cardOf } from "../3_ask.ts";
import type { Acting } from "../6_act.ts";
import { textList } from "../7_reward.ts";
import type { Earning } from "../rewards/new_reward.ts";
import { newId, reject, send } from "../context.ts";
import { EVENT_CHAIN_MAX, REVIEWS_PER_PERSON_MAX } from "../limits.ts";
import { setEventTimer } from "../person/person_timers.ts";
import { signal } from "./signals.ts";
import { numberOf } from "../event/step_data.ts";
import { sourceData, sourceText, sourceValue } from "../values.ts";

const moves: Readonly<Record<ReviewStatus, readonly ReviewStatus[]>> = {
  EVALUATING: ["PENDING", "APPROVED", "DECLINED"],
  PENDING: ["EVALUATING", "APPROVED", "DECLINED"],
  APPROVED: ["DECLINED"],
  DECLINED: ["PENDING", "APPROVED"],
};

/** Kinds of actions that advocates do themselves. */
const ofAdvocates: readonly string[] = ["SHARE", "SHARE_REWARD"];

export function incentivize(acting: Acting, action: ActionOf<"INCENTIVIZE">): void {
  const { turn, progress, firing, stepEvent } = acting;
  const { person, inFlight } = progress;
  const incentives = (person.incentives ??= { reviews: [], tallies: {} });
  if (!makeRoom(incentives)) return reject(turn, stepEvent.rootId, "reviews_per_person_max");
  const review: Review = {
    id: newId(turn),
    actionType: action.actionType,
    actionId: action.actionId,
    campaignId: firing.campaign.id,
    status: action.begins,
    ...saidBy(acting, action),
    causeName: inFlight.event.name,
    causeType: inFlight.event.type,
    stepEventId: stepEvent.id,
    rootEventId: stepEvent.rootId,
    container: stepEvent.container,
    sandbox: stepEvent.sandbox,
    advocateId: firing.otherPerson?.id ?? null,
    journeyName: firing.journey?.name ?? null,
    journeyKey: firing.journey?.key ?? null,
    note: null,
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
    dueMs: null,
  };
  incentives.reviews.push(review);
  if (review.status === "PENDING") beginPeriod(acting, review, firing.campaign);
}

function saidBy(
  acting: Acting,
  action: ActionOf<"INCENTIVIZE">,
): Pick<Review, "name" | "quality" | "value" | "partnerEventId" | "data"> {
  const { firing, stepEvent, context } = acting;
  const partnerEventId = sourceText(action.partnerEventId, context);
  const isGood = firing.quality !== "LOW" && evaluate(context.campaign.rules, action.verdict, context) === true;
  return {
    name: sourceText(action.name, context) ?? firing.controller.name,
    quality: isGood ? "HIGH" : "LOW",
    value: action.value === null ? firing.data.value : numberOf(sourceValue(action.value, context)),
    partnerEventId:
      partnerEventId === null
        ? firing.data.partnerEventId
        : { name: firing.data.partnerEventId?.name ?? "partner_event_id", value: partnerEventId },
    data: { ...stepEvent.data, ...sourceData(action.data, context) },
  };
}

/** Of those that are decided the oldest make room; what is open stays. */
function makeRoom({ reviews }: Incentives): boolean {
  if (reviews.length < REVIEWS_PER_PERSON_MAX) return true;
  const at = reviews.findIndex(({ status }) => status === "APPROVED" || status === "DECLINED");
  if (at >= 0) reviews.splice(at, 1);
  return at >= 0;
}

/** Decided at once when the campaign gives its kind no period. */
function beginPeriod(earning: Earning, review: Review, campaign: CompiledCampaign): void {
  const { turn, progress } = earning;
  const periodMs = transitionOf(campaign, review)?.periodMs ?? 0;
  if (periodMs === 0) return decideByQuality(earning, review, campaign);
  const dueMs = turn.nowMs + periodMs;
  review.dueMs = dueMs;
  const event = incentivized(earning, review, { kind: "review_due", reviewId: review.id });
  setEventTimer(turn.state, dueMs, { personId: progress.person.id, event, client: progress.inFlight.client });
}

function transitionOf(campaign: CompiledCampaign, { actionType }: Review): Transition | undefined {
  return campaign.incentive.transitionRules.find((rule) => rule.actionType === actionType);
}
type Transition = CompiledCampaign["incentive"]["transitionRules"][number];

function decideByQuality(earning: Earning, review: Review, campaign: CompiledCampaign): void {
  const rule = transitionOf(campaign, review);
  const isApproved = review.quality === "HIGH" ? (rule?.approvesHigh ?? true) : (rule?.approvesLow ?? false);
  move(earning, review, isApproved ? "APPROVED" : "DECLINED", []);
}

/** Its period is over. A campaign that has stopped decides nothing any more. */
export function decideDue(earning: Earning, reviewId: string): void {
  const review = earning.progress.person.incentives?.reviews.find(({ id }) => id === reviewId);
  if (review === undefined || review.status !== "PENDING") return;
  if (review.dueMs === null || review.dueMs > earning.turn.nowMs) return;
  const campaign = runningCampaign(earning, review);
  if (campaign === null) return reject(earning.turn, review.rootEventId, "campaign_stopped");
  decideByQuality(earning, review, campaign);
}

export function runningCampaign({ program, turn }: Earning, { campaignId }: Review): CompiledCampaign | null {
  const campaign = program.campaigns.find(({ id }) => id === campaignId);
  if (campaign === undefined) return null;
  const state = stateAt(campaign, turn.nowMs, turn.nowMs);
  return state === "STOPPED" || state === "ARCHIVED" ? null : campaign;
}

/** APPROVE and DECLINE. Without `force`, what is suspicious or declined is not approved. */
export function decide(acting: Acting, action: ActionOf<DecisionType>): void {
  const { context } = acting;
  const to = action.type === "APPROVE" ? "APPROVED" : "DECLINED";
  const isForced = sourceText(action.force, context) === "true";
  const tags = textList(action.tags === null ? null : sourceValue(action.tags, context));
  const decided = meant(acting, action.filter).filter(
    ({ status, quality }) =>
      status !== to && (to === "DECLINED" || isForced || (status !== "DECLINED" && quality === "HIGH")),
  );
  for (const review of decided) {
    review.note = sourceText(action.note, context) ?? review.note;
    move(acting, review, to, tags);
  }
  if (action.pollingId === null) return;
  const data: { readonly [name: string]: ValueSource } = {
    status: { kind: "constant", value: to },
    reviews: { kind: "constant", value: decided.map(({ id }) => id) },
  };
  const { actionId, quality, pollingId, pollingName } = action;
  signal(acting, { type: "SIGNAL", actionId, quality, pollingId, name: pollingName, data });
}

export function updateStatus(acting: Acting, action: ActionOf<"INCENTIVIZE_STATUS_UPDATE">): void {
  const { turn, context, stepEvent } = acting;
  const text = action.status === null ? "PENDING" : sourceText(action.status, context)?.toUpperCase();
  const to = reviewStatuses.find((status) => status === text);
  if (to === undefined) return reject(turn, stepEvent.rootId, "review_status_unknown");
  for (const review of meant(acting, action.filter)) {
    review.note = sourceText(action.note, context) ?? review.note;
    review.data = { ...review.data, ...sourceData(action.data, context) };
    if (review.status !== to) move(acting, review, to, []);
  }
}

/** R1, R2. */
function move(earning: Earning, review: Review, to: ReviewStatus, tags: readonly string[]): void {
  const { turn } = earning;
  if (!moves[review.status].includes(to)) return reject(turn, review.rootEventId, "review_status_illegal");
  const campaign = runningCampaign(earning, review);
  if (campaign === null) return reject(turn, review.rootEventId, "campaign_stopped");
  const wasApproved = review.status === "APPROVED";
  review.status = to;
  review.updatedMs = turn.nowMs;
  review.dueMs = null;
  if (to === "PENDING") return beginPeriod(earning, review, campaign);
  if (to === "APPROVED" || wasApproved) tellRewarded(earning, review, campaign, tags);
}

function tellRewarded(earning: Earning, review: Review, campaign: CompiledCampaign, tags: readonly string[]): void {
  const { turn, progress } = earning;
  const { client, event: by } = progress.inFlight;
  const isOfAdvocate = ofAdvocates.includes(review.actionType);
  const asked = (rewardee: Role): boolean =>
    campaign.incentive.rewardRules.some((rule) => rule.rewardee === rewardee && rule.actionType === review.actionType);
  const told = (rewardee: Role): PersonEvent =>
    incentivized(earning, review, {
      kind: "incentivized",
      rewardee,
      personId: progress.person.id,
      review: { ...review },
      tags,
    });
  if (by.depth >= EVENT_CHAIN_MAX) return reject(turn, by.rootId, "event_chain_max");
  const own: Role = isOfAdvocate ? "ADVOCATE" : "FRIEND";
  if (asked(own)) progress.queue.push(told(own));
  if (isOfAdvocate || review.advocateId === null || !asked("ADVOCATE")) return;
  send(turn, originOf(review.advocateId) ?? turn.context.partition, {
    kind: "event",
    target: { kind: "person", personId: review.advocateId },
    inFlight: {
      client,
      event: told("ADVOCATE"),
      wantsReply: false,
      hops: 0,
      absorbs: null,
      otherPerson: cardOf(progress.person),
    },
  });
}

function incentivized({ turn, progress }: Earning, review: Review, detail: EventDetail): PersonEvent {
  const by = progress.inFlight.event;
  return {
    id: newId(turn),
    type: "INCENTIVIZED",
    name: review.name,
    nameKey: review.name.toLowerCase(),
    eventMs: turn.nowMs,
    requestMs: turn.nowMs,
    data: review.data,
    causeId: by.id,
    rootId: by.rootId,
    container: review.container,
    sandbox: review.sandbox,
    depth: by.depth + 1,
    detail,
    enrichment: null,
  };
}

/** What is asked for and not known matches nothing. Without a business id, that of the step; without anything, nothing. */
function meant({ turn, progress, firing, context, stepEvent }: Acting, filter: ReviewFilter): Review[] {
  const text = (source: ValueSource | null): string | null | undefined =>
    source === null ? undefined : (sourceText(source, context)?.toLowerCase() ?? null);
  const partnerEventId = text(filter.partnerEventId) ?? firing.data.partnerEventId?.value.toLowerCase();
  const asked: readonly (readonly [string | null | undefined, (review: Review) => readonly (string | undefined)[]])[] =
    [
      [
        filter.partnerEventId === null ? partnerEventId : text(filter.partnerEventId),
        (own) => [own.partnerEventId?.value],
      ],
      [text(filter.eventType), (own) => [own.actionType, own.name]],
      [text(filter.legacyActionId), (own) => [own.id, own.actionId]],
      [text(filter.causeType), (own) => [own.causeType, own.causeName]],
    ];
  const given = asked.filter(([wanted]) => wanted !== undefined);
  if (given.length === 0) {
    reject(turn, stepEvent.rootId, "review_not_named");
    return [];
  }
  return (progress.person.incentives?.reviews ?? []).filter((review) =>
    given.every(([wanted, of]) => wanted !== null && of(review).some((own) => own?.toLowerCase() === wanted)),
  );
}

/** A person that is blocked gets nothing any more for what is still open. */
export function declineOpen(person: Person, nowMs: number): void {
  for (const review of person.incentives?.reviews ?? []) {
    if (review.status !== "PENDING" && review.status !== "EVALUATING") continue;
    review.status = "DECLINED";
    review.note = "the person was blocked";
    review.updatedMs = nowMs;
    review.dueMs = null;
  }
}

/** What another person that turned out to be this one was under review for. */
export function absorbIncentives(person: Person, given: Incentives | null): void {
  if (given === null) return;
  const incentives = (person.incentives ??= { reviews: [], tallies: {} });
  for (const review of given.reviews) {
    if (makeRoom(incentives)) incentives.reviews.push({ ...review });
  }
  for (const [rule, tally] of Object.entries(given.tallies)) {
    const own = incentives.tallies[rule];
    incentives.tallies[rule] = {
      actions: (own?.actions ?? 0) + tally.actions,
      friendCount: (own?.friendCount ?? 0) + tally.friendCount,
      friends: [...(own?.friends ?? []), ...tally.friends],
      rewards: [...(own?.rewards ?? []), ...tally.rewards],
    };
  }
}
