// Rules that look at a later time or at another person: they are made of two controllers, and an event between them.

import { expect, test } from "vitest";
import {
  action,
  datum,
  earn,
  fromEvent,
  on,
  onType,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const DAY_MS = 86_400_000;
const ANN = { email: "ann@x.com" };

/** Pending Period: the reward waits, and what speaks against it by then counts. */
function pending(): Story {
  const wait = action("SCHEDULE", { schedule_name: "converted_pending", delays: ["P3D"] });
  const notRefunded = priorSteps("QUALIFYING", "refunded", { count_max: 0 });
  const steps = [
    on("converted", { actions: [wait] }),
    on("refunded"),
    onType("SCHEDULED", "converted_pending", { triggers: [notRefunded], actions: [earn("CREDIT")] }),
  ];
  return new Story(programme(steps, { suppliers: [supplier("CREDIT")] }));
}

test("Pending Period: nothing is earned before it is over, and then it is", () => {
  const story = pending();
  story.happens("converted", ANN);
  story.passes(3 * DAY_MS - 10);
  expect(rewardsOf(story.who("ann@x.com"))).toEqual([]);
  story.passes(20);
  expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
});

test("Pending Period: what happened meanwhile is looked at when it is over", () => {
  const story = pending();
  story.happens("converted", ANN);
  story.passes(DAY_MS);
  story.happens("refunded", ANN);
  story.passes(3 * DAY_MS);
  expect(rewardsOf(story.who("ann@x.com"))).toEqual([]);
});

/** Other Person Has Taken Action: asked of the other person by an event fired as it, where its history is. */
function otherPerson(): Story {
  const ask = action("FIRE_AS_PERSON", {
    event_name: "friend_asks",
    as_person_identification: { person_identification_type: "EMAIL", value: fromEvent("friend") },
    data: { advocate: "javascript@runtime:context.getPerson().getEmail()" },
  });
  const tell = action("FIRE_AS_PERSON", {
    event_name: "friend_has_converted",
    as_person_identification: { person_identification_type: "EMAIL", value: fromEvent("advocate") },
  });
  const steps = [
    on("asked", { actions: [ask] }),
    on("converted", { data: [datum("order_id")] }),
    onType("INTERNAL", "friend_asks", {
      triggers: [priorSteps("QUALIFYING", "converted", { count_min: 1 })],
      actions: [tell],
    }),
    onType("INTERNAL", "friend_has_converted", { actions: [earn("CREDIT")] }),
  ];
  return new Story(programme(steps, { suppliers: [supplier("CREDIT")] }));
}

test.each([
  [true, ["CREDIT EARNED 25"]],
  [false, []],
])("Other Person Has Taken Action: %s", (hasConverted, rewards) => {
  const story = otherPerson();
  if (hasConverted) story.happens("converted", { email: "frank@x.com", order_id: "A-1" });
  else story.happens("viewed", { email: "frank@x.com" });
  story.happens("asked", { ...ANN, friend: "frank@x.com" });
  expect(rewardsOf(story.who("ann@x.com"))).toEqual(rewards);
});
