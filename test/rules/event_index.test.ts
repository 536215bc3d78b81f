// The event index leaves out what cannot match, and nothing else.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ControllerDocument } from "../../src/model/campaign.ts";
import { candidates, evaluatePhase, evaluateRest, type Program, shortlist } from "../../src/rules/mod.ts";
import { eventData, eventNames, triggers } from "./documents.ts";
import {
  campaign,
  CAMPAIGN_ID,
  compiled,
  context,
  controller,
  event,
  expressionTrigger,
  onEvent,
  person,
  program,
  step,
  trigger,
} from "./fixtures.ts";

function many(documents: readonly ControllerDocument[]): Program {
  return compiled(
    program([campaign(documents.map((document, at) => ({ ...document, id: `c${at}`, name: `step_${at}` })))]),
  );
}

function namesFor(of: Program, more: Parameters<typeof event>[0]): string[] {
  return candidates(of, event(more)).map(({ name }) => name);
}

const data = (name: string): string => `context.getCauseEvent().getData()${name}`;

describe("candidates", () => {
  test("by type and name, in published order, with those that take any name", () => {
    const of = many([
      controller([onEvent("purchase")]),
      controller([trigger("HAS_IDENTITY")]),
      controller([onEvent("signup", "Purchase")]),
      controller([trigger("EVENT", { event_type: "SCHEDULED", event_names: ["purchase"] })]),
      controller([{ ...onEvent("purchase"), negated: true }]),
      controller([trigger("REWARD_EVENT", { reward_states: ["EARNED"] })]),
    ]);
    expect(namesFor(of, { name: "PURCHASE" })).toEqual(["step_0", "step_1", "step_2", "step_4"]);
    expect(namesFor(of, { name: "signup" })).toEqual(["step_1", "step_2", "step_4"]);
    expect(namesFor(of, { name: "other" })).toEqual(["step_1", "step_4"]);
    expect(namesFor(of, { type: "SCHEDULED" })).toEqual(["step_1", "step_3", "step_4"]);
    expect(namesFor(of, { type: "REWARD", name: "ten" })).toEqual(["step_1", "step_4", "step_5"]);
  });

  test("by data, in each way of writing it, alone or with more conditions", () => {
    const of = many([
      controller([onEvent("purchase"), expressionTrigger(`${data(".country")} === "DE"`)]),
      controller([onEvent("purchase"), expressionTrigger(`"FR" === ${data('["country"]')}`)]),
      controller([onEvent("purchase"), expressionTrigger(`${data('.get("country")')} === "DE" && 1 < 2`)]),
      controller([onEvent("purchase"), expressionTrigger(`${data(".country")} !== "DE"`)]),
      controller([onEvent("purchase"), expressionTrigger(`${data(".country")} === "DE" || 1 < 2`)]),
      controller([onEvent("purchase"), { ...expressionTrigger(`${data(".country")} === "DE"`), negated: true }]),
      controller([onEvent("purchase"), expressionTrigger(`${data(".plan")} === "gold"`)]),
    ]);
    expect(namesFor(of, { data: { country: "DE" } })).toEqual(["step_0", "step_2", "step_3", "step_4", "step_5"]);
    expect(namesFor(of, { data: { Country: "FR", plan: "gold" } })).toEqual([
      "step_1",
      "step_3",
      "step_4",
      "step_5",
      "step_6",
    ]);
    expect(namesFor(of, { data: { country: 7 } })).toEqual(["step_3", "step_4", "step_5"]);
    expect(namesFor(of, {})).toEqual(["step_3", "step_4", "step_5"]);
  });

  test("a step arrives under its own name and is found by listeners to its aliases", () => {
    const of = many([
      controller([onEvent("purchase")], { aliases: ["outcome"] }),
      controller([trigger("STEP_EVENT", { event_names: ["Outcome"] })]),
    ]);
    const detail = { kind: "step" as const, stepId: "s", names: ["step_0", "outcome"], campaignId: CAMPAIGN_ID };
    expect(namesFor(of, { type: "STEP", name: "step_0", detail })).toEqual(["step_1"]);
    // Of an older program, whose steps had other names.
    expect(namesFor(of, { type: "STEP", name: "gone", detail: { ...detail, names: ["gone", "outcome"] } })).toEqual([
      "step_1",
    ]);
    expect(namesFor(of, { type: "STEP", name: "step_1", detail })).toEqual([]);
  });

  test("a step that nobody lists may concern all who listen to steps; their heads decide", () => {
    const of = many([
      controller([trigger("STEP_EVENT", { event_names: ["Outcome"] })]),
      controller([trigger("STEP_EVENT", { event_names: ["Income"] })]),
    ]);
    const detail = { kind: "step" as const, stepId: "s", names: ["gone", "outcome"], campaignId: CAMPAIGN_ID };
    const happening = event({ type: "STEP", name: "gone", detail });
    expect(candidates(of, happening).map(({ name }) => name)).toEqual(["step_0", "step_1"]);
    expect(shortlist(of, context(of, { event: happening }))).toEqual([0]);
  });

  test("who is alone under a value is listed only if the rest of the head passes, too", () => {
    const rule = (country: string): ControllerDocument =>
      controller([
        onEvent("purchase"),
        expressionTrigger(`${data(".country")} === "${country}"`),
        expressionTrigger(`Number(${data(".amount")}) >= 10`),
        trigger("HAS_IDENTITY"),
        trigger("HAS_PRIOR_STEP", { filter_names: ["bought"], count_max: 0 }),
      ]);
    const of = many(["AT", "DE", "FR", "IT"].map(rule));
    const listed = (amount: number, who = person()): readonly number[] =>
      shortlist(of, { event: event({ data: { country: "DE", amount } }), person: who });
    expect(listed(10)).toEqual([1]);
    expect(listed(9)).toEqual([]);
    expect(listed(10, person({ email: null }))).toEqual([]);
    expect(listed(10, person({}, [step({ name: "bought" })]))).toEqual([]);
  });

  test("campaigns that process nothing are not in it", () => {
    const steps = [controller([onEvent("purchase")])];
    const states = ["NOT_LAUNCHED", "LIVE", "PAUSED", "ENDED", "STOPPED", "ARCHIVED"] as const;
    const of = compiled(program(states.map((state, at) => campaign(steps, { campaign_id: String(at), state }))));
    expect(candidates(of, event()).map(({ campaign: at }) => of.campaigns[at]?.state)).toEqual([
      "LIVE",
      "PAUSED",
      "ENDED",
    ]);
  });

  test("10,000 rules on one event name: an event meets the one for its country", () => {
    const of = many(
      Array.from({ length: 10_000 }, (_, at) =>
        controller([onEvent("purchase"), expressionTrigger(`${data(".country")} === "C${at}"`)]),
      ),
    );
    expect(namesFor(of, { data: { country: "C77" } })).toEqual(["step_77"]);
  });

  test("rules on two keys are told apart by both", () => {
    const of = many(
      Array.from({ length: 400 }, (_, at) =>
        controller([
          onEvent("purchase"),
          expressionTrigger(`${data(at % 2 === 0 ? ".country" : ".plan")} === "v${at >> 1}"`),
        ]),
      ),
    );
    expect(namesFor(of, { data: { country: "v3", plan: "v4" } })).toEqual(["step_6", "step_9"]);
    expect(namesFor(of, { data: { plan: "v4" } })).toEqual(["step_9"]);
  });
});

test("E1 E2 whoever would match is a candidate, in published order; the shortlist leaves out those whose verdict is false", {
  timeout: 60_000,
}, () => {
  const documents = fc.array(triggers, { minLength: 1, maxLength: 12 });
  const property = fc.property(
    documents,
    eventData,
    fc.constantFrom(...eventNames, "none"),
    (generated, happeningData, name) => {
      const of = many(generated.map((each) => controller(each.triggers)));
      const happening = event({ name, data: happeningData });
      const at = context(of, { event: happening, person: person() });
      const indexes = candidates(of, happening).map(({ index }) => index);
      expect(indexes).toEqual([...indexes].sort((left, right) => left - right));
      const listed = shortlist(of, at);
      expect(listed).toEqual(indexes.filter((index) => listed.includes(index)));
      for (const each of of.controllers) {
        const verdict = evaluatePhase(of, each.matching, at);
        if (verdict === true) expect(indexes).toContain(each.index);
        if (listed.includes(each.index)) expect(evaluateRest(of, each.matching, at)).toEqual(verdict);
        else expect(indexes.includes(each.index) ? verdict : false).toBe(false);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});
