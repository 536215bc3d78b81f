// Bodies of requests and answers of the server API, as JSON Schema. Tests hold them against the contract; the OpenAPI document is made of them.

import { personBlocks, qualities, roles, scopes } from "../../model/person.ts";
import { faceValueTypes, partnerRewardKeyTypes, rewardStates } from "../../model/reward.ts";
import type { JsonSchema } from "../http/schema.ts";
import { date, exactly, flag, listOf, mapOf, number, numberOrNull, open, text, textOrNull } from "./schema_words.ts";

const scope: JsonSchema = { enum: [...scopes] };
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
    quality: { enum: [...qualities] },
    scope,
    data: mapOf(exactly({ name: text, scope, value: {} })),
    event_date: date,
    created_date: date,
    updated_date: date,
  }),
);

export const journeySchema = exactly({
  id: text,
  campaign_id: text,
  container: text,
  name: text,
  program: text,
  key: journeyKey,
  data: mapOf(exactly({ id: text, name: text, scope, value: {} })),
  created_date: date,
  updated_date: date,
});
export const journeysSchema = listOf(journeySchema);

export const relationshipsSchema = listOf(
  exactly({
    id: text,
    my_role: { enum: [...roles] },
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

export const personRewardSchema = exactly({
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
});
export const personRewardsSchema = listOf(personRewardSchema);

export const rewardSchema = exactly({
  reward_id: text,
  state: rewardState,
  person_id: text,
  email: textOrNull,
  partner_user_id: textOrNull,
  reward_supplier_id: text,
  partner_reward_supplier_id: textOrNull,
  partner_reward_id: textOrNull,
  partner_reward_key_type: { enum: [...partnerRewardKeyTypes] },
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

export const tokenRequestSchema: JsonSchema = {
  type: "object",
  properties: {
    client_id: { type: ["string", "null"], maxLength: 255 },
    email: { type: ["string", "null"], maxLength: 256 },
    password: { type: ["string", "null"], maxLength: 256 },
    duration_seconds: { type: ["integer", "null"] },
    scopes: { type: ["array", "null"], maxItems: 20, items: { type: "string", maxLength: 100 } },
  },
  additionalProperties: true,
};
export const tokenSchema = exactly({
  access_token: text,
  client_id: text,
  expires_in: { type: "integer" },
  identity_id: text,
  person_id: text,
  scopes: listOf(text),
  type: { enum: ["MANAGED", "RESOURCE", "USER"] },
});

const end = { reward_id: text, message: text, operator_user_id: text, created_at: date } as const;
export const endsSchema = listOf(exactly(end));
export const fulfillmentsSchema = listOf(
  exactly({
    ...end,
    amount: numberOrNull,
    cost_code: textOrNull,
    face_value: numberOrNull,
    face_value_type: text,
    partner_reward_id: textOrNull,
    success: flag,
  }),
);
export const sendsSchema = listOf(exactly({ ...end, email: text, partner_reward_sent_id: textOrNull, success: flag }));
export const redeemsSchema = listOf(
  exactly({
    ...end,
    cause_event_id: textOrNull,
    event_name: textOrNull,
    partner_event_id: textOrNull,
    partner_reward_redeem_id: text,
  }),
);
const count: JsonSchema = { type: "integer", minimum: 0 };
export const summarySchema = listOf(
  exactly({
    date_from: date,
    date_to: date,
    ...Object.fromEntries(rewardStates.map((state) => [state.toLowerCase(), count])),
  }),
);

const shortText: JsonSchema = { type: ["string", "null"], maxLength: 255 };
const longText: JsonSchema = { type: ["string", "null"], maxLength: 2_048 };
/** Real clients leave out what the contract calls required but lets be null. */
export const messageSchema = open({ message: longText });
export const fulfilledSchema = open({
  message: longText,
  success: { type: ["boolean", "null"] },
  partner_reward_id: shortText,
  cost_code: shortText,
  face_value: numberOrNull,
  face_value_type: { enum: [...faceValueTypes, null] },
});
export const fulfilledAndSentSchema: JsonSchema = {
  ...open({
    message: longText,
    email: { type: "string", minLength: 1, maxLength: 256 },
    partner_reward_id: { type: "string", minLength: 1, maxLength: 255 },
    partner_reward_sent_id: shortText,
    cost_code: shortText,
    face_value: numberOrNull,
    face_value_type: { enum: [...faceValueTypes, null] },
  }),
  required: ["email", "partner_reward_id"],
};
export const sentSchema = open({
  message: longText,
  success: { type: ["boolean", "null"] },
  partner_reward_sent_id: shortText,
});
export const redeemedSchema = open({ message: longText, partner_reward_redeem_id: shortText });
export const rewardChangeSchema = open({
  sandbox: shortText,
  expires_at: { type: ["string", "null"], maxLength: 100 },
});

export const personRequestSchema = open({ identity_key_value: { type: ["string", "null"], maxLength: 2_048 } });
export const blockRequestSchema: JsonSchema = {
  ...open({ type: { enum: [...personBlocks] }, reason: { type: ["string", "null"], maxLength: 2_048 } }),
  required: ["type"],
};
export const blockSchema = exactly({ type: { enum: [...personBlocks] }, reason: text, updated_date: date });

const datum = { id: text, name: text, scope, value: {}, created_date: date, updated_date: date } as const;
export const datumSchema = exactly(datum);
export const dataListSchema = mapOf(datumSchema);
const wantedScope: JsonSchema = { enum: [...scopes, null] };
export const datumCreateSchema = open({
  name: { type: ["string", "null"], maxLength: 2_048 },
  value: {},
  scope: wantedScope,
});
export const datumUpdateSchema = open({ value: {}, scope: wantedScope });

export const identityHistorySchema = listOf({
  type: "object",
  properties: { type: { enum: ["IDENTITY_SHIFT", "SPLIT_LOSER"] }, log_date: date },
  required: ["type", "log_date", "old_identity_key_name", "old_identity_key_value"],
  additionalProperties: true,
});

const place: JsonSchema = { type: "object", properties: { name: text, isoCode: text }, additionalProperties: false };
export const locationsSchema = listOf(
  exactly({
    ip_address: text,
    device_id: text,
    country: place,
    state: place,
    city: place,
    zip_code: text,
    accuracy_radius_km: { type: "integer" },
    location: { type: "object" },
    created_date: date,
  }),
);

export const partnerKeysSchema = listOf(text);

const namedValues = mapOf(exactly({ name: text, value: {} }));
export const shareSchema = exactly({
  id: text,
  channel: text,
  link: text,
  message: text,
  subject: text,
  shareable_code: text,
  other_person_id: text,
  partner_id: { type: ["object", "null"], properties: { name: text, value: text } },
  campaign_id: text,
  program: text,
  data: namedValues,
  created_date: date,
});
export const sharesSchema = listOf(shareSchema);

const content: JsonSchema = {
  type: "object",
  properties: { title: text, description: text, image_url: text, url: text, partner_content_id: text },
  additionalProperties: false,
};
export const shareableSchema = exactly({
  code: text,
  link: text,
  label: text,
  key: text,
  content,
  data: namedValues,
  created_date: date,
  updated_date: date,
});
export const shareablesSchema = listOf(shareableSchema);
const wantedText: JsonSchema = { type: ["string", "null"], maxLength: 10_000 };
export const shareableRequestSchema = open({
  label: wantedText,
  code: wantedText,
  key: wantedText,
  program_url: wantedText,
  content: {
    type: ["object", "null"],
    properties: {
      title: wantedText,
      description: wantedText,
      image_url: wantedText,
      url: wantedText,
      partner_content_id: wantedText,
    },
    additionalProperties: true,
  },
  data: { type: ["object", "null"], maxProperties: 100, additionalProperties: true },
});
