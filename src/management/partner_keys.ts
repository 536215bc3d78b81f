// Names of the keys by which a client's persons are found besides their identity: what published campaigns make of step data.

import type { Configuration } from "../model/configuration.ts";
import { isJsonObject, type JsonValue } from "../model/json.ts";
import { listCampaigns } from "./campaign_head.ts";

/** Campaigns in these states take events, now or again. */
const takingStates: readonly string[] = ["LIVE", "PAUSED", "ENDED"];

/** @param ignoresState also those of campaigns that take no events */
export function partnerKeyNames(configuration: Configuration, ignoresState: boolean): string[] {
  const names = new Set(["partner_user_id"]);
  for (const { published, state, is_deleted } of listCampaigns(configuration)) {
    if (published === null || is_deleted || !(ignoresState || takingStates.includes(state))) continue;
    for (const { data } of published.steps) {
      for (const name of Array.isArray(data) ? data.map(keyName) : []) if (name !== null) names.add(name);
    }
  }
  return [...names];
}

/** The name of a step datum that is a key; null when it is none. */
function keyName(datum: JsonValue): string | null {
  if (!isJsonObject(datum)) return null;
  const { name, key_type } = datum;
  return key_type === "PARTNER_PROFILE_KEY" && typeof name === "string" ? name : null;
}
