// Coupon pools: one actor a supplier, in a partition of its own. One code goes to one reward, under any concurrency.
//
//   U1. A code is its reward's from the moment the pool hands it out; whoever asks again for that reward gets the same one.
//   U2. A code that its reward no longer wanted when it came (canceled, failed, expired or fulfilled otherwise meanwhile) was seen by nobody
//       and goes back to the pool. A code that fulfilled a reward never does, whatever becomes of the reward: somebody may have noted it.

import { partitionOf } from "../base/hash.ts";
import { partitionOfReward } from "../base/ids.ts";
import { memberOf } from "../base/members.ts";
import { plainMove, type Reward } from "../model/reward.ts";
import type { CouponPool } from "../model/state.ts";
import { programOf, send, type Turn } from "./context.ts";
import { moveReward, tellPerson, writeMove } from "./7_reward.ts";

/** Asks the pool for a code; the answer fulfils the reward. */
export function requestCoupon(turn: Turn, reward: Reward): void {
  const { client, supplierId, id } = reward;
  send(turn, partitionOfPool(turn, reward), { kind: "allocate_coupon", client, supplierId, rewardId: id });
}

/** An empty pool answers null. */
export function allocateCoupon(turn: Turn, request: { client: string; supplierId: string; rewardId: string }): void {
  const { client, rewardId } = request;
  const pool = turn.state.edit("pool", poolKey(request)) ?? newPool(turn, request);
  const code = pool.issued[rewardId] ?? nextCode(pool);
  if (code !== null) pool.issued[rewardId] = code;
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  send(turn, home, { kind: "coupon_allocated", client, rewardId, code });
}

export function receiveCoupon(turn: Turn, answer: { client: string; rewardId: string; code: string | null }): void {
  const { client, rewardId, code } = answer;
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client) return;
  if (reward.state !== "EARNED") {
    // U2.
    if (code === null || reward.partnerRewardId === code) return;
    const { supplierId } = reward;
    return send(turn, partitionOfPool(turn, reward), { kind: "return_coupon", client, supplierId, rewardId, code });
  }
  if (code === null) {
    writeMove(turn, reward, "FULFILLED", plainMove("the coupon pool is empty", false));
    return tellPerson(turn, reward);
  }
  moveReward(turn, reward, "FULFILLED", { ...plainMove(null), partnerRewardId: code });
}

/** U2. Twice is once: the code may be another reward's by then. */
export function takeBackCoupon(
  turn: Turn,
  back: { client: string; supplierId: string; rewardId: string; code: string },
): void {
  const pool = turn.state.edit("pool", poolKey(back));
  if (pool === undefined || pool.issued[back.rewardId] !== back.code) return;
  delete pool.issued[back.rewardId];
  pool.returned.push(back.code);
}

function newPool(turn: Turn, { client, supplierId }: { client: string; supplierId: string }): CouponPool {
  const codes = memberOf(programOf(turn, client)?.suppliers, supplierId)?.coupons ?? [];
  const pool: CouponPool = { codes: [...codes], next: 0, returned: [], issued: {} };
  turn.state.put("pool", poolKey({ client, supplierId }), pool);
  return pool;
}

function nextCode(pool: CouponPool): string | null {
  const returned = pool.returned.shift();
  if (returned !== undefined) return returned;
  return pool.next < pool.codes.length ? (pool.codes[pool.next++] ?? null) : null;
}

function poolKey({ client, supplierId }: { client: string; supplierId: string }): string {
  return `${client}/${supplierId}`;
}

function partitionOfPool(turn: Turn, { client, supplierId }: { client: string; supplierId: string }): number {
  return partitionOf(client, `pool/${supplierId}`, turn.context.partitions);
}
