// Bodies of requests on campaigns, as JSON Schema.

import { campaignTypes, lockTypes } from "../../management/mod.ts";
import type { JsonSchema } from "../http/schema.ts";

const textOrNull: JsonSchema = { type: ["string", "null"], maxLength: 2000 };
const dateOrNull: JsonSchema = { type: ["string", "null"], maxLength: 100 };
const dates = { start_date: dateOrNull, pause_date: dateOrNull, end_date: dateOrNull, stop_date: dateOrNull };

function only(properties: { readonly [name: string]: JsonSchema }, required: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

const label = only({ name: { type: "string" }, type: { enum: ["DATA", "PROGRAM"] } }, ["name", "type"]);

export const bodies = {
  campaign: only({
    name: textOrNull,
    description: textOrNull,
    campaign_type: { enum: [...campaignTypes] },
    program_label: { type: "string" },
    program_type: textOrNull,
    theme_name: textOrNull,
    tags: { type: ["array", "null"], items: { type: "string" }, maxItems: 100 },
    labels: { type: ["array", "null"], items: label, maxItems: 100 },
    variants: { type: ["array", "string", "null"], items: { type: "string" }, maxItems: 100 },
    variant_selector: textOrNull,
    incentive: { type: ["object", "null"] },
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
