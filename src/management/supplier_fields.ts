// Members of reward suppliers, as tables: those that all have, and those of each type.

import type { JsonObject } from "../model/json.ts";
import { faceValueTypes, partnerRewardKeyTypes, rewardStates } from "../model/reward.ts";
import { customRewardTypes, faceValueAlgorithms, type SupplierType, supplierTypes } from "../model/supplier.ts";
import {
  built,
  builtOrAtRuntime,
  componentFields,
  type Fields,
  flag,
  integer,
  listOf,
  number,
  oneOf,
  plain,
  text,
} from "./part_fields.ts";

const transitions: JsonObject = {
  type: "object",
  properties: Object.fromEntries(rewardStates.map((state) => [state, listOf(oneOf(...rewardStates))])),
  additionalProperties: false,
};

const common: Fields = {
  reward_supplier_type: plain(oneOf(...supplierTypes)),
  name: built(text),
  display_name: built(text),
  display_type: built(text),
  description: built(text),
  enabled: built(flag),
  tags: plain(listOf(text)),
  partner_reward_supplier_id: plain(text),
  partner_reward_key_type: plain(oneOf(...partnerRewardKeyTypes)),
  face_value_algorithm_type: built(oneOf(...faceValueAlgorithms)),
  face_value: built(number),
  face_value_type: built(oneOf(...faceValueTypes)),
  cash_back_percentage: built(number),
  cash_back_min: built(number),
  cash_back_max: built(number),
  limit_per_day: built(integer),
  limit_per_hour: built(integer),
  reward_expires_at: builtOrAtRuntime(text),
  ...componentFields,
};

const own: { readonly [T in SupplierType]: Fields } = {
  CUSTOM_REWARD: {
    type: plain(oneOf(...customRewardTypes)),
    auto_fulfillment_enabled: plain(flag),
    reward_email_auto_send_enabled: plain(flag),
    missing_fulfillment_alert_enabled: plain(flag),
    missing_fulfillment_alert_delay_ms: plain(integer),
    missing_fulfillment_auto_fail_enabled: plain(flag),
    missing_fulfillment_auto_fail_delay_ms: plain(integer),
    state_transitions: plain(transitions),
    negative_points_allowed: plain(flag),
  },
  MANUAL_COUPON: {
    coupon_count_warn_limit: plain(integer),
    default_coupon_expiry_date: plain(text),
    minimum_coupon_lifetime: plain(integer),
  },
  PAYPAL_PAYOUTS: { merchant_token: plain(text) },
  SALESFORCE_COUPON: {
    coupon_pool_id: built(text),
    settings_id: plain(text),
    balance_refill_amount: plain(integer),
    initial_offset: plain(integer),
  },
  TANGO_V2: { account_id: plain(text), utid: plain(text) },
};

/** Of every type: which of them a supplier may have is a check of its own, since that depends on another member. */
export const supplierFields: Fields = Object.assign({}, common, ...Object.values(own)) as Fields;

/** What cannot be changed once the supplier is there. */
export const fixedMembers: readonly string[] = [
  "reward_supplier_type",
  "account_id",
  "utid",
  "coupon_pool_id",
  "settings_id",
  "initial_offset",
];

export function membersOf(type: SupplierType): readonly string[] {
  return [...Object.keys(common), ...Object.keys(own[type])];
}

export function ownMembersOf(type: SupplierType): readonly string[] {
  return Object.keys(own[type]);
}
