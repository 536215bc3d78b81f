// What is left of a reward whose person was erased: what was earned, when, by which rule, and what became of it. Nobody is to have it any more, so that one which
// was not handed out yet is canceled, and its budget has it back.

import { plainMove, type Reward, type RewardMove } from "../../model/reward.ts";
import { writeMove } from "../7_reward.ts";
import type { Turn } from "../context.ts";
import { isLegalMove } from "./reward_moves.ts";

/** Where the reward lives here and is the person's own; one that came with somebody who was merged is that one's. */
export function eraseReward(turn: Turn, personId: string, rewardId: string): void {
  const held = turn.state.edit("heldReward", rewardId)?.reward;
  if (held?.personId === personId) forgetSayings(held);
  const reward = turn.state.edit("reward", rewardId);
  if (reward?.personId !== personId) return;
  // First: whoever is told of its end is told nothing else.
  forgetSayings(reward);
  endOfErased(turn, reward);
}

/** One that a provider may be paying at the moment stays as it is, until the provider has said so. */
export function endOfErased(turn: Turn, reward: Reward): void {
  if (reward.state === "EARNED" && isLegalMove(turn, reward, "CANCELED"))
    writeMove(turn, reward, "CANCELED", plainMove("its person was erased"));
}

export function isOfErased({ state }: Pick<Turn, "state">, { personId }: Pick<Reward, "personId">): boolean {
  return state.find("person", personId) === undefined;
}

/** Of what events, partners and operators said, the ids and numbers of the ledger stay. */
function forgetSayings(reward: Reward): void {
  reward.data = {};
  reward.journeyKey = null;
  reward.history = reward.history.map(withoutSayings);
}

function withoutSayings(move: RewardMove): RewardMove {
  const delivery = move.delivery === null ? null : { ...move.delivery, email: null };
  return { ...move, message: null, partnerEventId: null, data: {}, delivery };
}
