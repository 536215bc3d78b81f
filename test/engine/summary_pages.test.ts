// Older rewards of a person, in pages of their own: nobody can tell that they are not in its entry, but for what an event costs.

import { beforeEach, describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import {
  SUMMARIES_HOT_MAX,
  SUMMARY_CHANGES_MAX,
  SUMMARY_PAGES_LISTED_MAX,
  TRAIL_TOUCHES,
} from "../../src/engine/limits.ts";
import { findOwn, summariesFrom, summaryKey } from "../../src/engine/rewards/summary_pages.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { type Person, SUMMARIES_PER_PAGE } from "../../src/model/person.ts";
import { plainMove, type RewardVerb } from "../../src/model/reward.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { explainWell } from "../support/explaining.ts";
import { checkPages } from "../support/paged_rewards.ts";
import {
  action,
  CLIENT,
  condition,
  earn,
  on,
  onReward,
  onStep,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const EMAIL = "ann@x.com";
const REWARDS = 5 * SUMMARIES_HOT_MAX + 3;

function looking(name: string, more: JsonObject) {
  return on(name, { triggers: [trigger("HAS_PRIOR_REWARD", { trigger_phase: "QUALIFYING", ...more })] });
}

const document = programme(
  [
    on("visited"),
    on("bought", { actions: [earn("CREDIT")] }),
    onReward("canceled", ["CANCELED"], { actions: [action("SIGNAL", { name: "gone", data: {} })] }),
    looking("any", { count_min: 1 }),
    looking("none of that name", { filter_names: ["other"], count_min: 1 }),
    looking("none of late", { filter_names: ["other"], filter_max_age: "PT1H", count_max: 0 }),
    looking("canceled before", { filter_states: ["CANCELED"], count_min: 1 }),
    looking("all", { count_matches: [REWARDS] }),
    looking("sum", { sum_of_face_value_min: 25 * REWARDS, sum_of_face_value_max: 25 * REWARDS }),
    on("first", { triggers: [condition("QUALIFYING", `context.getPerson().getRewards().length === ${REWARDS}`)] }),
    onStep("after any", "any"),
  ],
  { suppliers: [supplier("CREDIT")] },
);

let story: Story;
let state: PartitionState;
let personId: string;
let ids: string[];

beforeEach(() => {
  story = new Story(document, 1);
  const [context] = story.contexts;
  if (context === undefined) throw new Error("no partition");
  state = context.state;
  for (let n = 0; n < REWARDS; n++) story.happens("bought", { email: EMAIL, n });
  ({ id: personId } = story.who(EMAIL));
  ids = story.who(EMAIL).rewards.map(({ id }) => id);
});

function entry(): Person {
  return story.entry(personId);
}

function moves(rewardId: string, verb: RewardVerb, more = {}): void {
  const order = { ...plainMove(null), ...more };
  const { errorCode } = story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb, order });
  expect(errorCode).toBeNull();
}

/** Whether the step of that name was taken, and how many pages were read for it. */
function happens(name: string): { readonly isTaken: boolean; readonly pagesRead: number } {
  const before = story.stepNames(story.who(EMAIL)).length;
  const find = state.find.bind(state);
  let pagesRead = 0;
  state.find = (kind, key) => {
    if (kind === "summaryPage") pagesRead++;
    return find(kind, key);
  };
  story.happens(name, { email: EMAIL });
  state.find = find;
  return { isTaken: story.stepNames(story.who(EMAIL)).length > before, pagesRead };
}

const PAGES = Math.floor(REWARDS / SUMMARIES_PER_PAGE) - 1;

test("the newest are in the entry, older ones in full pages, all of them in their order", () => {
  expect(new Set(ids).size).toBe(REWARDS);
  const { rewards, olderRewards } = entry();
  expect([rewards.length, olderRewards?.latestMs.length]).toEqual([REWARDS - PAGES * SUMMARIES_PER_PAGE, PAGES]);
  expect(Array.from(summariesFrom(state, entry(), 0), ({ id }) => id)).toEqual(ids);
  checkPages(state, entry(), "here");
});

describe("rules", () => {
  test("that look at no reward, or find enough among the newest, read no page", () => {
    expect(happens("visited")).toEqual({ isTaken: true, pagesRead: 0 });
    expect(happens("any")).toEqual({ isTaken: true, pagesRead: 0 });
  });

  test("that look at rewards of late read the pages that have some", () => {
    story.passes(7_200_000);
    story.happens("bought", { email: EMAIL });
    expect(happens("none of late")).toEqual({ isTaken: true, pagesRead: 0 });
  });

  test("that look at all of them read each page once", () => {
    expect(happens("none of that name")).toEqual({ isTaken: false, pagesRead: PAGES });
    expect(happens("all")).toEqual({ isTaken: true, pagesRead: PAGES });
    expect(happens("sum")).toEqual({ isTaken: true, pagesRead: PAGES });
    expect(happens("first")).toEqual({ isTaken: true, pagesRead: PAGES });
  });
});

describe("a reward in a page", () => {
  test("goes on: the person learns of it, rules hear of it, and its page alone is changed", () => {
    const [oldest = ""] = ids;
    const before = structuredClone(entry().rewards);
    expect(happens("canceled before").isTaken).toBe(false);
    moves(oldest, "cancel");
    expect(story.stepNames(story.who(EMAIL)).at(-1)).toBe("canceled NONE");
    expect(findOwn(state, entry(), oldest)).toMatchObject({ page: 0, at: 0, summary: { state: "CANCELED" } });
    expect(entry().rewards).toEqual(before);
    expect(happens("canceled before").isTaken).toBe(true);
    checkPages(state, entry(), "here");
  });

  test("that turns out to get no budget leaves it, and the others stay where they are", () => {
    const gone = ids[SUMMARIES_PER_PAGE + 1] ?? "";
    story.receives(0, { kind: "held_ended", client: CLIENT, personId, rewardId: gone, isGranted: false, depth: 1 });
    expect(story.who(EMAIL).rewards.map(({ id }) => id)).toEqual(ids.filter((id) => id !== gone));
    expect(findOwn(state, entry(), gone)).toBeUndefined();
    checkPages(state, entry(), "here");
    const listed = story.query(0, { kind: "reward_ids", ...list, skip: 0, before: null, limit: REWARDS });
    expect(listed).toMatchObject({ items: ids.filter((id) => id !== gone).toReversed(), next: null });
  });

  test("is found by its id in one page, and what is no reward of the person in none", () => {
    for (const [n, id] of ids.entries()) expect(findOwn(state, entry(), id)?.summary.id, `reward ${n}`).toBe(id);
    expect(findOwn(state, entry(), "0000000000000000000000ff")).toBeUndefined();
  });
});

const list = {
  client: CLIENT,
  filter: {},
  get personId() {
    return personId;
  },
};

describe("lists", () => {
  const newestFirst = (): string[] => ids.toReversed();
  const ask = (page: { before: number | null; skip: number; limit: number }, filter = {}) => {
    const answer = story.query(0, { kind: "reward_ids", client: CLIENT, personId, filter, ...page });
    if (answer.kind !== "reward_ids" || answer.items === null) throw new Error(answer.kind);
    return answer;
  };

  test("go on where they ended, wherever that is, also when the entry's have gone into pages meanwhile", () => {
    for (const size of [1, 3, SUMMARIES_PER_PAGE, SUMMARIES_HOT_MAX, REWARDS]) {
      const found: string[] = [];
      let before: number | null = null;
      do {
        const answer: { items: readonly string[] | null; next: number | null } = ask({ before, skip: 0, limit: size });
        found.push(...(answer.items ?? []));
        before = answer.next;
        if (found.length < REWARDS) story.happens("bought", { email: EMAIL });
      } while (before !== null);
      expect(
        found.filter((id) => ids.includes(id)),
        `of ${size}`,
      ).toEqual(newestFirst());
    }
  });

  test("skip what was shown before", () => {
    expect(ask({ before: null, skip: SUMMARIES_HOT_MAX + 2, limit: 4 })).toMatchObject({
      items: newestFirst().slice(SUMMARIES_HOT_MAX + 2, SUMMARIES_HOT_MAX + 6),
      skipped: SUMMARIES_HOT_MAX + 2,
    });
  });

  test("of one id read its page alone", () => {
    const [, , third = ""] = ids;
    const find = state.find.bind(state);
    const read: string[] = [];
    state.find = (kind, key) => {
      if (kind === "summaryPage") read.push(key);
      return find(kind, key);
    };
    expect(ask({ before: null, skip: 0, limit: 1 }, { ids: [third] }).items).toEqual([third]);
    expect(read).toEqual([summaryKey(personId, 0)]);
  });

  test("of very many pages, an answer reads some and says where to go on", () => {
    const person = state.edit("person", personId);
    if (person === undefined || person.olderRewards === null) throw new Error("no pages");
    const count = (SUMMARY_PAGES_LISTED_MAX + 3) * SUMMARIES_PER_PAGE;
    for (let n = 0; n < count; n++) story.happens("bought", { email: EMAIL, n: -n });
    const all = story.who(EMAIL).rewards.length;
    const first = ask({ before: null, skip: all - 2, limit: 5 });
    expect(first.items).toEqual([]);
    expect(first.skipped).toBeLessThan(all - 2);
    const rest = ask({ before: first.next, skip: all - 2 - first.skipped, limit: 5 });
    expect(rest).toMatchObject({ items: ids.slice(0, 2).toReversed(), next: null });
  });
});

describe("explanations", () => {
  const outcomeOf = (eventId: string) => {
    const told = explainWell(story, personId, eventId);
    if (told.kind !== "explained") throw new Error(told.kind);
    const { events, isExact } = told.explanation;
    const found = events
      .flatMap(({ controllers }) => controllers)
      .find((each) => each.controllerName === "canceled before");
    return { outcome: found?.outcome, isExact };
  };
  /** Of the trail: what came before is not applied again. */
  const turnsPage = (): void => {
    for (let n = 0; n <= TRAIL_TOUCHES; n++) story.happens("visited", { email: EMAIL });
  };

  test("see older rewards as they were, whatever became of them", () => {
    turnsPage();
    const before = story.happens("canceled before", { email: EMAIL }).eventId;
    turnsPage();
    const [oldest = ""] = ids;
    moves(oldest, "cancel");
    turnsPage();
    const after = story.happens("canceled before", { email: EMAIL }).eventId;
    turnsPage();
    const gone = ids[1] ?? "";
    story.receives(0, { kind: "held_ended", client: CLIENT, personId, rewardId: gone, isGranted: false, depth: 1 });
    for (let n = 0; n < SUMMARIES_HOT_MAX; n++) story.happens("bought", { email: EMAIL });
    expect(outcomeOf(before)).toEqual({ outcome: "not_qualified", isExact: true });
    expect(outcomeOf(after)).toEqual({ outcome: "fired", isExact: true });
  });

  test("say that they are not exact where a page has changed more often than it remembers", () => {
    turnsPage();
    const before = story.happens("canceled before", { email: EMAIL }).eventId;
    turnsPage();
    const [oldest = ""] = ids;
    for (let n = 0; n <= SUMMARY_CHANGES_MAX; n++)
      moves(oldest, "fulfil", { success: false, partnerRewardId: `P-${n}` });
    expect(outcomeOf(before)).toMatchObject({ isExact: false });
    turnsPage();
    const after = story.happens("canceled before", { email: EMAIL }).eventId;
    expect(outcomeOf(after)).toEqual({ outcome: "not_qualified", isExact: true });
  });
});

test("a person whom an earlier version kept with all rewards has pages from its next event on, the same ones", () => {
  const everything = { prefix: `${personId}/`, after: null, limit: 1_000, isReverse: false };
  const before = structuredClone(state.list("summaryPage", everything));
  const { rewards, olderRewards } = structuredClone(entry());
  const person = state.edit("person", personId);
  if (person === undefined) throw new Error("there is no person");
  person.rewards = [...summariesFrom(state, person, 0)];
  person.olderRewards = null;
  for (const { key } of before) state.remove("summaryPage", key);
  story.happens("visited", { email: EMAIL });
  expect(entry()).toMatchObject({ rewards, olderRewards });
  expect(state.list("summaryPage", everything)).toEqual(before);
});

test("who is forwarded hands over all of them, in their order, and the other's go on with them", () => {
  const other = "bob@x.com";
  for (let n = 0; n < SUMMARIES_HOT_MAX + 1; n++) story.happens("bought", { email: other });
  const own = story.who(other).rewards.map(({ id }) => id);
  expect(story.forward(story.who(EMAIL), story.who(other))).toBeNull();
  const target = story.who(other);
  expect(target.rewards.map(({ id }) => id)).toEqual([...own, ...ids]);
  checkPages(state, story.entry(target.id), "the target");
  expect(originOf(target.id)).toBe(0);
  moves(ids[0] ?? "", "cancel");
  expect(findOwn(state, story.entry(target.id), ids[0] ?? "")?.summary.state).toBe("CANCELED");
  expect(story.stepNames(story.who(other)).at(-1)).toBe("canceled NONE");
});
