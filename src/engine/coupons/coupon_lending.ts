// Lending: what the pool of a supplier's coupons does so that partitions hand codes out without asking (`coupon_loans.ts`).
//
//   N1. A code is the pool's, a partition's or a reward's, and never two of them: the pool hands nothing out of what it lent, and what comes back was used by
//       nobody.
//   N2. Only what the pool has to spare is lent, a part of it to each: a pool that is nearly empty hands out one code at a time.
//       A partition that asks for single codes as many times as it was lent some is behind: it gets several times as many, since what it is lent reaches it only
//       after all that it has been sent before.
//   N3. Nobody is refused while a code is lent and unused: all are called back first, and whoever asked waits. Nothing is lent meanwhile.
//   N4. So does a withdrawal: it is carried out, and answered, when no partition has a code left.
//   N5. When an upload ends, every partition that has none is lent some, so that a campaign that begins then asks for none. Not where codes expire: those of a
//       partition that nobody comes to would lie there until they do.

import type { CouponPool, LoanHolder, PoolLoans } from "../../model/coupon.ts";
import { send, type Turn } from "../context.ts";
import { isAwaited, serve } from "./coupon_line.ts";
import { addRecalled, nextCodes } from "./coupon_numbers.ts";
import { withdrawUpload } from "./coupon_operations.ts";
import { type PoolReference, poolKey } from "./coupon_pages.ts";
import { allocateCoupon, lifetimeOf, noteIssued, warnIfLow } from "./coupons.ts";
import {
  COUPON_LOAN_GROWTH,
  COUPON_LOAN_MAX,
  COUPON_LOAN_MIN,
  COUPON_LOAN_PARTS,
  COUPON_LOANS_FIRST,
  COUPON_REQUESTS_WAITING_MAX,
} from "../limits.ts";
import { supplierOf } from "../rewards/reward_moves.ts";
import { hasLimits } from "../rewards/supplier_limits.ts";

/** What a partition says of its loan. */
export interface LoanReport extends PoolReference {
  readonly partition: number;
  /** Codes that rewards have since the last report, and whose they are. */
  readonly used: readonly number[];
  readonly usedBy: readonly string[];
  /** Codes that expire too soon. */
  readonly passed: readonly number[];
  /** Codes that it wants lent; null: it asks for none. */
  readonly wanted: number | null;
  /** All that it had left, which it has no longer; null: it keeps that. */
  readonly returned: readonly number[] | null;
}

/** The lists have one length. Empty: there is nothing to spare. */
export interface LentCoupons extends PoolReference {
  readonly numbers: readonly number[];
  readonly codes: readonly string[];
  readonly expires: readonly (number | null)[];
  /** To what the partition asked for; else it was sent unasked. */
  readonly isAnswer: boolean;
}

/** Codes that partitions hold, as far as the pool was told. */
export function lentOf({ loans }: CouponPool): number {
  return loans?.holders.reduce((sum, { codes }) => sum + codes, 0) ?? 0;
}

/** N2. A partition that has nothing gets codes along with the answer to a request. */
export function lendAlong(turn: Turn, of: PoolReference, partition: number, wanted: number): void {
  const pool = turn.state.edit("pool", poolKey(of));
  if (pool === undefined) return;
  const holder = holderOf(pool, partition);
  if (holder !== undefined && (++holder.short < holder.last || holder.codes >= COUPON_LOAN_MAX)) return;
  const more = holder === undefined ? wanted : Math.min(holder.last * COUPON_LOAN_GROWTH, COUPON_LOAN_MAX);
  const lent = lend(turn, of, pool, { partition, wanted: more });
  if (lent.numbers.length > 0) send(turn, partition, { kind: "coupons_lent", ...lent, isAnswer: false });
}

/** N5. */
export function lendToAll(turn: Turn, of: PoolReference, pool: CouponPool): void {
  const wanted = Math.min(Math.floor(COUPON_LOANS_FIRST / turn.context.partitions), shareOf(turn, of, pool));
  if (pool.hasExpiries || wanted < COUPON_LOAN_MIN) return;
  for (let partition = 0; partition < turn.context.partitions; partition++) {
    if (holderOf(pool, partition) !== undefined) continue;
    const lent = handOver(turn, of, pool, { partition, count: wanted });
    send(turn, partition, { kind: "coupons_lent", ...lent, isAnswer: false });
  }
}

export function receiveReport(turn: Turn, report: LoanReport): void {
  const { client, supplierId, partition, used, usedBy, passed, wanted, returned } = report;
  const of = { client, supplierId };
  const pool = turn.state.edit("pool", poolKey(of));
  if (pool?.loans === undefined) return;
  for (const [at, number] of used.entries()) noteIssued(turn, of, pool, number, usedBy[at] ?? "");
  const holder = holderOf(pool, partition);
  if (holder !== undefined) holder.codes = returned === null ? holder.codes - used.length - passed.length : 0;
  if (returned !== null) {
    addRecalled(pool, returned);
    pool.loans.recalling = pool.loans.recalling.filter((awaited) => awaited !== partition);
    if (pool.loans.recalling.length === 0) allAreBack(turn, of, pool, pool.loans);
  } else if (wanted !== null && !isRecalling(pool)) {
    // Whoever asks is answered; who was called back meanwhile asks no longer.
    const lent = lend(turn, of, pool, { partition, wanted });
    send(turn, partition, { kind: "coupons_lent", ...lent, isAnswer: true });
  }
  const { recalling } = pool.loans;
  pool.loans.holders = pool.loans.holders.filter((each) => each.codes > 0 || recalling.includes(each.partition));
  warnIfLow(turn, of, pool, supplierOf(turn, of));
}

/** N3. False: nothing is lent, or too many wait already. */
export function waitForLent(turn: Turn, of: PoolReference, rewardId: string): boolean {
  const pool = turn.state.edit("pool", poolKey(of));
  if (pool?.loans === undefined || pool.available > 0 || lentOf(pool) === 0) return false;
  if (pool.loans.waiting.length >= COUPON_REQUESTS_WAITING_MAX) return false;
  pool.loans.waiting.push(rewardId);
  recall(turn, of, pool.loans);
  return true;
}

/** N3, for those in line. False: there is no need to. */
export function recallLent(turn: Turn, of: PoolReference, pool: CouponPool): boolean {
  if (pool.loans === undefined || pool.available > 0 || lentOf(pool) === 0) return false;
  recall(turn, of, pool.loans);
  return true;
}

/** N4. False: nothing is lent. */
export function withdrawWhenBack(
  turn: Turn,
  of: PoolReference,
  pool: CouponPool,
  withdrawal: { readonly id: string; readonly operationId: string },
): boolean {
  if (pool.loans === undefined || lentOf(pool) === 0) return false;
  pool.loans.withdrawal = withdrawal;
  pool.busy = { operationId: withdrawal.id, atMs: turn.nowMs };
  recall(turn, of, pool.loans);
  return true;
}

function lend(
  turn: Turn,
  of: PoolReference,
  pool: CouponPool,
  { partition, wanted }: { readonly partition: number; readonly wanted: number },
): Omit<LentCoupons, "isAnswer"> {
  const count = Math.min(wanted, shareOf(turn, of, pool));
  return handOver(turn, of, pool, { partition, count: count < COUPON_LOAN_MIN ? 0 : count });
}

/** N2. The most that one partition is lent now; 0: nothing is. */
function shareOf(turn: Turn, of: PoolReference, pool: CouponPool): number {
  const supplier = supplierOf(turn, of);
  if (supplier === undefined || hasLimits(supplier) || isRecalling(pool) || isAwaited(pool)) return 0;
  const surplus = pool.available - (supplier.coupon_count_warn_limit ?? 0);
  const share = Math.floor(surplus / (turn.context.partitions * COUPON_LOAN_PARTS));
  return share < COUPON_LOAN_MIN ? 0 : share;
}

function handOver(
  turn: Turn,
  of: PoolReference,
  pool: CouponPool,
  { partition, count }: { readonly partition: number; readonly count: number },
): Omit<LentCoupons, "isAnswer"> {
  const { client, supplierId } = of;
  const codes = nextCodes(turn, of, pool, { count, lifetimeMs: lifetimeOf(supplierOf(turn, of)) });
  pool.available -= codes.length;
  if (codes.length > 0) hold(pool, partition, codes.length);
  return {
    client,
    supplierId,
    numbers: codes.map(({ number }) => number),
    codes: codes.map(({ code }) => code),
    expires: codes.map(({ expiresMs }) => expiresMs),
  };
}

function hold(pool: CouponPool, partition: number, codes: number): void {
  pool.loans ??= { holders: [], recalling: [], recalled: [], waiting: [], withdrawal: null };
  const holder = holderOf(pool, partition);
  if (holder === undefined) pool.loans.holders.push({ partition, codes, last: codes, short: 0 });
  else Object.assign(holder, { codes: holder.codes + codes, last: codes, short: 0 });
}

function recall(turn: Turn, { client, supplierId }: PoolReference, loans: PoolLoans): void {
  if (loans.recalling.length > 0) return;
  loans.recalling = loans.holders.map(({ partition }) => partition);
  for (const partition of loans.recalling) send(turn, partition, { kind: "recall_coupons", client, supplierId });
}

function allAreBack(turn: Turn, of: PoolReference, pool: CouponPool, loans: PoolLoans): void {
  const { withdrawal } = loans;
  loans.withdrawal = null;
  if (withdrawal !== null) withdrawUpload(turn, of, pool, withdrawal);
  for (const rewardId of loans.waiting.splice(0)) allocateCoupon(turn, { ...of, rewardId });
  serve(turn, of, pool);
}

export function isRecalling({ loans }: CouponPool): boolean {
  return loans !== undefined && loans.recalling.length > 0;
}

function holderOf({ loans }: CouponPool, partition: number): LoanHolder | undefined {
  return loans?.holders.find((holder) => holder.partition === partition);
}
