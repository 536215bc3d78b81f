// What each type of action asks of its members beyond their schemas, as one table; the codes are the contract's.

import type { ActionType } from "../model/action.ts";
import type { ErrorCode } from "../model/errors.ts";
import { referralTouches } from "../model/journey.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { parseNewDateMs, parseDurationMs } from "../rules/mod.ts";
import {
  type Check,
  type CodeBehind,
  dataNames,
  dataValues,
  isExpression,
  legalName,
  length,
  literal,
  mapAt,
  notBlank,
  notHollow,
  present,
  refersTo,
  sourceLength,
  syntax,
  texts,
  togetherWithin,
} from "./checks.ts";

const NAME_LENGTH_MAX = 255;
const DATA_NAME_LENGTH_MAX = 200;
const EXPRESSION_LENGTH_MAX = 2000;
const LONG_EXPRESSION_LENGTH_MAX = 2048;
const TAGS_LENGTH_MAX = 2048;
const ZONE_NAME_LENGTH_MIN = 2;
const ZONE_NAME_LENGTH_MAX = 50;

type Code = CodeBehind<"campaign_controller_action_">;

function code(suffix: Code): ErrorCode {
  return `campaign_controller_action_${suffix}`;
}

const reviewMembers = [
  "cause_type",
  "event_type",
  "legacy_action_id",
  "note",
  "partner_event_id",
  "polling_id",
  "polling_name",
] as const;

/** Of actions that have no codes of their own for their data. */
const plainData: readonly Check[] = [
  dataNames({ blank: "data_name_invalid", long: "data_name_length_invalid" }, DATA_NAME_LENGTH_MAX),
  dataValues({ blank: "data_value_invalid", long: "data_value_length_invalid" }, LONG_EXPRESSION_LENGTH_MAX),
];

const earnExpressions = ["event_time", "reward_action_id", "value_of_event_being_rewarded"] as const;
const fulfilExpressions = ["reward_id", "message", "success", "partner_reward_id", "event_time"] as const;
const redeemExpressions = ["reward_id", "partner_event_id", "event_time"] as const;

const fireName = code("fire_as_person_event_name_length_out_of_range");

const own: { readonly [T in ActionType]?: readonly Check[] } = {
  APPROVE: [
    ...reviewMembers.map((member) => sourceLength(member, code(`approve_${member}_length`), EXPRESSION_LENGTH_MAX)),
    sourceLength("force", code("approve_force_length"), EXPRESSION_LENGTH_MAX),
  ],
  CANCEL_REWARD: [
    present("reward_id", code("cancel_reward_empty_reward_id")),
    notHollow(["reward_id", "message"], code("cancel_reward_undefined_expression")),
    sourceLength("reward_id", code("cancel_reward_too_long_expression"), LONG_EXPRESSION_LENGTH_MAX),
    sourceLength("message", code("cancel_reward_too_long_expression"), LONG_EXPRESSION_LENGTH_MAX),
    syntax("reward_id", code("cancel_reward_invalid_expression")),
    syntax("message", code("cancel_reward_invalid_expression")),
  ],
  CREATE_MEMBERSHIP: [refersTo("audience_id", "audience", code("create_membership_audience_not_found"))],
  DATA_INTELLIGENCE: [
    legalName("event_name", code("data_intelligence_event_invalid_event_name")),
    length("event_name", code("data_intelligence_event_name_out_of_range"), DATA_NAME_LENGTH_MAX, 2),
  ],
  DECLINE: reviewMembers.map((member) => sourceLength(member, code(`decline_${member}_length`), EXPRESSION_LENGTH_MAX)),
  EARN_REWARD: [
    length("reward_name", code("earn_reward_reward_name_too_long"), NAME_LENGTH_MAX),
    refersTo("reward_supplier_id", "supplier", code("earn_reward_reward_supplier_id_not_found")),
    notBlank("tags", code("earn_reward_invalid_tag")),
    togetherWithin("tags", code("earn_reward_invalid_tags_length"), TAGS_LENGTH_MAX),
    (part) => {
      const tags = literal(part, "tags");
      return Array.isArray(tags) && tags.length === 0 ? code("earn_reward_missing_tags") : null;
    },
    dataNames(
      {
        blank: code("earn_reward_data_entry_name_out_of_range"),
        long: code("earn_reward_data_entry_name_out_of_range"),
      },
      DATA_NAME_LENGTH_MAX,
    ),
    notHollow(earnExpressions, code("earn_reward_undefined_expression")),
    ...earnExpressions.map((member) =>
      sourceLength(member, code("earn_reward_too_long_expression"), LONG_EXPRESSION_LENGTH_MAX),
    ),
  ],
  EMAIL: [
    present("zone_name", code("email_missing_zone_name")),
    length("zone_name", code("email_zone_name_out_of_range"), ZONE_NAME_LENGTH_MAX, ZONE_NAME_LENGTH_MIN),
    texts("zone_name", code("email_zone_name_contains_illegal_character"), (name) => /^\w+$/.test(name)),
    ...plainData,
  ],
  EXPRESSION: [
    sourceLength("expression", "expression_length_invalid", LONG_EXPRESSION_LENGTH_MAX),
    syntax("expression", "expression_invalid_syntax"),
    ...plainData,
  ],
  FIRE_AS_PERSON: [
    present("event_name", code("fire_as_person_missing_event_name")),
    length("event_name", fireName, NAME_LENGTH_MAX, 2),
    legalName("event_name", code("fire_as_person_event_name_contains_illegal_character")),
    identification,
    firedJourney,
    length("labels", code("fire_as_person_label_out_of_range"), 50, 2),
    texts("labels", code("fire_as_person_label_illegal_characters"), (label) => /^[a-z0-9_-]+$/.test(label)),
    dataNames(
      {
        blank: code("fire_as_person_data_entry_name_out_of_range"),
        long: code("fire_as_person_data_entry_name_out_of_range"),
      },
      DATA_NAME_LENGTH_MAX,
    ),
  ],
  FULFILL_REWARD: [
    present("reward_id", code("fulfill_reward_empty_reward_id")),
    notHollow(fulfilExpressions, code("fulfill_reward_undefined_expression")),
    ...fulfilExpressions.flatMap((member) => [
      sourceLength(member, code("fulfill_reward_too_long_expression"), LONG_EXPRESSION_LENGTH_MAX),
      syntax(member, code("fulfill_reward_invalid_spel_expression")),
    ]),
  ],
  INCENTIVIZE: [
    present("incentivize_action_type", code("incentivize_action_type_missing")),
    sourceLength("action_name", code("incentivize_action_name_invalid_length"), EXPRESSION_LENGTH_MAX),
    syntax("action_name", code("incentivize_action_name_invalid_expression")),
    notBlank("action_name", code("incentivize_action_name_invalid_value")),
    dataValues(
      {
        blank: code("incentivize_override_value_invalid"),
        long: code("incentivize_override_value_length_out_of_range"),
      },
      EXPRESSION_LENGTH_MAX,
      "overrides",
    ),
    ...plainData,
  ],
  INCENTIVIZE_STATUS_UPDATE: plainData,
  REDEEM_REWARD: [
    present("reward_id", code("redeem_reward_missing_reward_id")),
    notHollow(redeemExpressions, code("redeem_reward_undefined_expression")),
    ...redeemExpressions.flatMap((member) => [
      sourceLength(member, code("redeem_reward_too_long_expression"), EXPRESSION_LENGTH_MAX),
      syntax(member, code("redeem_reward_invalid_expression")),
    ]),
    dataNames(
      {
        blank: code("redeem_reward_data_attribute_name_invalid"),
        long: code("redeem_reward_data_attribute_name_invalid"),
      },
      DATA_NAME_LENGTH_MAX,
    ),
    dataValues(
      {
        blank: code("redeem_reward_data_attribute_value_invalid"),
        long: code("redeem_reward_data_attribute_value_invalid"),
      },
      EXPRESSION_LENGTH_MAX,
    ),
  ],
  REMOVE_MEMBERSHIP: [refersTo("audience_id", "audience", code("remove_membership_audience_not_found"))],
  REVOKE_REWARD: [
    present("reward_id", code("revoke_reward_missing_reward_id")),
    notHollow(["reward_id", "message"], code("revoke_reward_undefined_expression")),
    ...["reward_id", "message"].flatMap((member) => [
      sourceLength(member, code("revoke_reward_too_long_expression"), EXPRESSION_LENGTH_MAX),
      syntax(member, code("revoke_reward_invalid_expression")),
    ]),
  ],
  SCHEDULE: [
    present("schedule_name", code("schedule_missing_schedule_name")),
    length("schedule_name", code("schedule_name_out_of_range"), 100, 2),
    legalName("schedule_name", code("schedule_name_contains_illegal_character")),
    (part) =>
      hasAny(part, "dates") && hasAny(part, "delays") ? code("schedule_delays_and_dates_not_supported_together") : null,
    texts("delays", code("schedule_negative_delay"), (text) => !/^[+]?-|P-|T-/.test(text.trim())),
    texts("delays", code("schedule_invalid_delay"), (text) => parseDurationMs(text) !== null),
    texts("dates", code("schedule_invalid_date"), (text) => parseNewDateMs(text) !== null),
    builtItems("delays", code("schedule_invalid_delay")),
    builtItems("dates", code("schedule_invalid_date")),
    backdated,
    dataNames(
      { blank: code("schedule_data_entry_name_out_of_range"), long: code("schedule_data_entry_name_out_of_range") },
      NAME_LENGTH_MAX,
    ),
  ],
  SIGNAL: [
    sourceLength("name", "name_length_invalid", EXPRESSION_LENGTH_MAX),
    sourceLength("signal_polling_id", "signal_polling_id_length_invalid", EXPRESSION_LENGTH_MAX),
    ...plainData,
  ],
  SIGNAL_V1: [
    sourceLength("signal_polling_id", code("signal_signal_polling_id_out_of_range"), EXPRESSION_LENGTH_MAX),
    dataNames(
      {
        blank: code("signal_data_attribute_name_invalid"),
        long: code("signal_data_attribute_name_length_out_of_range"),
      },
      DATA_NAME_LENGTH_MAX,
    ),
    dataValues(
      {
        blank: code("signal_data_attribute_value_invalid"),
        long: code("signal_data_attribute_value_length_out_of_range"),
      },
      EXPRESSION_LENGTH_MAX,
    ),
  ],
  STEP_SIGNAL: [
    sourceLength("name", code("step_signal_name_invalid_length"), NAME_LENGTH_MAX),
    sourceLength("polling_id", code("step_signal_polling_id_invalid_length"), EXPRESSION_LENGTH_MAX),
    syntax("polling_id", code("step_signal_polling_id_invalid_expression")),
  ],
  WEBHOOK: [
    present("webhook_id", "webhook_missing"),
    refersTo("webhook_id", "webhook", "webhook_not_found"),
    ...plainData,
  ],
};

export function actionChecks(type: string): readonly Check[] {
  return Object.hasOwn(own, type) ? (own[type as ActionType] ?? []) : [];
}

function hasAny(part: JsonObject, member: string): boolean {
  const value = part[member];
  return isExpression(value) || (Array.isArray(value) && value.length > 0);
}

/** A list may be made when an event comes, as a whole; its items are known when the campaign is built. */
function builtItems(member: string, error: ErrorCode): Check {
  const isLate = (item: JsonValue): boolean =>
    typeof item === "string" && isExpression(item) && !/^\w+@buildtime:/.test(item);
  return ({ [member]: list }) => (Array.isArray(list) && list.some(isLate) ? error : null);
}

/** Dates in the past never come, unless the action forces them. */
function backdated(...[part, { nowMs }]: Parameters<Check>): ReturnType<Check> {
  if (part["force"] === true) return null;
  const dates = literal(part, "dates");
  const isPast = (text: unknown): boolean => typeof text === "string" && (parseNewDateMs(text) ?? nowMs) < nowMs;
  return Array.isArray(dates) && dates.some(isPast) ? code("schedule_backdated_date_not_allowed") : null;
}

/** Exactly one way to say who the person is. */
function identification(part: JsonObject): ErrorCode | null {
  const given = part["as_person_identification"];
  const isByMap = given !== undefined && given !== null;
  const isById = part["person_id"] !== undefined && part["person_id"] !== null;
  if (isByMap && isById) return code("fire_as_person_double_person_identification");
  if (!isByMap && !isById) return code("fire_as_person_identification_missing");
  if (!isByMap) return null;
  const { value, person_identification_type: type, partner_event_key: key } = mapAt(part, "as_person_identification");
  if (typeof value !== "string" || value.trim() === "") return code("fire_as_person_identification_value_missing");
  if (value.length > EXPRESSION_LENGTH_MAX) return code("fire_as_person_identification_value_length_out_of_range");
  if (type !== "PARTNER_EVENT_ID") return null;
  if (typeof key !== "string" || key.trim() === "") return code("fire_as_person_partner_event_key_missing");
  return key.length > NAME_LENGTH_MAX ? code("fire_as_person_partner_event_key_length_out_of_range") : null;
}

function firedJourney(part: JsonObject): ErrorCode | null {
  const journey = mapAt(part, "as_person_journey");
  for (const value of Object.values(journey)) {
    if (typeof value !== "string") continue;
    if (value.length > EXPRESSION_LENGTH_MAX) return code("fire_as_person_journey_field_out_of_range");
    if (value.trim() === "") return code("fire_as_person_journey_field_invalid");
  }
  const hasKey = journey["key"] !== undefined && journey["key"] !== null;
  const name = journey["journey_name"] ?? journey["journey_type"] ?? null;
  if (hasKey && name === null) return code("fire_as_person_journey_name_missing");
  const hasReason = journey["referral_reason"] !== undefined && journey["referral_reason"] !== null;
  const isReferred = referralTouches.some((member) => journey[member] !== undefined && journey[member] !== null);
  return hasReason && !isReferred ? code("fire_as_person_journey_missing_referral_data") : null;
}
