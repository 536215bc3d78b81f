// Types of triggers as operators write them: one row a type. Routes, request schemas and error codes are made of this table; how a type decides is in
// `src/rules/triggers/trigger_kinds.ts`, and a test holds the members of both against each other.

import { callerScopes, membershipChanges } from "../model/event.ts";
import { roles } from "../model/person.ts";
import {
  defaultScores,
  groupOperators,
  listenableEventTypes,
  qualityFilters,
  rewardScopes,
  sendableStates,
  shareChannels,
  stepScopes,
  targetingScopes,
  triggerPhases,
  type TriggerType,
} from "../model/trigger.ts";
import {
  atRuntime,
  built,
  builtOrAtRuntime,
  componentFields,
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
const texts_b = built(texts);
const integer_b = built(integer);
const number_b = built(number);
const ages = built(text);
const dates = built(text);

const states = ["CANCELED", "EARNED", "FAILED", "FULFILLED", "REDEEMED", "REVOKED"] as const;
const channels = oneOf(...shareChannels);
const scopes = oneOf(...callerScopes);
const eventTypes = oneOf(...listenableEventTypes);

const counts: Fields = {
  count_matches: built(listOf(integer)),
  count_max: integer_b,
  count_min: integer_b,
  filter_expression: builtOrAtRuntime(flag),
  filter_expressions: plain(texts),
  filter_max_age: ages,
  filter_max_date: dates,
  filter_min_age: ages,
  filter_min_date: dates,
  filter_names: texts_b,
};

export const triggerParts = {
  ACCESS: kind("accesses", {
    trusted_scopes: required("campaign_controller_trigger_access_missing_trusted_scopes", plain(listOf(scopes))),
  }),
  AUDIENCE_MEMBERSHIP: kind("audience-memberships", {
    having_any_audience_id: texts_b,
    person_id: atRuntime(idOrName),
  }),
  AUDIENCE_MEMBERSHIP_EVENT: kind("audience-membership-events", {
    audience_ids: texts_b,
    event_types: built(listOf(oneOf(...membershipChanges))),
  }),
  CLIENT_DOMAIN: kind("client-domains", { client_domain_ids: texts_b }),
  DATA_INTELLIGENCE_EVENT: kind("data-intelligence-events", {
    event_name: required("campaign_controller_trigger_data_intelligence_event_missing_event_name", built(text)),
  }),
  EVENT: builtKind("events", {
    event_names: required("campaign_controller_trigger_event_missing_name", texts_b),
    event_type: required("campaign_controller_trigger_event_type_unsupported", built(eventTypes)),
  }),
  EVENT_TARGETING: builtKind("event-targetings", {
    targeting_attributes: required(
      "campaign_controller_trigger_event_targeting_targeting_attributes_empty",
      built(mapOf(text)),
    ),
  }),
  EXPRESSION: builtKind("expressions", {
    expression: required("campaign_controller_trigger_expression_invalid_expression", builtOrAtRuntime(flag)),
    data: plain(mapOf({ ...text, type: ["string", "null"] })),
  }),
  GROUP: builtKind("groups", { operator: built(oneOf(...groupOperators)) }),
  HAS_IDENTITY: kind("has-identities", {}),
  HAS_PRIOR_REWARD: kind("has-prior-rewards", {
    ...counts,
    filter_face_value_types: texts_b,
    filter_reward_supplier_ids: texts_b,
    filter_scope: built(oneOf(...rewardScopes)),
    filter_states: built(listOf(oneOf(...states, "SENT"))),
    filter_tags: texts_b,
    sum_of_face_value_max: number_b,
    sum_of_face_value_min: number_b,
    tax_year_start: built(text),
  }),
  HAS_PRIOR_STEP: kind("has-prior-steps", {
    ...counts,
    filter_campaign_id: plain(text),
    filter_campaign_ids: builtOrAtRuntime(texts),
    filter_max_value: number_b,
    filter_min_value: number_b,
    filter_partner_event_id: built({
      type: "object",
      properties: { name: text, value: text },
      additionalProperties: false,
    }),
    filter_partner_event_id_name: plain(text),
    filter_partner_event_id_value: plain(text),
    filter_program_label: plain(text),
    filter_program_labels: builtOrAtRuntime(texts),
    filter_quality: built(oneOf(...qualityFilters)),
    filter_scope: built(oneOf(...stepScopes)),
    having_all_names: builtOrAtRuntime(texts),
    person_id: atRuntime(idOrName),
    sum_of_value_max: number_b,
    sum_of_value_min: number_b,
  }),
  JOURNEY_CHECK: builtKind("journey-checks", { journey_name: built(text), person_id: builtOrAtRuntime(idOrName) }),
  LEGACY_LABEL_TARGETING: kind("legacy-labels-targeting", {}),
  LEGACY_QUALITY: builtKind("legacy-quality", { action_type: built(text) }),
  MAXMIND: kind("max-minds", {
    allow_high_risk_email: built(flag),
    default_quality_score: built(oneOf(...defaultScores)),
    ip_threshold: integer_b,
    risk_threshold: integer_b,
  }),
  REFERRED_BY_EVENT: kind("referred-by-events", { referral_originator: plain(oneOf(...roles)) }),
  REWARD_EVENT: kind("reward-events", {
    event_names: texts_b,
    reward_states: built(listOf(oneOf(...states))),
    slots: texts_b,
    tags: texts_b,
  }),
  SCORE: kind("scores", {
    cause_event_name: plain(text),
    channel: plain(text),
    score_result: plain(oneOf("FAIL", "PASS")),
  }),
  SEND_REWARD_EVENT: kind("send-reward-events", {
    reward_names: texts_b,
    reward_states: built(listOf(oneOf(...sendableStates))),
    tags: texts_b,
  }),
  SHARE: kind("shares", {
    channels: plain(listOf(channels)),
    quality: plain(oneOf(...qualityFilters)),
    share_types: plain(listOf(channels)),
  }),
  STEP_EVENT: builtKind("step-events", { event_names: texts_b, having_any_data_name: texts_b }),
  STICKY_JOURNEY: builtKind("sticky-journeys", { label: built(text) }),
  TARGETING: builtKind("targeting", { scope: built(oneOf(...targetingScopes)) }),
  ZONE_STATE: kind("zone-states", {
    invert_mapping_state: plain(flag),
    step_name: built(text),
    zone_name: built(text),
  }),
} as const satisfies { readonly [T in TriggerType]: PartKind };

/** Types that say which event it is, and not only something about it. */
const eventTriggers: ReadonlySet<string> = new Set<TriggerType>([
  "AUDIENCE_MEMBERSHIP_EVENT",
  "DATA_INTELLIGENCE_EVENT",
  "EVENT",
  "EVENT_TARGETING",
  "REFERRED_BY_EVENT",
  "REWARD_EVENT",
  "SCORE",
  "SEND_REWARD_EVENT",
  "SHARE",
  "STEP_EVENT",
  "ZONE_STATE",
]);

export function isEventTrigger(type: string): boolean {
  return eventTriggers.has(type);
}

/** Members that triggers of every type have. */
export const triggerFields: Fields = {
  trigger_name: built(text),
  trigger_description: built(text),
  trigger_phase: built(oneOf(...triggerPhases)),
  enabled: built(flag),
  negated: built(flag),
  parent_trigger_group_name: built(text),
  ...componentFields,
};
