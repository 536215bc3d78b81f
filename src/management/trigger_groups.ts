// Groups of triggers: a trigger names the group that it belongs to. Names are unique, groups exist, and none contains itself.

import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";

/** Null when the triggers of a step hang together. */
export function triggerGroupError(triggers: readonly JsonObject[], isJourneyEntry: boolean): ApiError | null {
  const byName = new Map<string, JsonObject>();
  for (const trigger of triggers) {
    const name = trigger["trigger_name"];
    if (isJourneyEntry && trigger["trigger_phase"] !== "MATCHING")
      return apiError("campaign_journey_entry_invalid_trigger_phase");
    if (typeof name !== "string") continue;
    if (byName.has(name)) return apiError("triggers_with_duplicate_name", { name });
    byName.set(name, trigger);
  }
  for (const trigger of triggers) {
    const error = parentError(trigger, byName);
    if (error !== null) return error;
  }
  return null;
}

function parentError(trigger: JsonObject, byName: ReadonlyMap<string, JsonObject>): ApiError | null {
  const seen = new Set<JsonObject>([trigger]);
  let parentName = trigger["parent_trigger_group_name"];
  while (typeof parentName === "string") {
    const parent = byName.get(parentName);
    if (parent === undefined) return apiError("parent_trigger_group_name_does_not_exist", { name: parentName });
    if (parent["trigger_type"] !== "GROUP")
      return apiError("parent_trigger_group_name_is_not_a_group", { name: parentName });
    if (parent["trigger_phase"] !== trigger["trigger_phase"])
      return apiError("invalid_trigger_phase", { name: parentName });
    if (seen.has(parent)) return apiError("trigger_belongs_to_a_cycle", { name: parentName });
    seen.add(parent);
    parentName = parent["parent_trigger_group_name"];
  }
  return null;
}
