// The words of actions, of the contract: which types there are, and what they may say. What a type does is said by the table in
// `src/rules/actions/action_kinds.ts`, what operators write of it by that in `src/management/action_parts.ts`.

export const actionTypes = [
  "APPROVE",
  "CANCEL_REWARD",
  "CREATE_MEMBERSHIP",
  "CREATIVE",
  "DATA_INTELLIGENCE",
  "DECLINE",
  "DISPLAY",
  "EARN_REWARD",
  "EMAIL",
  "EXPIRE_REWARD",
  "EXPRESSION",
  "FIRE_AS_PERSON",
  "FULFILL_REWARD",
  "INCENTIVIZE",
  "INCENTIVIZE_STATUS_UPDATE",
  "REDEEM_REWARD",
  "REMOVE_MEMBERSHIP",
  "REVOKE_REWARD",
  "SCHEDULE",
  "SHARE_EVENT",
  "SIGNAL",
  "SIGNAL_V1",
  "STEP_SIGNAL",
  "WEBHOOK",
] as const;
export type ActionType = (typeof actionTypes)[number];

/** Types that do the same in another way, together. */
export type RewardMoveType = Extract<
  ActionType,
  "CANCEL_REWARD" | "EXPIRE_REWARD" | "FULFILL_REWARD" | "REDEEM_REWARD" | "REVOKE_REWARD"
>;
export type MembershipType = Extract<ActionType, "CREATE_MEMBERSHIP" | "REMOVE_MEMBERSHIP">;
export type DecisionType = Extract<ActionType, "APPROVE" | "DECLINE">;
export type ShowingType = Extract<ActionType, "CREATIVE" | "DISPLAY">;
export type SignalType = Extract<ActionType, "SIGNAL" | "SIGNAL_V1" | "STEP_SIGNAL">;

/** Of the steps after which an action is done. */
export const actionQualities = ["ALWAYS", "HIGH", "LOW"] as const;
export type ActionQuality = (typeof actionQualities)[number];

/** By what FIRE_AS_PERSON finds the person. */
export const identificationTypes = ["EMAIL", "PARTNER_EVENT_ID", "PARTNER_USER_ID", "PERSON_ID"] as const;
export type IdentificationType = (typeof identificationTypes)[number];

export const creativeClasses = ["EMAIL", "JAVASCRIPT", "PAGE"] as const;
export type CreativeClass = (typeof creativeClasses)[number];

/** Who is asked by DATA_INTELLIGENCE; NOOP: nobody. */
export const intelligenceProviders = ["EMAIL_AGE", "MAXMIND", "NOOP"] as const;
export type IntelligenceProvider = (typeof intelligenceProviders)[number];
