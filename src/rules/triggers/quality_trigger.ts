// LEGACY_QUALITY: the quality rules of a campaign that apply to one kind of action, all of which must pass.
//
//   L1. The kinds of rules are one table. A kind that the data of this release cannot decide is a compile error that says why.
//   L2. A rule whose facts were never found out faults: the phase does not pass, hence the quality is LOW. Unknown is never HIGH.

import type { QualityRuleDocument } from "../../model/campaign.ts";
import type { Compilation } from "../documents/compilation.ts";
import { Parameters } from "../documents/parameters.ts";
import { qualityRules } from "./quality_rules.ts";
import { NO_FACTS, type PreparedTrigger, type TriggerOwner } from "./trigger.ts";

const ruleFields = ["id", "rule_type", "enabled", "action_types", "properties"];
const actionTypePattern = /^[A-Z][A-Z0-9_]{0,99}$/;

export function prepareQuality(parameters: Parameters, compilation: Compilation, owner: TriggerOwner): PreparedTrigger {
  const actionType = parameters.requiredText("action_type");
  if (actionType !== "" && !actionTypePattern.test(actionType))
    parameters.report("action_type", "action_type must be the name of a kind of action such as ANY_PURCHASE");
  const rules = (owner.campaign.incentive?.quality_rules ?? [])
    .map((rule) => prepareRule(rule, actionType, parameters, compilation, owner))
    .filter((rule) => rule !== null);
  const { assembler } = compilation;
  const emit = (): void => {
    if (rules.length === 0) return assembler.emit("VALUE", assembler.value(true));
    const end = assembler.newLabel();
    rules.forEach((rule, at) => {
      if (at > 0) assembler.jump("KEEP_FALSE", end);
      rule.emit();
    });
    assembler.place(end);
  };
  return { facts: NO_FACTS, mayFault: rules.some((rule) => rule.mayFault), emit };
}

/** Null when the rule does not apply. */
function prepareRule(
  document: QualityRuleDocument,
  actionType: string,
  trigger: Parameters,
  compilation: Compilation,
  owner: TriggerOwner,
): PreparedTrigger | null {
  const rule = compilation.parameters({ ...document }, trigger.site);
  if (!rule.boolean("enabled", true)) return null;
  rule.refuseOthers(ruleFields);
  const actionTypes = rule.texts("action_types");
  if (actionTypes !== null && !actionTypes.includes(actionType)) return null;
  const type = rule.requiredText("rule_type");
  const kind = Object.hasOwn(qualityRules, type) ? qualityRules[type] : undefined;
  if (kind === undefined) rule.report("rule_type", `there is no kind of quality rule ${type}`);
  else if ("undecidable" in kind) rule.report("rule_type", `${type} cannot be decided: ${kind.undecidable}`);
  else {
    const properties = rule.within("properties") ?? new Parameters({}, rule.site, compilation.errors);
    properties.refuseOthers(kind.properties);
    return kind.prepare(properties, compilation, owner);
  }
  return null;
}
