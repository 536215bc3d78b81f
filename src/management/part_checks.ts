// Which rules a part of a campaign follows, by what it is.

import { type ApiError, apiError, type ErrorParameters } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { sourceError } from "../rules/mod.ts";
import { actionChecks } from "./action_checks.ts";
import type { CampaignBody } from "./campaign_head.ts";
import { listAt, partLists, textAt } from "./campaign_parts.ts";
import { type Check, firstError, type Surroundings } from "./checks.ts";
import { appChecks, flowStepChecks, metricChecks, stepChecks } from "./step_checks.ts";
import { triggerChecks } from "./trigger_checks.ts";

/** The first rule that the part breaks; null when it breaks none. */
export function partError(part: JsonObject, surroundings: Surroundings): ApiError | null {
  const code = firstError(checksOf(part), part, surroundings);
  return code === null ? null : apiError(code, { part: nameOf(part), ...brokenSource(part) });
}

/** Where the syntax of an expression is wrong, if one is. */
function brokenSource(part: JsonObject): ErrorParameters {
  for (const [parameter, value] of Object.entries(part)) {
    const error = typeof value === "string" ? sourceError(value) : null;
    if (error !== null) return { parameter, message: error.message, ...error.place };
  }
  return {};
}

/** The first rule that any part of the campaign breaks. */
export function bodyError(body: CampaignBody, rest: Omit<Surroundings, "body">): ApiError | null {
  const parts = [
    ...body.steps.flatMap((step) => [step, ...listAt(step, "triggers"), ...listAt(step, "actions")]),
    ...body.flow_steps,
  ];
  for (const part of parts) {
    const error = partError(part, { ...rest, body });
    if (error !== null) return error;
  }
  return null;
}

function checksOf(part: JsonObject): readonly Check[] {
  if (typeof part["trigger_type"] === "string") return triggerChecks(part["trigger_type"]);
  if (typeof part["action_type"] === "string") return actionChecks(part["action_type"]);
  if (part[partLists.app.id] !== undefined) return appChecks;
  if (part[partLists.metric.id] !== undefined) return metricChecks;
  if (part["flow_step_id"] !== undefined) return flowStepChecks;
  return stepChecks(textAt(part, "type"));
}

function nameOf(part: JsonObject): string {
  const named = ["trigger_name", "name", "journey_name", "trigger_id", "action_id", "id", "flow_step_id"];
  return named.map((member) => textAt(part, member)).find((text) => text !== "") ?? "";
}
