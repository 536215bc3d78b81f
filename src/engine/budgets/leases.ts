// Leases: what a partition may grant of a budget without asking, and the rewards that wait for more.
//
//   L1. A reward takes its share of all its budgets, one after the other, or of none: what it took when another budget refuses comes back.
//   L2. A reward that waits is nobody's: it is in no list and can make no move. Its person's summary counts it already, so that rules which count rewards
//       let no other pass meanwhile; it goes again when a budget refuses.
//   L3. A reward that is canceled, or that expires before it was fulfilled, gives its share back. One that failed keeps it, since it can be tried
//       again: whoever wants the share back cancels it. What was handed out stays granted, also when it is revoked.
//   L4. Only a partition that the budget knows as a holder has a limit other than nothing. One that was refused and kept the limit would go on granting what that
//       does not bound, and no later limit would reach it.
//   L5. A refusal is for all who wait, in their order, up to the first for whom there was enough. Were each of them to ask for itself, those whom the rest of a budget is
//       too small for would be told as fast as messages go round, a few a second, and each time all behind them would be looked at.

import { type BudgetLimit, type Lease, type Share, SHARE_VALUE_UNIT } from "../../model/budget.ts";
import type { HeldReward, Reward } from "../../model/reward.ts";
import { memberOf } from "../../base/members.ts";
import type { Program } from "../../rules/mod.ts";
import { add, budgetKey, budgetName, type BudgetReference, type Free, isWithin, partitionOfBudget } from "./budgets.ts";
import { send, type Turn } from "../context.ts";
import { grantHeld, withholdHeld } from "../rewards/held_rewards.ts";
import { LEASE_WAITING_MAX } from "../limits.ts";
import type { Past } from "../explain/past.ts";

export type Claimed = "granted" | "waits" | "refused";

/** Until the budget says what there is. */
const NOTHING: BudgetLimit = { count: 0, value: 0 };

export type LeaseGiven = BudgetReference & {
  /** Null: refused. */
  readonly share: Share | null;
  readonly limit: BudgetLimit;
  readonly isClosed: boolean;
  /** L5. Of a refusal: what there was. Absent, as it once was: the first who waits is refused alone. */
  readonly free?: Free;
};

/** Which budgets the reward takes from. */
export function budgetsOf({ budgets }: Program, { campaignId, supplierId }: Reward): string[] {
  const names = [budgetName("campaign", campaignId), budgetName("supplier", supplierId)];
  return names.filter((name) => memberOf(budgets, name) !== undefined);
}

/** L1. The budget that it has to wait for, if any, is asked. */
export function claim(turn: Turn, { reward, wanted }: HeldReward): Claimed {
  const need = needOf(reward);
  for (const budget of wanted) {
    if (reward.budgets.includes(budget)) continue;
    const reference = { client: reward.client, budget };
    const lease = leaseOf(turn, reference);
    if (!lease.isAsking && !lease.isClosed && covers(lease, need)) {
      take(lease, need);
      reward.budgets.push(budget);
      continue;
    }
    if (lease.isClosed || lease.waiting.length >= LEASE_WAITING_MAX) {
      giveBack(turn, reward);
      return "refused";
    }
    lease.waiting.push(reward.id);
    if (!lease.isAsking) ask(turn, reference, lease, { least: need, wanted: need });
    return "waits";
  }
  return "granted";
}

export function receiveLease(turn: Turn, given: LeaseGiven): void {
  if (turn.context.past !== undefined) return endPast(turn, turn.context.past, given);
  const { client, budget, share, limit, isClosed } = given;
  const reference = { client, budget };
  const lease = leaseOf(turn, reference);
  // L4.
  Object.assign(lease, { limit: share === null ? NOTHING : limit, isClosed });
  if (share !== null) add(lease.left, share, 1);
  let refused = 0;
  for (let id = lease.waiting.shift(); id !== undefined; id = lease.waiting.shift()) {
    const held = turn.state.edit("heldReward", id);
    if (held === undefined) continue;
    const need = needOf(held.reward);
    if (isRefusalFor(given, need, refused)) {
      refused++;
      giveBack(turn, held.reward);
      withholdHeld(turn, held);
    } else if (covers(lease, need)) {
      take(lease, need);
      held.reward.budgets.push(reference.budget);
      settle(turn, held);
    } else {
      lease.waiting.unshift(id);
      break;
    }
  }
  lease.isAsking = false;
  askForWaiting(turn, reference, lease);
}

/** L5. @param before how many it was for already */
function isRefusalFor({ share, isClosed, free }: LeaseGiven, need: Share, before: number): boolean {
  if (share !== null) return false;
  // What is left of a closed budget is nothing for anybody.
  if (isClosed) return true;
  return free === undefined ? before === 0 : !isWithin(free, need);
}

/** A2 of `past.ts`. */
function endPast(turn: Turn, past: Past, given: LeaseGiven): void {
  for (const { rewardId, isGranted } of past.told(given, turn)) {
    const held = turn.state.edit("heldReward", rewardId);
    if (held === undefined) continue;
    if (isGranted) grantHeld(turn, held);
    else withholdHeld(turn, held);
  }
}

/** B2 of `budgets.ts`. While this partition asks, it has nothing left: what it had went with the wish. */
export function recallLease(turn: Turn, { client, budget }: BudgetReference): void {
  const reference = { client, budget };
  const lease = leaseOf(turn, reference);
  const share = lease.left;
  lease.left = { count: 0, value: 0 };
  lease.limit = NOTHING;
  giveTo(turn, reference, share, true);
}

export function openBudget(turn: Turn, reference: BudgetReference): void {
  leaseOf(turn, reference).isClosed = false;
}

/** L3. */
export function giveBack(turn: Turn, reward: Reward): void {
  const share = needOf(reward);
  for (const budget of reward.budgets.splice(0)) {
    const reference = { client: reward.client, budget };
    add(leaseOf(turn, reference).granted, share, -1);
    giveTo(turn, reference, share, false);
  }
}

/** It has what it waited for; perhaps it waits for the next. */
function settle(turn: Turn, held: HeldReward): void {
  const claimed = claim(turn, held);
  if (claimed === "granted") grantHeld(turn, held);
  if (claimed === "refused") withholdHeld(turn, held);
}

function askForWaiting(turn: Turn, reference: BudgetReference, lease: Lease): void {
  let least: Share | null = null;
  const wanted = { count: 0, value: 0 };
  for (const id of lease.waiting) {
    const held = turn.state.find("heldReward", id);
    if (held === undefined) continue;
    const need = needOf(held.reward);
    least ??= need;
    add(wanted, need, 1);
  }
  if (least !== null) ask(turn, reference, lease, { least, wanted });
}

function ask(
  turn: Turn,
  reference: BudgetReference,
  lease: Lease,
  wish: { readonly least: Share; readonly wanted: Share },
): void {
  const { left } = lease;
  lease.left = { count: 0, value: 0 };
  lease.isAsking = true;
  const home = partitionOfBudget(reference, turn.context.partitions);
  send(turn, home, {
    kind: "lease_wanted",
    ...reference,
    left,
    wish: { partition: turn.context.partition, ...wish },
  });
}

function giveTo(turn: Turn, reference: BudgetReference, share: Share, isRecalled: boolean): void {
  const home = partitionOfBudget(reference, turn.context.partitions);
  const { partition } = turn.context;
  send(turn, home, { kind: "share_returned", ...reference, partition, share, isRecalled });
}

/** What the limit does not bound does not run out. */
function covers({ limit, left }: Lease, need: Share): boolean {
  return (limit.count === null || left.count >= need.count) && (limit.value === null || left.value >= need.value);
}

function take(lease: Lease, need: Share): void {
  add(lease.left, need, -1);
  add(lease.granted, need, 1);
}

function needOf({ faceValue }: Reward): Share {
  const units = faceValue * SHARE_VALUE_UNIT;
  // Nearly always whole, and a text made and read again costs more than all else here.
  return { count: 1, value: Number.isInteger(units) ? units : Math.ceil(Number(units.toFixed(3))) };
}

function leaseOf(turn: Turn, reference: BudgetReference): Lease {
  const key = budgetKey(reference);
  const known = turn.state.edit("lease", key);
  if (known !== undefined) return known;
  const lease: Lease = {
    limit: NOTHING,
    left: { count: 0, value: 0 },
    granted: { count: 0, value: 0 },
    waiting: [],
    isAsking: false,
    isClosed: false,
  };
  turn.state.put("lease", key, lease);
  return lease;
}
