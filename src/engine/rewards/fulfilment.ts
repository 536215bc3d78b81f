// Fulfilment that needs nobody: coupons, and what is handed out as soon as it is earned. Attempts, their limits, and what is missed.
//
//   F1. An attempt ends in FULFILLED, or in a row that says why not; the reward stays EARNED then.
//   F2. After a failed attempt the next comes by itself, `FULFILMENT_ATTEMPTS_MAX` in all; then the reward waits for an operator. One that has no coupon code, or is
//       over a limit of its supplier, waits in line instead (`coupon_line.ts`): nothing is attempted before it is its turn.
//   F3. A supplier's limits hold for attempts alone: what a client says that it handed out was handed out.

import { partitionOfReward } from "../../base/ids.ts";
import type { PersonEvent } from "../../model/event.ts";
import { type MoveOrder, plainMove, type Reward } from "../../model/reward.ts";
import { supplierDefaults } from "../../model/supplier.ts";
import { hasCandidates, type CompiledSupplier } from "../../rules/mod.ts";
import { DEFAULT_CONTAINER, deliverToPerson } from "../2_identity.ts";
import { moveReward, tellPerson, writeMove } from "../7_reward.ts";
import { alert } from "../alerts.ts";
import { newId, programOf, send, type Turn } from "../context.ts";
import { isAwaited, joinLine, serveAgain } from "../coupons/coupon_line.ts";
import { moveByLentCode } from "../coupons/coupon_loans.ts";
import { poolKey } from "../coupons/coupon_pages.ts";
import { waitInLine, waitNoLonger } from "../coupons/coupon_waiters.ts";
import { openPool, partitionOfPool, requestCoupon } from "../coupons/coupons.ts";
import { EVENT_CHAIN_MAX, FULFILMENT_ATTEMPTS_MAX, FULFILMENT_DELAYS_MS } from "../limits.ts";
import { addressOf, isPayout, orderPayout } from "./payouts.ts";
import { supplierOf } from "./reward_moves.ts";
import { expect } from "./reward_timers.ts";
import { giveBackUse, hasLimits, type LimitReason, takeUse } from "./supplier_limits.ts";

export function isCoupon({ reward_supplier_type: type }: CompiledSupplier): boolean {
  return type === "MANUAL_COUPON" || type === "SALESFORCE_COUPON";
}

/** The move of a reward that is fulfilled in the very turn that attempts it, which must follow; null: it takes longer, or somebody else. */
export function moveAtOnce(turn: Turn, reward: Reward, supplier: CompiledSupplier): MoveOrder | null {
  if (isCoupon(supplier)) return moveByLentCode(turn, reward, supplier);
  return isFulfilledAtOnce(supplier) ? plainMove(null) : null;
}

/** Whether nothing but the reward itself has to be looked at. */
function isFulfilledAtOnce(supplier: CompiledSupplier): boolean {
  return isHandedOut(supplier) && !isPayout(supplier) && !hasLimits(supplier);
}

function isHandedOut(supplier: CompiledSupplier): boolean {
  return isCoupon(supplier) || isPayout(supplier) || supplier.auto_fulfillment_enabled === true;
}

/** An attempt, if the supplier hands out by itself. */
export function fulfil(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  const move = moveAtOnce(turn, reward, supplier);
  if (move === null) beginFulfilment(turn, reward, supplier);
  else moveReward(turn, reward, "FULFILLED", move);
}

/** An attempt that takes longer than this turn. */
export function beginFulfilment(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  if (!isHandedOut(supplier)) return;
  if (isCoupon(supplier)) return requestCoupon(turn, reward, supplier);
  if (isPayout(supplier) && !mayBePaid(turn, reward)) return;
  if (!hasLimits(supplier)) return handOut(turn, reward, supplier);
  const { client, supplierId, id: rewardId, createdMs: sinceMs } = reward;
  const home = partitionOfPool(reward, turn.context.partitions);
  send(turn, home, { kind: "claim_fulfilment", client, supplierId, rewardId, sinceMs });
}

/** False: the attempt has ended. */
function mayBePaid(turn: Turn, reward: Reward): boolean {
  const { container } = reward;
  const isPaidHere = container === DEFAULT_CONTAINER;
  if (isPaidHere && addressOf(turn, reward) !== null) return true;
  if (isPaidHere) attemptFailed(turn, reward, "no address of the person is known");
  else fulfilmentStopped(turn, reward, `nothing is paid in the container ${container}`);
  return false;
}

function handOut(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  if (isPayout(supplier)) return orderPayout(turn, reward, supplier);
  moveReward(turn, reward, "FULFILLED", plainMove(null));
}

export interface FulfilmentClaim {
  readonly client: string;
  readonly supplierId: string;
  readonly rewardId: string;
}

/** A reward wants to be one of those that the limits let go. */
export interface WantedFulfilment extends FulfilmentClaim {
  /** When the reward was made: it waits in line. Absent, as it once was: it tries again by itself. */
  readonly sinceMs?: number;
}

export interface ClaimedFulfilment extends FulfilmentClaim {
  readonly reason: LimitReason | null;
  readonly atMs: number;
  /** Of one that has to wait: the supplier's actor will come back to it. */
  readonly isInLine?: boolean;
}

/** One that was granted. */
export type GrantedFulfilment = Omit<ClaimedFulfilment, "reason" | "isInLine">;

/** It is the turn of these. */
export interface GrantedFulfilments {
  readonly client: string;
  readonly supplierId: string;
  readonly rewardIds: readonly string[];
  readonly atMs: number;
}

/** At the supplier's actor. */
export function claimFulfilment(turn: Turn, { client, supplierId, rewardId, sinceMs }: WantedFulfilment): void {
  const of = { client, supplierId };
  const supplier = supplierOf(turn, of);
  const pool = turn.state.find("pool", poolKey(of));
  // Q6 of `coupon_line.ts`.
  const isBehind = sinceMs !== undefined && supplier !== undefined && pool !== undefined && isAwaited(pool);
  const reason = supplier === undefined || isBehind ? null : takeUse(turn, of, supplier);
  if (sinceMs !== undefined && (isBehind || reason !== null))
    return joinLine(turn, of, openPool(turn, of), { rewardId, sinceMs });
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  send(turn, home, { kind: "fulfilment_claimed", client, supplierId, rewardId, reason, atMs: turn.nowMs });
}

export function receiveClaim(turn: Turn, claimed: ClaimedFulfilment): void {
  const { client, supplierId, rewardId, reason, atMs, isInLine } = claimed;
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client) return;
  const supplier = supplierOf(turn, reward);
  const isWanted = wantsFulfilment(reward);
  if (isWanted && reason === null && supplier !== undefined) return handOut(turn, reward, supplier);
  if (isWanted && reason !== null && isInLine === true) return waitInLine(turn, reward, reason);
  if (isWanted && reason !== null) return attemptFailed(turn, reward, reason);
  if (reason === null) giveBackFulfilment(turn, { client, supplierId, rewardId, atMs });
}

/** Since they were asked for, days may have passed. */
export function receiveGranted(turn: Turn, { client, supplierId, rewardIds, atMs }: GrantedFulfilments): void {
  for (const rewardId of rewardIds) {
    const reward = turn.state.edit("reward", rewardId);
    if (reward === undefined || reward.client !== client) continue;
    const supplier = supplierOf(turn, reward);
    waitNoLonger(turn, reward);
    const isWanted = supplier !== undefined && wantsFulfilment(reward);
    if (isWanted && (!isPayout(supplier) || mayBePaid(turn, reward))) handOut(turn, reward, supplier);
    else giveBackFulfilment(turn, { client, supplierId, rewardId, atMs });
  }
}

/** Two claims of a reward that was tried again meanwhile: one is enough. */
function wantsFulfilment({ state, isSubmitted }: Reward): boolean {
  return state === "EARNED" && !isSubmitted;
}

/** It was granted, and came to nothing. */
export function giveBackFulfilment(turn: Turn, granted: GrantedFulfilment): void {
  const { client, supplierId, rewardId, atMs } = granted;
  const home = partitionOfPool(granted, turn.context.partitions);
  send(turn, home, { kind: "return_fulfilment", client, supplierId, rewardId, atMs });
}

export function returnFulfilment(turn: Turn, { client, supplierId, atMs }: GrantedFulfilment): void {
  const of = { client, supplierId };
  giveBackUse(turn, of, atMs);
  serveAgain(turn, of);
}

/** F2. */
export function attemptFailed(turn: Turn, reward: Reward, why: string): void {
  endAttempt(turn, reward, why, FULFILMENT_DELAYS_MS[reward.attempts] ?? null);
}

/** No further attempt comes by itself. */
export function fulfilmentStopped(turn: Turn, reward: Reward, why: string): void {
  endAttempt(turn, reward, why, null);
}

/** What it waits for comes back to it. */
export function attemptWaits(turn: Turn, reward: Reward, why: string): void {
  noteFailure(turn, reward, why);
  tellFailure(turn, reward, why);
}

function endAttempt(turn: Turn, reward: Reward, why: string, delayMs: number | null): void {
  noteFailure(turn, reward, why);
  if (reward.attempts < FULFILMENT_ATTEMPTS_MAX && delayMs !== null)
    expect(turn, reward, "attempt", turn.nowMs + delayMs);
  else alert(turn, { kind: "fulfillment_idle", client: reward.client, subject: reward.id, text: why });
  tellFailure(turn, reward, why);
}

function noteFailure(turn: Turn, reward: Reward, why: string): void {
  writeMove(turn, reward, "FULFILLED", { ...plainMove(why), success: false });
  reward.attempts++;
  reward.attemptMs = null;
}

function tellFailure(turn: Turn, reward: Reward, why: string): void {
  tellPerson(turn, reward);
  tellRules(turn, reward, "reward_fulfillment_failed", why);
}

export function attemptDue(turn: Turn, reward: Reward): void {
  const supplier = supplierOf(turn, reward);
  if (reward.state !== "EARNED") return;
  if (supplier === undefined) return attemptFailed(turn, reward, "the supplier is no longer there");
  fulfil(turn, reward, supplier);
}

/** What is to be said, and done, when nobody fulfils a reward that is earned now. */
export function expectFulfilment(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  const { missing_fulfillment_alert_delay_ms: alertDefault, missing_fulfillment_auto_fail_delay_ms: failDefault } =
    supplierDefaults;
  if (supplier.missing_fulfillment_alert_enabled === true)
    expect(turn, reward, "alert", turn.nowMs + (supplier.missing_fulfillment_alert_delay_ms ?? alertDefault));
  if (supplier.missing_fulfillment_auto_fail_enabled === true)
    expect(turn, reward, "fail", turn.nowMs + (supplier.missing_fulfillment_auto_fail_delay_ms ?? failDefault));
}

export function alertDue(turn: Turn, reward: Reward): void {
  if (reward.state !== "EARNED") return;
  const text = "earned, and not fulfilled in time";
  alert(turn, { kind: "missing_fulfillment", client: reward.client, subject: reward.id, text });
  tellRules(turn, reward, "reward_fulfillment_missing", text);
}

export function failDue(turn: Turn, reward: Reward): void {
  if (reward.state === "EARNED") moveReward(turn, reward, "FAILED", plainMove("it was not fulfilled in time"));
}

/** An internal event of the person, if any rule listens to it. */
function tellRules(turn: Turn, reward: Reward, name: string, message: string): void {
  const { client, personId, rootEventId, container, sandbox } = reward;
  // A1 of `past.ts`.
  turn.context.past?.goToMovedEventId(turn, rootEventId);
  const id = newId(turn);
  turn.context.past?.made(id);
  const event: PersonEvent = {
    id,
    type: "INTERNAL",
    name,
    nameKey: name,
    eventMs: turn.nowMs,
    requestMs: turn.nowMs,
    data: { ...reward.data, reward_id: reward.id, reward_supplier_id: reward.supplierId, message },
    causeId: reward.causeEventId,
    rootId: rootEventId,
    container,
    sandbox,
    depth: reward.depth + 1,
    detail: { kind: "none" },
    enrichment: null,
  };
  const program = programOf(turn, client);
  if (program === undefined || event.depth > EVENT_CHAIN_MAX || !hasCandidates(program, event)) return;
  deliverToPerson(turn, { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null }, personId);
}
