// The head yields what the machine would, and takes as much gas.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWhole, passesHead, restOf, startOf } from "../../src/rules/run/phase_table.ts";
import {
  evaluate,
  isRuleError,
  type Phase,
  type Program,
  type RuleContext,
  type RuleValue,
} from "../../src/rules/mod.ts";
import { GAS_MAX } from "../../src/rules/limits.ts";
import { isSoak } from "../support/profile.ts";
import { eventData, eventNames, persons } from "./documents.ts";
import {
  codeOf,
  context,
  event,
  expressionTrigger,
  matchingOf,
  matchingVerdict,
  NOW_MS,
  onEvent,
  person,
  programOf,
  step,
  trigger,
} from "./fixtures.ts";

const data = (rest: string): string => `context.getCauseEvent().getData()${rest}`;

/** How many words of the phase are its head; null if a test of it did not pass. */
function headEnd(program: Program, more: Partial<RuleContext> = {}): number | null {
  const { phases } = program;
  const phase = matchingOf(program);
  if (!passesHead(phases, phase, 0, context(program, more))) return null;
  return restOf(phases, phase).next - startOf(phases, phase);
}

/** By the machine alone: the head is held against it. */
function interpreted(program: Program, at: RuleContext): RuleValue {
  return evaluate(codeOf(program), startOf(program.phases, matchingOf(program)), at);
}

describe("H1 what belongs to the head", () => {
  const five = [
    onEvent("purchase"),
    expressionTrigger(`${data(".country")} === "DE"`),
    expressionTrigger(`Number(${data(".cart_value")}) >= 10`),
    trigger("HAS_IDENTITY"),
    trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], count_max: 2 }),
  ];
  const happening = event({ data: { Country: "DE", cart_value: "10.0" } });

  test("all of the usual tests: only RETURN_TRUE is left", () => {
    const program = programOf(five);
    expect(headEnd(program, { event: happening })).toBe(3 + 4 + 5 + 2 + 3);
    expect(matchingVerdict(program, context(program, { event: happening }))).toBe(true);
  });
  test.each([
    ["event", { event: event({ name: "other", data: happening.data }) }],
    ["text", { event: event({ data: { country: "FR", cart_value: 10 } }) }],
    ["inherited text", { event: event({ data: { cart_value: 10 } }) }],
    ["number", { event: event({ data: { country: "DE", cart_value: 9.9 } }) }],
    ["identity", { event: happening, person: person({ email: null }) }],
    ["steps", { event: happening, person: person({ steps: ["1", "2", "3"].map((eventId) => step({ eventId })) }) }],
  ])("a test that does not pass ends it: %s", (_case, more) => {
    const program = programOf(five);
    expect(headEnd(program, more)).toBe(null);
    expect(matchingVerdict(program, context(program, more))).toBe(false);
    expect(interpreted(program, context(program, more))).toBe(false);
  });
  test.each([
    ["negated", [{ ...onEvent("other"), negated: true }]],
    [
      "in a group",
      [
        trigger("GROUP", { trigger_name: "g", operator: "OR" }),
        { ...onEvent("purchase"), parent_trigger_group_name: "g" },
        { ...trigger("HAS_IDENTITY"), parent_trigger_group_name: "g" },
      ],
    ],
    ["part of an expression", [expressionTrigger(`${data(".country")} === "DE" && 1 < 2`)]],
  ])("not what is %s", (_case, documents) => {
    const program = programOf(documents);
    expect(headEnd(program, { event: happening })).toBe(0);
    expect(matchingVerdict(program, context(program, { event: happening }))).toBe(true);
  });
  test.each(["toString", "valueOf"])("what objects inherit is no data: %s", (name) => {
    const program = programOf([expressionTrigger(`${data(`["${name}"]`)} === "mine"`)]);
    expect(headEnd(program)).toBe(null);
    expect(headEnd(program, { event: event({ data: { [name]: "mine" } }) })).toBe(4);
    expect(headEnd(program, { event: event({ data: { [name.toUpperCase()]: "mine" } }) })).toBe(4);
  });
});

/** Mostly what a head is made of, in any order. */
const plainTriggers = fc.array(
  fc.oneof(
    fc.constantFrom(...eventNames).map((name) => onEvent(name, "purchase")),
    fc.constantFrom("DE", "FR").map((text) => expressionTrigger(`${data(".country")} === "${text}"`)),
    fc.constantFrom("<", ">=").map((sign) => expressionTrigger(`Number(${data(".amount")}) ${sign} 20`)),
    fc.constantFrom("GOLD", "DE").map((text) => expressionTrigger(`${data(".plan")} !== "${text}"`)),
    fc.constant(trigger("HAS_IDENTITY")),
    fc
      .record({ filter_scope: fc.constantFrom("CAMPAIGN", "CLIENT"), count_max: fc.nat(2) })
      .map((bounds) => trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], ...bounds })),
    fc.constant({ ...onEvent("view"), negated: true }),
  ),
  { minLength: 1, maxLength: 8 },
);

function kindOf({ phases }: Program, phase: Phase, at: RuleContext): "whole" | "part" | "none" | "notPassed" {
  if (!passesHead(phases, phase, 0, at)) return "notPassed";
  if (restOf(phases, phase).next === startOf(phases, phase)) return "none";
  return isWhole(phases, phase) ? "whole" : "part";
}

test("H1 the verdict is the machine's, on random documents, persons and events", { timeout: 600_000 }, () => {
  const RUNS = isSoak ? 100_000 : 1_000;
  const seen = { whole: 0, part: 0, none: 0, notPassed: 0 };
  const property = fc.property(
    plainTriggers,
    persons,
    eventData,
    fc.constantFrom(...eventNames),
    (documents, generated, happeningData, name) => {
      const program = programOf(documents);
      const phase = matchingOf(program);
      const at = context(program, { event: event({ name, data: happeningData }), person: generated.person });
      seen[kindOf(program, phase, at)]++;
      expect(matchingVerdict(program, at)).toEqual(interpreted(program, at));
    },
  );
  fc.assert(property, { numRuns: RUNS });
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(RUNS / 100);
});

test("gas runs out at the same place with and without the head", () => {
  const program = programOf([
    onEvent("purchase"),
    expressionTrigger(`${data(".country")} === "DE"`),
    trigger("HAS_PRIOR_STEP", { count_max: 2_000_000 }),
  ]);
  const { next, gas } = restOf(program.phases, matchingOf(program));
  const pc = startOf(program.phases, matchingOf(program));
  // EVENT_IS and DATA_EQUALS.
  expect({ words: next - pc, gas }).toEqual({ words: 7, gas: 2 + 16 });
  const seen = new Set<boolean>();
  const one = step({ eventMs: NOW_MS, isDuplicate: true });
  // What gas is left for, about: a page, the instruction that counts, and the steps.
  const steps = Array.from({ length: GAS_MAX - gas - 100 }, () => one);
  for (let more = 0; more < 60; more++) {
    steps.push(one);
    const happening = event({ data: { country: "DE" } });
    const at = context(program, { event: happening, person: person({ stepPages: 1 }), stepPage: () => steps });
    const verdict = matchingVerdict(program, at);
    expect(verdict).toEqual(interpreted(program, at));
    seen.add(isRuleError(verdict));
  }
  expect(seen).toEqual(new Set([true, false]));
});
