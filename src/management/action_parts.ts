// Types of actions as operators write them: one row a type. Routes, request schemas and error codes are made of this table; what an action does is in
// `src/rules/actions/action_kinds.ts` and `src/engine`.

import {
  actionQualities,
  type ActionType,
  creativeClasses,
  identificationTypes,
  intelligenceProviders,
} from "../model/action.ts";
import { firstReviewStatuses } from "../model/incentive.ts";
import { referralReasons } from "../model/journey.ts";
import {
  anything,
  atRuntime,
  built,
  builtOrAtRuntime,
  componentFields,
  dataMap,
  type Fields,
  flag,
  idOrName,
  integer,
  listOf,
  mapOf,
  number,
  oneOf,
  plain,
  required,
  text,
} from "./part_fields.ts";
import { builtKind, kind, type PartKind } from "./part_kind.ts";

const texts = listOf(text);
const id_b = built(idOrName);
const extraData = builtOrAtRuntime(mapOf(anything));
const eventTime = atRuntime(text);

const review: Fields = {
  cause_type: plain(text),
  event_type: plain(text),
  legacy_action_id: plain(text),
  note: plain(text),
  partner_event_id: plain(text),
  polling_id: plain(text),
  polling_name: plain(text),
};

const identification = {
  type: "object",
  properties: {
    person_identification_type: oneOf(...identificationTypes),
    value: text,
    partner_event_key: text,
  },
  required: ["person_identification_type"],
  additionalProperties: false,
};

const journey = {
  type: "object",
  properties: {
    advocate_code: text,
    advocate_partner_user_id: text,
    campaign_id: text,
    container: text,
    coupon_code: text,
    journey_type: text,
    journey_name: text,
    key: { type: "object", properties: { name: text, value: text }, additionalProperties: false },
    label: text,
    promotable_code: text,
    reason: text,
    referral_reason: oneOf(...referralReasons),
    share_id: text,
    shareable_id: text,
    zone: text,
  },
  additionalProperties: false,
};

export const actionParts = {
  APPROVE: kind("approves", { ...review, force: plain(text), reward_tags: builtOrAtRuntime(texts) }),
  CANCEL_REWARD: kind("cancel-rewards", { reward_id: plain(text), message: plain(text) }),
  CREATE_MEMBERSHIP: kind("create-memberships", { audience_id: id_b }),
  CREATIVE: kind("creatives", {
    api_version: plain(integer),
    classification: plain(oneOf(...creativeClasses)),
    theme_version: plain(text),
  }),
  DATA_INTELLIGENCE: kind("data-intelligences", {
    event_name: built(text),
    intelligence_provider: built(oneOf(...intelligenceProviders)),
    profile_risk_update_interval: built(text),
  }),
  DECLINE: kind("declines", review),
  DISPLAY: builtKind("displays", {
    body: builtOrAtRuntime(anything),
    headers: builtOrAtRuntime(mapOf(text)),
    response: builtOrAtRuntime(anything),
  }),
  EARN_REWARD: kind("earn-rewards", {
    data: dataMap,
    event_time: eventTime,
    extra_data: extraData,
    reward_action_id: atRuntime(text),
    reward_name: required("campaign_controller_action_earn_reward_missing_reward_name", built(text)),
    reward_supplier_id: id_b,
    slots: builtOrAtRuntime(texts),
    tags: builtOrAtRuntime(texts),
    value_of_event_being_rewarded: builtOrAtRuntime(number),
  }),
  EMAIL: builtKind("emails", { data: dataMap, zone_name: built(text) }),
  EXPIRE_REWARD: builtKind("expire-rewards", { reward_id: plain(text), message: plain(text) }),
  EXPRESSION: kind("expressions", { data: dataMap, expression: builtOrAtRuntime(anything) }),
  FIRE_AS_PERSON: builtKind("fire-as-person", {
    as_person_identification: plain(identification),
    as_person_journey: plain(journey),
    data: dataMap,
    event_name: built(text),
    event_time: builtOrAtRuntime(text),
    extra_data: extraData,
    labels: plain(texts),
    person_id: builtOrAtRuntime(idOrName),
  }),
  FULFILL_REWARD: kind("fulfill-rewards", {
    amount: atRuntime(number),
    event_time: eventTime,
    message: plain(text),
    partner_reward_id: atRuntime(text),
    reward_id: plain(text),
    success: plain(text),
  }),
  INCENTIVIZE: builtKind("incentivizes", {
    action_name: plain(text),
    data: dataMap,
    incentivize_action_type: built(text),
    overrides: plain(mapOf(text)),
    review_status: built(oneOf(...firstReviewStatuses)),
  }),
  INCENTIVIZE_STATUS_UPDATE: builtKind("incentivize-status-updates", {
    data: dataMap,
    event_type: builtOrAtRuntime(text),
    legacy_action_id: builtOrAtRuntime(text),
    message: builtOrAtRuntime(text),
    move_to_pending: built(flag),
    partner_event_id: builtOrAtRuntime(text),
    review_status: builtOrAtRuntime(text),
  }),
  REDEEM_REWARD: kind("redeem-rewards", {
    data: plain(mapOf(text)),
    event_time: eventTime,
    partner_event_id: plain(text),
    reward_id: plain(text),
  }),
  REMOVE_MEMBERSHIP: kind("remove-memberships", { audience_id: id_b }),
  REVOKE_REWARD: kind("revoke-rewards", { reward_id: plain(text), message: plain(text) }),
  SCHEDULE: kind("schedules", {
    data: dataMap,
    dates: builtOrAtRuntime(texts),
    delays: builtOrAtRuntime(texts),
    extra_data: extraData,
    force: plain(flag),
    schedule_name: builtOrAtRuntime(text),
  }),
  SHARE_EVENT: kind("share-events", {}),
  SIGNAL: kind("signals", { data: dataMap, name: atRuntime(text), signal_polling_id: atRuntime(text) }),
  SIGNAL_V1: kind("signals-v1", { data: plain(mapOf(text)), signal_polling_id: plain(text) }),
  STEP_SIGNAL: kind("step-signals", { name: plain(text), polling_id: plain(text) }),
  WEBHOOK: kind("webhooks", { data: dataMap, webhook_id: id_b }),
} as const satisfies { readonly [T in ActionType]: PartKind };

/** Members that actions of every type have. */
export const actionFields: Fields = {
  quality: plain(oneOf(...actionQualities)),
  enabled: built(flag),
  ...componentFields,
};
