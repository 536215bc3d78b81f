// Zones as programmes for mobile apps have them.

import type { CampaignDocument, ControllerDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { action, on } from "./story.ts";

/** A zone that answers with `body`. */
export function zone(name: string, body: JsonObject | string): ControllerDocument {
  const actions = [{ ...action("DISPLAY", { body }), action_id: `show-${name}` }];
  return { ...on(name, { actions }), type: "FRONTEND_CONTROLLER" };
}

export const mobileZones: CampaignDocument["steps"] = [
  zone("mobile_bootstrap", {
    configuration: { zone_cache_enabled: true },
    operations: [
      {
        conditions: [{ type: "EVENT", event_names: ["on_load"], has_data_keys: [], has_data_values: [] }],
        actions: [{ type: "FETCH", zones: ["mobile_cta"] }],
      },
    ],
  }),
  zone("mobile_cta", { title: "Refer a friend", image: null, nested: { text: "x", nothing: null } }),
  zone("share_page", "<html><body>share</body></html>"),
  on("mobile_cta_viewed"),
  on("mobile_cta_tap"),
  on("preshare"),
  on("purchased"),
];
