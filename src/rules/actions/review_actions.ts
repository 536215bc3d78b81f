// Actions of older campaigns: INCENTIVIZE puts what happened under review; APPROVE, DECLINE and INCENTIVIZE_STATUS_UPDATE decide reviews.

import type { DecisionType } from "../../model/action.ts";
import { firstReviewStatuses, incentiveActionTypes, reviewStatuses } from "../../model/incentive.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { ActionBase, CompiledAction, ReviewFilter } from "./compiled_action.ts";
import { readActionType } from "./incentive_rules.ts";
import { Parameters } from "../documents/parameters.ts";
import { prepareQuality } from "../triggers/quality_trigger.ts";
import type { TriggerOwner } from "../triggers/trigger.ts";

export const incentivizeFields = ["incentivize_action_type", "action_name", "overrides", "review_status", "data"];
export const declineFields = [
  "partner_event_id",
  "event_type",
  "cause_type",
  "legacy_action_id",
  "note",
  "polling_id",
  "polling_name",
];
export const approveFields = [...declineFields, "force", "reward_tags"];
export const statusUpdateFields = [
  "event_type",
  "legacy_action_id",
  "partner_event_id",
  "review_status",
  "move_to_pending",
  "message",
  "data",
];

/** What INCENTIVIZE may say otherwise than the step does. */
const overridable = ["partner_event_id", "value", "cart_value"];

export function compileIncentivize(
  base: ActionBase,
  parameters: Parameters,
  compilation: Compilation,
  owner: TriggerOwner,
): CompiledAction {
  const actionType = readActionType(parameters, "incentivize_action_type");
  const overrides = parameters.within("overrides");
  for (const name of overrides?.memberNames() ?? []) {
    if (!overridable.includes(name))
      parameters.report("overrides", `${name} cannot be overridden; ${overridable.join(", ")} can`);
  }
  const value = overrides?.has("value") === true ? "value" : "cart_value";
  return {
    ...base,
    type: "INCENTIVIZE",
    actionType,
    name: compilation.source(parameters, "action_name"),
    begins: parameters.oneOf("review_status", firstReviewStatuses) ?? "PENDING",
    verdict: compileQuality(actionType, parameters, compilation, owner),
    partnerEventId: overrides === null ? null : compilation.source(overrides, "partner_event_id"),
    value: overrides === null ? null : compilation.source(overrides, value),
    data: compilation.sources(parameters, "data"),
  };
}

/** Code that yields true when the campaign's quality rules for that kind of action have nothing against it. */
function compileQuality(
  actionType: string,
  parameters: Parameters,
  compilation: Compilation,
  owner: TriggerOwner,
): number {
  const { assembler } = compilation;
  // As quality rules call it.
  const action_type = incentiveActionTypes.some((known) => known === actionType) ? `ANY_${actionType}` : actionType;
  const rules = prepareQuality(
    new Parameters({ action_type }, parameters.site, compilation.errors),
    compilation,
    owner,
  );
  const pc = assembler.begin();
  rules.emit();
  assembler.emit("RETURN");
  return pc;
}

export function compileDecision(type: DecisionType) {
  return (base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction => ({
    ...base,
    type,
    filter: { ...readFilter(parameters, compilation), causeType: compilation.source(parameters, "cause_type") },
    note: compilation.source(parameters, "note"),
    pollingId: compilation.source(parameters, "polling_id"),
    pollingName: compilation.source(parameters, "polling_name"),
    force: compilation.source(parameters, "force"),
    tags: compilation.source(parameters, "reward_tags"),
  });
}

export function compileStatusUpdate(
  base: ActionBase,
  parameters: Parameters,
  compilation: Compilation,
): CompiledAction {
  const status = compilation.source(parameters, "review_status");
  const isKnown = reviewStatuses.some((known) => status?.kind !== "constant" || status.value === known);
  if (status !== null && !isKnown)
    parameters.report("review_status", `review_status must be one of ${reviewStatuses.join(", ")}`);
  const movesToPending = parameters.boolean("move_to_pending", false);
  if (status === null && !movesToPending)
    parameters.report("review_status", "either review_status or move_to_pending must be given");
  return {
    ...base,
    type: "INCENTIVIZE_STATUS_UPDATE",
    filter: readFilter(parameters, compilation),
    status,
    note: compilation.source(parameters, "message"),
    data: compilation.sources(parameters, "data"),
  };
}

function readFilter(parameters: Parameters, compilation: Compilation): ReviewFilter {
  return {
    partnerEventId: compilation.source(parameters, "partner_event_id"),
    eventType: compilation.source(parameters, "event_type"),
    legacyActionId: compilation.source(parameters, "legacy_action_id"),
    causeType: null,
  };
}
