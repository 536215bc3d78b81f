// The context API: steps, rewards, memberships. Amounts are texts and dates ISO texts, as documented.

import { isoDate } from "../dates.ts";
import type { Membership, RewardSummary, Scope, Step } from "../../model/person.ts";
import type { Frame } from "../program.ts";
import { fromJson, type RuleValue } from "../value.ts";
import { type Method, method, named, type StaticType, wrongReceiver } from "./method.ts";

export const stepMethods: readonly Method[] = [
  onStep("getId", "string", (step) => step.id),
  onStep("getStepName", "string", (step) => step.name),
  onStep("getValue", "string", (step) => (step.value === null ? null : String(step.value))),
  onStep("getQuality", "string", (step) => step.quality),
  onStep("getScope", "string", (step) => step.scope),
  onStep("getEventId", "string", (step) => step.eventId),
  onStep("getCauseEventId", "string", (step) => step.causeEventId),
  onStep("getRootEventId", "string", (step) => step.rootEventId),
  onStep("getEventDate", "string", (step) => isoDate(step.eventMs)),
  onStep("getCreatedDate", "string", (step) => isoDate(step.createdMs)),
  onStep("getCampaignId", "string", (step) => step.campaignId),
  onStep("getProgramLabel", "string", (step) => step.program),
  onStep("getContainer", "string", (step) => step.container),
  onStep("getJourneyName", "string", (step) => step.journeyName),
  onStep("getJourneyKey", "named_value", (step) => named(step.journeyKey)),
  onStep("getPartnerEventId", "named_value", (step) => named(step.partnerEventId)),
  onStep("getData", "map", (step) => ({ type: "map", form: "rows", members: step.data })),
  onStep("getPublicData", "map", (step, frame) => rowsOf(step, "PUBLIC", frame)),
  onStep("getPrivateData", "map", (step, frame) => rowsOf(step, "PRIVATE", frame)),
  onStep("isAliasName", "boolean", (step) => !step.isPrimary),
  onStep("isDuplicate", "boolean", (step) => step.isDuplicate),
];

function rowsOf(step: Step, scope: Scope, frame: Frame): RuleValue {
  frame.gas -= step.data.length;
  return { type: "map", form: "rows", members: step.data.filter((row) => row.scope === scope) };
}

export const rewardMethods: readonly Method[] = [
  onReward("getRewardId", "string", (reward) => reward.id),
  onReward("getName", "string", (reward) => reward.name),
  onReward("getState", "string", (reward) => reward.state),
  onReward("getFaceValue", "string", (reward) => String(reward.faceValue)),
  onReward("getFaceValueType", "string", (reward) => reward.faceValueType),
  onReward("getDateEarned", "string", (reward) => isoDate(reward.earnedMs)),
  onReward("getRedeemedDate", "string", (reward) => (reward.redeemedMs === null ? null : isoDate(reward.redeemedMs))),
  onReward("getData", "map", (reward) => fromJson(reward.data)),
  onReward("getCampaignId", "string", (reward) => reward.campaignId),
  onReward("getProgramLabel", "string", (reward) => reward.program),
  onReward("getJourneyName", "string", (reward) => reward.journeyName),
  onReward("getRewardSupplierId", "string", (reward) => reward.supplierId),
  onReward("getPartnerRewardId", "string", (reward) => reward.partnerRewardId),
  onReward("getTags", { list: "string" }, (reward) => ({ type: "list", items: [...reward.tags] })),
  onReward("getRewardSlots", { list: "string" }, (reward) => ({ type: "list", items: [...reward.slots] })),
];

export const membershipMethods: readonly Method[] = [
  onMembership("getAudienceId", "string", (membership) => membership.audienceId),
  onMembership("getCreatedDate", "string", (membership) => isoDate(membership.createdMs)),
  onMembership("getUpdatedDate", "string", (membership) => isoDate(membership.updatedMs)),
];

function onStep(name: string, result: StaticType, run: (step: Step, frame: Frame) => RuleValue): Method {
  return method("step", name, { result }, (frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "step"
      ? run(receiver.step, frame)
      : wrongReceiver(receiver, name),
  );
}

function onReward(name: string, result: StaticType, run: (reward: RewardSummary) => RuleValue): Method {
  return method("reward", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "reward"
      ? run(receiver.reward)
      : wrongReceiver(receiver, name),
  );
}

function onMembership(name: string, result: StaticType, run: (membership: Membership) => RuleValue): Method {
  return method("membership", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "membership"
      ? run(receiver.membership)
      : wrongReceiver(receiver, name),
  );
}
