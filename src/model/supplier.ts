// Supplier: who hands a reward out, what it is worth and what may become of it. As the program has it: every expression of build time evaluated.

import type { BudgetLimit } from "./budget.ts";
import type { PartnerRewardKeyType, RewardState } from "./reward.ts";

/** Of the contract; rewards have those of their suppliers. */
export const supplierTypes = [
  "CUSTOM_REWARD",
  "MANUAL_COUPON",
  "PAYPAL_PAYOUTS",
  "SALESFORCE_COUPON",
  "TANGO_V2",
] as const;
export type SupplierType = (typeof supplierTypes)[number];

export const customRewardTypes = ["ACCOUNT_CREDIT", "LOYALTY_POINTS"] as const;
export type CustomRewardType = (typeof customRewardTypes)[number];

export const faceValueAlgorithms = ["CASH_BACK", "FIXED"] as const;
export type FaceValueAlgorithm = (typeof faceValueAlgorithms)[number];

/** From a state to those that a reward of the supplier may go to. */
export type StateTransitions = { readonly [S in RewardState]?: readonly RewardState[] };

/** What is left out has no effect, or the default that `supplierDefaults` says. */
export interface SupplierDocument {
  id: string;
  name: string;
  reward_supplier_type: SupplierType;
  /** False: earns nothing new. */
  enabled?: boolean;
  /** Kept for the rewards that it handed out; earns nothing new and cannot be named by a campaign. */
  is_archived?: boolean;
  partner_reward_supplier_id?: string | null;
  partner_reward_key_type?: PartnerRewardKeyType | null;
  face_value_algorithm_type: FaceValueAlgorithm;
  face_value?: number | null;
  face_value_type: string;
  cash_back_percentage?: number | null;
  cash_back_min?: number | null;
  cash_back_max?: number | null;
  /** Rewards that are fulfilled by themselves in one hour and one day (UTC); absent: as many as there are. */
  limit_per_hour?: number | null;
  limit_per_day?: number | null;
  /** Absent: it may grant whatever is earned. */
  budget?: BudgetLimit;
  /** A date, or an expression of run time that yields a date or a duration. */
  reward_expires_at?: string | null;

  /** CUSTOM_REWARD. */
  type?: CustomRewardType | null;
  /** Moves to FULFILLED as soon as it is earned. */
  auto_fulfillment_enabled?: boolean;
  /** Is SENT as soon as it is fulfilled. */
  reward_email_auto_send_enabled?: boolean;
  missing_fulfillment_alert_enabled?: boolean;
  missing_fulfillment_alert_delay_ms?: number;
  missing_fulfillment_auto_fail_enabled?: boolean;
  missing_fulfillment_auto_fail_delay_ms?: number;
  /** A state that it does not name keeps the moves of the table. */
  state_transitions?: StateTransitions | null;

  /** Ours, of LOYALTY_POINTS: points that are taken back are owed when they were spent; else what is left is taken. */
  negative_points_allowed?: boolean;

  /** MANUAL_COUPON. From so few codes on, somebody should be told. */
  coupon_count_warn_limit?: number;
  default_coupon_expiry_date?: string | null;
  /** Ms that a code must still be good for when it is handed out. */
  minimum_coupon_lifetime?: number | null;
  /** Codes that a program file brings, in the order in which they are handed out. */
  coupons?: string[];

  /** SALESFORCE_COUPON. */
  coupon_pool_id?: string;
  settings_id?: string;
  balance_refill_amount?: number;
  initial_offset?: number;

  /** TANGO_V2. */
  account_id?: string;
  utid?: string;

  /** PAYPAL_PAYOUTS. */
  merchant_token?: string;
}

const DAY_MS = 86_400_000;

/** Of members of custom rewards that are not given. */
export const supplierDefaults = {
  missing_fulfillment_alert_delay_ms: 3 * DAY_MS,
  missing_fulfillment_auto_fail_delay_ms: 10 * DAY_MS,
} as const;
