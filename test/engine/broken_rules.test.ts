// A bug in the machinery of rules costs the rule that met it, and nothing else.

import { expect, test } from "vitest";
import type { Program } from "../../src/rules/mod.ts";
import {
  datum,
  dataOf,
  earn,
  on,
  PARTITIONS,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const shop = programme(
  [
    on("visited"),
    on("bought", { data: [datum("n")], actions: [earn("CREDIT")] }),
    on("bought", {
      name: "doubted",
      triggers: [priorSteps("QUALITY", "visited", { filter_min_value: 5, count_min: 1 })],
      actions: [earn("CREDIT", { quality: "HIGH" })],
    }),
    on("bought", { name: "loyal", triggers: [priorSteps("QUALIFYING", "visited", { filter_min_value: 5 })] }),
  ],
  { suppliers: [supplier("CREDIT")] },
);

function filtersOf({ campaigns }: Program): object[] {
  return campaigns.flatMap(({ rules }) => rules.constants.priorSteps);
}

/** The rules that count steps find filters that no compiler made: what a mistake of ours would look like. */
function breakRules(program: Program): void {
  const filters = filtersOf(program);
  expect(filters.length).toBeGreaterThan(0);
  for (const filter of filters) Object.assign(filter, { dynamic: null });
}

function broken(): Story {
  const story = new Story(shop);
  breakRules(story.program);
  return story;
}

test("the event is processed; of its controllers, those that met the bug fail their phase", () => {
  const story = broken();
  expect(story.happens("visited", ANN).errorCode).toBeNull();
  expect(story.happens("bought", { ...ANN, n: 1 })).toMatchObject({
    errorCode: null,
    personId: story.who("ann@x.com").id,
  });
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "bought NONE", "doubted LOW"]);
  expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
});

test("it is said, once an event", () => {
  const story = broken();
  story.happens("visited", ANN);
  expect(story.refusals()).toEqual([]);
  story.happens("bought", { ...ANN, n: 1 });
  expect(story.refusals()).toEqual(["software_error"]);
  const failures = story.contexts.flatMap(({ effects }) => effects.ruleFailures);
  expect(failures).toHaveLength(2);
  expect(failures[0]?.error).toContain("TypeError");
});

test("what comes afterwards is decided as if nothing had been, also by the rules of others", () => {
  const story = broken();
  for (let n = 0; n < 3; n++) story.happens("bought", { ...ANN, n });
  story.happens("visited", { email: "bob@x.com" });
  expect(
    story
      .stepsOf(story.who("ann@x.com"))
      .filter(({ name }) => name === "bought")
      .map(dataOf),
  ).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  expect(story.stepNames(story.who("bob@x.com"))).toEqual(["visited NONE"]);
});

test("the same log ends in the same state, however much was reported", () => {
  const story = broken();
  for (let n = 0; n < 40; n++) story.happens("bought", { ...ANN, n });
  const again = broken();
  for (let n = 0; n < 40; n++) {
    again.happens("bought", { ...ANN, n });
    for (const { effects } of again.contexts) effects.ruleFailures.length = 0;
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    expect(again.query(partition, { kind: "rejected" })).toEqual(story.query(partition, { kind: "rejected" }));
  }
});

test("what is no bug of ours is no fault of a rule", () => {
  const story = new Story(shop);
  for (const filter of filtersOf(story.program)) {
    Object.defineProperty(filter, "dynamic", {
      get: () => {
        throw new Error("the disk is gone");
      },
    });
  }
  expect(() => story.happens("bought", { ...ANN, n: 1 })).toThrow("the disk is gone");
});
