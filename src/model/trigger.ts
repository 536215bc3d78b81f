// The words of triggers, of the contract: which types there are, and what they may ask for. What a type means is said by the table in
// `src/rules/triggers/trigger_kinds.ts`, what operators write of it by that in `src/management/trigger_parts.ts`.

import { eventTypes } from "./event.ts";

export const triggerTypes = [
  "ACCESS",
  "AUDIENCE_MEMBERSHIP",
  "AUDIENCE_MEMBERSHIP_EVENT",
  "CLIENT_DOMAIN",
  "DATA_INTELLIGENCE_EVENT",
  "EVENT",
  "EVENT_TARGETING",
  "EXPRESSION",
  "GROUP",
  "HAS_IDENTITY",
  "HAS_PRIOR_REWARD",
  "HAS_PRIOR_STEP",
  "JOURNEY_CHECK",
  "LEGACY_LABEL_TARGETING",
  "LEGACY_QUALITY",
  "MAXMIND",
  "REFERRED_BY_EVENT",
  "REWARD_EVENT",
  "SCORE",
  "SEND_REWARD_EVENT",
  "SHARE",
  "STEP_EVENT",
  "STICKY_JOURNEY",
  "TARGETING",
  "ZONE_STATE",
] as const;
export type TriggerType = (typeof triggerTypes)[number];

/** In the order in which they are asked. */
export const triggerPhases = ["MATCHING", "QUALIFYING", "QUALITY"] as const;
export type TriggerPhase = (typeof triggerPhases)[number];

export const groupOperators = ["AND", "OR"] as const;
export type GroupOperator = (typeof groupOperators)[number];

/** What an EVENT trigger can listen to; rewards and memberships have triggers of their own. */
export const listenableEventTypes = eventTypes.filter(
  (type) => type !== "AUDIENCE_MEMBERSHIP" && type !== "INCENTIVIZED" && type !== "REWARD",
);

/** Of rewards that can be mailed: they have what is mailed. */
export const sendableStates = ["FULFILLED", "SENT"] as const;

/** By which a share may have been made. */
export const shareChannels = ["ANY", "EMAIL", "EXTOLE_EMAIL", "EXTOLE_TWITTER", "FACEBOOK", "TWITTER"] as const;

/** Of steps and shares. */
export const qualityFilters = ["ANY", "HIGH", "LOW"] as const;
export type QualityFilter = (typeof qualityFilters)[number];

/** Among which rewards is looked. */
export const rewardScopes = ["CAMPAIGN", "PROGRAM", "CLIENT", "JOURNEY"] as const;
export type RewardScope = (typeof rewardScopes)[number];

/** Among which steps is looked. */
export const stepScopes = [...rewardScopes, "ATTRIBUTED"] as const;
export type StepScope = (typeof stepScopes)[number];

/** Who is in it already stays, whatever an event says of where it is directed. */
export const targetingScopes = ["CAMPAIGN", "JOURNEY", "PROGRAM"] as const;
export type TargetingScope = (typeof targetingScopes)[number];

/** For what a score that is not known is taken. */
export const defaultScores = ["ERROR", "HIGH", "LOW"] as const;
export type DefaultScore = (typeof defaultScores)[number];
