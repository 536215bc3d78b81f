// Rewards of a partition that wait for a coupon code, or until a limit of their supplier lets them go: the partition's part of the line (`coupon_line.ts`).
//
//   R1. A reward waits from the refusal on, as an entry of its own, until it is earned no more: fulfilled, canceled, expired or tried again by an operator. It keeps
//       its place through all of that, since the place is when it was made.
//   R2. It has no timer. Its row says why it waits; it asks no more, makes no further row, and is given a code, or may be handed out, when it is its turn.
//   R3. Somebody is told of each that waits for long, once: of all that wait for a supplier by one timer of the partition. Who comes to wait with a place before
//       those that were told of has been due for as long, and is told of at once: the timer looks behind them.

import type { CouponWaiter, CouponWatch } from "../../model/coupon.ts";
import type { Reward } from "../../model/reward.ts";
import type { IdleTimer } from "../../model/timer.ts";
import { alert } from "../alerts.ts";
import { send, type Turn } from "../context.ts";
import { type CallForWaiters, type HandedCoupons, waiterKey } from "./coupon_line.ts";
import { type PoolReference, poolKey } from "./coupon_pages.ts";
import { type NoCode, partitionOfPool, receiveCoupon } from "./coupons.ts";
import { dueKey } from "../due.ts";
import { attemptWaits } from "../rewards/fulfilment.ts";
import { COUPON_IDLE_MS, COUPON_IDLE_TOLD_AT_ONCE } from "../limits.ts";

/** R1, R2. */
export function waitInLine(turn: Turn, reward: Reward, why: NoCode): void {
  const waiter = waiterOf(reward);
  const key = waiterKey(reward, waiter);
  turn.state.put("couponWaiter", key, waiter);
  const { client, supplierId } = reward;
  const watch = watchOf(turn, { client, supplierId });
  if (watch.idleMs === null) lookLater(turn, { client, supplierId }, watch, turn.nowMs + COUPON_IDLE_MS);
  if (watch.told !== null && key <= watch.told)
    alert(turn, { kind: "fulfillment_idle", client, subject: reward.id, text: why });
  attemptWaits(turn, reward, why);
}

/** R1. Of a reward that does not wait, nothing. */
export function waitNoLonger(turn: Turn, reward: Reward): void {
  const key = waiterKey(reward, waiterOf(reward));
  if (turn.state.find("couponWaiter", key) !== undefined) turn.state.remove("couponWaiter", key);
}

export function nameWaiters(turn: Turn, { client, supplierId, after, count }: CallForWaiters): void {
  const { state, context } = turn;
  const of = { client, supplierId };
  const listed = state.list("couponWaiter", {
    prefix: `${poolKey(of)}/`,
    after,
    limit: count + 1,
    isReverse: false,
  });
  const named = listed.slice(0, count).map(({ value }) => value);
  send(turn, partitionOfPool(of, context.partitions), {
    kind: "waiters_named",
    ...of,
    partition: context.partition,
    after,
    rewardIds: named.map(({ rewardId }) => rewardId),
    sinceMs: named.map(({ sinceMs }) => sinceMs),
    hasMore: listed.length > count,
  });
}

export function receiveHanded(turn: Turn, handed: HandedCoupons): void {
  const { client, rewardIds, codes, expires, atMs } = handed;
  for (const [at, rewardId] of rewardIds.entries()) {
    const code = codes[at] ?? "";
    receiveCoupon(turn, { client, rewardId, code, reason: null, expiresMs: expires[at] ?? null, atMs });
  }
}

/** R3. */
export function idleDue(turn: Turn, { client, supplierId, idleMs }: IdleTimer): void {
  const { state, nowMs } = turn;
  const of = { client, supplierId };
  const watch = state.edit("couponWatch", poolKey(of));
  if (watch?.idleMs !== idleMs) return;
  watch.idleMs = null;
  const prefix = `${poolKey(of)}/`;
  const limit = COUPON_IDLE_TOLD_AT_ONCE;
  const untold = state.list("couponWaiter", { prefix, after: watch.told, limit, isReverse: false });
  for (const { key, value } of untold) {
    const dueMs = value.sinceMs + COUPON_IDLE_MS;
    if (dueMs > nowMs) return lookLater(turn, of, watch, dueMs);
    const text = state.find("reward", value.rewardId)?.history.at(-1)?.message ?? "";
    alert(turn, { kind: "fulfillment_idle", client, subject: value.rewardId, text });
    watch.told = key;
  }
  if (untold.length === limit) lookLater(turn, of, watch, nowMs);
}

function lookLater(turn: Turn, of: PoolReference, watch: CouponWatch, idleMs: number): void {
  watch.idleMs = idleMs;
  turn.state.put("timer", dueKey(idleMs, `idle/${poolKey(of)}`), { ...of, idleMs });
}

function watchOf(turn: Turn, of: PoolReference): CouponWatch {
  const key = poolKey(of);
  const known = turn.state.edit("couponWatch", key);
  if (known !== undefined) return known;
  const watch = { idleMs: null, told: null };
  turn.state.put("couponWatch", key, watch);
  return watch;
}

function waiterOf({ id, createdMs }: Reward): CouponWaiter {
  return { rewardId: id, sinceMs: createdMs };
}
