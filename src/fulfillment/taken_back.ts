// Mails that hand a reward over: none of a reward that was taken back while the mail waited. Asked when it would go out, since hours may lie between.
//
//   T1. Where nobody can say what became of the reward, the mail waits.

import type { Job } from "../model/job.ts";
import type { RewardState, RewardStateOf } from "../model/reward.ts";
import { asking, notSent } from "./asking.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Attempted } from "./thread.ts";

const takenBack: readonly (RewardState | null)[] = ["CANCELED", "REVOKED", "EXPIRED"];

export function withoutTakenBack(send: Carrier, stateOf: RewardStateOf): Carrier {
  return asking(send, (job) => unlessTakenBack(job, stateOf));
}

async function unlessTakenBack(job: Job, stateOf: RewardStateOf): Promise<Job | Attempted> {
  const { client, rewardId } = job;
  if (rewardId === null) return job;
  try {
    const state = await stateOf(client, rewardId);
    if (!takenBack.includes(state)) return job;
    return notSent({ reason: `the reward is ${state}`, isFinal: true, isWithheld: true });
  } catch (error) {
    return notSent({ reason: `it is not known what became of the reward: ${String(error)}`, isFinal: false });
  }
}
