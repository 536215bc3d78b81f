// Events that are due for a person, found by whom they are for; and what a version left that did not list them.

import { expect, test } from "vitest";
import { hasUnlistedTimers, listTimersBefore } from "../../src/engine/person/person_timers.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { action, CLIENT, earn, on, programme, Story, supplier } from "../support/story.ts";

/** More than are listed in one go. */
const MANY = 1_100;
const HOUR_MS = 3_600_000;

const reminding = programme(
  [
    on("asked", {
      actions: [action("SCHEDULE", { schedule_name: "reminded", delays: ["PT1H", "P2D"] }), earn("CREDIT")],
    }),
    on("reminded"),
  ],
  { suppliers: [supplier("CREDIT", { reward_expires_at: "javascript@runtime:'P30D'" })] },
);

function listedBy(state: PartitionState): { readonly key: string; readonly value: { readonly timerKey: string } }[] {
  return state.list("personTimer", { prefix: "", after: null, limit: 10 * MANY, isReverse: false });
}

/** As they should be listed. */
function eventTimers(state: PartitionState): string[] {
  const timers = state.list("timer", { prefix: "", after: null, limit: 10 * MANY, isReverse: false });
  return timers.flatMap(({ key, value }) => ("event" in value ? [`${value.personId}/${key}`] : [])).toSorted();
}

function open(persons: number, partitions: number): Story {
  const story = new Story(reminding, partitions);
  for (let n = 0; n < persons; n++) story.arrives("asked", { email: `p${n}@x.com` });
  story.settle();
  return story;
}

test("each event that is due is listed with its person until it has fired, and nothing else is", () => {
  const story = open(20, 4);
  const check = (each: number): void => {
    const { length } = story.contexts.flatMap(({ state }) => {
      expect(listedBy(state).map(({ key }) => key)).toEqual(eventTimers(state));
      return listedBy(state);
    });
    expect(length).toBe(20 * each);
  };
  check(2);
  story.passes(HOUR_MS);
  check(1);
  story.passes(48 * HOUR_MS);
  check(0);
});

test("of who is erased nothing is due any more, of others everything", () => {
  const story = open(3, 1);
  story.commands({ kind: "erase_person", client: CLIENT, personId: story.who("p1@x.com").id });
  const [state] = story.contexts.map((context) => context.state);
  const left = state === undefined ? [] : eventTimers(state);
  const others = ["p0@x.com", "p2@x.com"].map((email) => story.who(email).id);
  expect(new Set(left.map((key) => key.split("/")[0]))).toEqual(new Set(others));
  expect(left).toHaveLength(4);
});

test("a version that listed none is made up for, once, also where it was stopped on the way", () => {
  for (const { state } of open(MANY, 1).contexts) {
    const wanted = listedBy(state);
    for (const { key } of wanted) state.remove("personTimer", key);
    delete state.edit("meta", "meta")?.areTimersListed;
    expect(hasUnlistedTimers(state)).toBe(true);

    const cutOff = (): void => {
      throw new Error("cut off");
    };
    expect(() => listTimersBefore(state, cutOff)).toThrow("cut off");
    expect(hasUnlistedTimers(state)).toBe(true);
    expect(listTimersBefore(state, () => undefined)).toBe(true);
    expect(listedBy(state)).toEqual(wanted);
    expect([hasUnlistedTimers(state), listTimersBefore(state, () => undefined)]).toEqual([false, false]);
  }
});
