// Incentives of older campaigns: actions under review, and what reward rules remember of a person.

import type { JsonObject } from "./json.ts";
import type { NamedValue } from "./person.ts";

/** Kinds of actions that INCENTIVIZE knows; beside them there are GENERIC_ACTION_1 and the like. */
export const incentiveActionTypes = [
  "CLICK",
  "IMPRESSION",
  "PROMOTION",
  "PURCHASE",
  "REGISTER",
  "SHARE",
  "SHARE_REWARD",
] as const;
export const GENERIC_ACTION_TYPE = /^(?:THEME_)?GENERIC_ACTION_[1-9]\d{0,2}$/;

/**
 * EVALUATING: held until somebody moves it. PENDING: decided at the end of its period, or earlier by an action. APPROVED: its reward rules have
 * been asked. DECLINED: it earns nothing, and what it earned and nobody was given yet is canceled.
 */
export const reviewStatuses = ["EVALUATING", "PENDING", "APPROVED", "DECLINED"] as const;
export type ReviewStatus = (typeof reviewStatuses)[number];

/** In which an action may begin. */
export const firstReviewStatuses = ["EVALUATING", "PENDING"] as const;
export type FirstReviewStatus = (typeof firstReviewStatuses)[number];

/** What the quality rules said of an action. */
export const reviewQualities = ["HIGH", "LOW"] as const;
export type ReviewQuality = (typeof reviewQualities)[number];

/** One action of a person under review. */
export interface Review {
  id: string;
  /** As INCENTIVIZE names it, without ANY_. */
  actionType: string;
  name: string;
  /** Of the INCENTIVIZE action. */
  actionId: string;
  campaignId: string;
  status: ReviewStatus;
  quality: ReviewQuality;
  value: number | null;
  partnerEventId: NamedValue | null;
  /** Name and type of the event behind it. */
  causeName: string;
  causeType: string;
  stepEventId: string;
  rootEventId: string;
  container: string;
  sandbox: string;
  /** Who referred the person; null: nobody. */
  advocateId: string | null;
  journeyName: string | null;
  journeyKey: NamedValue | null;
  data: JsonObject;
  note: string | null;
  createdMs: number;
  updatedMs: number;
  /** When it is decided by itself; null: never. */
  dueMs: number | null;
}

/** What a reward rule remembers of whom it may reward. */
export interface RuleTally {
  /** Actions that it took into account. */
  actions: number;
  /** How many friends did them, and the newest of those. */
  friendCount: number;
  friends: string[];
  /** What it earned; the newest. */
  rewards: { rewardId: string; reviewId: string; value: number; atMs: number }[];
}

export interface Incentives {
  /** Oldest first. */
  reviews: Review[];
  /** Key: `${campaign id}/${rule id}`. */
  tallies: { [rule: string]: RuleTally };
}
