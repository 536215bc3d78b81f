// A person behind whom many events wait: whoever takes events in hears of it, by the sender under whom they come.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { CROWDS_MAX, STASH_CROWDED, STASH_CROWDED_STEP } from "../../src/engine/limits.ts";
import { senderHash } from "../../src/engine/mod.ts";
import type { Crowd } from "../../src/model/effect.ts";
import { datum, on, programme, Story } from "../support/story.ts";

const ANN = { email: "ann@x.com" };

function waitingAnn(): { readonly story: Story; readonly home: number } {
  const story = new Story(
    programme([on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }), on("seen")]),
  );
  story.happens("seen", ANN);
  const home = originOf(story.who(ANN.email).id) ?? 0;
  // The first order id that another partition knows of makes her wait.
  for (let n = 0; !story.who(ANN.email).isWaiting; n++) {
    story.arrives("bought", { ...ANN, order_id: `A${n}` });
    story.step(home);
  }
  return { story, home };
}

function told(story: Story): Crowd[] {
  return story.contexts.flatMap(({ effects }) => effects.crowds.splice(0));
}

function queue(story: Story, home: number, count: number): void {
  for (let n = 0; n < count; n++) story.arrives("seen", ANN);
  while (story.hasNext(home)) story.step(home);
}

test("nothing is said of a few, and of many each time that more have come", () => {
  const { story, home } = waitingAnn();
  queue(story, home, STASH_CROWDED);
  expect(told(story)).toEqual([]);
  queue(story, home, 2 * STASH_CROWDED_STEP);
  const sender = senderHash("acme", ANN, undefined);
  const step = STASH_CROWDED_STEP / STASH_CROWDED;
  const timeMs = story.logs[home]?.at(-STASH_CROWDED_STEP)?.timeMs;
  expect(told(story)).toMatchObject([
    { partition: home, sender, size: 1 },
    { partition: home, sender, size: 1 + step, timeMs },
  ]);
  story.settle();
  expect([story.refusals(), told(story)]).toEqual([[], []]);
});

test("as often as a slice of records may say it, and no more", () => {
  const { story, home } = waitingAnn();
  queue(story, home, STASH_CROWDED + STASH_CROWDED_STEP * (CROWDS_MAX + 5));
  expect(told(story)).toHaveLength(CROWDS_MAX);
});

test("as they are worked off one by one, it is said of those that are left, until they are few", () => {
  const { story, home } = waitingAnn();
  // Each asks for its order id.
  for (let n = 0; n < STASH_CROWDED + 3 * STASH_CROWDED_STEP; n++)
    story.arrives("bought", { ...ANN, order_id: `B${n}` });
  while (story.hasNext(home)) story.step(home);
  told(story);
  story.settle();
  const step = STASH_CROWDED_STEP / STASH_CROWDED;
  const sizes = told(story).map(({ size }) => size);
  expect(sizes.length).toBeGreaterThanOrEqual(2);
  expect(sizes.length).toBeLessThanOrEqual(4);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(sizes.at(-1)).toBeLessThan(1 + step);
});

test("what is applied in one go is not spoken of", () => {
  const { story, home } = waitingAnn();
  queue(story, home, STASH_CROWDED + 3 * STASH_CROWDED_STEP);
  told(story);
  story.settle();
  expect(told(story)).toEqual([]);
});
