// Times at which something becomes of a reward by itself.
//
//   D1. A timer counts only while the reward still says that it is due then: whoever changes its mind need not find the timer.

import { unreachable } from "../../base/assert.ts";
import { plainMove, type Reward, type RewardDue } from "../../model/reward.ts";
import type { RewardTimer } from "../../model/timer.ts";
import type { Turn } from "../context.ts";
import { dueKey } from "../due.ts";
import { alertDue, attemptDue, failDue } from "./fulfilment.ts";
import { moveReward } from "../7_reward.ts";

const members = { expires: "expiresMs", attempt: "attemptMs", alert: "alertMs", fail: "failMs" } as const satisfies {
  readonly [D in RewardDue]: keyof Reward;
};

/** From now on it is due then, and at no other time. */
export function expect(turn: Turn, reward: Reward, due: RewardDue, dueMs: number): void {
  const { client, id: rewardId } = reward;
  reward[members[due]] = dueMs;
  turn.state.put("timer", dueKey(dueMs, `${rewardId}/${due}`), { client, rewardId, due, dueMs });
}

/** An unredeemed reward ends then. */
export function expectExpiry(turn: Turn, reward: Reward): void {
  if (reward.expiresMs !== null) expect(turn, reward, "expires", reward.expiresMs);
}

/** A reward lasts no longer than its code. */
export function expireWith(turn: Turn, reward: Reward, codeExpiresMs: number | null): void {
  if (codeExpiresMs === null || codeExpiresMs >= (reward.expiresMs ?? Number.POSITIVE_INFINITY)) return;
  reward.expiresMs = codeExpiresMs;
  expectExpiry(turn, reward);
}

export function rewardDue(turn: Turn, { client, rewardId, due, dueMs }: RewardTimer): void {
  const reward = turn.state.edit("reward", rewardId);
  if (reward === undefined || reward.client !== client || reward[members[due]] !== dueMs) return;
  switch (due) {
    case "expires":
      return moveReward(turn, reward, "EXPIRED", plainMove("the reward has expired"));
    case "attempt":
      reward.attemptMs = null;
      return attemptDue(turn, reward);
    case "alert":
      reward.alertMs = null;
      return alertDue(turn, reward);
    case "fail":
      reward.failMs = null;
      return failDue(turn, reward);
    default:
      return unreachable(due);
  }
}
