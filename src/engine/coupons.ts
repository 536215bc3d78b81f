// Coupon pools: one actor a supplier, in a partition of its own. One code goes to one reward, under any concurrency.
//
//   U1. A code is its reward's from the moment the pool hands it out; whoever asks again for that reward gets the same one.
//   U2. A code that its reward no longer wanted when it came (canceled, failed, expired or fulfilled otherwise meanwhile) was seen by nobody
//       and goes back to the pool. A code that fulfilled a reward never does, whatever becomes of the reward: somebody may have noted it.
//   U3. Codes go in the order of their numbers, those that came back first. One that expires too soon is passed over for good.

import { partitionOf } from "../base/hash.ts";
import { partitionOfReward } from "../base/ids.ts";
import { memberOf } from "../base/members.ts";
import type { CouponPool } from "../model/coupon.ts";
import { plainMove, type Reward } from "../model/reward.ts";
import type { CompiledSupplier } from "../rules/mod.ts";
import { alert } from "./alerts.ts";
import { programOf, send, type Turn } from "./context.ts";
import { isWithdrawn } from "./coupon_operations.ts";
import { CouponWriter, editSlot, findSlot, type PoolReference, poolKey, withdrawCode } from "./coupon_pages.ts";
import { attemptFailed } from "./fulfilment.ts";
import { COUPONS_PASSED_AT_ONCE, COUPONS_RETURNED_MAX } from "./limits.ts";
import { expectExpiry } from "./reward_timers.ts";
import { giveBackUse, type LimitReason, takeUse } from "./supplier_limits.ts";
import { moveReward } from "./7_reward.ts";

export interface CouponRequest extends PoolReference {
  readonly rewardId: string;
}

export interface CouponAnswer {
  readonly client: string;
  readonly rewardId: string;
  /** Null: there is none, for that reason. */
  readonly code: string | null;
  readonly reason: LimitReason | "the coupon pool is empty" | null;
  readonly expiresMs: number | null;
  /** When the pool handed it out. */
  readonly atMs: number;
}

/** Asks the pool for a code; the answer fulfils the reward. */
export function requestCoupon(turn: Turn, { client, supplierId, id: rewardId }: Reward): void {
  const pool = { client, supplierId };
  send(turn, partitionOfPool(pool, turn.context.partitions), { kind: "allocate_coupon", ...pool, rewardId });
}

export function allocateCoupon(turn: Turn, request: CouponRequest): void {
  const { client, rewardId } = request;
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  send(turn, home, { kind: "coupon_allocated", client, rewardId, atMs: turn.nowMs, ...allocate(turn, request) });
}

type Allocated = Pick<CouponAnswer, "code" | "reason" | "expiresMs">;

function allocate(turn: Turn, request: CouponRequest): Allocated {
  const { state } = turn;
  const issueKey = `${poolKey(request)}/${request.rewardId}`;
  const issued = state.find("couponIssue", issueKey);
  if (issued !== undefined) return codeAt(turn, request, issued.number);
  const supplier = memberOf(programOf(turn, request.client)?.suppliers, request.supplierId);
  const pool = openPool(turn, request);
  const number = nextNumber(turn, request, pool, lifetimeOf(supplier));
  if (number === null) return { code: null, reason: "the coupon pool is empty", expiresMs: null };
  const reason = supplier === undefined ? null : takeUse(turn, request, supplier);
  if (reason !== null) {
    pool.returned.unshift(number);
    return { code: null, reason, expiresMs: null };
  }
  const slot = editSlot(state, request, number);
  if (slot !== undefined) slot.page.holders[slot.at] = request.rewardId;
  state.put("couponIssue", issueKey, { number });
  pool.available--;
  pool.issued++;
  warnIfLow(turn, request, pool, supplier);
  return codeAt(turn, request, number);
}

function codeAt({ state }: Turn, pool: PoolReference, number: number): Allocated {
  const slot = findSlot(state, pool, number);
  const code = slot?.page.codes[slot.at] ?? null;
  return {
    code,
    reason: code === null ? "the coupon pool is empty" : null,
    expiresMs: slot?.page.expires[slot.at] ?? null,
  };
}

export function receiveCoupon(turn: Turn, answer: CouponAnswer): void {
  const { client, rewardId, code, reason, expiresMs, atMs } = answer;
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client) return;
  if (reward.state !== "EARNED") {
    // U2.
    if (code === null || reward.partnerRewardId === code) return;
    const pool = { client, supplierId: reward.supplierId };
    const home = partitionOfPool(pool, turn.context.partitions);
    return send(turn, home, { kind: "return_coupon", ...pool, rewardId, code, atMs });
  }
  if (code === null) return attemptFailed(turn, reward, reason ?? "the coupon pool is empty");
  if (expiresMs !== null && expiresMs < (reward.expiresMs ?? Number.POSITIVE_INFINITY)) {
    reward.expiresMs = expiresMs;
    expectExpiry(turn, reward);
  }
  moveReward(turn, reward, "FULFILLED", { ...plainMove(null), partnerRewardId: code });
}

/** U2. Twice is once: the code may be another reward's by then. */
export function takeBackCoupon(
  turn: Turn,
  back: CouponRequest & { readonly code: string; readonly atMs: number },
): void {
  const { state } = turn;
  const key = `${poolKey(back)}/${back.rewardId}`;
  const issued = state.find("couponIssue", key);
  const pool = state.edit("pool", poolKey(back));
  if (issued === undefined || pool === undefined) return;
  const slot = editSlot(state, back, issued.number);
  if (slot?.page.codes[slot.at] !== back.code) return;
  state.remove("couponIssue", key);
  slot.page.holders[slot.at] = null;
  pool.issued--;
  giveBackUse(turn, back, back.atMs);
  if (isWithdrawn(turn, back, issued.number)) return withdrawCode(state, back, issued.number);
  if (pool.returned.length >= COUPONS_RETURNED_MAX) return;
  pool.returned.push(issued.number);
  pool.available++;
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

export function emptyPool(): CouponPool {
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

export function addRange(pool: CouponPool, first: number, end: number): void {
  if (end === first) return;
  const last = pool.ranges.at(-1);
  if (last?.[1] === first) last[1] = end;
  else pool.ranges.push([first, end]);
  pool.available += end - first;
}

/** U3. */
function nextNumber(turn: Turn, reference: PoolReference, pool: CouponPool, lifetimeMs: number): number | null {
  for (let looked = 0; looked < COUPONS_PASSED_AT_ONCE; looked++) {
    const number = pool.returned.shift() ?? firstInRanges(pool);
    if (number === null) return null;
    const slot = findSlot(turn.state, reference, number);
    const expiresMs = slot?.page.expires[slot.at] ?? null;
    if (slot !== undefined && (expiresMs === null || expiresMs > turn.nowMs + lifetimeMs)) return number;
    pool.available--;
  }
  return null;
}

function firstInRanges(pool: CouponPool): number | null {
  const [range] = pool.ranges;
  if (range === undefined) return null;
  const number = range[0]++;
  if (range[0] >= range[1]) pool.ranges.shift();
  return number;
}

function lifetimeOf(supplier: CompiledSupplier | undefined): number {
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
  const isLow = limit !== null && pool.available <= limit;
  if (isLow && !pool.isLow)
    alert(turn, { kind: "coupons_low", client, subject: supplierId, text: `${pool.available} coupons are left` });
  pool.isLow = isLow;
}

export function partitionOfPool({ client, supplierId }: PoolReference, partitions: number): number {
  return partitionOf(client, `pool/${supplierId}`, partitions);
}
