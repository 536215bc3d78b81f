// Trails: what a person was before each page of the records that changed it.

import { expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import {
  TRAIL_LIGHT_MEMBERS,
  TRAIL_LONG_TOUCHES_MAX,
  TRAIL_PAGES_MAX,
  TRAIL_TOUCHES,
} from "../../src/engine/limits.ts";
import { personBefore, trailKey } from "../../src/engine/person/trail.ts";
import type { Person } from "../../src/model/person.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { friendship } from "../support/friendship.ts";
import { on, programme, Story } from "../support/story.ts";

const EMAIL = "ann@x.com";

function visits(story: Story, times: number): void {
  for (let n = 0; n < times; n++) story.happens("visited", { email: EMAIL });
}

function stateOf(story: Story, personId: string): PartitionState {
  const state = story.contexts[originOf(personId) ?? 0]?.state;
  if (state === undefined) throw new Error("no such partition");
  return state;
}

/** With all steps of its entry. */
function before(state: PartitionState, personId: string, page: number): Person {
  const person = personBefore(state, personId, page);
  if (person === null) throw new Error("the person began there");
  state.hotSteps(person);
  return person;
}

/** As earlier versions did, whose totals had their sums beside the counts. */
function asText({ stepTotals, olderSteps, ...person }: Person): string {
  if (olderSteps !== null) throw new Error("steps in bytes make no text");
  const totals = Object.entries(stepTotals).map(([key, { sums, ...total }]) => {
    const { all, high, low } = sums ?? { all: 0, high: 0, low: 0 };
    return [key, { ...total, sum: all, sumHigh: high, sumLow: low, lastMs: 0 }] as const;
  });
  return JSON.stringify({ ...person, stepTotals: Object.fromEntries(totals) });
}

test("a page begins with the person as it was, whatever becomes of the person", () => {
  const story = new Story(programme([on("visited")]));
  visits(story, TRAIL_TOUCHES);
  const then = structuredClone(story.who(EMAIL));
  visits(story, 3);
  const { id } = then;
  const state = stateOf(story, id);
  expect(personBefore(state, id, 0)).toBeNull();
  expect(before(state, id, 1)).toEqual({ ...then, trail: [], trailPages: 1 });
  expect(state.find("trailPage", trailKey(id, 0))?.touches).toEqual(then.trail);
  expect(state.find("trailPage", trailKey(id, 1))).toEqual({ beforeMs: then.updatedMs, touches: [] });
});

test("a page that an earlier version began, with the person as text, keeps it when it ends", () => {
  const story = new Story(programme([on("visited")]));
  visits(story, TRAIL_TOUCHES + 1);
  const { id } = story.who(EMAIL);
  const state = stateOf(story, id);
  const then = before(state, id, 1);
  const { beforeMs } = state.find("trailPage", trailKey(id, 1)) ?? { beforeMs: -1 };
  state.put("trailPage", trailKey(id, 1), { before: asText(then), beforeMs, touches: [] });
  state.remove("personBefore", trailKey(id, 1));
  expect(before(state, id, 1)).toEqual(then);
  visits(story, TRAIL_TOUCHES);
  expect(story.who(EMAIL).trailPages).toBe(2);
  expect(before(state, id, 1)).toEqual(then);
  expect(state.find("trailPage", trailKey(id, 1))).toMatchObject({ beforeMs });
  expect(state.find("trailPage", trailKey(id, 1))).not.toHaveProperty("before");
});

test("who has thousands of friends is copied less often, and what there is to explain reaches as far back", () => {
  const story = new Story(programme([on("visited")]));
  visits(story, 1);
  const { id } = story.who(EMAIL);
  const state = stateOf(story, id);
  visits(story, TRAIL_TOUCHES * (TRAIL_PAGES_MAX + 1));
  const pagesOf = (): number =>
    state.list("trailPage", { prefix: `${id}/`, after: null, limit: 100, isReverse: false }).length;
  expect(pagesOf()).toBe(TRAIL_PAGES_MAX + 1);
  const person = state.edit("person", id);
  if (person === undefined) throw new Error("there is no person");
  person.relationships = Array.from({ length: 2 * TRAIL_LIGHT_MEMBERS }, (_, n) => friendship(n));
  const pages = person.trailPages;
  // Until the page at hand is twice as long.
  visits(story, 2 * TRAIL_TOUCHES);
  expect(story.who(EMAIL).trailPages).toBe(pages + 1);
  expect(pagesOf()).toBe(TRAIL_PAGES_MAX / 2 + 1);
  expect(before(state, id, pages + 1).relationships).toHaveLength(2 * TRAIL_LIGHT_MEMBERS);
  person.relationships = Array.from({ length: 16 * TRAIL_LIGHT_MEMBERS }, (_, n) => friendship(n));
  visits(story, TRAIL_LONG_TOUCHES_MAX + 1);
  expect(story.who(EMAIL).trailPages).toBe(pages + 2);
  expect(pagesOf()).toBe(2);
});
