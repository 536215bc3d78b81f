// HAS_PRIOR_REWARD as a document.

import { FULFILL_FAILED, rewardStates } from "../../model/reward.ts";
import { rewardScopes } from "../../model/trigger.ts";
import type { Compilation } from "../documents/compilation.ts";
import { parseMonthDay, yearStartsMs } from "../dates.ts";
import type { Parameters } from "../documents/parameters.ts";
import type { PriorRewards } from "../prior.ts";
import { countFields, readBounds, readFilterExpressions, readWindow, windowFields } from "./prior_fields.ts";
import { NO_FACTS, type PreparedTrigger } from "./trigger.ts";

export const priorRewardFields: readonly string[] = [
  "filter_names",
  "filter_tags",
  "filter_states",
  "filter_scope",
  "filter_reward_supplier_ids",
  "filter_face_value_types",
  "filter_expression",
  "filter_expressions",
  "sum_of_face_value_min",
  "sum_of_face_value_max",
  "tax_year_start",
  ...windowFields,
  ...countFields,
];

const states = [...rewardStates, FULFILL_FAILED] as const;

export function preparePriorRewards(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const { assembler, references } = compilation;
  const { entries, isNever } = readFilterExpressions(parameters, compilation, "reward_filter");
  const supplierIds = parameters.texts("filter_reward_supplier_ids");
  for (const id of supplierIds ?? []) {
    if (!references.supplierIds.has(id))
      parameters.report("filter_reward_supplier_ids", `there is no reward supplier ${id}`);
  }
  const filter: PriorRewards = {
    names: isNever ? [] : parameters.names("filter_names"),
    tags: parameters.texts("filter_tags"),
    states: parameters.someOf("filter_states", states),
    scope: parameters.oneOf("filter_scope", rewardScopes) ?? "CAMPAIGN",
    supplierIds,
    faceValueTypes: parameters.texts("filter_face_value_types"),
    window: readWindow(parameters),
    taxYearStartsMs: readTaxYear(parameters, references.timeZone),
    expressions: entries,
    bounds: readBounds(parameters, "sum_of_face_value_min", "sum_of_face_value_max"),
  };
  const emit = (): void => assembler.emit("PRIOR_REWARDS", assembler.priorRewards.add(filter));
  return { facts: NO_FACTS, mayFault: entries.length > 0, emit };
}

function readTaxYear(parameters: Parameters, timeZone: string): number[] | null {
  const text = parameters.text("tax_year_start");
  if (text === null) return null;
  const monthDay = parseMonthDay(text);
  if (monthDay !== null) return yearStartsMs(monthDay, timeZone);
  parameters.report("tax_year_start", "tax_year_start must be a day of the year such as --04-06");
  return null;
}
