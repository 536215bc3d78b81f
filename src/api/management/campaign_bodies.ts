// Bodies of requests on campaigns, as JSON Schema.

import { campaignFields, lockTypes } from "../../management/mod.ts";
import type { JsonSchema } from "../http/schema.ts";

const textOrNull: JsonSchema = { type: ["string", "null"], maxLength: 2000 };
const dateOrNull: JsonSchema = { type: ["string", "null"], maxLength: 100 };
const dates = { start_date: dateOrNull, pause_date: dateOrNull, end_date: dateOrNull, stop_date: dateOrNull };

function only(properties: { readonly [name: string]: JsonSchema }, required: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** A campaign's label and type stay when they are not given; null would take them away. */
const { campaign_type: type, program_label: label, ...clearable } = campaignFields;
const campaign = Object.fromEntries(
  Object.entries(clearable).map(([name, { schema }]) => [name, { anyOf: [schema, { type: "null" }] }] as const),
);

export const bodies = {
  campaign: only({
    ...campaign,
    campaign_type: type.schema,
    program_label: label.schema,
    message: textOrNull,
  }),
  duplicate: only({ name: textOrNull, description: textOrNull, program_label: textOrNull, message: textOrNull }),
  publish: only({ launch: { type: ["boolean", "null"] }, message: textOrNull }),
  launch: only({ message: textOrNull, start_date: dateOrNull, stop_date: dateOrNull }),
  date: only({ date: dateOrNull, message: textOrNull }),
  schedule: only({ ...dates, message: textOrNull }),
  locks: only({ lock_types: { type: "array", items: { enum: [...lockTypes] }, maxItems: 2 } }),
  makeLatest: only({ version: { type: "string" }, message: textOrNull }, ["version"]),
  programLabel: only({ program_label: { type: "string" } }, ["program_label"]),
  programType: only({ program_type: { type: "string" } }, ["program_type"]),
} as const satisfies { readonly [name: string]: JsonSchema };
