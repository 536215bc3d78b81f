// Stage 7: the life of a reward.
//
//   W1. One cause earns an action's reward once: the reward's id is derived from both. No two actions of a campaign share an id: the compiler
//       refuses that.
//   W2. Every move is in the table (`reward_moves.ts`) and leaves a row of history; what is not in the table is refused.
//   W3. The whole reward is an entry of the partition in its id; the person's summary follows it, by message when they live apart.

import { originOf, partitionOfReward, rewardId } from "../base/ids.ts";
import { memberOf } from "../base/members.ts";
import type { RewardMoveType } from "../model/action.ts";
import type { JsonValue } from "../model/json.ts";
import type { Person, RewardSummary } from "../model/person.ts";
import { type MoveOrder, plainMove, type Reward, type RewardState } from "../model/reward.ts";
import type { ActionOf, CompiledSupplier } from "../rules/mod.ts";
import { arrive } from "./2_identity.ts";
import { cause } from "./event/cause.ts";
import type { Acting } from "./6_act.ts";
import { programOf, reject, send, type Turn } from "./context.ts";
import { waitNoLonger } from "./coupons/coupon_waiters.ts";
import { beginFulfilment, expectFulfilment, moveAtOnce } from "./rewards/fulfilment.ts";
import { countMove } from "./rewards/reward_counts.ts";
import { tellWebhooks } from "./rewards/reward_webhooks.ts";
import { type Earning, newReward, type RewardTerms, rowOf } from "./rewards/new_reward.ts";
import { movedEvent, rewardEvent, summaryOf } from "./rewards/reward_events.ts";
import { addReward, moveRewardPlaces, rewardPlaces } from "./rewards/reward_index.ts";
import { isLegalMove } from "./rewards/reward_moves.ts";
import { expectExpiry } from "./rewards/reward_timers.ts";
import { EVENT_CHAIN_MAX } from "./limits.ts";
import { numberOf } from "./event/step_data.ts";
import { actionData, sourceMs, sourceText, sourceValue } from "./values.ts";
import { budgetsOf, claim, giveBack } from "./budgets/leases.ts";
import { bookPoints } from "./rewards/points.ts";
import { findSummary, replaceSummary } from "./rewards/summaries.ts";
import { addSummary, findOwn, replaceOwn } from "./rewards/summary_pages.ts";
import { editPerson } from "./person/trail.ts";

export function earnReward(acting: Acting, action: ActionOf<"EARN_REWARD">): void {
  const { turn, firing, context } = acting;
  earn(acting, {
    supplierId: sourceText(action.supplierId, context),
    campaign: context.campaign,
    actionId: action.actionId,
    shownActionId: sourceText(action.rewardActionId, context) ?? action.actionId,
    name: sourceText(action.rewardName, context),
    tags: textList(action.tags === null ? null : sourceValue(action.tags, context)),
    slots: textList(action.slots === null ? null : sourceValue(action.slots, context)),
    data: actionData(action, context),
    value:
      action.valueOfEvent === null ? firing.data.value : numberOf(sourceValue(action.valueOfEvent, context) ?? null),
    journeyName: firing.journey?.name ?? null,
    journeyKey: firing.journey?.key ?? null,
    earnedMs: sourceMs(action.eventTime, context) ?? turn.nowMs,
    context,
  });
}

/** Null: refused, or earned before. */
export function earn(earning: Earning, terms: RewardTerms): Reward | null {
  const { turn, progress, program } = earning;
  const { event, client } = progress.inFlight;
  const supplier = terms.supplierId === null ? undefined : memberOf(program.suppliers, terms.supplierId);
  const refused =
    supplier === undefined
      ? "reward_supplier_not_found"
      : supplier.is_archived === true || supplier.enabled === false
        ? "reward_supplier_disabled"
        : progress.person.block === "REWARDS"
          ? "person_blocked_for_rewards"
          : null;
  if (supplier === undefined || refused !== null) {
    if (refused !== null) reject(turn, event.rootId, refused);
    return null;
  }
  const parts = [client, progress.person.id, terms.campaign.id, terms.actionId, event.id];
  const id = rewardId(turn.context.partition, parts);
  if (turn.state.find("reward", id) !== undefined) return null;
  const reward = newReward(earning, terms, supplier, id);
  const held = { reward, wanted: budgetsOf(program, reward) };
  const hasBudget = held.wanted.length > 0;
  if (hasBudget && turn.state.find("heldReward", id) !== undefined) return null;
  const claimed = turn.context.past?.claimed(held, turn) ?? (hasBudget ? claim(turn, held) : "granted");
  if (claimed === "refused") {
    reject(turn, event.rootId, "budget_exhausted");
    return null;
  }
  addSummary(turn.state, progress.person, summaryOf(reward));
  if (claimed === "waits") {
    turn.state.put("heldReward", id, held);
    return reward;
  }
  enterReward(turn, reward, supplier);
  bookPoints(turn, client, progress.person, summaryOf(reward));
  cause(turn, progress, program, rewardEvent(turn, reward, event));
  const atOnce = moveAtOnce(turn, reward, supplier);
  if (atOnce === null) beginFulfilment(turn, reward, supplier);
  else moveOwn(earning, reward, "FULFILLED", atOnce);
  return reward;
}

/** From here on there is the reward. */
export function enterReward(turn: Turn, reward: Reward, supplier: CompiledSupplier | undefined): void {
  turn.state.put("reward", reward.id, reward);
  addReward(turn, reward);
  expectExpiry(turn, reward);
  countMove(turn, reward, { state: "EARNED", success: true, atMs: reward.earnedMs });
  turn.context.effects.rewardsEarned++;
  tellWebhooks(turn, reward, "EARNED", plainMove(null));
  if (supplier !== undefined) expectFulfilment(turn, reward, supplier);
}

const targets: Readonly<Record<RewardMoveType, RewardState>> = {
  CANCEL_REWARD: "CANCELED",
  EXPIRE_REWARD: "EXPIRED",
  FULFILL_REWARD: "FULFILLED",
  REDEEM_REWARD: "REDEEMED",
  REVOKE_REWARD: "REVOKED",
};

/** A reward of the person, wherever it lives; one that cannot make the move stays as it is. */
export function moveByAction(acting: Acting, action: ActionOf<RewardMoveType>): void {
  const id = sourceText(action.rewardId, acting.context);
  if (id !== null) moveOfPerson(acting, id, targets[action.type], () => orderOf(acting, action));
}

export function moveOfPerson(earning: Earning, id: string, to: RewardState, order: () => MoveOrder): void {
  const { turn, progress } = earning;
  const summary = findOwn(turn.state, progress.person, id)?.summary;
  if (summary === undefined) return;
  const { supplierId, state } = summary;
  if (!isLegalMove(turn, { client: progress.inFlight.client, supplierId, state }, to)) return;
  const move = order();
  const reward = turn.state.edit("reward", id);
  if (reward !== undefined) return moveOwn(earning, reward, to, move);
  const partition = partitionOfReward(id);
  if (partition !== undefined && partition < turn.context.partitions) {
    send(turn, partition, { kind: "move_reward", client: progress.inFlight.client, rewardId: id, to, move });
  }
}

function orderOf({ context }: Acting, action: ActionOf<RewardMoveType>): MoveOrder {
  return {
    success: sourceText(action.success, context) !== "false",
    message: sourceText(action.message, context),
    partnerRewardId: sourceText(action.partnerRewardId, context),
    amount: action.amount === null ? null : numberOf(sourceValue(action.amount, context)),
    partnerEventId: sourceText(action.partnerEventId, context),
    data: actionData(action, context),
    delivery: null,
    eventMs: sourceMs(action.eventTime, context),
  };
}

/** A move of a reward whose person is being processed: the REWARD event joins its queue. */
function moveOwn(earning: Earning, reward: Reward, to: RewardState, move: MoveOrder): void {
  const { turn, progress, program } = earning;
  if (!isLegalMove(turn, reward, to)) return;
  const isNewState = move.success;
  writeMove(turn, reward, to, move);
  syncSummary(turn, progress.person, reward);
  if (isNewState) bookPoints(turn, reward.client, progress.person, summaryOf(reward));
  if (isNewState) cause(turn, progress, program, rewardEvent(turn, reward, progress.inFlight.event));
}

/**
 * A move that somebody outside the person's processing decided: a supplier's answer, another partition's rule, an operator.
 *
 * @param operator who ordered it; null: nobody but the machine
 */
export function moveReward(
  turn: Turn,
  reward: Reward,
  to: RewardState,
  move: MoveOrder,
  operator: string | null = null,
): void {
  if (!isLegalMove(turn, reward, to)) return;
  writeMove(turn, reward, to, move, operator);
  tellPerson(turn, reward);
}

/** W2. An unsuccessful attempt leaves a row but not the state ("trying to fulfil"). */
export function writeMove(
  turn: Turn,
  reward: Reward,
  to: RewardState,
  move: MoveOrder,
  operator: string | null = null,
): void {
  const atMs = move.eventMs ?? turn.nowMs;
  const places = rewardPlaces(reward);
  if (move.success) {
    if (to === "CANCELED" || (to === "EXPIRED" && reward.state === "EARNED")) giveBack(turn, reward);
    if (reward.isFulfilFailed) waitNoLonger(turn, reward);
    reward.state = to;
    reward.isFulfilFailed = false;
    if (to === "REDEEMED") reward.redeemedMs = atMs;
  } else if (to === "FULFILLED") {
    reward.isFulfilFailed = true;
  }
  reward.partnerRewardId = move.partnerRewardId ?? reward.partnerRewardId;
  reward.updatedMs = turn.nowMs;
  reward.history.push(rowOf(move, to, operator, atMs));
  moveRewardPlaces(turn, places, reward);
  countMove(turn, reward, { state: to, success: move.success, atMs });
  tellWebhooks(turn, reward, to, move);
}

/** W3. */
export function tellPerson(turn: Turn, reward: Reward): void {
  const { id, client, personId, state, partnerRewardId, isFulfilFailed } = reward;
  // The chain goes on: a rule that earns again for what it earned is bounded, however far the answers travel.
  const depth = ++reward.depth;
  const moved: RewardMoved = { client, personId, rewardId: id, to: state, partnerRewardId, isFulfilFailed, depth };
  const home = originOf(personId) ?? turn.context.partition;
  if (home === turn.context.partition) receiveMoved(turn, moved);
  else send(turn, home, { kind: "reward_moved", ...moved });
}

export interface RewardToMove {
  client: string;
  rewardId: string;
  to: RewardState;
  move: MoveOrder;
}

export function receiveMove(turn: Turn, { client, rewardId, to, move }: RewardToMove): void {
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client) return;
  moveReward(turn, reward, to, move);
}

export interface RewardMoved {
  client: string;
  personId: string;
  rewardId: string;
  to: RewardState;
  partnerRewardId: string | null;
  isFulfilFailed: boolean;
  depth: number;
}

/** The person learns what became of its reward; rules that listen to REWARD events hear of each new state once. */
export function receiveMoved(turn: Turn, moved: RewardMoved): void {
  const person = editPerson(turn, moved.personId);
  if (person === undefined || person.client !== moved.client) return;
  const found = findSummary(turn, person, moved.rewardId);
  const isNewState = found !== undefined && found.summary.state !== moved.to;
  const summary = found === undefined ? undefined : summaryAfter(turn, found.summary, moved);
  const isLate = found !== undefined && isOvertaken(turn, person, found.summary, moved);
  if (found !== undefined && summary !== undefined && !isLate) {
    replaceSummary(turn, found, summary);
    if (isNewState) bookPoints(turn, person.client, found.holder, summary);
  }
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "reward_moved", ...moved, personId: person.forwardedTo });
  }
  if (summary === undefined || !isNewState || (isLate && moved.to === "EARNED")) return;
  const event = movedEvent(turn, summary, moved.depth);
  if (event.depth > EVENT_CHAIN_MAX) return reject(turn, event.rootId, "event_chain_max");
  if (programOf(turn, person.client) === undefined) return;
  arrive(turn, { client: person.client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null }, person);
}

/**
 * Of a reward that came with somebody merged, word comes by way of that one. A rule of the person it is now may have moved it meanwhile, where the reward is
 * at hand: then the summary says already what the reward says.
 */
function isOvertaken(turn: Turn, person: Person, summary: RewardSummary, moved: RewardMoved): boolean {
  const reward = turn.state.find("reward", moved.rewardId);
  if (reward === undefined || reward.personId === person.id || person.forwardedTo !== null) return false;
  return isAsSaid(reward, { ...summary, to: summary.state }) && !isAsSaid(reward, moved);
}

type Said = Pick<RewardMoved, "to" | "partnerRewardId" | "isFulfilFailed">;

function isAsSaid({ state, partnerRewardId, isFulfilFailed }: Reward, said: Said): boolean {
  return state === said.to && partnerRewardId === said.partnerRewardId && isFulfilFailed === said.isFulfilFailed;
}

function summaryAfter(turn: Turn, before: RewardSummary, moved: RewardMoved): RewardSummary {
  const { to: state, partnerRewardId, isFulfilFailed } = moved;
  const redeemedMs = state === "REDEEMED" ? turn.nowMs : before.redeemedMs;
  return { ...before, state, partnerRewardId, isFulfilFailed, redeemedMs };
}

function syncSummary(turn: Turn, person: Person, reward: Reward): void {
  const own = findOwn(turn.state, person, reward.id);
  if (own !== undefined) replaceOwn(turn, person, own, summaryOf(reward));
}

export function textList(value: JsonValue | null): string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === "string") : [];
}
