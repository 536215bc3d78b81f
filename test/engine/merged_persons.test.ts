// Who was merged into whom, found from the other end; and what a version left that did not list it.

import { expect, test } from "vitest";
import { hasUnlistedMerged, listMergedBefore, mergedInto } from "../../src/engine/person/merged_persons.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { on, programme, Story } from "../support/story.ts";

/** More than are listed in one go. */
const MANY = 1_100;

function everybody(state: PartitionState): { key: string; value: object }[] {
  return state.list("mergedPerson", { prefix: "", after: null, limit: 10 * MANY, isReverse: false });
}

/** Devices that turned out to be somebody, and somebody who was forwarded. */
function open(devices: number, partitions: number): Story {
  const story = new Story(programme([on("visited")]), partitions);
  const [ann, bob] = ["ann@x.com", "bob@x.com"];
  for (const email of [ann, bob]) story.happens("visited", { email });
  for (let n = 0; n < devices; n++) {
    const { personId } = story.happens("visited");
    story.arrives("visited", { person_id: personId ?? "", email: n % 3 === 0 ? bob : ann });
  }
  story.settle();
  expect(story.forward(story.who(bob), story.who(ann))).toBeNull();
  return story;
}

test("everybody who has a link is listed where it leads, in its own partition", () => {
  const devices = 40;
  const story = open(devices, 4);
  const listed = story.contexts.flatMap(({ state }) => everybody(state));
  expect(listed).toHaveLength(devices + 1);
  for (const { state } of story.contexts) {
    for (const { key, value } of everybody(state)) {
      const personId = String(Reflect.get(value, "personId"));
      const { forwardedTo } = story.entry(personId);
      expect(key).toBe(`${forwardedTo}/${personId}`);
      expect(state.find("person", personId)).toBeDefined();
      expect(mergedInto(state, forwardedTo ?? "").length).toBeGreaterThan(0);
    }
  }
});

test("a version that listed nobody is made up for, once, also where it was stopped on the way", () => {
  for (const { state } of open(MANY, 1).contexts) {
    const wanted = everybody(state);
    for (const { key } of wanted) state.remove("mergedPerson", key);
    delete state.edit("meta", "meta")?.isMergedListed;
    expect(hasUnlistedMerged(state)).toBe(true);

    const cutOff = (): void => {
      throw new Error("cut off");
    };
    expect(() => listMergedBefore(state, cutOff)).toThrow("cut off");
    expect(hasUnlistedMerged(state)).toBe(true);
    expect(listMergedBefore(state, () => undefined)).toBe(true);
    expect(everybody(state)).toEqual(wanted);
    expect([hasUnlistedMerged(state), listMergedBefore(state, () => undefined)]).toEqual([false, false]);
  }
});
