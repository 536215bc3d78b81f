// Events under an id of their sender's (`Enrichment.messageId`): the first counts, for as long as ids are kept, unless it was refused for now.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { IDEMPOTENCY_KEPT_MS, STASHED_EVENTS_MAX } from "../../src/engine/limits.ts";
import { routeEvent } from "../../src/engine/mod.ts";
import { datum, on, programme, Story } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const PROGRAM = programme([on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }), on("seen")]);

function seen(story: Story, messageId: string): void {
  story.arrives("seen", ANN, undefined, { messageId });
  story.settle();
}

function timesSeen(story: Story): number {
  return story.stepsOf(story.who(ANN.email)).filter(({ name }) => name === "seen").length;
}

test("an event that comes again under its id is listed, and counts once; after a day it counts anew", () => {
  const story = new Story(PROGRAM);
  for (const id of ["m1", "m1", "m2", "m1"]) seen(story, id);
  expect(timesSeen(story)).toBe(2);
  expect(story.refusals()).toEqual(["message_repeated", "message_repeated"]);
  story.nowMs += IDEMPOTENCY_KEPT_MS;
  seen(story, "m1");
  expect(timesSeen(story)).toBe(3);
});

test("ids that are no longer kept leave the state, however many there were", () => {
  const story = new Story(PROGRAM);
  for (let n = 0; n < 200; n++) seen(story, `old${n}`);
  story.nowMs += IDEMPOTENCY_KEPT_MS;
  for (let n = 0; n < 200; n++) seen(story, `new${n}`);
  const kept = keptIds(story);
  expect(kept.filter((key) => key.includes("old"))).toEqual([]);
  expect(kept).toHaveLength(200);
});

test("an event that was refused because too many wait may be sent again under its id", () => {
  const story = new Story(PROGRAM);
  story.happens("seen", ANN);
  const home = originOf(story.who(ANN.email).id) ?? 0;
  for (let n = 0; !story.who(ANN.email).isWaiting; n++) {
    story.arrives("bought", { ...ANN, order_id: `A${n}` });
    story.step(home);
  }
  for (let n = 0; n < STASHED_EVENTS_MAX; n++) story.arrives("seen", ANN);
  story.arrives("seen", ANN, undefined, { messageId: "m1" });
  while (story.hasNext(home)) story.step(home);
  expect(story.refusals()).toEqual(["person_busy"]);
  story.settle();
  const before = timesSeen(story);
  seen(story, "m1");
  expect(timesSeen(story)).toBe(before + 1);
});

test("and so may one that was noted in another partition than the one of its person", () => {
  const story = new Story(PROGRAM);
  story.happens("seen", ANN);
  const home = originOf(story.who(ANN.email).id) ?? 0;
  const { number, partition: notedIn } = numberElsewhere(story, home);
  story.happens("seen", { ...ANN, ...number });
  // Ann waits for somebody who is neither at home nor where the id is noted.
  for (let n = 0; !story.who(ANN.email).isWaiting; n++) {
    story.arrives("bought", { ...ANN, order_id: `A${n}` });
    story.step(home);
    if (story.hasNext(notedIn)) story.settle();
  }
  for (let n = 0; n < STASHED_EVENTS_MAX; n++) story.arrives("seen", ANN);
  while (story.hasNext(home)) story.step(home);
  story.arrives("seen", number, undefined, { messageId: "m1" });
  story.step(notedIn);
  story.step(home);
  expect(story.refusals()).toEqual(["person_busy"]);
  expect(keptIds(story)).toHaveLength(1);
  story.settle();
  expect(keptIds(story)).toEqual([]);
  const before = timesSeen(story);
  for (let n = 0; n < 2; n++) story.happens("seen", number, undefined, { messageId: "m1" });
  expect(timesSeen(story)).toBe(before + 1);
  expect(story.refusals().sort()).toEqual(["message_repeated", "person_busy"]);
});

/** A customer number whose partition is not `home`. */
function numberElsewhere(story: Story, home: number): { number: { partner_user_id: string }; partition: number } {
  const { partitions, program } = story;
  for (let n = 0; n < 100; n++) {
    const number = { partner_user_id: `u${n}` };
    const { partition } = routeEvent({
      client: program.client,
      data: number,
      partitions,
      names: program,
      eventId: "1",
    });
    if (partition !== home) return { number, partition };
  }
  throw new Error("all numbers are at home");
}

function keptIds(story: Story): string[] {
  const all = { prefix: "", after: null, limit: 1_000, isReverse: false };
  return story.contexts.flatMap(({ state }) => state.list("idempotentRequest", all).map(({ key }) => key));
}
