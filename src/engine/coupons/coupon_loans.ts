// Coupon loans: codes of a supplier that a partition hands out without asking, in the turn in which a reward wants one (`coupon_lending.ts`).
//
//   O1. A lent code that a reward takes fulfils it in the same turn, so that the reward asks for no other; the pool is told a little later whose it is.
//   O2. The pool hears of a use before anything that the reward asks of it afterwards.
//   O3. A partition asks for more while it still has some, one ask at a time; loans grow with what is used.
//   O4. Where a supplier has limits, its actor decides about each code: what is lent stays unused.

import type { CouponLoan } from "../../model/coupon.ts";
import { type MoveOrder, plainMove, type Reward } from "../../model/reward.ts";
import type { LoanTimer } from "../../model/timer.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { send, type Turn } from "../context.ts";
import type { LentCoupons, LoanReport } from "./coupon_lending.ts";
import { lasts, type NumberedCode } from "./coupon_numbers.ts";
import { type PoolReference, poolKey } from "./coupon_pages.ts";
import { lifetimeOf, partitionOfPool } from "./coupons.ts";
import { dueKey } from "../due.ts";
import {
  COUPON_LOAN_GROWTH,
  COUPON_LOAN_MAX,
  COUPON_LOAN_MIN,
  COUPON_LOAN_SHORT_MS,
  COUPON_USES_TOLD_AT,
  COUPON_USES_TOLD_MS,
} from "../limits.ts";
import type { PastCode } from "../explain/past_codes.ts";
import { isLegalMove } from "../rewards/reward_moves.ts";
import { expireWith } from "../rewards/reward_timers.ts";
import { hasLimits } from "../rewards/supplier_limits.ts";

/** O1. The move that a lent code makes of the reward, which must follow; null: there is no code for it here. */
export function moveByLentCode(turn: Turn, reward: Reward, supplier: CompiledSupplier): MoveOrder | null {
  const past = turn.context.past?.lentCode(turn, reward.id);
  if (past !== undefined) return moveByPastCode(turn, reward, past);
  const of = { client: reward.client, supplierId: reward.supplierId };
  const lent = turn.state.find("couponLoan", poolKey(of))?.numbers.length ?? 0;
  if (lent === 0 || hasLimits(supplier)) return null;
  // One that has a code gets the same again, which the pool knows.
  if (reward.partnerRewardId !== null || !isLegalMove(turn, reward, "FULFILLED")) return null;
  const loan = loanOf(turn, of);
  const taken = take(turn, loan, lifetimeOf(supplier));
  if (taken !== null) {
    loan.used.push(taken.number);
    loan.usedBy.push(reward.id);
    expireWith(turn, reward, taken.expiresMs);
  }
  tellInTime(turn, of, loan);
  return taken === null ? null : { ...plainMove(null), partnerRewardId: taken.code };
}

/** What was lent then is not known any more, and which code it was is. */
function moveByPastCode(turn: Turn, reward: Reward, past: PastCode | null): MoveOrder | null {
  if (past === null || reward.partnerRewardId !== null || !isLegalMove(turn, reward, "FULFILLED")) return null;
  expireWith(turn, reward, past.expiresMs);
  return { ...plainMove(null), partnerRewardId: past.code };
}

/** How many codes are to be asked for along with a request; null: none, since there are some. */
export function wantedLoan(turn: Turn, of: PoolReference): number | null {
  const loan = turn.state.find("couponLoan", poolKey(of));
  if (loan === undefined) return COUPON_LOAN_MIN;
  return loan.numbers.length > 0 ? null : loan.wanted;
}

/** O2. */
export function tellUses(turn: Turn, of: PoolReference): void {
  const untold = turn.state.find("couponLoan", poolKey(of))?.tellMs ?? null;
  if (untold !== null) report(turn, of, loanOf(turn, of), { wanted: null, returned: null });
}

export function receiveLent(turn: Turn, { client, supplierId, numbers, codes, expires, isAnswer }: LentCoupons): void {
  const loan = loanOf(turn, { client, supplierId });
  // O3. All was used before there was more.
  if (loan.lent > 0 && loan.numbers.length === 0) grow(loan);
  loan.numbers.push(...numbers);
  loan.codes.push(...codes);
  loan.expires.push(...expires);
  loan.lent = numbers.length === 0 ? 0 : loan.numbers.length;
  loan.lentMs = turn.nowMs;
  loan.wanted = Math.max(loan.wanted, numbers.length);
  if (isAnswer) loan.isAsking = false;
}

/** N3 of `coupon_lending.ts`. An ask that is on its way is not answered any more. */
export function returnLent(turn: Turn, { client, supplierId }: PoolReference): void {
  const of = { client, supplierId };
  const loan = loanOf(turn, of);
  report(turn, of, loan, { wanted: null, returned: loan.numbers });
  Object.assign(loan, noLoan());
}

export function loanDue(turn: Turn, { client, supplierId, dueMs }: LoanTimer): void {
  const of = { client, supplierId };
  if (turn.state.find("couponLoan", poolKey(of))?.tellMs === dueMs) tellUses(turn, of);
}

/** Codes that expire too soon are passed over, as the pool does. */
function take(turn: Turn, { numbers, codes, expires, passed }: CouponLoan, lifetimeMs: number): NumberedCode | null {
  for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
    const code = codes.shift();
    const expiresMs = expires.shift() ?? null;
    if (code !== undefined && lasts(turn, expiresMs, lifetimeMs)) return { number, code, expiresMs };
    passed.push(number);
  }
  return null;
}

function tellInTime(turn: Turn, of: PoolReference, loan: CouponLoan): void {
  const { numbers, used, passed, lent, lentMs, isAsking } = loan;
  if (!isAsking && numbers.length < lent / 2) {
    if (turn.nowMs - lentMs < COUPON_LOAN_SHORT_MS) grow(loan);
    loan.isAsking = true;
    return report(turn, of, loan, { wanted: loan.wanted, returned: null });
  }
  if (used.length + passed.length >= COUPON_USES_TOLD_AT)
    return report(turn, of, loan, { wanted: null, returned: null });
  if (loan.tellMs !== null) return;
  const dueMs = turn.nowMs + COUPON_USES_TOLD_MS;
  loan.tellMs = dueMs;
  turn.state.put("timer", dueKey(dueMs, `coupons/${poolKey(of)}`), { ...of, dueMs });
}

function report(turn: Turn, of: PoolReference, loan: CouponLoan, more: Pick<LoanReport, "wanted" | "returned">): void {
  const { used, usedBy, passed } = loan;
  Object.assign(loan, { used: [], usedBy: [], passed: [], tellMs: null });
  const { partition, partitions } = turn.context;
  const home = partitionOfPool(of, partitions);
  send(turn, home, { kind: "loan_reported", ...of, partition, used, usedBy, passed, ...more });
}

function grow(loan: CouponLoan): void {
  loan.wanted = Math.min(loan.wanted * COUPON_LOAN_GROWTH, COUPON_LOAN_MAX);
}

function loanOf(turn: Turn, of: PoolReference): CouponLoan {
  const key = poolKey(of);
  const known = turn.state.edit("couponLoan", key);
  if (known !== undefined) return known;
  const loan = noLoan();
  turn.state.put("couponLoan", key, loan);
  return loan;
}

function noLoan(): CouponLoan {
  return {
    numbers: [],
    codes: [],
    expires: [],
    used: [],
    usedBy: [],
    passed: [],
    tellMs: null,
    lent: 0,
    lentMs: 0,
    wanted: COUPON_LOAN_MIN,
    isAsking: false,
  };
}
