// What is wrong with a document is refused when it is published: with the part, the parameter, and the place in the source.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { CompileError } from "../../src/rules/mod.ts";
import {
  action,
  campaign,
  CAMPAIGN_ID,
  compileErrors,
  compiled,
  controller,
  expressionTrigger,
  onEvent,
  program,
  SUPPLIER_ID,
  trigger,
} from "./fixtures.ts";

function errorsOf(...triggers: ReturnType<typeof trigger>[]): CompileError[] {
  return compileErrors(program([campaign([controller(triggers)])]));
}

function errorsOfAction(type: string, parameters: JsonObject): string[] {
  const document = program([campaign([controller([onEvent("x")], { actions: [action(type, parameters)] })])]);
  return compileErrors(document).map(({ parameter, message }) => `${parameter}: ${message}`);
}

describe("triggers", () => {
  test.each([
    [
      "a type that is not supported, by name",
      trigger("ORACLE"),
      "trigger_type",
      "trigger type ORACLE is not supported",
    ],
    ["a type that JavaScript objects inherit", trigger("constructor"), "trigger_type", "constructor is not supported"],
    ["a missing parameter", trigger("EVENT", { event_type: "INPUT" }), "event_names", "event_names is missing"],
    [
      "an empty list of names",
      trigger("EVENT", { event_type: "INPUT", event_names: [] }),
      "event_names",
      "names no event",
    ],
    ["a misspelt parameter", trigger("HAS_PRIOR_STEP", { count_mx: 3 }), "count_mx", "unknown parameter count_mx"],
    [
      "a wrong type of event",
      trigger("EVENT", { event_type: "REWARD", event_names: ["x"] }),
      "event_type",
      "must be one of",
    ],
    ["a text for a number", trigger("HAS_PRIOR_STEP", { count_min: "3" }), "count_min", "must be a number"],
    ["a negative count", trigger("HAS_PRIOR_STEP", { count_max: -1 }), "count_max", "whole number from 0"],
    [
      "bounds that exclude each other",
      trigger("HAS_PRIOR_STEP", { count_min: 3, count_max: 2 }),
      "count_min",
      "above count_max",
    ],
    [
      "an exact count out of bounds",
      trigger("HAS_PRIOR_STEP", { count_max: 2, count_matches: [3] }),
      "count_matches",
      "has 3",
    ],
    [
      "a duration of months",
      trigger("HAS_PRIOR_STEP", { filter_max_age: "P1M" }),
      "filter_max_age",
      "a duration such as P1D",
    ],
    [
      "a date without offset",
      trigger("HAS_PRIOR_STEP", { filter_min_date: "2026-01-01T00:00:00" }),
      "filter_min_date",
      "a date with time and offset",
    ],
    [
      "a day that no year has",
      trigger("HAS_PRIOR_REWARD", { tax_year_start: "--02-30" }),
      "tax_year_start",
      "a day of the year",
    ],
    [
      "an unknown supplier",
      trigger("HAS_PRIOR_REWARD", { filter_reward_supplier_ids: ["9"] }),
      "filter_reward_supplier_ids",
      "no reward supplier 9",
    ],
    [
      "an unknown audience",
      trigger("AUDIENCE_MEMBERSHIP", { having_any_audience_id: ["9"] }),
      "having_any_audience_id",
      "no audience 9",
    ],
    [
      "a group that does not exist",
      trigger("HAS_IDENTITY", { parent_trigger_group_name: "g" }),
      "parent_trigger_group_name",
      "no trigger group g",
    ],
    [
      "an expression evaluated when built",
      trigger("EXPRESSION", { expression: "javascript@buildtime:x" }),
      "expression",
      "x is not defined",
    ],
    [
      "a template",
      trigger("EXPRESSION", { expression: "handlebars@runtime:{{x}}" }),
      "expression",
      "context has no method x",
    ],
    [
      "an expression where only literals may be",
      trigger("HAS_PRIOR_STEP", { count_min: "javascript@runtime:1" }),
      "count_min",
      "javascript@runtime is not supported",
    ],
  ])("%s", (_case, wrong, parameter, message) => {
    const errors = errorsOf(onEvent("x"), wrong);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      campaign: CAMPAIGN_ID,
      controller: "5200000000000000001",
      trigger: wrong.trigger_id,
      parameter,
    });
    expect(errors[0]?.message).toContain(message);
  });

  test("an expression, with line and column after its prefix", () => {
    const [error] = errorsOf(onEvent("x"), expressionTrigger("context\n  .getPerson()\n  .getShoeSize() > 3"));
    expect(error).toMatchObject({ parameter: "expression", line: 3, column: 4 });
    expect(error?.message).toMatch(/^person has no method getShoeSize; it has getId, getEmail/);
  });

  test("a filter expression sees the candidate, other expressions do not", () => {
    expect(
      errorsOf(
        trigger("HAS_PRIOR_STEP", { filter_expression: "javascript@runtime:context.getStep().getValue() !== null" }),
      ),
    ).toEqual([]);
    expect(errorsOf(expressionTrigger("context.getStep().getValue() !== null"))[0]?.message).toContain(
      "context has no method getStep",
    );
    const onReward = trigger("HAS_PRIOR_REWARD", {
      filter_expression: "javascript@runtime:context.getStep() !== null",
    });
    expect(errorsOf(onReward)[0]?.message).toContain("reward_filter has no method getStep");
  });

  test("groups: one phase, one name, no circles", () => {
    const group = (name: string, more: JsonObject = {}): ReturnType<typeof trigger> =>
      trigger("GROUP", { trigger_name: name, operator: "AND", ...more });
    const quality = {
      ...trigger("HAS_IDENTITY", { parent_trigger_group_name: "g" }),
      trigger_phase: "QUALITY" as const,
    };
    expect(errorsOf(onEvent("x"), group("g"), quality)[0]).toMatchObject({ parameter: "trigger_phase" });
    expect(errorsOf(onEvent("x"), group("g"), group("g"))[0]?.message).toBe("there are two trigger groups g");
    const circle = errorsOf(
      onEvent("x"),
      group("a", { parent_trigger_group_name: "b" }),
      group("b", { parent_trigger_group_name: "a" }),
    );
    expect(circle[0]?.message).toContain("contain each other");
  });

  test("a MATCHING phase without triggers, or with disabled ones only", () => {
    const message = "there is no enabled trigger of phase MATCHING";
    expect(errorsOf()[0]?.message).toBe(message);
    expect(errorsOf({ ...onEvent("x"), enabled: false })[0]?.message).toBe(message);
    expect(errorsOf({ ...trigger("HAS_IDENTITY"), trigger_phase: "QUALITY" })[0]?.message).toBe(message);
  });

  test("all errors of a document come at once", () => {
    expect(errorsOf(trigger("X"), trigger("Y"), expressionTrigger("z")).map(({ message }) => message)).toEqual([
      "trigger type X is not supported in this release",
      "trigger type Y is not supported in this release",
      "z is not defined; there is context, and what const names",
    ]);
  });
});

describe("actions", () => {
  test.each([
    ["ORACLE", {}, "action_type: action type ORACLE is not supported in this release"],
    ["WEBHOOK", {}, "webhook_id: webhook_id is missing"],
    ["WEBHOOK", { webhook_id: "9" }, "webhook_id: there is no webhook 9"],
    ["EMAIL", { zone_name: "thank you" }, "zone_name: zone_name has 2 to 50 letters, digits and underscores"],
    ["DATA_INTELLIGENCE", { event_name: "x1" }, "intelligence_provider: intelligence_provider is missing"],
    [
      "DATA_INTELLIGENCE",
      { event_name: "x", intelligence_provider: "NOOP" },
      "event_name: event_name has 2 to 200 characters",
    ],
    ["SIGNAL_V1", { name: "x" }, "name: unknown parameter name"],
    ["SHARE_EVENT", { channel: "EMAIL" }, "channel: unknown parameter channel"],
    ["EARN_REWARD", {}, "reward_supplier_id: reward_supplier_id is missing"],
    ["EARN_REWARD", { reward_supplier_id: "9" }, "reward_supplier_id: there is no reward supplier 9"],
    ["EARN_REWARD", { reward_supplier_id: SUPPLIER_ID, tag: "x" }, "tag: unknown parameter tag"],
    [
      "EARN_REWARD",
      { reward_supplier_id: SUPPLIER_ID, data: { a: "javascript@runtime:b" } },
      "data.a: b is not defined; there is context, and what const names",
    ],
    ["CANCEL_REWARD", {}, "reward_id: reward_id is missing"],
    ["CANCEL_REWARD", { reward_id: "1", success: "true" }, "success: unknown parameter success"],
    [
      "FIRE_AS_PERSON",
      { event_name: "x", person_id: "1", labels: ["Refer a friend"] },
      "labels: a label has 2 to 50 lower-case letters, digits, - or _; Refer a friend has not",
    ],
    [
      "FIRE_AS_PERSON",
      { event_name: "x", person_id: "1", as_person_journey: { journey: "FRIEND" } },
      "journey: unknown parameter journey",
    ],
    ["CREATE_MEMBERSHIP", { audience_id: "9" }, "audience_id: there is no audience 9"],
    ["SCHEDULE", { schedule_name: "later" }, "delays: delays or dates must be given"],
    ["SCHEDULE", { schedule_name: "later", delays: ["soon"] }, "delays: delays must be durations such as P1D"],
    [
      "FIRE_AS_PERSON",
      { event_name: "x" },
      "as_person_identification: either as_person_identification or person_id must be given",
    ],
    [
      "FIRE_AS_PERSON",
      { event_name: "x", as_person_identification: { person_identification_type: "PARTNER_EVENT_ID", value: "1" } },
      "as_person_identification: PARTNER_EVENT_ID needs a partner_event_key",
    ],
  ])("%s %j", (type, parameters, message) => {
    expect(errorsOfAction(type, parameters)).toEqual([message]);
  });
});

describe("the rest", () => {
  test("time zones, dates, ids, data", () => {
    const steps = [controller([onEvent("x")])];
    const errors = (document: ReturnType<typeof program>): string[] =>
      compileErrors(document).map(({ message }) => message);
    expect(errors(program([campaign(steps)], { time_zone: "Mars/Base" }))).toEqual(["there is no time zone Mars/Base"]);
    expect(errors(program([campaign(steps, { start_date: "tomorrow" })]))[0]).toContain("start_date must be a date");
    expect(errors(program([campaign(steps), campaign(steps)]))[0]).toContain("there are two campaigns");
    expect(errors(program([campaign(steps, { variant_selector: "red" })]))).toEqual([
      "there are no variants to select from",
    ]);
    for (const priority of ["first", "1..2", "-1", true]) {
      const entry = {
        type: "JOURNEY_ENTRY" as const,
        id: "j",
        journey_name: "friend",
        priority,
        triggers: [onEvent("x")],
      };
      expect(errors(program([campaign([entry])]))).toHaveLength(1);
    }
    for (const campaign_id of ["a/b", "*"])
      expect(errors(program([campaign(steps, { campaign_id })]))).toEqual([
        "a campaign id has no slash, and * stands for all campaigns",
      ]);
    const twice = { name: "a", value: 1 };
    expect(errors(program([campaign([controller([onEvent("x")], { data: [twice, twice] })])]))).toEqual([
      "there are two data named a",
    ]);
  });

  describe("two actions of one id in a campaign", () => {
    const pay = action("EARN_REWARD", { reward_supplier_id: SUPPLIER_ID, action_id: "pay" });
    const buying = controller([onEvent("x")], { id: "buying", actions: [pay] });

    test("are refused: what one earns could not be told from what the other does", () => {
      const selling = controller([onEvent("y")], { id: "selling", actions: [pay] });
      expect(compileErrors(program([campaign([buying, selling])]))).toMatchObject([
        {
          campaign: CAMPAIGN_ID,
          controller: "selling",
          action: "pay",
          parameter: "action_id",
          message: "controller buying has an action pay, too",
        },
      ]);
      const twice = controller([onEvent("x")], { id: "buying", actions: [pay, pay] });
      expect(compileErrors(program([campaign([twice])]))).toHaveLength(1);
    });

    test("are none while one of them is switched off, or when they are of two campaigns", () => {
      const off = controller([onEvent("y")], { id: "selling", actions: [{ ...pay, enabled: false }] });
      expect(compiled(program([campaign([buying, off])])).controllers).toHaveLength(2);
      const other = campaign([buying], { campaign_id: "7078000000000000009" });
      expect(compiled(program([campaign([buying]), other])).controllers).toHaveLength(2);
    });
  });

  test("of data that only one event may carry, a controller has at most eight", () => {
    const data = Array.from({ length: 9 }, (_, n) => ({
      name: `id${n}`,
      value: "1",
      key_type: "UNIQUE_PARTNER_EVENT_KEY" as const,
    }));
    expect(
      compiled(program([campaign([controller([onEvent("x")], { data: data.slice(1) })])])).controllers,
    ).toHaveLength(1);
    expect(compileErrors(program([campaign([controller([onEvent("x")], { data })])]))).toMatchObject([
      { parameter: "data", message: "a controller has at most 8 data of UNIQUE_PARTNER_EVENT_KEY" },
    ]);
  });

  test("a disabled controller is left out, unchecked", () => {
    const draft = controller([trigger("MAXMIND")], { enabled: false });
    expect(compiled(program([campaign([draft, controller([onEvent("x")])])])).controllers).toHaveLength(1);
  });

  test("K1 the hash depends on the document, not on the order of its members", () => {
    const steps = [controller([{ ...onEvent("x"), trigger_id: "t" }])];
    const one = program([campaign(steps)]);
    const { client, ...others } = one;
    expect(compiled({ ...others, client }).hash).toBe(compiled(one).hash);
    expect(compiled(program([campaign(steps, { version: 4 })])).hash).not.toBe(compiled(one).hash);
    expect(compiled(one).hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
