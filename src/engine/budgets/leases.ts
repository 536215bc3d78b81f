// Leases: what a partition may grant of a budget without asking, and the rewards that wait for more.
//
//   L1. A reward takes its share of all its budgets, one after the other, or of none: what it took when another budget refuses comes back.
//   L2. A reward that waits is nobody's: it is in no list and can make no move. Its person's summary counts it already, so that rules which count rewards
//       let no other pass meanwhile; it goes again when a budget refuses.
//   L3. A reward that is canceled, or that expires before it was fulfilled, gives its share back. One that failed keeps it, since it can be tried
//       again: whoever wants the share back cancels it. What was handed out stays granted, also when it is revoked.
//   L4. Only a partition that the budget knows as a holder has a limit other than nothing. One that was refused and kept the limit would go on granting what that
//       does not bound, and no later limit would reach it.
//
// L5 to L8, what becomes of those who wait, are in `lease_answers.ts`.

import { type BudgetLimit, type Lease, type LeaseWaiter, type Share, SHARE_VALUE_UNIT } from "../../model/budget.ts";
import type { HeldReward, Reward } from "../../model/reward.ts";
import { assert } from "../../base/assert.ts";
import { memberOf } from "../../base/members.ts";
import type { Program } from "../../rules/mod.ts";
import { add, budgetKey, budgetName, type BudgetReference, partitionOfBudget } from "./budgets.ts";
import { send, type Turn } from "../context.ts";
import { LEASE_WAITING_MAX } from "../limits.ts";

export type Claimed = "granted" | "waits" | "refused";

/** Until the budget says what there is. */
export const NOTHING: BudgetLimit = { count: 0, value: 0 };

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
    lease.waiting.push({ rewardId: reward.id, value: need.value });
    if (!lease.isAsking) ask(turn, reference, lease, { least: need, wanted: need });
    return "waits";
  }
  return "granted";
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

export function askForWaiting(turn: Turn, reference: BudgetReference, lease: Lease): void {
  let least: Share | null = null;
  const wanted = { count: 0, value: 0 };
  for (const waiter of lease.waiting) {
    const need = needOfWaiter(turn, waiter);
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
export function covers({ limit, left }: Lease, need: Share): boolean {
  return (limit.count === null || left.count >= need.count) && (limit.value === null || left.value >= need.value);
}

export function take(lease: Lease, need: Share): void {
  add(lease.left, need, -1);
  add(lease.granted, need, 1);
}

function needOf({ faceValue }: Reward): Share {
  const units = faceValue * SHARE_VALUE_UNIT;
  // Nearly always whole, and a text made and read again costs more than all else here.
  return { count: 1, value: Number.isInteger(units) ? units : Math.ceil(Number(units.toFixed(3))) };
}

export function needOfWaiter(turn: Turn, waiter: LeaseWaiter | string): Share {
  if (typeof waiter !== "string") return { count: 1, value: waiter.value };
  const held = turn.state.find("heldReward", waiter);
  assert(held !== undefined, "a reward that waits for a budget is held");
  return needOf(held.reward);
}

export function leaseOf(turn: Turn, reference: BudgetReference): Lease {
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
