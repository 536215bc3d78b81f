// Query parameters of the list operations, as data.

import { roles, scopes } from "../../model/person.ts";
import { FULFILL_FAILED, rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import { periodKinds } from "./periods.ts";
import { type PageRule, standardPages } from "../http/query.ts";
import type { QueryParameter } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { OFFSET_MAX, PAGE_SIZE_MAX, SUMMARY_PERIODS_DEFAULT, SUMMARY_PERIODS_MAX } from "../limits.ts";
import { flag, listOf, text } from "./schema_words.ts";

export function oneOf(values: readonly string[]): JsonSchema {
  return { type: "array", items: { type: "string", enum: [...values] } };
}

export function lists(...names: readonly string[]): QueryParameter[] {
  return names.map((name) => ({ name, schema: listOf(text) }));
}

export function flags(...names: readonly string[]): QueryParameter[] {
  return names.map((name) => ({ name, schema: flag }));
}

export function texts(...names: readonly string[]): QueryParameter[] {
  return names.map((name) => ({ name, schema: text }));
}

export function pagingOf({ sizeDefault }: PageRule): readonly QueryParameter[] {
  return [
    { name: "limit", schema: { type: "integer", minimum: 1, maximum: PAGE_SIZE_MAX, default: sizeDefault } },
    { name: "offset", schema: { type: "integer", minimum: 0, maximum: OFFSET_MAX, default: 0 } },
  ];
}

export const paging: readonly QueryParameter[] = pagingOf(standardPages);

export const personParameters: readonly QueryParameter[] = [
  { name: "identity_key_value", schema: text },
  ...lists("person_keys"),
  ...paging,
];

export const stepParameters: readonly QueryParameter[] = [
  ...lists("names", "containers", "campaign_ids", "programs", "journey_names"),
  ...lists("journey_key_names", "journey_key_values", "data_keys", "event_ids", "cause_event_ids", "root_event_ids"),
  ...flags("is_primary"),
  ...paging,
];

export const journeyParameters: readonly QueryParameter[] = [
  ...lists("ids", "names", "programs", "campaign_ids", "containers"),
  ...lists("key_names", "key_values", "data_keys", "data_values"),
  ...paging,
];

export const relationshipParameters: readonly QueryParameter[] = [
  { name: "my_roles", schema: oneOf(roles) },
  ...lists("containers", "programs", "campaign_ids", "data_keys", "data_values"),
  ...flags("exclude_anonymous", "include_duplicate_identities", "include_self_referrals"),
  ...paging,
];

export const personRewardParameters: readonly QueryParameter[] = [
  ...lists("programs", "campaign_ids", "containers", "data_keys", "data_values"),
  ...lists("journey_names", "journey_key_names", "journey_key_values"),
  { name: "reward_types", schema: oneOf(supplierTypes) },
  { name: "reward_states", schema: oneOf(rewardStates) },
  ...paging,
];

export const summaryParameters: readonly QueryParameter[] = [
  { name: "period", schema: { type: "string", enum: [...periodKinds], default: "DAY" } },
  {
    name: "period_count",
    schema: { type: "integer", minimum: 1, maximum: SUMMARY_PERIODS_MAX, default: SUMMARY_PERIODS_DEFAULT },
  },
  { name: "end_date", schema: text },
  ...flags("success_only"),
  ...lists("reward_supplier_id"),
  { name: "reward_type", schema: oneOf(supplierTypes) },
];

export const rewardParameters: readonly QueryParameter[] = [
  { name: "state", schema: oneOf([...rewardStates, FULFILL_FAILED]) },
  ...lists("reward_supplier_id", "partner_reward_supplier_id", "person_id", "action_id"),
  ...lists("root_event_id", "partner_reward_id"),
  { name: "reward_type", schema: oneOf(supplierTypes) },
  ...flags("success_only"),
  { name: "time_interval", schema: text },
  ...paging,
];

export const dataParameters: readonly QueryParameter[] = [
  ...lists("names"),
  { name: "scopes", schema: oneOf(scopes) },
  ...paging,
];

export const locationParameters: readonly QueryParameter[] = [...lists("countries"), ...paging];

export const partnerKeyParameters: readonly QueryParameter[] = flags("include_campaign_ignoring_state");

export const shareableParameters: readonly QueryParameter[] = [
  ...lists("labels", "data_keys", "data_values"),
  ...paging,
];

export const shareParameters: readonly QueryParameter[] = [
  ...lists("programs", "campaign_ids", "partner_ids", "data_keys", "data_values"),
  ...paging,
];
