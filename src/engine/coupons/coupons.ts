// Coupon pools: one actor a supplier, in a partition of its own. One code goes to one reward, under any concurrency.
//
//   U1. A code is its reward's from the moment the pool hands it out; whoever asks again for that reward gets the same one.
//   U2. A code that its reward no longer wanted when it came (canceled, failed, expired or fulfilled otherwise meanwhile) was seen by nobody
//       and goes back to the pool. A code that fulfilled a reward never does, whatever becomes of the reward: somebody may have noted it.
//
// U3, in which order they go, is in `coupon_numbers.ts`. A large pool lends codes to partitions (`coupon_lending.ts`), which hand them out without asking
// (`coupon_loans.ts`): U1 holds for those too, and nobody is refused while one of them is unused. Who is refused waits in line (`coupon_line.ts`).

import { partitionOf } from "../../base/hash.ts";
import { partitionOfReward } from "../../base/ids.ts";
import { memberOf } from "../../base/members.ts";
import type { CouponPool } from "../../model/coupon.ts";
import { plainMove, type Reward } from "../../model/reward.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { alert } from "../alerts.ts";
import { programOf, send, type Turn } from "../context.ts";
import { lendAlong, lentOf, waitForLent } from "./coupon_lending.ts";
import { isAwaited, joinLine, serve } from "./coupon_line.ts";
import { tellUses, wantedLoan } from "./coupon_loans.ts";
import { addRange, nextCodes } from "./coupon_numbers.ts";
import { isWithdrawn } from "./coupon_operations.ts";
import { CouponWriter, editSlot, findSlot, type PoolReference, poolKey, withdrawCode } from "./coupon_pages.ts";
import { waitInLine } from "./coupon_waiters.ts";
import { attemptFailed } from "../rewards/fulfilment.ts";
import { COUPONS_RETURNED_MAX } from "../limits.ts";
import { expireWith } from "../rewards/reward_timers.ts";
import { giveBackUse, hasLimits, type LimitReason, takeUse } from "../rewards/supplier_limits.ts";
import { moveReward } from "../7_reward.ts";

export interface CouponRequest extends PoolReference {
  readonly rewardId: string;
  /** Codes that the reward's partition wants lent; absent: none. */
  readonly wanted?: number;
  /** When the reward was made: it waits in line for a code. Absent, as it once was: it tries again by itself. */
  readonly sinceMs?: number;
}

export const POOL_IS_EMPTY = "the coupon pool is empty";
export type NoCode = LimitReason | typeof POOL_IS_EMPTY;

export interface CouponAnswer {
  readonly client: string;
  readonly rewardId: string;
  /** Null: there is none, for that reason. */
  readonly code: string | null;
  readonly reason: NoCode | null;
  readonly expiresMs: number | null;
  /** When the pool handed it out. */
  readonly atMs: number;
  /** Of a reward without a code: the pool will come back to it. */
  readonly isInLine?: boolean;
}

/** Asks the pool for a code; the answer fulfils the reward. */
export function requestCoupon(turn: Turn, reward: Reward, supplier: CompiledSupplier): void {
  const { client, supplierId, id: rewardId, createdMs: sinceMs } = reward;
  const pool = { client, supplierId };
  // U1. It may have a lent code, of which the pool must hear before.
  if (reward.partnerRewardId !== null) tellUses(turn, pool);
  // Where records are applied again nothing is lent.
  const isLent = !hasLimits(supplier) && turn.context.past === undefined;
  const wanted = isLent ? wantedLoan(turn, pool) : null;
  const request = { ...pool, rewardId, sinceMs, ...(wanted === null ? {} : { wanted }) };
  send(turn, partitionOfPool(pool, turn.context.partitions), { kind: "allocate_coupon", ...request });
}

export function allocateCoupon(turn: Turn, request: CouponRequest): void {
  const { client, supplierId, rewardId, wanted, sinceMs } = request;
  const pool = { client, supplierId };
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  const allocated = sinceMs === undefined ? allocate(turn, request) : allocateInOrder(turn, request);
  if (sinceMs !== undefined && allocated.code === null)
    return joinLine(turn, pool, openPool(turn, pool), { rewardId, sinceMs });
  if (allocated.reason === POOL_IS_EMPTY && waitForLent(turn, pool, rewardId)) return;
  send(turn, home, { kind: "coupon_allocated", client, rewardId, atMs: turn.nowMs, ...allocated });
  if (wanted !== undefined) lendAlong(turn, pool, home, wanted);
}

export type Allocated = Pick<CouponAnswer, "code" | "reason" | "expiresMs">;

/** Q6 of `coupon_line.ts`. */
function allocateInOrder(turn: Turn, request: CouponRequest): Allocated {
  const pool = turn.state.find("pool", poolKey(request));
  const hasOthersBefore = pool !== undefined && isAwaited(pool);
  const isKnown = hasOthersBefore && turn.state.find("couponIssue", issueKey(request, request.rewardId)) !== undefined;
  return hasOthersBefore && !isKnown ? noCode(POOL_IS_EMPTY) : allocate(turn, request);
}

/** U1. */
export function allocate(turn: Turn, request: CouponRequest): Allocated {
  const issued = turn.state.find("couponIssue", issueKey(request, request.rewardId));
  if (issued !== undefined) return codeAt(turn, request, issued.number);
  const supplier = memberOf(programOf(turn, request.client)?.suppliers, request.supplierId);
  const pool = openPool(turn, request);
  const [next] = nextCodes(turn, request, pool, { count: 1, lifetimeMs: lifetimeOf(supplier) });
  if (next === undefined) return noCode(POOL_IS_EMPTY);
  const { number, code, expiresMs } = next;
  const reason = supplier === undefined ? null : takeUse(turn, request, supplier);
  if (reason !== null) {
    pool.returned.unshift(number);
    return noCode(reason);
  }
  noteIssued(turn, request, pool, number, request.rewardId);
  pool.available--;
  warnIfLow(turn, request, pool, supplier);
  return { code, reason: null, expiresMs };
}

function noCode(reason: NoCode): Allocated {
  return { code: null, reason, expiresMs: null };
}

/** U1. Of a reward that was handed two, the one that it keeps is the one that it says itself that it used. */
export function noteIssued(turn: Turn, of: PoolReference, pool: CouponPool, number: number, rewardId: string): void {
  const slot = editSlot(turn.state, of, number);
  if (slot !== undefined) slot.page.holders[slot.at] = rewardId;
  turn.state.put("couponIssue", issueKey(of, rewardId), { number });
  pool.issued++;
}

function issueKey(of: PoolReference, rewardId: string): string {
  return `${poolKey(of)}/${rewardId}`;
}

function codeAt({ state }: Turn, pool: PoolReference, number: number): Allocated {
  const slot = findSlot(state, pool, number);
  const code = slot?.page.codes[slot.at] ?? null;
  return {
    code,
    reason: code === null ? POOL_IS_EMPTY : null,
    expiresMs: slot?.page.expires[slot.at] ?? null,
  };
}

export function receiveCoupon(turn: Turn, answer: CouponAnswer): void {
  const { client, rewardId, code, reason, expiresMs, atMs, isInLine } = answer;
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client) return;
  if (reward.state !== "EARNED") {
    // U2.
    if (code === null || reward.partnerRewardId === code) return;
    const pool = { client, supplierId: reward.supplierId };
    const home = partitionOfPool(pool, turn.context.partitions);
    return send(turn, home, { kind: "return_coupon", ...pool, rewardId, code, atMs });
  }
  if (code === null && isInLine === true) return waitInLine(turn, reward, reason ?? POOL_IS_EMPTY);
  if (code === null) return attemptFailed(turn, reward, reason ?? POOL_IS_EMPTY);
  expireWith(turn, reward, expiresMs);
  moveReward(turn, reward, "FULFILLED", { ...plainMove(null), partnerRewardId: code });
}

/** U2. Twice is once: the code may be another reward's by then. */
export function takeBackCoupon(
  turn: Turn,
  back: CouponRequest & { readonly code: string; readonly atMs: number },
): void {
  const { state } = turn;
  const key = issueKey(back, back.rewardId);
  const issued = state.find("couponIssue", key);
  const pool = state.edit("pool", poolKey(back));
  if (issued === undefined || pool === undefined) return;
  const number = numberOfBack(turn, back, issued.number);
  const slot = number === null ? undefined : editSlot(state, back, number);
  if (number === null || slot === undefined || slot.page.holders[slot.at] !== back.rewardId) return;
  if (number === issued.number) state.remove("couponIssue", key);
  slot.page.holders[slot.at] = null;
  pool.issued--;
  giveBackUse(turn, back, back.atMs);
  if (isWithdrawn(turn, back, number)) return withdrawCode(state, back, number);
  if (pool.returned.length >= COUPONS_RETURNED_MAX) return;
  pool.returned.push(number);
  pool.available++;
  const { client, supplierId } = back;
  serve(turn, { client, supplierId }, pool);
}

/** Mostly the one that the reward was handed; where it used a lent code meanwhile, that is another. */
function numberOfBack({ state }: Turn, back: PoolReference & { readonly code: string }, issued: number): number | null {
  const slot = findSlot(state, back, issued);
  return slot?.page.codes[slot.at] === back.code ? issued : new CouponWriter(state, back).numberOf(back.code);
}

/** The supplier's pool, with the codes of the program file that it does not have yet. */
export function openPool(turn: Turn, reference: PoolReference): CouponPool {
  const key = poolKey(reference);
  let pool = turn.state.edit("pool", key);
  if (pool === undefined) {
    pool = emptyPool();
    turn.state.put("pool", key, pool);
  }
  const codes = memberOf(programOf(turn, reference.client)?.suppliers, reference.supplierId)?.coupons ?? [];
  if (codes.length > pool.fileCodes && pool.busy === null) takeFileCodes(turn, reference, pool, codes);
  return pool;
}

function emptyPool(): CouponPool {
  return {
    ranges: [],
    end: 0,
    returned: [],
    available: 0,
    issued: 0,
    hasExpiries: false,
    fileCodes: 0,
    isLow: false,
    busy: null,
  };
}

/** A file is read once, as far as it goes: a later one brings what it has behind that. */
function takeFileCodes(turn: Turn, reference: PoolReference, pool: CouponPool, codes: readonly string[]): void {
  const first = pool.end;
  const writer = new CouponWriter(turn.state, reference);
  for (const code of codes.slice(pool.fileCodes))
    if (writer.numberOf(code) === null) writer.put(pool.end++, code, null);
  pool.fileCodes = codes.length;
  addRange(pool, first, pool.end);
}

/** How long a code must last when it is handed out, ms. */
export function lifetimeOf(supplier: CompiledSupplier | undefined): number {
  return supplier?.minimum_coupon_lifetime ?? 0;
}

/** Once, until there are more again. */
export function warnIfLow(
  turn: Turn,
  { client, supplierId }: PoolReference,
  pool: CouponPool,
  supplier: CompiledSupplier | undefined,
): void {
  const limit = supplier?.coupon_count_warn_limit ?? null;
  const left = pool.available + lentOf(pool);
  const isLow = limit !== null && left <= limit;
  if (isLow && !pool.isLow)
    alert(turn, { kind: "coupons_low", client, subject: supplierId, text: `${left} coupons are left` });
  pool.isLow = isLow;
}

export function partitionOfPool({ client, supplierId }: PoolReference, partitions: number): number {
  return partitionOf(client, `pool/${supplierId}`, partitions);
}
