// Bodies of requests and answers of the server API, as JSON Schema. Tests hold them against the contract; the OpenAPI document is made of them.

import { rewardStates } from "../../model/reward.ts";
import type { JsonSchema } from "../http/schema.ts";
import { date, exactly, flag, listOf, mapOf, number, text, textOrNull } from "./schema_words.ts";

const scope: JsonSchema = { enum: ["CLIENT", "PRIVATE", "PUBLIC"] };
const rewardState: JsonSchema = { enum: [...rewardStates] };

/** Empty when the journey has no key. */
const journeyKey: JsonSchema = {
  type: "object",
  properties: { name: text, value: text },
  additionalProperties: false,
};

/** The event's own check is `EventGate`; this describes it. */
export const eventDataSchema: JsonSchema = { type: "object", additionalProperties: true };
export const eventEnvelopeSchema: JsonSchema = {
  type: "object",
  properties: {
    event_name: { type: "string", minLength: 1, maxLength: 255 },
    event_time: { type: ["string", "null"] },
    data: { type: ["object", "null"], additionalProperties: true },
  },
  required: ["event_name"],
  additionalProperties: true,
};
export const eventAcceptedSchema = exactly({ event_id: text });
export const eventAppliedSchema = exactly({ event_id: text, person_id: text });
export const bulkResultSchema = exactly({
  accepted: { type: "integer", minimum: 0 },
  rejected: listOf(
    exactly({ line: { type: "integer", minimum: 1 }, code: text, message: text, parameters: mapOf({}) }),
  ),
  rejected_count: { type: "integer", minimum: 0 },
});

export const forwardSchema: JsonSchema = {
  type: "object",
  properties: { forward_to_profile_id: { type: "string", minLength: 1, maxLength: 64 } },
  required: ["forward_to_profile_id"],
  additionalProperties: true,
};

export const personSchema = exactly({
  id: text,
  identity_id: text,
  identity_key: exactly({ name: text }),
  identity_key_value: text,
  locale: {
    type: "object",
    properties: { last_browser: text, user_specified: text },
    additionalProperties: false,
  },
  version: text,
});
export const personsSchema = listOf(personSchema);

export const stepsSchema = listOf(
  exactly({
    id: text,
    name: text,
    is_primary: flag,
    campaign_id: text,
    program: text,
    journey_name: text,
    journey_key: journeyKey,
    event_id: text,
    cause_event_id: text,
    root_event_id: text,
    container: text,
    quality: { enum: ["HIGH", "LOW", "NONE"] },
    scope,
    data: mapOf(exactly({ name: text, scope, value: {} })),
    event_date: date,
    created_date: date,
    updated_date: date,
  }),
);

export const journeysSchema = listOf(
  exactly({
    id: text,
    campaign_id: text,
    container: text,
    name: text,
    program: text,
    key: journeyKey,
    data: mapOf(exactly({ id: text, name: text, scope, value: {} })),
    created_date: date,
    updated_date: date,
  }),
);

export const relationshipsSchema = listOf(
  exactly({
    id: text,
    my_role: { enum: ["ADVOCATE", "FRIEND"] },
    other_person_id: text,
    other_person: {
      type: "object",
      properties: { id: text, identity_key: exactly({ name: text }), identity_key_value: text },
      required: ["id"],
      additionalProperties: false,
    },
    campaign_id: text,
    program: text,
    container: text,
    cause_event_id: text,
    root_event_id: text,
    data: mapOf(exactly({ name: text, value: {} })),
    created_date: date,
    updated_date: date,
  }),
);

export const personRewardsSchema = listOf(
  exactly({
    id: text,
    name: text,
    state: rewardState,
    campaign_id: text,
    program: text,
    container: text,
    sandbox: text,
    journey_name: text,
    journey_key: journeyKey,
    face_value: number,
    face_value_type: text,
    value_of_rewarded_event: number,
    reward_supplier_id: text,
    partner_reward_supplier_id: text,
    partner_reward_id: text,
    tags: listOf(text),
    data: mapOf(exactly({ name: text, value: {} })),
    created_date: date,
    updated_date: date,
    earned_date: date,
    expiry_date: date,
    redeemed_date: date,
  }),
);

export const rewardSchema = exactly({
  reward_id: text,
  state: rewardState,
  person_id: text,
  email: textOrNull,
  partner_user_id: textOrNull,
  reward_supplier_id: text,
  partner_reward_supplier_id: textOrNull,
  partner_reward_id: textOrNull,
  partner_reward_key_type: { enum: ["COUPON", "ID", "LINK"] },
  face_value: number,
  face_value_type: text,
  campaign_id: text,
  action_id: text,
  cause_event_id: text,
  root_event_id: text,
  journey_name: text,
  journey_key: journeyKey,
  container: text,
  sandbox: text,
  data: mapOf(text),
  created_at: date,
  expires_at: date,
});
export const rewardsSchema = listOf(rewardSchema);

export const rewardHistorySchema = listOf(
  exactly({ state_type: rewardState, success: flag, message: text, operator_user_id: text, created_at: date }),
);
