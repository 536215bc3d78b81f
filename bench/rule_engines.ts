// The other rule engines, each used as its documentation shows: all rules loaded once, then one call an event.

import { ZenEngine } from "@gorules/zen-engine";
import { parse } from "@marcbachmann/cel-js";
import { Engine } from "json-rules-engine";
import type { BenchRule, Facts } from "./rule_cases.ts";

/** How many rules the facts meet. */
export type Decision = (facts: Facts) => Promise<number>;

export interface RuleEngine {
  readonly name: string;
  open(rules: readonly BenchRule[]): Decision;
}

export const ruleEngines: readonly RuleEngine[] = [
  { name: "json-rules-engine", open: openJsonRules },
  { name: "zen-engine (decision table)", open: openZen },
  { name: "cel-js (one program a rule)", open: openCel },
];

function openJsonRules(rules: readonly BenchRule[]): Decision {
  const engine = new Engine();
  for (const rule of rules) {
    engine.addRule({
      conditions: {
        all: [
          { fact: "name", operator: "equal", value: rule.eventName },
          { fact: "country", operator: "equal", value: rule.country },
          { fact: "cart_value", operator: "greaterThanInclusive", value: rule.cartValueMin },
          { fact: "has_identity", operator: "equal", value: true },
          { fact: "steps", path: `$.${rule.stepName}`, operator: "lessThan", value: rule.stepsBelow },
        ],
      },
      event: { type: "met" },
    });
  }
  return async (facts) => (await engine.run({ ...facts })).events.length;
}

/** A decision table that collects every row that holds. */
function openZen(rules: readonly BenchRule[]): Decision {
  const inputs = [
    { id: "name", name: "name", field: "name" },
    { id: "country", name: "country", field: "country" },
    { id: "value", name: "value", field: "cart_value" },
    { id: "identity", name: "identity", field: "has_identity" },
    { id: "steps", name: "steps" },
  ];
  const rows = rules.map((rule, index) => ({
    _id: String(index),
    name: `"${rule.eventName}"`,
    country: `"${rule.country}"`,
    value: `>= ${rule.cartValueMin}`,
    identity: "true",
    steps: `steps.${rule.stepName} < ${rule.stepsBelow}`,
    rule: String(index),
  }));
  const table = { hitPolicy: "collect", inputs, outputs: [{ id: "rule", name: "rule", field: "rule" }], rules: rows };
  const nodes = [
    { id: "in", type: "inputNode", name: "in", position: { x: 0, y: 0 } },
    { id: "table", type: "decisionTableNode", name: "table", position: { x: 1, y: 0 }, content: table },
    { id: "out", type: "outputNode", name: "out", position: { x: 2, y: 0 } },
  ];
  const edges = [
    { id: "e1", type: "edge", sourceId: "in", targetId: "table" },
    { id: "e2", type: "edge", sourceId: "table", targetId: "out" },
  ];
  const decision = new ZenEngine().createDecision({ nodes, edges });
  return async (facts) => {
    const response: { readonly result: unknown } = await decision.evaluate(facts);
    return Array.isArray(response.result) ? response.result.length : 0;
  };
}

function openCel(rules: readonly BenchRule[]): Decision {
  const programs = rules.map((rule) =>
    parse(
      `name == "${rule.eventName}" && country == "${rule.country}" && cart_value >= ${rule.cartValueMin}.0 && has_identity && steps.${rule.stepName} < ${rule.stepsBelow}.0`,
    ),
  );
  return async (facts) => {
    let met = 0;
    for (const program of programs) if (program(facts) === true) met++;
    return met;
  };
}
