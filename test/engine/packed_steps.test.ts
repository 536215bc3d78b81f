// Steps that a checkpoint packed are steps all the same.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { campaign, on, programme, Story, trigger } from "../support/story.ts";

const ANN = { email: "ann@x.com" };

test("a quality rule about the speed of steps sees those that are packed", () => {
  const properties = { step_names: ["clicked"] };
  const quality_rules = [{ id: "Q", rule_type: "EVENT_SPEED", action_types: ["ANY_PURCHASE"], properties }];
  const rule = trigger("LEGACY_QUALITY", { trigger_phase: "QUALITY", action_type: "ANY_PURCHASE" });
  const steps = [on("clicked"), on("visited"), on("bought", { triggers: [rule] })];
  const story = new Story(programme([], { campaigns: [campaign(steps, { incentive: { quality_rules } })] }));
  for (const name of ["clicked", "visited"]) story.happens(name, ANN);
  const { id } = story.who(ANN.email);
  story.contexts[originOf(id) ?? 0]?.state.copyOf(story.entry(id));
  expect(story.entry(id).olderSteps?.count).toBe(1);
  story.happens("bought", ANN);
  expect(story.stepNames(story.who(ANN.email))).toEqual(["clicked NONE", "visited NONE", "bought LOW"]);
});
