// Budgets: one actor each, which leases shares of its limit to partitions. They grant from their lease without asking (`leases.ts`).
//
//   B1. What is leased and has not come back never exceeds the limit, and only what is leased is granted. So a limit of N grants at most N, in whatever
//       order records are applied, and however often a partition begins again.
//   B2. A wish that the free rest cannot fulfil is decided when every partition has returned what it did not grant. So a limit of N grants N, if N are
//       wanted.
//   B3. Leases shrink with what is free; near the end each is for what waits alone.
//   B4. Under another limit everything is recalled first: what was granted counts, what was leased does not.

import { partitionOf } from "../../base/hash.ts";
import { memberOf } from "../../base/members.ts";
import {
  type Budget,
  type BudgetLimit,
  type BudgetOwner,
  type LeaseWish,
  type Share,
  SHARE_VALUE_UNIT,
} from "../../model/budget.ts";
import { programOf, send, type Turn } from "../context.ts";
import { LEASE_PARTS, LEASE_TOLD_AT_ONCE } from "../limits.ts";

export interface BudgetReference {
  readonly client: string;
  /** Of `budgetName`. */
  readonly budget: string;
}

/** A partition comes back with what it had left. */
export type LeaseWanted = BudgetReference & { readonly wish: LeaseWish; readonly left: Share };

export type ShareReturned = BudgetReference & {
  readonly partition: number;
  readonly share: Share;
  /** All that the partition had. */
  readonly isRecalled: boolean;
};

export function budgetName(owner: BudgetOwner, id: string): string {
  return `${owner}/${id}`;
}

export function budgetKey({ client, budget }: BudgetReference): string {
  return `${client}/${budget}`;
}

export function partitionOfBudget({ client, budget }: BudgetReference, partitions: number): number {
  return partitionOf(client, `budget/${budget}`, partitions);
}

export function wantLease(turn: Turn, { client, budget: name, wish, left }: LeaseWanted): void {
  const reference = { client, budget: name };
  const budget = budgetOf(turn, reference);
  add(budget.leased, left, -1);
  budget.holders = budget.holders.filter((holder) => holder !== wish.partition);
  budget.waiting.push(wish);
  serve(turn, reference, budget);
}

export function takeBackShare(turn: Turn, returned: ShareReturned): void {
  const { client, budget: name, partition, share, isRecalled } = returned;
  const reference = { client, budget: name };
  const budget = budgetOf(turn, reference);
  add(budget.leased, share, -1);
  if (isRecalled) {
    budget.holders = budget.holders.filter((holder) => holder !== partition);
    budget.recalling = budget.recalling.filter((awaited) => awaited !== partition);
  }
  serve(turn, reference, budget);
  if (!isRecalled) open(turn, reference, budget);
}

/** B4. A program takes effect here: budgets of the client that live here go by its limits. */
export function budgetsChanged(turn: Turn, client: string): void {
  for (const budget of Object.keys(programOf(turn, client)?.budgets ?? {})) {
    const reference = { client, budget };
    if (partitionOfBudget(reference, turn.context.partitions) !== turn.context.partition) continue;
    // One that nobody has asked for yet begins with its first wish.
    const known = turn.state.edit("budget", budgetKey(reference));
    if (known !== undefined) serve(turn, reference, known);
  }
}

/** B2. Wishes in order, as far as nothing must be recalled first. */
function serve(turn: Turn, reference: BudgetReference, budget: Budget): void {
  const limit = limitInEffect(turn, reference) ?? budget.limit;
  if (limit === null || budget.recalling.length > 0) return;
  if (budget.limit === null) budget.limit = limit;
  if (!isSame(budget.limit, limit)) {
    budget.limit = limit;
    open(turn, reference, budget);
    if (budget.holders.length > 0) return recall(turn, reference, budget);
  }
  for (let wish = budget.waiting[0]; wish !== undefined; wish = budget.waiting[0]) {
    const isCovered = isWithin(freeOf(budget, limit), wish.least);
    if (!isCovered && budget.holders.length > 0) return recall(turn, reference, budget);
    budget.waiting.shift();
    if (isCovered) lease(turn, reference, budget, { wish, limit });
    else refuse(turn, reference, budget, { wish, limit });
  }
}

function recall(turn: Turn, reference: BudgetReference, budget: Budget): void {
  budget.recalling = [...budget.holders];
  for (const holder of budget.recalling) send(turn, holder, { kind: "recall_lease", ...reference });
}

interface Decided {
  readonly wish: LeaseWish;
  readonly limit: BudgetLimit;
}

function lease(turn: Turn, reference: BudgetReference, budget: Budget, { wish, limit }: Decided): void {
  const { partition, least, wanted } = wish;
  const free = freeOf(budget, limit);
  const parts = turn.context.partitions * LEASE_PARTS;
  const share = {
    count: shareOf(free.count, least.count, wanted.count, parts),
    value: shareOf(free.value, least.value, wanted.value, parts),
  };
  add(budget.leased, share, 1);
  budget.holders.push(partition);
  send(turn, partition, {
    kind: "lease_given",
    ...reference,
    share,
    limit,
    isClosed: false,
    atOnce: LEASE_TOLD_AT_ONCE,
  });
}

function refuse(turn: Turn, reference: BudgetReference, budget: Budget, { wish, limit }: Decided): void {
  const free = freeOf(budget, limit);
  const isClosed = (free.count !== null && free.count <= 0) || (free.value !== null && free.value <= 0);
  if (isClosed && !budget.closed.includes(wish.partition)) budget.closed.push(wish.partition);
  const refusal = { share: null, limit, isClosed, free, atOnce: LEASE_TOLD_AT_ONCE };
  send(turn, wish.partition, { kind: "lease_given", ...reference, ...refusal });
}

/** There is something again. */
function open(turn: Turn, reference: BudgetReference, budget: Budget): void {
  for (const told of budget.closed.splice(0)) send(turn, told, { kind: "budget_open", ...reference });
}

/** Of what may be leased, in units of shares; null: without bound. */
export interface Free {
  readonly count: number | null;
  readonly value: number | null;
}

function freeOf({ leased }: Budget, limit: BudgetLimit): Free {
  return {
    count: limit.count === null ? null : limit.count - leased.count,
    value: limit.value === null ? null : unitsWithin(limit.value) - leased.value,
  };
}

/** Whole units of a limit. As doubles, 1.13 has 11299.999999999998 of them. */
function unitsWithin(value: number): number {
  return Math.floor(Number((value * SHARE_VALUE_UNIT).toFixed(3)));
}

export function isWithin(free: Free, { count, value }: Share): boolean {
  return (free.count === null || free.count >= count) && (free.value === null || free.value >= value);
}

/** B3. What has no bound is leased as it is wanted, so that it is counted. */
function shareOf(free: number | null, least: number, wanted: number, parts: number): number {
  if (free === null) return wanted;
  return Math.max(least, Math.min(free, Math.max(wanted, Math.floor(free / parts))));
}

export function add(sum: Share, share: Share, times: 1 | -1): void {
  sum.count += times * share.count;
  sum.value += times * share.value;
}

function limitInEffect(turn: Turn, { client, budget }: BudgetReference): BudgetLimit | null {
  return memberOf(programOf(turn, client)?.budgets, budget) ?? null;
}

function isSame(one: BudgetLimit, other: BudgetLimit): boolean {
  return one.count === other.count && one.value === other.value;
}

function budgetOf(turn: Turn, reference: BudgetReference): Budget {
  const key = budgetKey(reference);
  const known = turn.state.edit("budget", key);
  if (known !== undefined) return known;
  const budget: Budget = {
    limit: null,
    leased: { count: 0, value: 0 },
    holders: [],
    recalling: [],
    waiting: [],
    closed: [],
  };
  turn.state.put("budget", key, budget);
  return budget;
}
