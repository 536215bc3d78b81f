// The answer of `explain`, as JSON Schema.

import { controllerOutcomes } from "../../model/decision.ts";
import { qualities } from "../../model/person.ts";
import { prehandlerParts } from "../../model/prehandler.ts";
import { triggerPhases } from "../../model/trigger.ts";
import type { JsonSchema } from "../http/schema.ts";
import { date, exactly, flag, listOf, number, text, textOrNull } from "./schema_words.ts";

const trigger = exactly({
  trigger_id: text,
  trigger_type: text,
  trigger_phase: { enum: [...triggerPhases] },
  nesting: number,
  passed: flag,
  fault: textOrNull,
  seen: listOf(exactly({ what: text, value: text })),
  wants: listOf(text),
  code: text,
});

const controller = exactly({
  campaign_id: text,
  campaign_name: text,
  campaign_version: number,
  controller_id: text,
  controller_name: text,
  outcome: { enum: [...controllerOutcomes] },
  quality: { enum: [...qualities, null] },
  triggers: listOf(trigger),
  actions: listOf(exactly({ action_id: text, action_type: text, is_run: flag })),
});

const prehandler = { prehandler_id: text, name: text };
/** What differs from the event as it was received. */
const prehandling = exactly({
  configuration_revision: number,
  program_hash: text,
  applied: listOf(exactly(prehandler)),
  failed: listOf(exactly({ ...prehandler, what: { enum: [...prehandlerParts] }, message: text })),
  messages: listOf(text),
  event_name: textOrNull,
  event_time: textOrNull,
  set: { type: "object" },
  removed: listOf(text),
  verified: listOf(text),
});

/** What a zone showed, as the campaign said it. */
const shown = exactly({
  campaign_id: text,
  controller_name: text,
  action_id: text,
  status: { type: ["number", "null"] },
  headers: { type: "object" },
  body: {},
});

export const explanationSchema: JsonSchema = exactly({
  event_id: text,
  person_id: text,
  processed_date: date,
  program_hash: textOrNull,
  configuration_revision: { type: ["number", "null"] },
  is_exact: flag,
  events: listOf(
    exactly({
      event_id: text,
      event_type: text,
      event_name: text,
      event_time: date,
      prehandling: { anyOf: [prehandling, { type: "null" }] },
      controllers: listOf(controller),
      shown: { anyOf: [shown, { type: "null" }] },
    }),
  ),
  rewards: listOf(exactly({ reward_id: text, name: textOrNull, reward_supplier_id: text, state: text })),
  messages: listOf(exactly({ kind: text, person_id: textOrNull })),
  refusals: listOf(text),
});
