// EXPRESSION actions: what a free script may command, and what becomes of each command.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import {
  action,
  condition,
  earn,
  fromEvent,
  on,
  onType,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };

function script(source: string, more = {}): ReturnType<typeof action> {
  return action("EXPRESSION", { expression: `javascript@runtime:${source}`, ...more });
}

function storyOf(source: string, more: ReturnType<typeof on>[] = [], given = {}): Story {
  const audiences = [{ id: "gold", name: "Gold" }];
  const document = programme([on("bought", { actions: [script(source, given)] }), ...more], {
    suppliers: [supplier("CREDIT")],
    audiences,
  });
  return new Story(document);
}

function errorsOf(steps: ReturnType<typeof on>[]): string[] {
  const compiled = compileProgram(programme(steps));
  return compiled.ok ? [] : compiled.error.map(({ message }) => message);
}

describe("commands", () => {
  test("an internal event of the same person, with data, labels and a time", () => {
    const heard = onType("INTERNAL", "thanked", { data: [{ name: "n", value: fromEvent("n") }] });
    const story = storyOf(
      `function(){ context.internalConsumerEventBuilder().withName("thanked").addData("n", context.getCauseEvent().getData().n).addLabel("a").addLabel("b").withEventTime("2026-01-02T03:04:05Z").send(); }`,
      [
        heard,
        onType("INTERNAL", "thanked", {
          id: "labelled",
          name: "labelled",
          triggers: [condition("QUALIFYING", `context.getCauseEvent().getData().labels === "a,b"`)],
        }),
      ],
    );
    story.happens("bought", { ...ANN, n: 7 });
    const ann = story.who("ann@x.com");
    expect(story.stepNames(ann)).toEqual(["bought NONE", "thanked NONE", "labelled NONE"]);
    const step = story.stepsOf(ann).find(({ name }) => name === "thanked");
    expect(step).toMatchObject({ eventMs: Date.parse("2026-01-02T03:04:05Z"), data: [{ name: "n", value: 7 }] });
  });

  test("rewards: two of one script are two, and repeating the record earns none twice", () => {
    const story = storyOf(
      `function(){
        const rewards = context.getRewardService();
        rewards.createEarnRewardCommandEventBuilder().withRewardSupplierId("CREDIT").withRewardName("one").addTag("t").addData("k", 1).send();
        rewards.createEarnRewardCommandEventBuilder().withRewardSupplierId("CREDIT").withRewardName("two").send();
      }`,
    );
    story.happens("bought", ANN);
    const ann = story.who("ann@x.com");
    expect(rewardsOf(ann)).toEqual(["CREDIT EARNED 25", "CREDIT EARNED 25"]);
    expect(ann.rewards[0]).toMatchObject({ name: "one", tags: ["t"], data: { k: 1 } });
    expect(ann.rewards[1]?.name).toBe("two");
  });

  test("fulfil and redeem move rewards of the person", () => {
    const id = "context.getPerson().getRewards()[0].getRewardId()";
    const builder = (name: string): string =>
      `context.getRewardService().create${name}RewardCommandEventBuilder(${id})`;
    const story = new Story(
      programme(
        [
          on("bought", { actions: [earn("CREDIT")] }),
          on("fulfilled", {
            actions: [script(`${builder("Fulfill")}.withPartnerRewardId("P-1").withMessage("here").send()`)],
          }),
          on("redeemed", { actions: [script(`${builder("Redeem")}.withPartnerEventId("E-1").send()`)] }),
        ],
        { suppliers: [supplier("CREDIT")] },
      ),
    );
    story.happens("bought", ANN);
    story.happens("fulfilled", ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT FULFILLED 25"]);
    story.happens("redeemed", ANN);
    const reward = story.onlyReward(story.who("ann@x.com"));
    expect(reward).toMatchObject({ state: "REDEEMED", partnerRewardId: "P-1" });
    expect(reward.history.at(-1)).toMatchObject({ partnerEventId: "E-1" });
  });

  test("memberships of the own person only, in audiences that exist only", () => {
    const service = "context.getAudienceMembershipService()";
    const story = storyOf(
      `function(){ ${service}.create("gold", context.getPerson().getId()); ${service}.create("none"); ${service}.create("gold", "1"); }`,
      [on("left", { actions: [script(`${service}.remove("gold")`)] })],
    );
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").memberships.map(({ audienceId }) => audienceId)).toEqual(["gold"]);
    story.happens("left", ANN);
    expect(story.who("ann@x.com").memberships).toEqual([]);
  });

  test("a step signal", () => {
    const story = storyOf(`context.stepSignalBuilder("p9").withName("ok").addData("a", true).send()`);
    story.happens("bought", ANN);
    const partition = partitionOf("acme", "polling/p9", story.partitions);
    expect(story.query(partition, { kind: "signals", client: "acme", pollingId: "p9" })).toMatchObject({
      signals: [{ name: "ok", data: { a: true } }],
    });
  });

  test("reads the action's data, and commands under a condition", () => {
    const source = `function(){ if (context.getData().wanted === "yes") { context.getAudienceMembershipService().create("gold"); } }`;
    const story = storyOf(source, [], { data: { wanted: fromEvent("wanted") } });
    story.happens("bought", { ...ANN, wanted: "no" });
    expect(story.who("ann@x.com").memberships).toEqual([]);
    story.happens("bought", { ...ANN, wanted: "yes" });
    expect(story.who("ann@x.com").memberships.length).toBe(1);
  });
});

describe("bounds", () => {
  test("what was commanded before a fault stands, the rest does not", () => {
    const create = `context.getAudienceMembershipService().create("gold");`;
    const story = storyOf(
      `function(){ ${create} context.getJourney().getName(); context.getAudienceMembershipService().remove("gold"); }`,
    );
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").memberships.length).toBe(1);
  });

  test("no more commands than a bound, however many a script asks for", () => {
    const event = `context.internalConsumerEventBuilder().withName("x").send();`;
    const story = storyOf(`function(){ ${event.repeat(20)} }`, [onType("INTERNAL", "x")]);
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com")).filter((name) => name === "x NONE").length).toBe(16);
  });

  test("a script that calls itself by its event ends", () => {
    const story = storyOf(`context.internalConsumerEventBuilder().withName("again").send()`, [
      onType("INTERNAL", "again", {
        actions: [script(`context.internalConsumerEventBuilder().withName("again").send()`)],
      }),
    ]);
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com")).length).toBeLessThan(20);
  });

  test("triggers and data have no builders, and no expressions for what they do", () => {
    const built = `context.internalConsumerEventBuilder().withName("x").send()`;
    expect(errorsOf([on("bought", { triggers: [condition("QUALIFYING", built)] })])).toEqual([
      expect.stringContaining("rules only read"),
    ]);
    const idle = `function(){ context.getStepName(); return true; }`;
    expect(errorsOf([on("bought", { triggers: [condition("QUALIFYING", idle)] })])).toEqual([
      expect.stringContaining("an expression alone does nothing here"),
    ]);
  });

  test.each([
    [{}, "expression is missing"],
    [{ expression: "1" }, "must be one of run time"],
    [{ expression: "javascript@runtime:context.updatePerson()" }, "persist_types PROFILE"],
    [{ expression: "javascript@runtime:context.stepSignalBuilder(1).send()" }, "takes"],
  ])("%j is refused", (parameters, message) => {
    expect(errorsOf([on("bought", { actions: [action("EXPRESSION", parameters)] })])).toEqual([
      expect.stringContaining(message),
    ]);
  });
});
