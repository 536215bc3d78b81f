// What a campaign must have before events are decided by it. A draft may lack it: parts are written one after the other.

import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { CampaignBody } from "./campaign_head.ts";
import { listAt, textAt } from "./campaign_parts.ts";
import { isExpression } from "./checks.ts";
import { isEventTrigger } from "./trigger_parts.ts";

/** The first thing that is missing; null when the body may go live. */
export function publishError(configuration: Configuration, campaignId: string, body: CampaignBody): ApiError | null {
  const errors = [
    ...body.steps.map((step) => supplierError(configuration, campaignId, step)),
    ...body.steps.map((step) => eventTriggerError(campaignId, step)),
  ];
  return errors.find((error) => error !== null) ?? null;
}

/** A controller without one would be asked about every event of everybody. */
function eventTriggerError(campaignId: string, step: JsonObject): ApiError | null {
  if (step["type"] === "JOURNEY_ENTRY" || step["enabled"] === false) return null;
  if (listAt(step, "triggers").some(isListening)) return null;
  return apiError("campaign_controller_missing_event_trigger", {
    campaign_id: campaignId,
    controller_id: textAt(step, "id"),
    name: textAt(step, "name"),
  });
}

/** What an expression yields is not known before the campaign is built. */
function isListening({ trigger_type, trigger_phase, enabled }: JsonObject): boolean {
  const isMatching = trigger_phase === undefined || trigger_phase === "MATCHING" || isExpression(trigger_phase);
  return typeof trigger_type === "string" && isEventTrigger(trigger_type) && isMatching && enabled !== false;
}

function supplierError(configuration: Configuration, campaignId: string, step: JsonObject): ApiError | null {
  for (const action of listAt(step, "actions")) {
    if (action["action_type"] !== "EARN_REWARD") continue;
    const place = {
      campaign_id: campaignId,
      controller_id: textAt(step, "id"),
      action_id: textAt(action, "action_id"),
    };
    const id = action["reward_supplier_id"] ?? "";
    if (id === "") return apiError("campaign_controller_action_earn_reward_missing_reward_supplier", place);
    if (typeof id !== "string" || isExpression(id)) continue;
    const found = configuration.find("supplier", id);
    if (found !== undefined && found["is_archived"] !== true) continue;
    return apiError("campaign_controller_action_earn_reward_reward_supplier_id_not_found", {
      ...place,
      reward_supplier_id: id,
    });
  }
  return null;
}
