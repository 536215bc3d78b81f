// Kinds of actions. A new kind is one entry here and one member of `CompiledAction`; an unknown type is a compile error.

import {
  actionQualities,
  type ActionType,
  actionTypes,
  type MembershipType,
  type RewardMoveType,
} from "../../model/action.ts";
import type { ActionDocument } from "../../model/campaign.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { ActionBase, CompiledAction } from "./compiled_action.ts";
import { compileCreative, compileDisplay, creativeFields, displayFields } from "./display_action.ts";
import { compileFire, fireFields } from "./fire_action.ts";
import {
  compileEmail,
  compileExpressionAction,
  compileIntelligence,
  compileShare,
  compileSignal,
  compileWebhook,
} from "./outgoing_actions.ts";
import type { Parameters } from "../documents/parameters.ts";
import {
  approveFields,
  compileDecision,
  compileIncentivize,
  compileStatusUpdate,
  declineFields,
  incentivizeFields,
  statusUpdateFields,
} from "./review_actions.ts";
import { compileSchedule, scheduleFields } from "./schedule_action.ts";
import type { TriggerOwner } from "../triggers/trigger.ts";

interface ActionKind {
  readonly fields: readonly string[];
  compile(base: ActionBase, parameters: Parameters, compilation: Compilation, owner: TriggerOwner): CompiledAction;
}

const commonFields = ["action_id", "action_type", "quality", "enabled", "component_ids", "component_references"];
const REWARD_NAME_LENGTH_MAX = 255;

const actionKinds: { readonly [T in ActionType]: ActionKind } = {
  EARN_REWARD: {
    fields: [
      "reward_supplier_id",
      "reward_name",
      "tags",
      "slots",
      "data",
      "extra_data",
      "event_time",
      "value_of_event_being_rewarded",
      "reward_action_id",
    ],
    compile: (base, parameters, compilation) => ({
      ...base,
      type: "EARN_REWARD",
      supplierId: {
        kind: "constant",
        value: readReference(parameters, "reward_supplier_id", compilation.references.supplierIds),
      },
      rewardName: readRewardName(parameters, compilation),
      tags: compilation.source(parameters, "tags"),
      slots: compilation.source(parameters, "slots"),
      data: compilation.sources(parameters, "data"),
      extraData: compilation.source(parameters, "extra_data"),
      valueOfEvent: compilation.source(parameters, "value_of_event_being_rewarded"),
      eventTime: compilation.source(parameters, "event_time"),
      rewardActionId: compilation.source(parameters, "reward_action_id"),
    }),
  },
  CANCEL_REWARD: rewardMove("CANCEL_REWARD", ["reward_id", "message"]),
  EXPIRE_REWARD: rewardMove("EXPIRE_REWARD", ["reward_id", "message"]),
  FULFILL_REWARD: rewardMove("FULFILL_REWARD", [
    "reward_id",
    "message",
    "success",
    "partner_reward_id",
    "amount",
    "event_time",
  ]),
  REDEEM_REWARD: rewardMove("REDEEM_REWARD", ["reward_id", "partner_event_id", "data", "event_time"]),
  REVOKE_REWARD: rewardMove("REVOKE_REWARD", ["reward_id", "message"]),
  FIRE_AS_PERSON: { fields: fireFields, compile: compileFire },
  CREATE_MEMBERSHIP: membership("CREATE_MEMBERSHIP"),
  REMOVE_MEMBERSHIP: membership("REMOVE_MEMBERSHIP"),
  INCENTIVIZE: { fields: incentivizeFields, compile: compileIncentivize },
  INCENTIVIZE_STATUS_UPDATE: { fields: statusUpdateFields, compile: compileStatusUpdate },
  APPROVE: { fields: approveFields, compile: compileDecision("APPROVE") },
  DECLINE: { fields: declineFields, compile: compileDecision("DECLINE") },
  DISPLAY: { fields: displayFields, compile: compileDisplay },
  CREATIVE: { fields: creativeFields, compile: compileCreative },
  SCHEDULE: { fields: scheduleFields, compile: compileSchedule },
  WEBHOOK: { fields: ["webhook_id", "data"], compile: compileWebhook },
  EMAIL: { fields: ["zone_name", "data"], compile: compileEmail },
  DATA_INTELLIGENCE: {
    fields: ["event_name", "intelligence_provider", "profile_risk_update_interval"],
    compile: compileIntelligence,
  },
  EXPRESSION: { fields: ["expression", "data"], compile: compileExpressionAction },
  SHARE_EVENT: { fields: [], compile: compileShare },
  SIGNAL: { fields: ["name", "signal_polling_id", "data"], compile: compileSignal("SIGNAL", "signal_polling_id") },
  SIGNAL_V1: { fields: ["signal_polling_id", "data"], compile: compileSignal("SIGNAL_V1", "signal_polling_id") },
  STEP_SIGNAL: { fields: ["name", "polling_id"], compile: compileSignal("STEP_SIGNAL", "polling_id") },
};

/** Null when the action is disabled or refused; the latter is reported. */
export function compileAction(
  document: ActionDocument,
  owner: TriggerOwner,
  compilation: Compilation,
): CompiledAction | null {
  const parameters = compilation.parameters(document, { ...owner.site, action: document.action_id });
  if (!parameters.boolean("enabled", true)) return null;
  const type = actionTypes.find((each) => each === document.action_type);
  if (type === undefined) {
    parameters.report("action_type", `action type ${document.action_type} is not supported in this release`);
    return null;
  }
  const kind = actionKinds[type];
  parameters.refuseOthers([...commonFields, ...kind.fields]);
  const quality = parameters.oneOf("quality", actionQualities) ?? "ALWAYS";
  return kind.compile({ actionId: document.action_id, quality }, parameters, compilation, owner);
}

/** Fields that the type does not have are refused before they are read here. */
function rewardMove(type: RewardMoveType, fields: readonly string[]): ActionKind {
  return {
    fields,
    compile: (base, parameters, compilation) => ({
      ...base,
      type,
      rewardId: compilation.requiredSource(parameters, "reward_id"),
      message: compilation.source(parameters, "message"),
      success: compilation.source(parameters, "success"),
      partnerRewardId: compilation.source(parameters, "partner_reward_id"),
      amount: compilation.source(parameters, "amount"),
      partnerEventId: compilation.source(parameters, "partner_event_id"),
      data: compilation.sources(parameters, "data"),
      extraData: null,
      eventTime: compilation.source(parameters, "event_time"),
    }),
  };
}

function membership(type: MembershipType): ActionKind {
  return {
    fields: ["audience_id"],
    compile: (base, parameters, compilation) => ({
      ...base,
      type,
      audienceId: readReference(parameters, "audience_id", compilation.references.audienceIds),
    }),
  };
}

function readReference(parameters: Parameters, name: string, known: ReadonlySet<string>): string {
  const id = parameters.requiredText(name);
  if (id !== "" && !known.has(id))
    parameters.report(name, `there is no ${name.replace("_id", "").replaceAll("_", " ")} ${id}`);
  return id;
}

function readRewardName(parameters: Parameters, compilation: Compilation): ReturnType<Compilation["source"]> {
  const name = compilation.source(parameters, "reward_name");
  if (name?.kind === "constant" && (typeof name.value !== "string" || name.value.length > REWARD_NAME_LENGTH_MAX)) {
    parameters.report("reward_name", `reward_name must be a text of up to ${REWARD_NAME_LENGTH_MAX} characters`);
  }
  return name;
}
