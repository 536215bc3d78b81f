// What a reward says of itself: to its person, and to the rules that listen to REWARD events.

import type { PersonEvent } from "../../model/event.ts";
import type { RewardSummary } from "../../model/person.ts";
import type { Reward } from "../../model/reward.ts";
import { newId, type Turn } from "../context.ts";

export function summaryOf(reward: Reward): RewardSummary {
  return {
    id: reward.id,
    name: reward.name,
    state: reward.state,
    isFulfilFailed: reward.isFulfilFailed,
    faceValue: reward.faceValue,
    faceValueType: reward.faceValueType,
    supplierId: reward.supplierId,
    campaignId: reward.campaignId,
    program: reward.program,
    journeyName: reward.journeyName,
    tags: reward.tags,
    slots: reward.slots,
    data: reward.data,
    causeEventId: reward.causeEventId,
    partnerRewardId: reward.partnerRewardId,
    earnedMs: reward.earnedMs,
    redeemedMs: reward.redeemedMs,
  };
}

export function rewardEvent(turn: Turn, reward: Reward, by: PersonEvent): PersonEvent {
  const { id, rootId, container, sandbox, depth, enrichment } = by;
  return rewardEventOf(turn, summaryOf(reward), {
    causeId: id,
    rootId,
    container,
    sandbox,
    depth: depth + 1,
    enrichment,
  });
}

/** A move decided elsewhere; its root is the event that caused the reward. */
export function movedEvent(turn: Turn, summary: RewardSummary, depth: number): PersonEvent {
  const reward = turn.state.find("reward", summary.id);
  const { container, sandbox } = reward ?? { container: "production", sandbox: "production-production" };
  const rootId = reward?.rootEventId ?? summary.causeEventId;
  // A1 of `past.ts`: no step comes before it whose id says where ids go on.
  turn.context.past?.goToMovedEventId(turn, rootId);
  return rewardEventOf(turn, summary, {
    causeId: summary.causeEventId,
    rootId,
    container,
    sandbox,
    depth,
    enrichment: null,
  });
}

function rewardEventOf(
  turn: Turn,
  summary: RewardSummary,
  from: Pick<PersonEvent, "causeId" | "rootId" | "container" | "sandbox" | "depth" | "enrichment">,
): PersonEvent {
  const name = summary.name ?? "";
  const id = newId(turn);
  turn.context.past?.made(id);
  return {
    id,
    type: "REWARD",
    name,
    nameKey: name.toLowerCase(),
    eventMs: turn.nowMs,
    requestMs: turn.nowMs,
    data: { ...summary.data, reward_id: summary.id },
    ...from,
    detail: { kind: "reward", rewardId: summary.id, state: summary.state, tags: summary.tags, slots: summary.slots },
  };
}
