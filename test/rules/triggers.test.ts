// Each kind of trigger: passing, failing, negated, at its edges.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Person, RECENT_STEPS_MAX, type Step } from "../../src/model/person.ts";
import { candidates, evaluatePhase, isRuleError, type RuleContext } from "../../src/rules/mod.ts";
import {
  AUDIENCE_ID,
  campaign,
  CAMPAIGN_ID,
  compiled,
  context,
  controller,
  DAY_MS,
  event,
  expressionTrigger,
  match,
  matchingOf,
  matchingVerdict,
  NOW_MS,
  onEvent,
  OTHER_CAMPAIGN_ID,
  person,
  program,
  programOf,
  reward,
  step,
  SUPPLIER_ID,
  trigger,
} from "./fixtures.ts";

describe("EVENT", () => {
  test("passes for its names in any case, and fails for others", () => {
    expect(match([onEvent("signup", " Purchase ")])).toBe(true);
    expect(match([onEvent("signup")])).toBe(false);
    expect(match([onEvent("PURCHASE")], { event: event({ name: " purchase" }) })).toBe(true);
  });
  test("fails for another type of event with the same name", () => {
    expect(match([onEvent("purchase")], { event: event({ type: "SCHEDULED" }) })).toBe(false);
  });
  test("negated, it passes for everything else", () => {
    const not = trigger("EVENT", { event_names: ["purchase"], event_type: "INPUT", negated: true });
    expect(match([not])).toBe(false);
    expect(match([not], { event: event({ name: "other" }) })).toBe(true);
  });
});

describe("STEP_EVENT", () => {
  const stepEvent = event({
    type: "STEP",
    name: "Converted",
    data: { order_id: "o1" },
    detail: { kind: "step", stepId: "s1", names: ["Converted", "Outcome"], campaignId: CAMPAIGN_ID },
  });
  test.each([
    [{ event_names: ["converted"] }, true],
    [{ event_names: ["OUTCOME"] }, true],
    [{ event_names: ["shared"] }, false],
    [{}, true],
    [{ having_any_data_name: ["value", "Order_Id"] }, true],
    [{ event_names: ["converted"], having_any_data_name: ["value"] }, false],
    [{ event_names: ["shared"], negated: true }, true],
  ])("%j -> %s", (parameters, verdict) => {
    expect(match([trigger("STEP_EVENT", parameters)], { event: stepEvent })).toBe(verdict);
  });
  test("never takes an event that is no step", () => {
    expect(match([trigger("STEP_EVENT", {})])).toBe(false);
  });
});

describe("REWARD_EVENT", () => {
  const rewardEvent = event({
    type: "REWARD",
    name: "Ten dollars",
    detail: { kind: "reward", rewardId: "r1", state: "FULFILLED", tags: ["a", "b"], slots: ["s"] },
  });
  test.each([
    [{ reward_states: ["FULFILLED", "EARNED"] }, true],
    [{ reward_states: ["EARNED"] }, false],
    [{ reward_states: ["FULFILLED"], event_names: ["TEN DOLLARS"] }, true],
    [{ reward_states: ["FULFILLED"], event_names: ["other"] }, false],
    [{ reward_states: ["FULFILLED"], tags: ["b", "c"] }, true],
    [{ reward_states: ["FULFILLED"], tags: ["c"] }, false],
    [{ reward_states: ["FULFILLED"], slots: ["t"] }, false],
    [{ reward_states: ["EARNED"], negated: true }, true],
  ])("%j -> %s", (parameters, verdict) => {
    expect(match([trigger("REWARD_EVENT", parameters)], { event: rewardEvent })).toBe(verdict);
  });
});

describe("HAS_IDENTITY", () => {
  test("is about the identity key, not about other keys", () => {
    expect(match([trigger("HAS_IDENTITY")])).toBe(true);
    expect(match([trigger("HAS_IDENTITY")], { person: person({ email: null }) })).toBe(false);
    expect(match([trigger("HAS_IDENTITY", { negated: true })], { person: person({ email: null }) })).toBe(true);
  });
});

describe("AUDIENCE_MEMBERSHIP", () => {
  const inAudience = trigger("AUDIENCE_MEMBERSHIP", { having_any_audience_id: [AUDIENCE_ID] });
  const member = person({ memberships: [{ audienceId: AUDIENCE_ID, createdMs: 0, updatedMs: 0 }] });
  test("passes for members", () => {
    expect(match([inAudience], { person: member })).toBe(true);
    expect(match([inAudience])).toBe(false);
    expect(match([{ ...inAudience, negated: true }])).toBe(true);
  });
  test("of another person it is a fault, not a verdict", () => {
    const own = { ...inAudience, person_id: "javascript@runtime:context.getPerson().getId()" };
    expect(match([own], { person: member })).toBe(true);
    expect(match([{ ...inAudience, person_id: member.id }], { person: member })).toBe(true);
    expect(match([{ ...inAudience, person_id: "5300000000000000777" }], { person: member })).toMatchObject({
      code: "other_person",
    });
    expect(match([{ ...inAudience, person_id: "5300000000000000777", negated: true }])).toMatchObject({
      code: "other_person",
    });
  });
});

describe("EXPRESSION", () => {
  test.each([
    [true, true],
    [false, false],
    ["true", true],
    ["false", false],
    ["javascript@runtime:1 < 2", true],
    ["javascript@runtime:'yes'", false],
    ["javascript@runtime:null", false],
    ["javascript@runtime:context.getCauseEvent().getData().flag", true],
  ])("%j -> %s: only true itself passes", (expression, verdict) => {
    const data = { flag: true };
    expect(match([trigger("EXPRESSION", { expression })], { event: event({ data }) })).toBe(verdict);
    expect(match([trigger("EXPRESSION", { expression, negated: true })], { event: event({ data }) })).toBe(!verdict);
  });
  test("a fault is a typed error, negated or not", () => {
    const faulty = expressionTrigger("context.getOtherPerson().getId() === 'x'");
    expect(match([faulty])).toMatchObject({ type: "error", code: "null_receiver" });
    expect(match([{ ...faulty, negated: true }])).toMatchObject({ code: "null_receiver" });
  });
});

function inGroup(name: string, ...members: ReturnType<typeof trigger>[]): ReturnType<typeof trigger>[] {
  return members.map((member) => ({ ...member, parent_trigger_group_name: name }));
}

function group(name: string, operator: "AND" | "OR", more: JsonObject = {}): ReturnType<typeof trigger> {
  return trigger("GROUP", { trigger_name: name, operator, ...more });
}

describe("GROUP", () => {
  const yes = trigger("EXPRESSION", { expression: true });
  const no = trigger("EXPRESSION", { expression: false });
  const faulty = expressionTrigger("context.getOtherPerson().getId() === 'x'");
  test.each([
    ["OR", [yes, no], true],
    ["OR", [no, no], false],
    ["OR", [no, no, yes], true],
    ["AND", [yes, no], false],
    ["AND", [yes, yes], true],
  ] as const)("%s of members", (operator, members, verdict) => {
    expect(match([group("g", operator), ...inGroup("g", ...members)])).toBe(verdict);
    expect(match([group("g", operator, { negated: true }), ...inGroup("g", ...members)])).toBe(!verdict);
  });
  test("nests, and is ANDed with what stands beside it", () => {
    const nested = [
      group("outer", "OR"),
      ...inGroup("outer", no, group("inner", "AND")),
      ...inGroup("inner", yes, yes),
    ];
    expect(match(nested)).toBe(true);
    expect(match([...nested, no])).toBe(false);
  });
  test("G2 a fault in an OR group leaves the others a chance, and is no pass", () => {
    expect(match([group("g", "OR"), ...inGroup("g", faulty, yes)])).toBe(true);
    expect(match([group("g", "OR"), ...inGroup("g", yes, faulty)])).toBe(true);
    expect(match([group("g", "OR"), ...inGroup("g", faulty, no)])).toMatchObject({ code: "null_receiver" });
    expect(match([group("g", "OR", { negated: true }), ...inGroup("g", no, faulty)])).toMatchObject({
      code: "null_receiver",
    });
    const nested = [
      group("outer", "OR"),
      ...inGroup("outer", group("inner", "AND"), yes),
      ...inGroup("inner", yes, faulty),
    ];
    expect(match(nested)).toBe(true);
  });
  test("G3 disabled members and groups are as if they were not there", () => {
    const off = { ...no, enabled: false };
    expect(match([group("g", "AND"), ...inGroup("g", yes, off)])).toBe(true);
    expect(match([yes, group("g", "OR"), ...inGroup("g", off)])).toBe(true);
    expect(match([yes, group("g", "OR", { enabled: false }), ...inGroup("g", no)])).toBe(true);
  });
});

function priorStep(parameters: JsonObject): ReturnType<typeof trigger> {
  return trigger("HAS_PRIOR_STEP", parameters);
}

function passes(parameters: JsonObject, steps: Step[], more: Partial<RuleContext> = {}): unknown {
  const verdict = match([priorStep(parameters)], { person: person({ steps }), ...more });
  expect(match([priorStep({ ...parameters, negated: true })], { person: person({ steps }), ...more })).toBe(
    verdict !== true,
  );
  return verdict;
}

describe("HAS_PRIOR_STEP", () => {
  const two = [step({ eventId: "e1", name: "Converted" }), step({ eventId: "e2", value: 20, quality: "LOW" })];
  test.each([
    [{ filter_names: ["converted"] }, true],
    [{ filter_names: ["CONVERTED"], count_min: 2 }, true],
    [{ filter_names: ["converted"], count_min: 3 }, false],
    [{ filter_names: ["converted"], count_max: 2 }, true],
    [{ filter_names: ["converted"], count_max: 1 }, false],
    [{ filter_names: ["other"], count_max: 0 }, true],
    [{ filter_names: ["converted"], count_matches: [1, 2] }, true],
    [{ filter_names: ["converted"], count_matches: [1, 3] }, false],
    [{ filter_names: ["converted"], count_matches: [0] }, false],
    [{ filter_names: ["other"] }, false],
    [{ filter_names: ["converted"], filter_quality: "LOW", count_matches: [1] }, true],
    [{ filter_names: ["converted"], filter_quality: "HIGH", count_matches: [1] }, true],
    [{ filter_names: ["converted"], sum_of_value_min: 20 }, true],
    [{ filter_names: ["converted"], sum_of_value_max: 19.99 }, false],
    [{ filter_names: ["converted"], filter_min_value: 20, filter_max_value: 20, count_matches: [1] }, true],
    [{ filter_names: ["converted"], filter_min_value: 20.01 }, false],
    [{}, true],
    [{ count_min: 0 }, true],
  ])("%j -> %s", (parameters, verdict) => {
    expect(passes(parameters, two)).toBe(verdict);
  });

  test.each([
    // As doubles, the first three come to 499.99999999999994 and the others to 0.30000000000000004.
    [[153.13, 161.17, 185.7], { sum_of_value_min: 500 }, true],
    [[153.13, 161.17, 185.69], { sum_of_value_min: 500 }, false],
    [[0.1, 0.2], { sum_of_value_max: 0.3 }, true],
    [[0.1, 0.21], { sum_of_value_max: 0.3 }, false],
    [[0.1, 0.2, -0.3], { sum_of_value_max: 0 }, true],
    [[30_000_000.05, 60_000_000.04], { sum_of_value_max: 90_000_000.08 }, false],
  ])("amounts of %j with %j, to the cent: %s", (values, bound, verdict) => {
    const paid = values.map((value, i) => step({ eventId: `e${i}`, value }));
    expect(passes({ filter_names: ["converted"], ...bound }, paid)).toBe(verdict);
    expect(passes({ filter_names: ["converted"], filter_max_age: "P9D", ...bound }, paid)).toBe(verdict);
  });

  test("ages and dates are about the event's time, both ends inclusive", () => {
    const old = [step({ eventMs: NOW_MS - DAY_MS, createdMs: NOW_MS })];
    expect(passes({ filter_max_age: "P1D" }, old)).toBe(true);
    expect(passes({ filter_max_age: "PT23H59M59.999S" }, old)).toBe(false);
    expect(passes({ filter_min_age: "P1D" }, old)).toBe(true);
    expect(passes({ filter_min_age: "P1DT1S" }, old)).toBe(false);
    expect(
      passes(
        { filter_min_date: "2026-06-14T14:00:00+02:00[Europe/Berlin]", filter_max_date: "2026-06-14T12:00:00Z" },
        old,
      ),
    ).toBe(true);
    expect(passes({ filter_min_date: "2026-06-14T12:00:00.001Z" }, old)).toBe(false);
  });

  test("S4 a back-dated event does not end the walk, an early arrival does", () => {
    const steps = [
      step({ eventId: "e1", eventMs: NOW_MS - DAY_MS / 2 }),
      step({ eventId: "e2", eventMs: NOW_MS - 90 * DAY_MS, createdMs: NOW_MS }),
    ];
    expect(passes({ filter_max_age: "P1D", count_matches: [1] }, steps)).toBe(true);
    let pages = 0;
    const stepPage = (): Step[] => {
      pages++;
      return [step({ eventId: "e0", eventMs: NOW_MS - 200 * DAY_MS })];
    };
    const someone = person({ steps, stepPages: 50 });
    expect(match([priorStep({ filter_max_age: "P1D", count_min: 2 })], { person: someone, stepPage })).toBe(false);
    expect(pages).toBe(1);
  });

  test("S2 duplicates never count", () => {
    expect(passes({ filter_names: ["converted"] }, [step({ isDuplicate: true })])).toBe(false);
    expect(passes({ filter_max_age: "P9D" }, [step({ isDuplicate: true })])).toBe(false);
  });

  test("S1 S3 a step and its aliases count once for a set of names", () => {
    const rows = [
      step({ eventId: "e1", name: "converted", value: 5 }),
      step({ eventId: "e1", name: "outcome", value: 5, isPrimary: false }),
    ];
    for (const scope of ["CAMPAIGN", "CLIENT"]) {
      const both = { filter_names: ["converted", "outcome"], filter_scope: scope };
      expect(passes({ ...both, count_matches: [1] }, rows)).toBe(true);
      expect(passes({ ...both, sum_of_value_max: 5 }, rows)).toBe(true);
    }
    expect(passes({ count_matches: [1] }, rows)).toBe(true);
    expect(passes({ having_all_names: ["outcome", "Converted"] }, rows)).toBe(true);
    expect(passes({ having_all_names: ["outcome", "shared"] }, rows)).toBe(false);
  });

  test("scopes", () => {
    const steps = [
      step({ eventId: "e1", campaignId: OTHER_CAMPAIGN_ID, program: "refer" }),
      step({ eventId: "e2", campaignId: "5100000000000000003", program: "loyalty" }),
      step({ eventId: "e3", journeyName: "friend" }),
    ];
    const journey = {
      id: "j",
      campaignId: CAMPAIGN_ID,
      program: "refer",
      name: "friend",
      key: null,
      container: "",
      data: [],
      entry: {},
      last: {},
      variant: null,
      createdMs: 0,
      updatedMs: 0,
    };
    const counts = { CAMPAIGN: 1, PROGRAM: 2, CLIENT: 3, ATTRIBUTED: 3, JOURNEY: 1 };
    for (const [filter_scope, count] of Object.entries(counts)) {
      expect(
        passes({ filter_names: ["converted"], filter_scope, count_matches: [count] }, steps, { journey }),
        filter_scope,
      ).toBe(true);
    }
    expect(passes({ filter_scope: "JOURNEY" }, steps)).toBe(false);
    expect(
      passes({ filter_scope: "CLIENT", filter_campaign_ids: [OTHER_CAMPAIGN_ID], count_matches: [1] }, steps),
    ).toBe(true);
    // Keys of totals: neither the one for all campaigns nor a part of another one is a campaign.
    for (const id of ["*", "*/x", `${CAMPAIGN_ID}/x`]) {
      const listed = { filter_scope: "CLIENT", filter_names: ["converted"], filter_campaign_ids: [id] };
      expect(passes(listed, [...steps, step({ eventId: "e9", name: "x/converted" })])).toBe(false);
    }
    expect(passes({ filter_scope: "CLIENT", filter_program_labels: ["loyalty"], count_matches: [1] }, steps)).toBe(
      true,
    );
    expect(
      passes({ filter_names: ["converted"], filter_scope: "CLIENT", filter_campaign_id: "5100000000000000003" }, steps),
    ).toBe(true);
  });

  test("partner events, filter expressions and lists from expressions", () => {
    const steps = [
      step({ eventId: "e1", partnerEventId: { name: "order_id", value: "o1" } }),
      step({ eventId: "e2", value: 7 }),
    ];
    expect(passes({ filter_partner_event_id: { name: "Order_Id", value: "o1" }, count_matches: [1] }, steps)).toBe(
      true,
    );
    expect(passes({ filter_partner_event_id_value: "o2" }, steps)).toBe(false);
    const over = "javascript@runtime:Number(context.getStep().getValue()) > 6 && context.getPerson().getId() !== null";
    expect(passes({ filter_expression: over, count_matches: [1] }, steps)).toBe(true);
    expect(passes({ filter_expressions: [over, false], count_min: 1 }, steps)).toBe(false);
    expect(passes({ having_all_names: "javascript@runtime:[context.getStepName()]" }, steps)).toBe(true);
    const faulty = priorStep({
      filter_expression: "javascript@runtime:context.getStep().getPartnerEventId().getValue() === 'o1'",
    });
    expect(match([faulty], { person: person({ steps }) })).toMatchObject({ code: "null_receiver" });
  });

  test("older pages are walked newest first, and only as far as needed", () => {
    const pages = [[step({ eventId: "a" })], [step({ eventId: "b" })], [step({ eventId: "c", name: "shared" })]];
    const seen: number[] = [];
    const stepPage = (page: number): Step[] => {
      seen.push(page);
      return pages[page] ?? [];
    };
    const someone: Person = person({ steps: [step({ eventId: "d" })], stepPages: 3 }, pages.flat());
    const count = (parameters: JsonObject): unknown => {
      seen.length = 0;
      return match([priorStep({ filter_max_age: "P9D", ...parameters })], { person: someone, stepPage });
    };
    // One name would be answered from its recent steps.
    expect(count({ filter_names: ["converted", "none"], count_matches: [3] })).toBe(true);
    expect(seen).toEqual([2, 1, 0]);
    expect(count({ count_min: 2 })).toBe(true);
    expect(seen).toEqual([2]);
    expect(count({ filter_names: ["shared", "none"], count_max: 5 })).toBe(true);
    expect(seen).toEqual([2]);
    expect(match([priorStep({ filter_names: ["converted"], count_matches: [3] })], { person: someone, stepPage })).toBe(
      true,
    );
    expect(seen).toEqual([2]);
  });
});

describe("HAS_PRIOR_STEP, what a filter expression or a short memory must not spoil", () => {
  test("a filter expression leaves the stack as it found it", () => {
    const steps = [step({ eventId: "e1", value: 1 }), step({ eventId: "e2", value: 2 })];
    const filtered = priorStep({
      filter_expression: "javascript@runtime:context.getStep().getValue() !== null",
      count_min: 3,
    });
    const no = trigger("EXPRESSION", { expression: "javascript@runtime:context.getPerson().getEmail() === null" });
    expect(match([group("g", "OR"), ...inGroup("g", filtered, no)], { person: person({ steps }) })).toBe(false);
  });
  test("R1 more steps than are kept as recent ones are still counted", () => {
    const steps = Array.from({ length: RECENT_STEPS_MAX + 5 }, (_, at) =>
      step({ eventId: `e${at}`, eventMs: NOW_MS - DAY_MS + at }),
    );
    for (const filter_scope of ["CAMPAIGN", "CLIENT"]) {
      const all = { filter_names: ["converted"], filter_scope, filter_max_age: "P2D" };
      expect(passes({ ...all, count_matches: [RECENT_STEPS_MAX + 5] }, steps)).toBe(true);
      expect(passes({ ...all, count_max: RECENT_STEPS_MAX + 4 }, steps)).toBe(false);
    }
  });
});

describe("HAS_PRIOR_REWARD", () => {
  const rewards = [
    reward({ id: "1", earnedMs: Date.UTC(2026, 3, 5, 22, 59), tags: ["a"], state: "REVOKED" }),
    reward({ id: "2", earnedMs: Date.UTC(2026, 3, 5, 23, 0), isFulfilFailed: true }),
    reward({
      id: "3",
      campaignId: OTHER_CAMPAIGN_ID,
      program: "loyalty",
      faceValue: 2.5,
      faceValueType: "POINTS",
      name: null,
    }),
  ];
  test.each([
    [{ count_matches: [2] }, true],
    [{ filter_scope: "CLIENT", count_matches: [3] }, true],
    [{ filter_scope: "PROGRAM", count_max: 1 }, false],
    [{ filter_names: ["ten DOLLARS"], filter_scope: "CLIENT", count_matches: [2] }, true],
    [{ filter_tags: ["a", "z"], count_matches: [1] }, true],
    [{ filter_states: ["EARNED"], count_matches: [1] }, true],
    [{ filter_states: ["FULFILL_FAILED", "REVOKED"], count_matches: [2] }, true],
    [{ filter_reward_supplier_ids: [SUPPLIER_ID], count_min: 2 }, true],
    [
      {
        filter_face_value_types: ["POINTS"],
        filter_scope: "CLIENT",
        sum_of_face_value_min: 2.5,
        sum_of_face_value_max: 2.5,
      },
      true,
    ],
    [{ filter_scope: "CLIENT", sum_of_face_value_max: 22.4 }, false],
    [{ filter_scope: "CLIENT", filter_max_age: "P1D", count_matches: [1] }, true],
    [{ filter_expression: "javascript@runtime:context.getReward().getTags().includes('a')", count_matches: [1] }, true],
    [{ filter_expression: false }, false],
  ])("%j -> %s", (parameters, verdict) => {
    const someone = person({ rewards });
    expect(match([trigger("HAS_PRIOR_REWARD", parameters)], { person: someone })).toBe(verdict);
    expect(match([trigger("HAS_PRIOR_REWARD", { ...parameters, negated: true })], { person: someone })).toBe(!verdict);
  });

  test("a cap that is reached to the cent is not exceeded", () => {
    const earned = [0.1, 0.2].map((faceValue) => reward({ faceValue }));
    const cap = trigger("HAS_PRIOR_REWARD", { sum_of_face_value_max: 0.3 });
    expect(match([cap], { person: person({ rewards: earned }) })).toBe(true);
  });

  test("the tax year starts at midnight of the program's time zone", () => {
    const byYear = trigger("HAS_PRIOR_REWARD", { tax_year_start: "--04-06", count_matches: [1] });
    // In London, 6 April 2026 begins at 23:00 UTC of the 5th: the clocks have moved.
    const london = programOf([byYear], { time_zone: "Europe/London" });
    const verdict = matchingVerdict(london, context(london, { person: person({ rewards }) }));
    expect(verdict).toBe(true);
    expect(match([byYear], { person: person({ rewards }) })).toBe(false);
  });
});

describe("phases", () => {
  test("each is code of its own; without triggers it passes", () => {
    const quality = { ...trigger("HAS_IDENTITY"), trigger_phase: "QUALITY" as const };
    const qualifying = { ...trigger("EXPRESSION", { expression: false }), trigger_phase: "QUALIFYING" as const };
    const both = compiled(program([campaign([controller([onEvent("purchase"), quality, qualifying])])]));
    const [first] = both.controllers;
    if (first === undefined) throw new Error("a program without controllers");
    const anonymous = context(both, { person: person({ email: null }) });
    expect(first?.hasQuality).toBe(true);
    expect(
      [first.matching, first.qualifying, first.quality].map((phase) => evaluatePhase(both, phase, anonymous)),
    ).toEqual([true, false, false]);
    const plain = programOf([onEvent("purchase")]);
    expect(plain.controllers[0]?.hasQuality).toBe(false);
    expect(evaluatePhase(plain, plain.controllers[0]?.qualifying ?? matchingOf(plain), context(plain))).toBe(true);
    expect(candidates(plain, event())).toHaveLength(1);
  });
  test("evaluations do not leave anything behind for the next", () => {
    const faulty = [group("g", "OR"), ...inGroup("g", expressionTrigger("context.getOtherPerson().getId() === 'x'"))];
    for (let round = 0; round < 100; round++) expect(isRuleError(match(faulty))).toBe(true);
    expect(match([onEvent("purchase")])).toBe(true);
  });
});
