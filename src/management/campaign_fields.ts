// Members of a campaign that operators write, beside its parts. Requests and archives are held against the same table.

import type { JsonObject } from "../model/json.ts";
import { campaignTypes, labelTypes } from "./campaign_head.ts";
import { anything, built, builtOrAtRuntime, type Fields, listOf, oneOf, plain } from "./part_fields.ts";

const TEXT_LENGTH_MAX = 2000;
const ENTRIES_MAX = 100;

const text: JsonObject = { type: "string", maxLength: TEXT_LENGTH_MAX };
const texts: JsonObject = { ...listOf({ type: "string" }), maxItems: ENTRIES_MAX };
const rules = listOf({ type: "object" });

const label: JsonObject = {
  type: "object",
  properties: { name: { type: "string" }, type: oneOf(...labelTypes) },
  required: ["name", "type"],
  additionalProperties: false,
};

/** With the id that it is shown with. */
const incentive: JsonObject = {
  type: "object",
  properties: { id: anything, quality_rules: rules, reward_rules: rules, transition_rules: rules },
  additionalProperties: false,
};

export const campaignFields = {
  name: plain(text),
  description: plain(text),
  campaign_type: plain(oneOf(...campaignTypes)),
  program_label: plain({ type: "string" }),
  program_type: plain(text),
  theme_name: plain(text),
  tags: plain(texts),
  labels: plain({ ...listOf(label), maxItems: ENTRIES_MAX }),
  variants: built(texts),
  variant_selector: builtOrAtRuntime(text),
  incentive: plain(incentive),
} as const satisfies Fields;
