// A draft tried on a person: what it says would happen is what happens, and until then nothing has.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import type { Simulation } from "../../src/engine/mod.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { condition, earn, fromEvent, on, onStep, priorSteps, programme, Story, supplier } from "../support/story.ts";

const program = programme(
  [
    on("bought", {
      triggers: [
        condition("QUALIFYING", `${fromEvent("amount").slice("javascript@runtime:".length)} >= 50`),
        priorSteps("QUALITY", "bought", { count_max: 1 }),
      ],
      actions: [earn("credit")],
    }),
    onStep("thanked", "bought"),
  ],
  { suppliers: [supplier("credit")] },
);

function simulate(
  story: Story,
  personId: string,
  data: JsonObject,
  draft: ProgramDocument = program,
): Simulation | null {
  const event = { name: "bought", data, eventMs: story.nowMs, nowMs: story.nowMs };
  const answer = story.query(originOf(personId) ?? 0, { kind: "simulate", personId, event, program: draft });
  if (answer.kind !== "simulate") throw new Error(answer.kind);
  expect(answer.errors).toEqual([]);
  return answer.simulation;
}

function outcomes(simulation: Simulation | null): string[] | undefined {
  return simulation?.events.flatMap(({ controllers }) =>
    controllers.map(({ controllerName, outcome, quality }) => `${controllerName} ${outcome} ${quality ?? ""}`.trim()),
  );
}

test("an event that would earn, one that would not, and one too many", () => {
  const story = new Story(program);
  const { personId } = story.happens("visited", { email: "ann@x.com" });
  const id = personId ?? "";
  expect(outcomes(simulate(story, id, { amount: 49 }))).toEqual(["bought not_qualified"]);
  const earned = simulate(story, id, { amount: 60 });
  expect(outcomes(earned)).toEqual(["bought fired HIGH", "thanked fired NONE"]);
  expect(earned?.rewards).toEqual([{ name: "credit", supplierId: "credit", faceValue: 25, faceValueType: "USD" }]);
  for (let i = 0; i < 2; i++) story.happens("bought", { email: "ann@x.com", amount: 60 });
  expect(outcomes(simulate(story, id, { amount: 60 }))?.[0]).toBe("bought fired LOW");
});

test("nothing is changed", () => {
  const story = new Story(program);
  const { personId } = story.happens("bought", { email: "ann@x.com", amount: 60 });
  const before = structuredClone(story.who("ann@x.com"));
  simulate(story, personId ?? "", { amount: 70 });
  expect(story.who("ann@x.com")).toEqual(before);
  expect(story.contexts.flatMap(({ effects }) => effects.messages)).toEqual([]);
});

test("a draft that is not published decides; who is not known is not decided about", () => {
  const story = new Story(program);
  const { personId } = story.happens("visited", { email: "ann@x.com" });
  const draft = programme([on("bought", { actions: [earn("credit")] })], { suppliers: [supplier("credit")] });
  expect(outcomes(simulate(story, personId ?? "", { amount: 1 }, draft))).toEqual(["bought fired NONE"]);
  expect(simulate(story, "1", { amount: 1 })).toBeNull();
});
