// Reward rules and transition rules of a campaign's incentive: who is rewarded for an action that was approved, and when one is decided by itself.
//
// Members are those of the contract. A limit, a count or a minimum of 0 restricts nothing, as where it is absent.

import type { CampaignDocument } from "../../model/campaign.ts";
import type { JsonObject } from "../../model/json.ts";
import { GENERIC_ACTION_TYPE, incentiveActionTypes } from "../../model/incentive.ts";
import { type Role, roles } from "../../model/person.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Site } from "../documents/compile_error.ts";
import { lookUp } from "../data_lookup.ts";
import { yearStartsMs } from "../dates.ts";
import { INCENTIVE_RULES_MAX, MATCH_GAS_MAX } from "../limits.ts";
import type { Parameters } from "../documents/parameters.ts";
import { findPattern, type Pattern, readPattern } from "../pattern.ts";
import type { Pc } from "../program.ts";
import { textOfData } from "../value.ts";

/** Since when rewards count towards a limit. */
export type RewardWindow =
  | { readonly kind: "ever" }
  | { readonly kind: "days"; readonly ms: number }
  /** Begins anew on the first of a month, each year. */
  | { readonly kind: "year"; readonly startsMs: readonly number[] };

export interface RewardLimit {
  /** Null: none. */
  readonly max: number | null;
  readonly window: RewardWindow;
}

export interface DataMatch {
  readonly name: string;
  readonly text: string;
  /** Null: the text itself. */
  readonly pattern: Pattern | null;
}

export interface CompiledRewardRule {
  readonly id: string;
  /** Without ANY_. */
  readonly actionType: string;
  readonly rewardee: Role;
  readonly supplierId: string;
  readonly slots: readonly string[];
  readonly minValue: number;
  readonly isEmailRequired: boolean;
  readonly isUniqueFriendRequired: boolean;
  readonly isLoopAllowed: boolean;
  /** One reward for so many friends, and for so many actions. */
  readonly friendsPerReward: number;
  readonly actionsPerReward: number;
  readonly count: RewardLimit;
  readonly value: RewardLimit;
  readonly data: DataMatch | null;
  /** Must yield true; null: nothing is asked. */
  readonly expression: Pc | null;
}

export interface CompiledTransitionRule {
  readonly actionType: string;
  readonly periodMs: number;
  readonly approvesHigh: boolean;
  readonly approvesLow: boolean;
}

export interface CompiledIncentive {
  readonly rewardRules: readonly CompiledRewardRule[];
  readonly transitionRules: readonly CompiledTransitionRule[];
}

const rewardRuleFields = [
  "id",
  "count_rewards_based_on_partner_user_id",
  "data_attribute_matcher_type",
  "data_attribute_name",
  "data_attribute_value",
  "expression",
  "is_email_required",
  "is_referral_loop_allowed",
  "is_unique_friend_required",
  "min_cart_value",
  "referrals_per_reward",
  "reward_count_limit",
  "reward_count_since_days",
  "reward_count_since_month",
  "reward_every_x_friend_actions",
  "reward_slots",
  "reward_supplier_id",
  "reward_value_limit",
  "reward_value_since_days",
  "reward_value_since_month",
  "rewardee",
  "trigger_action_type",
];
const transitionRuleFields = [
  "id",
  "transition_rule_id",
  "action_type",
  "approve_high_quality",
  "approve_low_quality",
  "transition_period_milliseconds",
];
const matchers = ["EXACT", "REGEX"] as const;
const DAY_MS = 86_400_000;
const MONTHS = 12;

export function compileIncentive(document: CampaignDocument, site: Site, compilation: Compilation): CompiledIncentive {
  const { reward_rules: rewards = [], transition_rules: transitions = [] } = document.incentive ?? {};
  if (rewards.length > INCENTIVE_RULES_MAX || transitions.length > INCENTIVE_RULES_MAX) {
    compilation.errors.add(site, "incentive", `an incentive has up to ${INCENTIVE_RULES_MAX} rules of a kind`);
    return { rewardRules: [], transitionRules: [] };
  }
  const rewardRules = rewards.map((rule) => readRewardRule(compilation.parameters(rule, site), compilation));
  const twice = rewardRules.find(({ id }, at) => rewardRules.findIndex((other) => other.id === id) !== at);
  if (twice !== undefined) compilation.errors.add(site, "incentive", `there are two reward rules ${twice.id}`);
  return {
    rewardRules,
    transitionRules: transitions.map((rule) => readTransitionRule(compilation.parameters(rule, site))),
  };
}

/** The kind of action that a rule's or an action's member names, without ANY_; reported when there is none. */
export function readActionType(parameters: Parameters, name: string): string {
  const text = parameters.requiredText(name);
  const type = text.replace(/^ANY_/, "");
  if (text !== "" && !incentiveActionTypes.some((known) => known === type) && !GENERIC_ACTION_TYPE.test(type))
    parameters.report(name, `there is no kind of action ${text}`);
  return type;
}

function readRewardRule(parameters: Parameters, compilation: Compilation): CompiledRewardRule {
  parameters.refuseOthers(rewardRuleFields);
  const supplierId = parameters.requiredText("reward_supplier_id");
  if (supplierId !== "" && !compilation.references.supplierIds.has(supplierId))
    parameters.report("reward_supplier_id", `there is no reward supplier ${supplierId}`);
  parameters.require("rewardee");
  return {
    id: parameters.requiredText("id"),
    actionType: readActionType(parameters, "trigger_action_type"),
    rewardee: parameters.oneOf("rewardee", roles) ?? "FRIEND",
    supplierId,
    slots: parameters.texts("reward_slots") ?? [],
    minValue: parameters.number("min_cart_value") ?? 0,
    isEmailRequired: parameters.boolean("is_email_required", false),
    isUniqueFriendRequired: parameters.boolean("is_unique_friend_required", false),
    isLoopAllowed: parameters.boolean("is_referral_loop_allowed", true),
    friendsPerReward: Math.max(parameters.count("referrals_per_reward") ?? 1, 1),
    actionsPerReward: Math.max(parameters.count("reward_every_x_friend_actions") ?? 1, 1),
    count: readLimit(parameters, "reward_count", compilation),
    value: readLimit(parameters, "reward_value", compilation),
    data: readMatch(parameters),
    expression: readExpression(parameters, compilation),
  };
}

function readLimit(parameters: Parameters, prefix: string, { references }: Compilation): RewardLimit {
  const max = parameters.number(`${prefix}_limit`) ?? 0;
  if (max < 0) parameters.report(`${prefix}_limit`, `${prefix}_limit must not be negative`);
  const days = parameters.count(`${prefix}_since_days`) ?? 0;
  const month = parameters.count(`${prefix}_since_month`) ?? 0;
  if (month > MONTHS) parameters.report(`${prefix}_since_month`, "a month is a number from 1 to 12");
  if (days > 0 && month > 0) parameters.report(`${prefix}_since_days`, "days and a month exclude each other");
  const window: RewardWindow =
    days > 0
      ? { kind: "days", ms: days * DAY_MS }
      : month > 0 && month <= MONTHS
        ? { kind: "year", startsMs: yearStartsMs({ month, day: 1 }, references.timeZone) }
        : { kind: "ever" };
  return { max: max > 0 ? max : null, window };
}

function readMatch(parameters: Parameters): DataMatch | null {
  const name = parameters.text("data_attribute_name");
  const text = parameters.text("data_attribute_value");
  const matcher = parameters.oneOf("data_attribute_matcher_type", matchers) ?? "EXACT";
  if (name === null) return null;
  if (text === null) {
    parameters.report("data_attribute_value", "data_attribute_name needs a data_attribute_value");
    return null;
  }
  if (matcher === "EXACT") return { name, text, pattern: null };
  const pattern = readPattern(text, "");
  if (!pattern.ok) parameters.report("data_attribute_value", `${text}: ${pattern.error}`);
  return { name, text, pattern: pattern.ok ? pattern.value : null };
}

/** Of the languages of older campaigns, JS is the one that expressions of run time are in. */
function readExpression(parameters: Parameters, compilation: Compilation): Pc | null {
  const expression = parameters.within("expression");
  const text = expression?.value("value");
  if (expression === null || typeof text !== "string" || text.trim() === "") return null;
  if ((expression.oneOf("type", ["JS", "SPEL"] as const) ?? "JS") === "SPEL") {
    parameters.report("expression", "expressions of type SPEL cannot be decided; write it as JS");
    return null;
  }
  const source = { language: "javascript", text: text.replace(/^javascript@runtime:/, "") } as const;
  return compilation.entry(parameters, "expression", source, "context")?.pc ?? null;
}

/** Whether a datum of the action is what the rule asks for; a pattern that costs too much does not match. */
export function matchesDatum({ name, text, pattern }: DataMatch, data: JsonObject): boolean {
  const found = textOfData(lookUp(data, name));
  if (found === null) return false;
  return pattern === null ? found === text.trim() : findPattern(pattern, found, { gas: MATCH_GAS_MAX }) === true;
}

function readTransitionRule(parameters: Parameters): CompiledTransitionRule {
  parameters.refuseOthers(transitionRuleFields);
  return {
    actionType: readActionType(parameters, "action_type"),
    periodMs: parameters.count("transition_period_milliseconds") ?? 0,
    approvesHigh: parameters.boolean("approve_high_quality", true),
    approvesLow: parameters.boolean("approve_low_quality", false),
  };
}
