// Reward: what was earned, and each move it made.

import type { JsonValue } from "./json.ts";
import type { NamedValue } from "./person.ts";

/** The store writes places in it, as in `partnerRewardKeyTypes`: append only. */
export const rewardStates = [
  "EARNED",
  "FULFILLED",
  "SENT",
  "REDEEMED",
  "CANCELED",
  "REVOKED",
  "FAILED",
  "EXPIRED",
] as const;
export type RewardState = (typeof rewardStates)[number];

/** Not a state of its own, and named beside them: the latest attempt to fulfil failed. */
export const FULFILL_FAILED = "FULFILL_FAILED";

/** Where a reward may go from each state, unless its supplier says otherwise. A failed one may be given up for good, too. */
export const rewardMoves: { readonly [S in RewardState]: readonly RewardState[] } = {
  EARNED: ["FULFILLED", "SENT", "CANCELED", "FAILED", "EXPIRED"],
  FULFILLED: ["SENT", "REDEEMED", "REVOKED", "EXPIRED"],
  SENT: ["REDEEMED", "REVOKED", "FAILED", "EXPIRED"],
  REDEEMED: [],
  CANCELED: [],
  REVOKED: [],
  FAILED: ["EARNED", "CANCELED"],
  EXPIRED: [],
};

/** What a partner's id of a reward is. */
export const partnerRewardKeyTypes = ["COUPON", "ID", "LINK"] as const;
export type PartnerRewardKeyType = (typeof partnerRewardKeyTypes)[number];

/** Null: there is no such reward. */
export type RewardStateOf = (client: string, rewardId: string) => Promise<RewardState | null>;

/** What becomes of a reward at a time: the member of that name and `Ms` says when. */
export type RewardDue = "expires" | "attempt" | "alert" | "fail";

/** The whole reward, an entry of its own in its person's partition. Dates are Unix ms. */
export interface Reward {
  id: string;
  client: string;
  personId: string;
  name: string | null;
  state: RewardState;
  isFulfilFailed: boolean;
  faceValue: number;
  faceValueType: string;
  supplierId: string;
  supplierType: string;
  partnerSupplierId: string | null;
  partnerRewardId: string | null;
  partnerRewardKeyType: PartnerRewardKeyType;
  campaignId: string;
  /** The program version that issued it. */
  programHash: string;
  campaignVersion: number;
  program: string;
  actionId: string;
  causeEventId: string;
  rootEventId: string;
  /** Internal events from the INPUT event to this reward: what becomes of it later goes on counting from here. */
  depth: number;
  journeyName: string | null;
  journeyKey: NamedValue | null;
  container: string;
  sandbox: string;
  tags: string[];
  slots: string[];
  data: { [name: string]: JsonValue };
  valueOfRewardedEvent: number | null;
  /** When it was earned: as the action says, else when it was created. */
  earnedMs: number;
  createdMs: number;
  updatedMs: number;
  expiresMs: number | null;
  /** When it is fulfilled by itself again, when somebody is told that it was not, and when it fails for that; null: not at all (any more). */
  attemptMs: number | null;
  alertMs: number | null;
  failMs: number | null;
  /** Attempts to fulfil it by itself that failed since it was earned or tried again by an operator. */
  attempts: number;
  /** A provider outside is handing it out, or may be. */
  isSubmitted: boolean;
  /** Budgets that it has a share of. */
  budgets: string[];
  redeemedMs: number | null;
  history: RewardMove[];
}

/** A reward that waits for budgets: nobody's yet. */
export interface HeldReward {
  readonly reward: Reward;
  /** All budgets that it needs a share of. */
  readonly wanted: readonly string[];
}

/** One row of a reward's history. */
export interface RewardMove extends Omit<MoveOrder, "eventMs"> {
  state: RewardState;
  /** Whose token ordered the move; null: it came about by itself, or by a rule. */
  operatorUserId: string | null;
  atMs: number;
}

/** What whoever moves a reward says about it. */
export interface MoveOrder {
  success: boolean;
  message: string | null;
  /** FULFILLED: the partner's id of what was handed out, such as a coupon code, and its value if it is not the reward's. */
  partnerRewardId: string | null;
  amount: number | null;
  /** REDEEMED: the partner's id of the event that used it, such as an order number, and its data. */
  partnerEventId: string | null;
  data: { [name: string]: JsonValue };
  /** What a partner said of handing it out; null when nobody did. */
  delivery: Delivery | null;
  /** When it happened; null: when it is applied. */
  eventMs: number | null;
}

/** What a partner may say of a move beyond its success. */
export interface Delivery {
  costCode: string | null;
  faceValue: number | null;
  faceValueType: string | null;
  /** SENT: to which address, and the partner's id of the delivery. */
  email: string | null;
  partnerSentId: string | null;
  /** REDEEMED: the partner's id of the redemption. */
  partnerRedeemId: string | null;
}

export const noDelivery: Delivery = {
  costCode: null,
  faceValue: null,
  faceValueType: null,
  email: null,
  partnerSentId: null,
  partnerRedeemId: null,
};

/** Currencies and units of a reward's value, of the contract. */
export const faceValueTypes = [
  "AUD",
  "BRL",
  "CAD",
  "CNY",
  "EUR",
  "GBP",
  "HKD",
  "INR",
  "JPY",
  "KRW",
  "MONTH",
  "MXN",
  "NZD",
  "PERCENT_OFF",
  "POINTS",
  "TRY",
  "TWD",
  "USD",
] as const;

/** What the API may do with a reward. `fulfil_and_send` makes two moves. */
export const rewardVerbs = [
  "cancel",
  "expire",
  "revoke",
  "retry",
  "fail",
  "fulfil",
  "send",
  "fulfil_and_send",
  "redeem",
] as const;
export type RewardVerb = (typeof rewardVerbs)[number];

/** One that succeeded, unless it is said otherwise beside it. */
export function plainMove(message: string | null): MoveOrder {
  return {
    success: true,
    message,
    partnerRewardId: null,
    amount: null,
    partnerEventId: null,
    data: {},
    delivery: null,
    eventMs: null,
  };
}
