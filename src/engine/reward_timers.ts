// Times at which something becomes of a reward by itself.
//
//   D1. A timer counts only while the reward still says that it is due then: whoever changes its mind need not find the timer.

import type { Reward } from "../model/reward.ts";
import type { Turn } from "./context.ts";
import { dueKey } from "./due.ts";

/** An unredeemed reward ends then. */
export function expectExpiry(turn: Turn, { client, id: rewardId, expiresMs }: Reward): void {
  if (expiresMs !== null) turn.state.put("timer", dueKey(expiresMs, rewardId), { client, rewardId, expiresMs });
}
