// Golden cases of expressions as data: `cases/expressions.json`. Each is the value of a step datum, evaluated for one fixed person and event.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { assert } from "../../src/base/assert.ts";
import type { JsonValue } from "../../src/model/json.ts";
import { compileProgram, evaluate, isRuleError, type Program, type RuleContext, toJson } from "../../src/rules/mod.ts";
import {
  AUDIENCE_ID,
  campaign,
  CAMPAIGN_ID,
  codeOf,
  compiled,
  context,
  controller,
  event,
  onEvent,
  person,
  program,
  reward,
  step,
} from "./fixtures.ts";

interface Case {
  readonly section?: string;
  readonly expression?: string;
  readonly result?: JsonValue;
  /** Code of the fault. */
  readonly error?: string;
  /** Part of the message with which the expression is refused. */
  readonly compileError?: string;
  readonly at?: string;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./cases/expressions.json", import.meta.url), "utf8"));

function documentWith(expression: string): ReturnType<typeof program> {
  const data = [{ name: "x", value: `javascript@runtime:${expression}` }];
  return program([campaign([controller([onEvent("purchase")], { data })])]);
}

function fixedContext(of: Program): RuleContext {
  const data = {
    country: "DE",
    cart_value: "89.90",
    is_new: true,
    items: ["a", "b", "c"],
    address: { city: "Berlin" },
    "share.channel": "EMAIL",
  };
  const steps = [
    step({ name: "shared", eventId: "e1" }),
    step({ name: "shared", eventId: "e2", quality: "LOW" }),
    step({
      name: "converted",
      eventId: "e3",
      value: 25.5,
      partnerEventId: { name: "order_id", value: "order-9" },
      data: [{ name: "color", value: "red", scope: "PUBLIC" }],
    }),
    step({ name: "signed_up", eventId: "e4", value: 3 }),
  ];
  const key = { name: "key", value: "k1" };
  const journey = {
    id: "j1",
    campaignId: CAMPAIGN_ID,
    program: "refer",
    name: "friend",
    key,
    container: "production",
    data: [{ name: "color", value: "blue", scope: "PUBLIC" as const }],
    entry: {},
    last: {},
    variant: null,
    createdMs: 0,
    updatedMs: 0,
  };
  const someone = person({
    email: "Ann.Lee+shop@gmail.com",
    data: {
      first_name: { value: "Ann", scope: "PUBLIC", createdMs: 0, updatedMs: 0 },
      tier: { value: "gold", scope: "CLIENT", createdMs: 0, updatedMs: 0 },
    },
    steps,
    rewards: [reward()],
    memberships: [{ audienceId: AUDIENCE_ID, createdMs: 0, updatedMs: 0 }],
  });
  const otherPerson = {
    id: "5300000000000000009",
    email: "annlee@googlemail.com",
    partnerUserId: null,
    firstName: "Bob",
    block: "NONE" as const,
    requests: [],
  };
  return context(of, {
    event: event({ name: "Purchase", data }),
    person: someone,
    otherPerson,
    journey,
    quality: "HIGH",
  });
}

describe("expressions", () => {
  let section = "";
  for (const one of cases) {
    if (one.section !== undefined) section = one.section;
    const { expression } = one;
    if (expression === undefined) continue;
    if (one.compileError !== undefined) test(`${section}: ${expression}`, () => expectRefusal(one, expression));
    else test(`${section}: ${expression}`, () => expectValue(one, expression));
  }
});

function expectValue(one: Case, expression: string): void {
  const of = compiled(documentWith(expression));
  const value = of.controllers[0]?.data[0]?.value;
  assert(value?.kind === "code", "an expression compiles to code");
  const result = evaluate(codeOf(of), value.pc, fixedContext(of));
  if (one.error !== undefined) expect(isRuleError(result) ? result.code : toJson(result)).toBe(one.error);
  else {
    expect(isRuleError(result) ? result.message : "").toBe("");
    expect(toJson(result)).toEqual(one.result);
  }
}

function expectRefusal(one: Case, expression: string): void {
  const result = compileProgram(documentWith(expression));
  assert(!result.ok, "the expression is refused");
  const [error] = result.error;
  expect(error?.message).toContain(one.compileError);
  expect(error).toMatchObject({ campaign: CAMPAIGN_ID, data: "x", parameter: "value" });
  if (one.at !== undefined) expect(`${error?.line}:${error?.column}`).toBe(one.at);
}
