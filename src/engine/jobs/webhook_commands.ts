// What a response handler wants done with rewards.

import { partitionOfReward } from "../../base/ids.ts";
import type { Job } from "../../model/job.ts";
import type { JsonValue } from "../../model/json.ts";
import { type MoveOrder, plainMove, type RewardState } from "../../model/reward.ts";
import type { RuleCommand } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import { receiveMove } from "../7_reward.ts";
import { reject, send, type Turn } from "../context.ts";

/** Moves of rewards only: what else a handler hands in has nobody whom it could be about, and is listed. */
const movesOf: { readonly [kind: string]: RewardState | undefined } = {
  fulfill_reward: "FULFILLED",
  redeem_reward: "REDEEMED",
  fail_reward: "FAILED",
};

export function carryOutAnswer(turn: Turn, job: Job, commands: readonly RuleCommand[]): void {
  for (const { kind, members } of commands) {
    const to = movesOf[kind];
    const rewardId = textOf(members["reward_id"]);
    if (to === undefined || rewardId === null) {
      reject(turn, job.rootEventId, "webhook_command_refused");
      continue;
    }
    const move: MoveOrder = {
      ...plainMove(textOf(members["message"])),
      success: isSuccess(members["success"]),
      partnerRewardId: textOf(members["partner_reward_id"]),
      partnerEventId: textOf(members["partner_event_id"]),
    };
    const partition = partitionOfReward(rewardId);
    const message = { client: job.client, rewardId, to, move };
    if (partition === turn.context.partition) receiveMove(turn, message);
    else if (partition !== undefined && partition < turn.context.partitions)
      send(turn, partition, { kind: "move_reward", ...message });
  }
}

function isSuccess(value: JsonValue | undefined): boolean {
  return value !== false && value !== "false";
}
