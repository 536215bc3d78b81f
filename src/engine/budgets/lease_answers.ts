// What a budget answers a partition, and what becomes of the rewards that wait there for it.
//
//   L5. A refusal is for all who wait, in their order, up to the first for whom there was enough. Were each of them to ask for itself, those whom the rest of a budget is
//       too small for would be told as fast as messages go round, a few a second, and each time all behind them would be looked at.
//   L6. An answer decides at once of all for whom it is: those that are granted have their shares from then on, which is numbers alone. Rewards that are
//       entered, and persons that are told, are so many a record, in the order of the decisions; a message of the partition to itself goes on behind what came meanwhile.
//   L7. Nobody waits for that: whom the answer was not for is asked for at once, and who comes meanwhile is granted what is left.
//   L8. One such message is under way as long as somebody is to be told. An answer that does not say of how many one record tells is of a former version,
//       and carried out as then, in one (`lease_answers_before.ts`).

import { assert } from "../../base/assert.ts";
import type { BudgetLimit, Lease, Share } from "../../model/budget.ts";
import type { HeldReward } from "../../model/reward.ts";
import { send, type Turn } from "../context.ts";
import type { Past } from "../explain/past.ts";
import { grantHeld, withholdHeld } from "../rewards/held_rewards.ts";
import { add, type BudgetReference, type Free, isWithin } from "./budgets.ts";
import type { LeaseTelling } from "./budgets_past.ts";
import { receiveLeaseBefore } from "./lease_answers_before.ts";
import { askForWaiting, claim, covers, giveBack, leaseOf, needOfWaiter, NOTHING, take } from "./leases.ts";

export type LeaseGiven = BudgetReference & {
  /** Null: refused. */
  readonly share: Share | null;
  readonly limit: BudgetLimit;
  readonly isClosed: boolean;
  /** L5. Of a refusal: what there was. Absent, as it once was: the first who waits is refused alone. */
  readonly free?: Free;
  /** L8. Of how many rewards one record tells. Absent, as it once was: of all. */
  readonly atOnce?: number;
};

/** L6. Goes on with those of whom was decided. */
export type LeaseCarriedOn = BudgetReference & { readonly isGranted: boolean; readonly atOnce: number };

export function receiveLease(turn: Turn, given: LeaseGiven): void {
  if (turn.context.past !== undefined) return endPast(turn, turn.context.past, given);
  const { client, budget, share, limit, isClosed, atOnce } = given;
  const reference = { client, budget };
  const lease = leaseOf(turn, reference);
  // L4 of `leases.ts`.
  Object.assign(lease, { limit: share === null ? NOTHING : limit, isClosed });
  if (share !== null) add(lease.left, share, 1);
  if (atOnce === undefined) return receiveLeaseBefore(turn, lease, given);
  const isUnderWay = isToTell(lease);
  decide(turn, lease, given);
  lease.isAsking = false;
  askForWaiting(turn, reference, lease);
  if (!isUnderWay) tellSome(turn, reference, lease, atOnce);
}

export function carryOn(turn: Turn, carriedOn: LeaseCarriedOn): void {
  if (turn.context.past !== undefined) return endPast(turn, turn.context.past, carriedOn);
  const { client, budget, atOnce } = carriedOn;
  const reference = { client, budget };
  tellSome(turn, reference, leaseOf(turn, reference), atOnce);
}

/** L6. */
function decide(turn: Turn, lease: Lease, given: LeaseGiven): void {
  let count = 0;
  for (const waiter of lease.waiting) {
    const need = needOfWaiter(turn, waiter);
    if (given.share !== null && !covers(lease, need)) break;
    if (given.share === null && !isRefusalFor(given, need, count)) break;
    if (given.share !== null) take(lease, need);
    count++;
  }
  if (count === 0) return;
  const rewardIds = lease.waiting
    .splice(0, count)
    .map((waiter) => (typeof waiter === "string" ? waiter : waiter.rewardId));
  lease.decided ??= [];
  lease.decided.push({ isGranted: given.share !== null, rewardIds });
}

/** L5. @param before how many it was for already */
export function isRefusalFor({ share, isClosed, free }: LeaseGiven, need: Share, before: number): boolean {
  if (share !== null) return false;
  // What is left of a closed budget is nothing for anybody.
  if (isClosed) return true;
  return free === undefined ? before === 0 : !isWithin(free, need);
}

function isToTell({ decided }: Lease): boolean {
  return decided !== undefined && decided.length > 0;
}

function tellSome(turn: Turn, reference: BudgetReference, lease: Lease, atOnce: number): void {
  const [decision] = lease.decided ?? [];
  if (decision === undefined) return;
  const rewardIds = decision.rewardIds.splice(0, atOnce);
  if (decision.rewardIds.length === 0) lease.decided?.shift();
  for (const rewardId of rewardIds) {
    const held = turn.state.edit("heldReward", rewardId);
    assert(held !== undefined, "a reward of which a budget decided is held");
    if (decision.isGranted) grant(turn, reference, held);
    else refuse(turn, held);
  }
  const [next] = lease.decided ?? [];
  if (next === undefined) return;
  const { isGranted } = next;
  send(turn, turn.context.partition, { kind: "carry_lease_on", ...reference, isGranted, atOnce });
}

function refuse(turn: Turn, held: HeldReward): void {
  giveBack(turn, held.reward);
  withholdHeld(turn, held);
}

/** It has what it waited for; perhaps it waits for the next. */
export function grant(turn: Turn, { budget }: BudgetReference, held: HeldReward): void {
  held.reward.budgets.push(budget);
  const claimed = claim(turn, held);
  if (claimed === "granted") grantHeld(turn, held);
  if (claimed === "refused") withholdHeld(turn, held);
}

/** A2 of `past.ts`. */
function endPast(turn: Turn, past: Past, telling: LeaseTelling): void {
  for (const { rewardId, isGranted } of past.told(telling, turn)) {
    const held = turn.state.edit("heldReward", rewardId);
    if (held === undefined) continue;
    if (isGranted) grantHeld(turn, held);
    else withholdHeld(turn, held);
  }
}
