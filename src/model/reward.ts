// Reward: what was earned, and each move it made.

import type { JsonValue } from "./json.ts";
import type { NamedValue } from "./person.ts";

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
  partnerRewardKeyType: "COUPON" | "ID" | "LINK";
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
  createdMs: number;
  updatedMs: number;
  expiresMs: number | null;
  redeemedMs: number | null;
  history: RewardMove[];
}

/** One row of a reward's history. */
export interface RewardMove {
  state: RewardState;
  success: boolean;
  message: string | null;
  operatorUserId: string | null;
  atMs: number;
}
