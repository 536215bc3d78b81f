// HAS_PRIOR_STEP as a document.

import { unreachable } from "../../base/assert.ts";
import { qualityFilters, type StepScope, stepScopes } from "../../model/trigger.ts";
import { quick } from "../emit/assembler.ts";
import type { Compilation } from "../documents/compilation.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";
import {
  ALL_CAMPAIGNS,
  type DynamicList,
  isCampaignId,
  type PriorScope,
  type PriorSteps,
  type StepTotalTest,
} from "../prior.ts";
import { countFields, readBounds, readFilterExpressions, readWindow, windowFields } from "./prior_fields.ts";
import type { Expression } from "../parse/syntax.ts";
import { NO_FACTS, type PreparedTrigger, prepareSelf, type TriggerOwner } from "./trigger.ts";

export const priorStepFields: readonly string[] = [
  "filter_names",
  "having_all_names",
  "filter_scope",
  "filter_quality",
  "filter_campaign_id",
  "filter_campaign_ids",
  "filter_program_label",
  "filter_program_labels",
  "filter_partner_event_id",
  "filter_partner_event_id_name",
  "filter_partner_event_id_value",
  "filter_min_value",
  "filter_max_value",
  "filter_expression",
  "filter_expressions",
  "sum_of_value_min",
  "sum_of_value_max",
  "person_id",
  ...windowFields,
  ...countFields,
];

function scopeOf(scope: StepScope | null): PriorScope {
  return scope === "ATTRIBUTED" ? "CLIENT" : (scope ?? "CAMPAIGN");
}

export function preparePriorSteps(
  parameters: Parameters,
  compilation: Compilation,
  owner: TriggerOwner,
): PreparedTrigger {
  const { assembler } = compilation;
  const lists = readLists(parameters, compilation);
  const { entries, isNever } = readFilterExpressions(parameters, compilation, "step_filter");
  const filter = readFilter(parameters, lists, entries, owner.campaign.campaign_id);
  const requireSelf = prepareSelf(parameters, compilation);
  const total = requireSelf === null && !isNever ? totalTest(filter) : null;
  const emit = (): void => {
    if (total !== null) return assembler.emit("STEP_TOTAL", assembler.stepTotals.add(total));
    requireSelf?.();
    for (const { name, expression } of lists.expressions) compilation.emit(parameters, name, expression, "context");
    const never: PriorSteps = { ...filter, names: [], rowKeys: [], totalKeys: null, recentKey: null };
    assembler.emit("PRIOR_STEPS", assembler.priorSteps.add(isNever ? never : filter), filter.dynamic.length);
  };
  return { facts: NO_FACTS, mayFault: entries.length > 0 || filter.dynamic.length > 0 || requireSelf !== null, emit };
}

interface Lists {
  readonly havingAllNames: readonly string[] | null;
  readonly campaignIds: readonly string[] | null;
  readonly programLabels: readonly string[] | null;
  readonly dynamic: DynamicList[];
  readonly expressions: { readonly name: string; readonly expression: Expression }[];
}

/** Lists that may be expressions, in the order of `dynamicLists`. */
function readLists(parameters: Parameters, compilation: Compilation): Lists {
  const dynamic: DynamicList[] = [];
  const expressions: { name: string; expression: Expression }[] = [];
  const read = (list: DynamicList, name: string): string[] | null => {
    const source = expressionSource(parameters.value(name));
    if (source === null) return list === "havingAllNames" ? parameters.names(name) : parameters.texts(name);
    const expression = compilation.parse(parameters, name, source);
    if (expression !== null) {
      dynamic.push(list);
      expressions.push({ name, expression });
    }
    return null;
  };
  const havingAllNames = read("havingAllNames", "having_all_names");
  const campaignIds = withOne(read("campaignIds", "filter_campaign_ids"), parameters.text("filter_campaign_id"));
  const programLabels = withOne(
    read("programLabels", "filter_program_labels"),
    parameters.text("filter_program_label"),
  );
  return { havingAllNames, campaignIds, programLabels, dynamic, expressions };
}

/** The contract has an older form with one value beside the list. */
function withOne(list: string[] | null, one: string | null): string[] | null {
  return one === null ? list : [...new Set([...(list ?? []), one])];
}

function readFilter(parameters: Parameters, lists: Lists, expressions: number[], campaignId: string): PriorSteps {
  const { havingAllNames, campaignIds, programLabels, dynamic } = lists;
  const partnerEvent = parameters.within("filter_partner_event_id");
  const partnerEventName = partnerEvent?.text("name") ?? parameters.text("filter_partner_event_id_name");
  const partnerEventValue = partnerEvent?.text("value") ?? parameters.text("filter_partner_event_id_value");
  const names = parameters.names("filter_names");
  const window = readWindow(parameters);
  const valueMin = parameters.number("filter_min_value");
  const valueMax = parameters.number("filter_max_value");
  parameters.checkOrder("filter_min_value", valueMin, "filter_max_value", valueMax);
  const rowFilters = [havingAllNames, programLabels, partnerEventName, partnerEventValue, valueMin, valueMax];
  const isPlain =
    names !== null && dynamic.length === 0 && expressions.length === 0 && rowFilters.every((filter) => filter === null);
  const hasWindow = Object.values(window).some((bound) => bound !== null);
  const scope = scopeOf(parameters.oneOf("filter_scope", stepScopes));
  const keys = isPlain ? totalKeys(names, scope, campaignIds, campaignId) : null;
  return {
    names,
    havingAllNames,
    campaignIds,
    programLabels,
    dynamic,
    scope,
    quality: parameters.oneOf("filter_quality", qualityFilters) ?? "ANY",
    partnerEventName,
    partnerEventValue,
    window,
    valueMin,
    valueMax,
    expressions,
    bounds: readBounds(parameters, "sum_of_value_min", "sum_of_value_max"),
    rowKeys: names === null ? null : keysOf(ALL_CAMPAIGNS, names),
    totalKeys: hasWindow ? null : keys,
    recentKey: hasWindow && names?.length === 1 && campaignIds === null ? (keys?.[0]?.[0] ?? null) : null,
  };
}

/**
 * Null when totals cannot tell. They know neither the journey of a step nor the label that its campaign had, nor
 * whether an event was counted under several names when they are of all campaigns.
 */
function totalKeys(
  names: readonly string[],
  scope: PriorScope,
  campaignIds: readonly string[] | null,
  campaignId: string,
): string[][] | null {
  switch (scope) {
    case "CAMPAIGN":
      return campaignIds === null || campaignIds.includes(campaignId) ? [keysOf(campaignId, names)] : [];
    case "CLIENT":
      if (campaignIds !== null) return campaignIds.filter(isCampaignId).map((id) => keysOf(id, names));
      return names.length === 1 ? [keysOf(ALL_CAMPAIGNS, names)] : null;
    case "PROGRAM":
    case "JOURNEY":
      return null;
    default:
      return unreachable(scope);
  }
}

function keysOf(campaignId: string, names: readonly string[]): string[] {
  return names.map((name) => quick(`${campaignId}/${name}`));
}

/** The fused form: one total, only counted. */
function totalTest(filter: PriorSteps): StepTotalTest | null {
  const { countMin, countMax, countMatches, sumMin, sumMax } = filter.bounds;
  const [keys, ...more] = filter.totalKeys ?? [];
  const [key, ...others] = keys ?? [];
  if (key === undefined || more.length > 0 || others.length > 0) return null;
  if (filter.quality !== "ANY" || countMatches !== null || sumMin !== null || sumMax !== null) return null;
  return {
    key,
    countMin: countMin ?? 0,
    countMax: countMax ?? Number.POSITIVE_INFINITY,
  };
}
