// Explaining a verdict.

import { expect, test } from "vitest";
import { trace, type TraceRow } from "../../src/rules/mod.ts";
import {
  context,
  event,
  expressionTrigger,
  matchingOf,
  matchingVerdict,
  onEvent,
  person,
  programOf,
  step,
  trigger,
} from "./fixtures.ts";

function rowsFor(triggers: ReturnType<typeof trigger>[], more: Parameters<typeof context>[1] = {}): TraceRow[] {
  const of = programOf(triggers);
  return trace(of, matchingOf(of), context(of, more));
}

test("a row for each trigger, with its verdict and what it saw", () => {
  const rows = rowsFor(
    [
      onEvent("purchase"),
      expressionTrigger(
        "context.getCauseEvent().getData().country === 'DE' && Number(context.getCauseEvent().getData().amount) >= 5",
      ),
      trigger("HAS_IDENTITY", { negated: true }),
      trigger("HAS_PRIOR_STEP", { filter_names: ["converted"], count_max: 0 }),
      trigger("HAS_PRIOR_STEP", { filter_min_value: 1, sum_of_value_min: 9 }),
      trigger("HAS_PRIOR_REWARD", {}),
    ],
    { event: event({ data: { country: "FR", amount: "7" } }), person: person({ steps: [step({ value: 4 })] }) },
  );
  expect(
    rows.map(({ triggerType, verdict, seen }) => ({
      triggerType,
      verdict,
      seen: seen.map(({ what, value }) => `${what}: ${value}`),
    })),
  ).toEqual([
    { triggerType: "EVENT", verdict: true, seen: ["event: INPUT purchase"] },
    { triggerType: "EXPRESSION", verdict: false, seen: ['data country: "FR"', 'data amount: "7"'] },
    { triggerType: "HAS_IDENTITY", verdict: false, seen: ["identity key: ann@example.com"] },
    { triggerType: "HAS_PRIOR_STEP", verdict: false, seen: ["step count: 1"] },
    { triggerType: "HAS_PRIOR_STEP", verdict: false, seen: ["count and sum: 1, 4"] },
    { triggerType: "HAS_PRIOR_REWARD", verdict: false, seen: ["count and sum: 0, 0"] },
  ]);
});

test("groups come before their members, each with its own verdict, faults with their reason", () => {
  const inGroup = { parent_trigger_group_name: "g" };
  const rows = rowsFor([
    trigger("GROUP", { trigger_name: "g", operator: "OR" }),
    { ...expressionTrigger("context.getOtherPerson().getId() === 'x'"), ...inGroup },
    {
      ...expressionTrigger("(() => { const a = context.getPerson().getEmail(); return a.length > 3; })()"),
      ...inGroup,
    },
  ]);
  expect(rows.map(({ nesting, verdict, fault }) => ({ nesting, verdict, fault }))).toEqual([
    { nesting: 0, verdict: true, fault: null },
    { nesting: 1, verdict: false, fault: "null_receiver: getId was called on null" },
    { nesting: 1, verdict: true, fault: null },
  ]);
  expect(rows[2]?.seen).toContainEqual({ what: "person.getEmail", value: '"ann@example.com"' });
  expect(rows[2]?.code).toContain("CALL person.getEmail 0");
});

test("what was never reached is not shown as seen", () => {
  const [row] = rowsFor([expressionTrigger("1 < 2 || context.getPerson().getEmail() === 'x'")]);
  expect(row).toMatchObject({ verdict: true, seen: [] });
});

test("tracing leaves nothing behind", () => {
  const of = programOf([onEvent("purchase"), trigger("HAS_IDENTITY")]);
  trace(of, matchingOf(of), context(of));
  expect(matchingVerdict(of, context(of))).toBe(true);
});
