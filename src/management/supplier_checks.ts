// Rules that a supplier's members follow beyond their schemas, from rule to code, in the order in which they are looked at. They see what is built.

import { apiError, type ApiError, type ErrorCode } from "../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { paypalCurrencies, paypalWholeCurrencies } from "../model/payout.ts";
import { type RewardState, rewardMoves } from "../model/reward.ts";
import { supplierDefaults, type SupplierType, supplierTypes } from "../model/supplier.ts";
import { parseNewDateMs, sourceError } from "../rules/mod.ts";
import type { ClientObject } from "./client_objects.ts";
import { membersOf, supplierFields } from "./supplier_fields.ts";
import { areTags } from "./tags.ts";

const NAME_LENGTH_MAX = 255;
const DESCRIPTION_LENGTH_MAX = 1024;
const PARTNER_ID_LENGTH_MAX = 255;
/** Far above any reward, and far below where hundredths are no longer exact. */
const FACE_VALUE_MAX = 1_000_000_000;
/** A signed number of 32 bits, as the contract has it. */
const LIMIT_MAX = 2_147_483_647;

type Rule = (supplier: JsonObject) => boolean;
type Rules = readonly (readonly [ErrorCode, Rule])[];

const commonRules: Rules = [
  ["name_missing", ({ name }) => isBlank(name)],
  ["name_too_long", ({ name }) => isLonger(name, NAME_LENGTH_MAX)],
  ["illegal_character_in_name", ({ name }) => hasControlCharacter(name)],
  ["display_name_too_long", ({ display_name }) => isLonger(display_name, NAME_LENGTH_MAX)],
  ["description_too_long", ({ description }) => isLonger(description, DESCRIPTION_LENGTH_MAX)],
  ["illegal_character_in_description", ({ description }) => hasControlCharacter(description, "\n\r\t")],
  ["invalid_tag", ({ tags }) => !areTags(tags)],
  [
    "partner_reward_supplier_id_invalid",
    ({ partner_reward_supplier_id: id }) => isGiven(id) && (isBlank(id) || isLonger(id, PARTNER_ID_LENGTH_MAX)),
  ],
  ["face_value_type_missing", ({ face_value_type }) => isBlank(face_value_type)],
  ["face_value_missing", (supplier) => isFixed(supplier) && !isGiven(supplier["face_value"])],
  ["face_value_out_of_range", ({ face_value }) => isOutside(face_value, 0, FACE_VALUE_MAX)],
  ["negative_cash_back_percentage", ({ cash_back_percentage }) => isBelow(cash_back_percentage, 0)],
  ["negative_min_cash_back", ({ cash_back_min }) => isBelow(cash_back_min, 0)],
  ["negative_max_cash_back", ({ cash_back_max }) => isBelow(cash_back_max, 0)],
  ["invalid_cash_back_limits", ({ cash_back_min, cash_back_max }) => isAbove(cash_back_min, cash_back_max)],
  ["zero_face_value", isWorthless],
  [
    "limit_out_of_range",
    ({ limit_per_hour, limit_per_day }) =>
      isOutside(limit_per_hour, 1, LIMIT_MAX) || isOutside(limit_per_day, 1, LIMIT_MAX),
  ],
  ["invalid_limits", ({ limit_per_hour, limit_per_day }) => isAbove(limit_per_hour, limit_per_day)],
  [
    "invalid_expiration_date",
    ({ reward_expires_at }) => isGiven(reward_expires_at) && !isDateOrExpression(reward_expires_at),
  ],
];

const typeRules: { readonly [T in SupplierType]: Rules } = {
  CUSTOM_REWARD: [
    ["custom_reward_type_missing", ({ type }) => isBlank(type)],
    ["negative_missing_fulfillment_alert_delay_ms", (supplier) => delayOf(supplier, "alert") < 0],
    ["negative_missing_fulfillment_auto_fail_delay_ms", (supplier) => delayOf(supplier, "auto_fail") < 0],
    [
      "invalid_missing_fulfillment_auto_fail_delay_ms",
      (supplier) =>
        supplier["missing_fulfillment_alert_enabled"] === true &&
        isAutoFailing(supplier) &&
        delayOf(supplier, "auto_fail") < delayOf(supplier, "alert"),
    ],
    ["invalid_auto_fail_state_transition", (supplier) => isAutoFailing(supplier) && !canFail(supplier)],
  ],
  MANUAL_COUPON: [
    ["missing_coupon_count_warn_limit", ({ coupon_count_warn_limit }) => !isGiven(coupon_count_warn_limit)],
    ["coupon_count_warn_limit_invalid", ({ coupon_count_warn_limit: limit }) => isOutside(limit, 0, LIMIT_MAX)],
    ["illegal_value_of_minimum_coupon_lifetime", ({ minimum_coupon_lifetime }) => isBelow(minimum_coupon_lifetime, 0)],
    [
      "invalid_expiration_date",
      ({ default_coupon_expiry_date: date }) =>
        isGiven(date) && (typeof date !== "string" || parseNewDateMs(date) === null),
    ],
  ],
  PAYPAL_PAYOUTS: [
    ["merchant_token_missing", ({ merchant_token }) => isBlank(merchant_token)],
    ["unsupported_face_value_type", ({ face_value_type: type }) => !paypalCurrencies.some((own) => own === type)],
    [
      "unsupported_decimal_face_value_type",
      (supplier) =>
        isFixed(supplier) &&
        paypalWholeCurrencies.some((own) => own === supplier["face_value_type"]) &&
        !Number.isInteger(supplier["face_value"]),
    ],
  ],
  SALESFORCE_COUPON: [
    ["settings_id_missing", ({ settings_id }) => isBlank(settings_id)],
    ["coupon_pool_id_missing", ({ coupon_pool_id }) => isBlank(coupon_pool_id)],
    ["balance_refill_amount_missing", ({ balance_refill_amount }) => !isGiven(balance_refill_amount)],
    ["invalid_balance_refill_amount", ({ balance_refill_amount: amount }) => isOutside(amount, 1, LIMIT_MAX)],
    ["invalid_initial_offset", ({ initial_offset }) => isOutside(initial_offset, 0, LIMIT_MAX)],
  ],
  TANGO_V2: [
    ["account_id_missing", ({ account_id }) => isBlank(account_id)],
    ["utid_missing", ({ utid }) => isBlank(utid)],
  ],
};

/** @param others suppliers as built, without this one */
export function supplierError(supplier: ClientObject, others: readonly ClientObject[]): ApiError | null {
  const type = supplierTypes.find((known) => known === supplier["reward_supplier_type"]);
  if (type === undefined) return apiError("validation_error", { name: "reward_supplier_type" });
  const allowed = membersOf(type);
  const foreign = Object.keys(supplierFields).find((name) => isGiven(supplier[name]) && !allowed.includes(name));
  if (foreign !== undefined) return apiError("validation_error", { name: foreign, reward_supplier_type: type });
  for (const [code, isBroken] of [...commonRules, ...typeRules[type]]) if (isBroken(supplier)) return apiError(code);
  const expression = expressionError(supplier);
  if (expression !== null) return expression;
  return supplier.is_archived ? null : takenError(supplier, others);
}

/** Names, and pools of a provider, are one supplier's, as long as it is not archived. */
function takenError(supplier: ClientObject, others: readonly ClientObject[]): ApiError | null {
  const { name, coupon_pool_id, settings_id } = supplier;
  const active = others.filter(({ is_archived }) => !is_archived);
  if (active.some((other) => other["name"] === name)) return apiError("reward_supplier_duplicated_name");
  const isTaken = active.some(
    (other) =>
      isGiven(coupon_pool_id) && other["coupon_pool_id"] === coupon_pool_id && other["settings_id"] === settings_id,
  );
  return isTaken ? apiError("coupon_pool_id_already_in_use") : null;
}

function expressionError({ reward_expires_at: expression }: JsonObject): ApiError | null {
  const error = typeof expression === "string" ? sourceError(expression) : null;
  if (error === null) return null;
  const { message, place } = error;
  const where = { line: place.line, column: place.column };
  return apiError("reward_supplier_build_failed", { parameter: "reward_expires_at", message, ...where });
}

function isFixed(supplier: JsonObject): boolean {
  return supplier["face_value_algorithm_type"] !== "CASH_BACK";
}

/** A percentage of nothing with no minimum pays nothing, ever. */
function isWorthless(supplier: JsonObject): boolean {
  if (isFixed(supplier)) return supplier["face_value"] === 0;
  const { cash_back_percentage = null, cash_back_min = null, cash_back_max = null } = supplier;
  return cash_back_max === 0 || ((cash_back_percentage ?? 0) === 0 && (cash_back_min ?? 0) === 0);
}

function isAutoFailing(supplier: JsonObject): boolean {
  return supplier["missing_fulfillment_auto_fail_enabled"] === true;
}

function delayOf(supplier: JsonObject, what: "alert" | "auto_fail"): number {
  const name = `missing_fulfillment_${what}_delay_ms` as const;
  const given = supplier[name];
  return typeof given === "number" ? given : supplierDefaults[name];
}

function canFail({ state_transitions: given }: JsonObject): boolean {
  const states = isJsonObject(given) ? given["EARNED"] : undefined;
  const failed: RewardState = "FAILED";
  return Array.isArray(states) ? states.includes(failed) : rewardMoves.EARNED.includes(failed);
}

function isDateOrExpression(value: JsonValue | undefined): boolean {
  return (
    typeof value === "string" && (/^(javascript|handlebars)@runtime:/.test(value) || parseNewDateMs(value) !== null)
  );
}

function isGiven(value: JsonValue | undefined): value is string | number | boolean | JsonObject | JsonValue[] {
  return value !== undefined && value !== null;
}

function isBlank(value: JsonValue | undefined): boolean {
  return !isGiven(value) || (typeof value === "string" && value.trim() === "");
}

function isLonger(value: JsonValue | undefined, max: number): boolean {
  return typeof value === "string" && value.length > max;
}

function isBelow(value: JsonValue | undefined, least: number): boolean {
  return typeof value === "number" && value < least;
}

function isOutside(value: JsonValue | undefined, least: number, most: number): boolean {
  return typeof value === "number" && (value < least || value > most);
}

function isAbove(low: JsonValue | undefined, high: JsonValue | undefined): boolean {
  return typeof low === "number" && typeof high === "number" && low > high;
}

function hasControlCharacter(value: JsonValue | undefined, except = ""): boolean {
  if (typeof value !== "string") return false;
  for (const character of value) if (character < " " && !except.includes(character)) return true;
  return false;
}
