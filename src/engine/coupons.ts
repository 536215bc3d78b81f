// Coupon pools: one actor a supplier, in a partition of its own. One code goes to one reward, under any concurrency.

import { partitionOf } from "../base/hash.ts";
import { partitionOfReward } from "../base/ids.ts";
import type { Reward } from "../model/reward.ts";
import { programOf, send, type Turn } from "./context.ts";
import { moveReward, tellPerson, writeMove } from "./7_reward.ts";

/** Asks the pool for a code; the answer fulfils the reward. */
export function requestCoupon(turn: Turn, reward: Reward): void {
  const { client, supplierId, id } = reward;
  send(turn, partitionOf(client, `pool/${supplierId}`, turn.context.partitions), {
    kind: "allocate_coupon",
    client,
    supplierId,
    rewardId: id,
  });
}

/** The same reward always gets the same code. An empty pool answers null. */
export function allocateCoupon(turn: Turn, request: { client: string; supplierId: string; rewardId: string }): void {
  const { client, supplierId, rewardId } = request;
  const key = `${client}/${supplierId}`;
  let pool = turn.state.edit("pool", key);
  if (pool === undefined) {
    pool = { codes: [...(programOf(turn, client)?.suppliers[supplierId]?.coupons ?? [])], next: 0, issued: {} };
    turn.state.put("pool", key, pool);
  }
  let code = pool.issued[rewardId] ?? null;
  if (code === null && pool.next < pool.codes.length) {
    code = pool.codes[pool.next++] ?? null;
    if (code !== null) pool.issued[rewardId] = code;
  }
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  send(turn, home, { kind: "coupon_allocated", client, rewardId, code });
}

export function receiveCoupon(turn: Turn, answer: { client: string; rewardId: string; code: string | null }): void {
  const reward = turn.state.edit("reward", answer.rewardId);
  if (reward === undefined || reward.client !== answer.client || reward.state !== "EARNED") return;
  if (answer.code === null) {
    writeMove(turn, reward, "FULFILLED", { success: false, message: "the coupon pool is empty" });
    return tellPerson(turn, reward);
  }
  reward.partnerRewardId = answer.code;
  moveReward(turn, reward, "FULFILLED", { success: true, message: null });
}
