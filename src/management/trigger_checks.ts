// What each type of trigger asks of its members beyond their schemas, as one table; the codes are the contract's.

import type { ErrorCode } from "../model/errors.ts";
import { eventTypes } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import type { TriggerType } from "../model/trigger.ts";
import {
  age,
  type Check,
  type CodeBehind,
  date,
  isExpression,
  isLegalName,
  legalName,
  length,
  literal,
  mapAt,
  notBlank,
  number,
  numeric,
  ordered,
  present,
  refersTo,
  sourceLength,
  syntax,
  texts,
  togetherWithin,
} from "./checks.ts";

const NAME_LENGTH_MAX = 255;
const DESCRIPTION_LENGTH_MAX = 2000;
const TAGS_LENGTH_MAX = 2048;
const EXPRESSION_LENGTH_MAX = 2000;
const SCORE_MAX = 99;

type StepCode = CodeBehind<"campaign_controller_trigger_has_prior_step_">;
type RewardCode = CodeBehind<"campaign_controller_trigger_has_prior_reward_">;

function stepCode(suffix: StepCode): ErrorCode {
  return `campaign_controller_trigger_has_prior_step_${suffix}`;
}

function rewardCode(suffix: RewardCode): ErrorCode {
  return `campaign_controller_trigger_has_prior_reward_${suffix}`;
}

/** What HAS_PRIOR_REWARD counts or sums by. */
const aggregations = ["count_min", "count_max", "count_matches", "sum_of_face_value_min", "sum_of_face_value_max"];

/** Of every type. */
const common: readonly Check[] = [
  notBlank("trigger_name", "campaign_controller_trigger_name_invalid"),
  legalName("trigger_name", "campaign_controller_trigger_name_invalid"),
  length("trigger_name", "campaign_controller_trigger_name_length", NAME_LENGTH_MAX),
  length("trigger_description", "campaign_controller_trigger_description_length_out_of_range", DESCRIPTION_LENGTH_MAX),
];

const isNatural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isPositive = (value: number): boolean => value >= 0;
const isAge = (text: string): boolean => age(text) !== null;
const isDate = (text: string): boolean => date(text) !== null;

const own: { readonly [T in TriggerType]?: readonly Check[] } = {
  AUDIENCE_MEMBERSHIP: [refersTo("having_any_audience_id", "audience", "audience_not_found"), enabledAudience],
  AUDIENCE_MEMBERSHIP_EVENT: [refersTo("audience_ids", "audience", "audience_not_found")],
  CLIENT_DOMAIN: [present("client_domain_ids", "missing_client_domain_ids")],
  DATA_INTELLIGENCE_EVENT: [
    legalName("event_name", "campaign_controller_trigger_data_intelligence_event_invalid_event_name"),
    length("event_name", "campaign_controller_trigger_data_intelligence_event_name_out_of_range", NAME_LENGTH_MAX, 2),
  ],
  EVENT: [notBlank("event_names", "campaign_controller_trigger_event_missing_name")],
  EVENT_TARGETING: [targetingAttributes],
  EXPRESSION: [
    (part) =>
      part["data"] === null || part["data"] === undefined ? "campaign_controller_trigger_expression_no_data" : null,
    (part) =>
      Object.values(mapAt(part, "data")).some((value) => value === null)
        ? "campaign_controller_trigger_expression_data_null"
        : null,
    (part) =>
      JSON.stringify(mapAt(part, "data")).length > EXPRESSION_LENGTH_MAX
        ? "campaign_controller_trigger_expression_data_out_of_range"
        : null,
    syntax("expression", "campaign_controller_trigger_expression_invalid_expression"),
  ],
  HAS_PRIOR_REWARD: [
    (part) =>
      aggregations.every((member) => hasNone(part, member)) ? rewardCode("missing_aggregation_condition") : null,
    number("count_min", rewardCode("invalid_aggregation_count"), isNatural),
    number("count_max", rewardCode("invalid_aggregation_count"), isNatural),
    number("count_matches", rewardCode("invalid_aggregation_count"), isNatural),
    ordered("count_min", "count_max", rewardCode("invalid_aggregation_count_configuration")),
    number("sum_of_face_value_min", rewardCode("invalid_aggregation_sum"), isPositive),
    number("sum_of_face_value_max", rewardCode("invalid_aggregation_sum"), isPositive),
    ordered("sum_of_face_value_min", "sum_of_face_value_max", rewardCode("invalid_aggregation_sum_configuration")),
    notBlank("filter_names", rewardCode("missing_filter_name")),
    length("filter_names", rewardCode("invalid_filter_name_length"), NAME_LENGTH_MAX),
    notBlank("filter_tags", rewardCode("invalid_tag")),
    length("filter_tags", rewardCode("invalid_tag_length"), NAME_LENGTH_MAX),
    togetherWithin("filter_tags", rewardCode("invalid_filter_tags_length"), TAGS_LENGTH_MAX),
    ...["filter_face_value_types", "filter_reward_supplier_ids"].flatMap((member) => [
      notBlank(member, rewardCode("missing_filter_value")),
      length(member, rewardCode("invalid_filter_value_length"), NAME_LENGTH_MAX),
    ]),
    refersTo("filter_reward_supplier_ids", "supplier", rewardCode("supplier_not_found")),
    syntax("filter_expression", rewardCode("invalid_expression")),
    syntax("filter_expressions", rewardCode("invalid_expression")),
  ],
  HAS_PRIOR_STEP: [
    number("count_min", stepCode("count_min_invalid"), isNatural),
    number("count_max", stepCode("count_max_invalid"), isNatural),
    ordered("count_min", "count_max", stepCode("count_range_invalid")),
    number("count_matches", stepCode("count_matches_invalid"), isNatural),
    matchesWithinCounts,
    number("sum_of_value_min", stepCode("sum_of_value_min_invalid"), isPositive),
    number("sum_of_value_max", stepCode("sum_of_value_max_invalid"), isPositive),
    ordered("sum_of_value_min", "sum_of_value_max", stepCode("sum_of_value_range_invalid")),
    (part) =>
      literal(part, "count_matches") !== undefined && literal(part, "sum_of_value_min") !== undefined
        ? stepCode("count_matches_with_sum_of_value_min_invalid")
        : null,
    texts("filter_min_age", stepCode("filter_min_age_invalid"), isAge),
    texts("filter_max_age", stepCode("filter_max_age_invalid"), isAge),
    ordered("filter_min_age", "filter_max_age", stepCode("filter_age_range_invalid"), age),
    texts("filter_min_date", stepCode("filter_min_date_invalid"), isDate),
    texts("filter_max_date", stepCode("filter_max_date_invalid"), isDate),
    ordered("filter_min_date", "filter_max_date", stepCode("filter_date_range_invalid"), date),
    number("filter_min_value", stepCode("filter_min_value_invalid"), isPositive),
    number("filter_max_value", stepCode("filter_max_value_invalid"), isPositive),
    ordered("filter_min_value", "filter_max_value", stepCode("filter_value_range_invalid")),
    legalName("filter_names", stepCode("filter_name_contains_illegal_character")),
    length("filter_names", stepCode("filter_name_length_out_of_range"), NAME_LENGTH_MAX, 2),
    notBlank("filter_campaign_id", stepCode("filter_campaign_id_invalid")),
    length("filter_campaign_id", stepCode("filter_campaign_id_length"), NAME_LENGTH_MAX),
    notBlank("filter_program_label", stepCode("filter_program_label_invalid")),
    length("filter_program_label", stepCode("filter_program_label_length"), NAME_LENGTH_MAX),
    notBlank("filter_partner_event_id_name", stepCode("filter_partner_event_id_name_invalid")),
    length("filter_partner_event_id_name", stepCode("filter_partner_event_id_name_length"), NAME_LENGTH_MAX),
    notBlank("filter_partner_event_id_value", stepCode("filter_partner_event_id_value_invalid")),
    sourceLength(
      "filter_partner_event_id_value",
      stepCode("filter_partner_event_id_value_length"),
      EXPRESSION_LENGTH_MAX,
    ),
    sourceLength("filter_expression", stepCode("filter_expression_length"), EXPRESSION_LENGTH_MAX),
    syntax("filter_expression", stepCode("filter_expression_invalid")),
    syntax("filter_expressions", stepCode("filter_expression_invalid")),
  ],
  JOURNEY_CHECK: [
    present("journey_name", "campaign_controller_trigger_journey_check_journey_name_missing"),
    checkedJourney,
  ],
  LEGACY_QUALITY: [present("action_type", "campaign_controller_trigger_legacy_quality_missing_action_type")],
  MAXMIND: ["ip_threshold", "risk_threshold"].map((member) =>
    number(
      member,
      "campaign_controller_trigger_max_mind_invalid_threshold",
      (value) => value >= 0 && value <= SCORE_MAX,
    ),
  ),
  REFERRED_BY_EVENT: [
    present("referral_originator", "campaign_controller_trigger_referred_by_event_invalid_referral_originator"),
  ],
  REWARD_EVENT: [
    present("reward_states", "campaign_controller_trigger_reward_event_invalid_reward_states"),
    legalName("event_names", "campaign_controller_trigger_reward_event_event_name_contains_illegal_character"),
    length(
      "event_names",
      "campaign_controller_trigger_reward_event_event_name_length_out_of_range",
      NAME_LENGTH_MAX,
      2,
    ),
    notBlank("tags", "campaign_controller_trigger_reward_event_invalid_event_tag"),
  ],
  SCORE: [
    present("cause_event_name", "campaign_controller_trigger_score_missing_cause_event_name"),
    legalName("cause_event_name", "campaign_controller_trigger_score_cause_event_name_contains_illegal_character"),
    length(
      "cause_event_name",
      "campaign_controller_trigger_score_cause_event_name_length_out_of_range",
      NAME_LENGTH_MAX,
      2,
    ),
  ],
  SEND_REWARD_EVENT: [
    length(
      "reward_names",
      "campaign_controller_trigger_send_reward_event_reward_name_length_out_of_range",
      NAME_LENGTH_MAX,
    ),
    notBlank("tags", "campaign_controller_trigger_send_reward_event_invalid_event_tag"),
  ],
  SHARE: [
    (part) =>
      hasNone(part, "channels") && hasNone(part, "share_types")
        ? "campaign_controller_trigger_share_missing_channels"
        : null,
  ],
  STEP_EVENT: [
    (part) => (hasNone(part, "event_names") && hasNone(part, "having_any_data_name") ? "missing_constraint" : null),
    legalName("event_names", "illegal_character_in_event_name"),
    length("event_names", "event_name_invalid_length", NAME_LENGTH_MAX, 2),
    length("having_any_data_name", "data_name_invalid_length", NAME_LENGTH_MAX, 1),
  ],
  ZONE_STATE: [
    (part) =>
      hasNone(part, "zone_name") && hasNone(part, "step_name")
        ? "campaign_controller_trigger_zone_state_missing_zone_name_and_step_name"
        : null,
    sourceLength(
      "zone_name",
      "campaign_controller_trigger_zone_state_zone_name_expression_out_of_range",
      EXPRESSION_LENGTH_MAX,
    ),
    sourceLength(
      "step_name",
      "campaign_controller_trigger_zone_state_step_name_expression_out_of_range",
      EXPRESSION_LENGTH_MAX,
    ),
  ],
};

export function triggerChecks(type: string): readonly Check[] {
  const checks: readonly Check[] | undefined = Object.hasOwn(own, type) ? own[type as TriggerType] : undefined;
  return [...common, ...(checks ?? [])];
}

function hasNone(part: JsonObject, member: string): boolean {
  const value = part[member];
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function enabledAudience(...[part, { configuration }]: Parameters<Check>): ReturnType<Check> {
  const ids = literal(part, "having_any_audience_id");
  const isDisabled = (id: unknown): boolean =>
    typeof id === "string" && configuration.find("audience", id)?.["enabled"] === false;
  return Array.isArray(ids) && ids.some(isDisabled) ? "disabled_audience" : null;
}

/** Exact counts that no count within the bounds can be. */
function matchesWithinCounts(part: JsonObject): ErrorCode | null {
  const matches = literal(part, "count_matches");
  if (!Array.isArray(matches)) return null;
  const min = numeric(literal(part, "count_min")) ?? 0;
  const max = numeric(literal(part, "count_max")) ?? Number.MAX_SAFE_INTEGER;
  return matches.some((count) => typeof count === "number" && (count < min || count > max))
    ? stepCode("count_matches_not_in_count_range")
    : null;
}

/** What looks like a type of events is one that is not supported; anything else is none. */
const EVENT_TYPE = /^[A-Z_]+$/;

function targetingAttributes(part: JsonObject): ErrorCode | null {
  const attributes = part["targeting_attributes"];
  if (isExpression(attributes)) return null;
  const map = mapAt(part, "targeting_attributes");
  if (Object.keys(map).length === 0) return "campaign_controller_trigger_event_targeting_targeting_attributes_empty";
  for (const value of Object.values(map)) {
    if (typeof value !== "string" || value.trim() === "")
      return "campaign_controller_trigger_event_targeting_targeting_attribute_value_empty";
  }
  const { EVENT_NAME: name, EVENT_TYPE: type } = map;
  if (typeof name === "string" && !isExpression(name)) {
    if (name.length < 2 || name.length > NAME_LENGTH_MAX)
      return "campaign_controller_trigger_event_targeting_event_name_invalid_length";
    if (!isLegalName(name)) return "campaign_controller_trigger_event_targeting_illegal_character_in_event_name";
  }
  if (typeof type !== "string" || isExpression(type) || eventTypes.some((each) => each === type)) return null;
  return EVENT_TYPE.test(type)
    ? "campaign_controller_trigger_event_targeting_unsupported_event_type"
    : "campaign_controller_trigger_event_targeting_invalid_event_type";
}

/** The journey is entered in this campaign, by an entry without a key, and not by the one that checks for it. */
function checkedJourney(...[part, { body }]: Parameters<Check>): ReturnType<Check> {
  const name = literal(part, "journey_name");
  if (typeof name !== "string") return null;
  const entry = body.steps.find(({ type, journey_name }) => type === "JOURNEY_ENTRY" && journey_name === name);
  if (entry === undefined) return "campaign_controller_trigger_journey_check_journey_entry_not_found";
  if (entry["key"] !== undefined && entry["key"] !== null)
    return "campaign_controller_trigger_journey_check_journey_entry_key_not_supported";
  const isOwn = JSON.stringify(entry["triggers"] ?? []).includes(JSON.stringify(part["trigger_id"] ?? ""));
  return isOwn ? "campaign_controller_trigger_journey_check_trigger_cycle" : null;
}
