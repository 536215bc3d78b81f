// Queries: what a partition answers about its state.

import { beforeAll, describe, expect, test } from "vitest";
import { REJECTED_MAX, STEP_PAGES_LISTED_MAX, STEPS_HOT_MAX, STEPS_PER_PAGE } from "../../src/engine/limits.ts";
import { answerPersonList } from "../../src/engine/person/person_lists.ts";
import type { StepFilter } from "../../src/engine/person/person_list_filters.ts";
import { isWanted, type RewardFilter } from "../../src/engine/rewards/reward_filter.ts";
import type { ListedRewards } from "../../src/engine/rewards/reward_list.ts";
import type { Person } from "../../src/model/person.ts";
import type { Reward } from "../../src/model/reward.ts";
import { CLIENT, datum, earn, on, programme, Story, supplier } from "../support/story.ts";

const STEPS = 2 * STEPS_HOT_MAX + 3;
const REWARDS = 25;
let story: Story;
let ann: Person;

beforeAll(() => {
  story = new Story(
    programme([on("visited", { data: [datum("n", "VALUE")] }), on("bought", { actions: [earn("CREDIT")] })], {
      suppliers: [supplier("CREDIT")],
    }),
    1,
  );
  for (let n = 0; n < STEPS; n++) story.happens("visited", { email: "ann@x.com", n });
  for (let n = 0; n < REWARDS; n++) story.happens("bought", { email: n % 2 === 0 ? "bob@x.com" : "cid@x.com" });
  ann = story.who("ann@x.com");
});

describe("a person", () => {
  test("is found by id", () => {
    const answer = story.query(0, { kind: "person", client: CLIENT, personId: ann.id });
    expect(answer).toMatchObject({ kind: "person", forwardedTo: null, person: { email: "ann@x.com" } });
  });

  test("is null when unknown, and when another client asks", () => {
    const nobody = { kind: "person", person: null, forwardedTo: null };
    const personId = "1111111111111111111";
    expect(story.query(0, { kind: "person", client: CLIENT, personId })).toEqual(nobody);
    expect(story.query(0, { kind: "person", client: "other", personId: ann.id })).toEqual(nobody);
  });

  test("that was merged says where to ask", () => {
    const other = new Story(programme([on("visited")]), 1);
    const device = other.happens("visited").personId ?? "";
    const { personId } = other.happens("visited", { person_id: device, email: "ann@x.com" });
    expect(other.query(0, { kind: "person", client: CLIENT, personId: device })).toMatchObject({
      forwardedTo: personId,
    });
  });
});

describe("the owner of a key", () => {
  test("is a person id, or null", () => {
    const query = { kind: "owner_of_key", client: CLIENT, keyType: "email" } as const;
    expect(story.query(0, { ...query, value: "ann@x.com" })).toEqual({ kind: "owner", personId: ann.id });
    expect(story.query(0, { ...query, value: "nobody@x.com" })).toEqual({ kind: "owner", personId: null });
    expect(story.query(0, { ...query, keyType: "partner_user_id", value: "ann@x.com" })).toMatchObject({
      personId: null,
    });
    expect(story.query(0, { ...query, client: "other", value: "ann@x.com" })).toMatchObject({ personId: null });
  });
});

describe("steps", () => {
  const all = { skip: 0, limit: 1000 };
  function values(of: StepFilter, page: { skip: number; limit: number }, client = CLIENT): (number | null)[] | null {
    const answer = story.query(0, { kind: "steps", client, personId: ann.id, filter: of, beforePage: null, ...page });
    if (answer.kind !== "steps") throw new Error(answer.kind);
    return answer.items === null ? null : answer.items.map((step) => step.value);
  }
  const newestFirst = Array.from({ length: STEPS }, (_, n) => STEPS - 1 - n);

  test("are those of the entry and of all pages, newest first, cut where they are", () => {
    expect(ann.stepPages).toBeGreaterThan(1);
    expect(values({}, all)).toEqual(newestFirst);
    for (const skip of [0, 1, STEPS_HOT_MAX, STEPS - 2, STEPS])
      expect(values({}, { skip, limit: 3 })).toEqual(newestFirst.slice(skip, skip + 3));
    expect(values({ names: ["VISITED"] }, { skip: 30, limit: 2 })).toEqual(newestFirst.slice(30, 32));
    expect(values({ names: ["bought"] }, all)).toEqual([]);
  });

  test("are null for other clients", () => {
    expect(values({}, all, "other")).toBeNull();
  });

  test("also those that the entry holds packed", () => {
    const person = { ...ann, steps: ann.steps.slice(-1), stepPages: 0 };
    const source = { hotSteps: () => ann.steps, stepPage: () => [], summaryPage: () => [] };
    const query = { kind: "steps", client: CLIENT, personId: ann.id, filter: {}, beforePage: null, ...all } as const;
    expect(answerPersonList(source, person, query)).toMatchObject({ items: ann.steps.toReversed() });
    const hot = { ...query, kind: "hot_steps" } as const;
    expect(answerPersonList(source, person, hot)).toMatchObject({ items: ann.steps });
  });

  test("L2 of very many pages, an answer reads some and says where to go on", () => {
    const other = new Story(programme([on("visited", { data: [datum("n", "VALUE")] })]), 1);
    const count = (STEP_PAGES_LISTED_MAX + 3) * STEPS_PER_PAGE;
    for (let n = 0; n < count; n++) other.happens("visited", { email: "ann@x.com", n });
    const query = { kind: "steps", client: CLIENT, personId: other.who("ann@x.com").id, filter: {}, limit: 2 } as const;
    const first = other.query(0, { ...query, beforePage: null, skip: count - 2 });
    if (first.kind !== "steps" || first.next === null) throw new Error("it goes on");
    expect(first.items).toEqual([]);
    const rest = other.query(0, { ...query, beforePage: first.next, skip: count - 2 - first.skipped });
    expect(rest).toMatchObject({ items: [{ value: 1 }, { value: 0 }], next: null });
  });
});

describe("a reward", () => {
  test("is found by id, by its client only", () => {
    const id = story.who("bob@x.com").rewards[0]?.id ?? "";
    expect(story.query(0, { kind: "reward", client: CLIENT, rewardId: id })).toMatchObject({ reward: { id } });
    expect(story.query(0, { kind: "reward", client: "other", rewardId: id })).toEqual({ kind: "reward", reward: null });
    expect(story.query(0, { kind: "reward", client: CLIENT, rewardId: "0".repeat(24) })).toMatchObject({
      reward: null,
    });
  });

  test("is found among many, in the order asked for", () => {
    const id = story.who("bob@x.com").rewards[0]?.id ?? "";
    const rewardIds = ["0".repeat(24), id, id];
    const kind = "rewards";
    expect(story.query(0, { kind, client: CLIENT, rewardIds })).toMatchObject({ rewards: [null, { id }, { id }] });
    expect(story.query(0, { kind, client: "other", rewardIds })).toEqual({ kind, rewards: [null, null, null] });
  });
});

describe("rewards by time", () => {
  function list(
    limit: number,
    beforePlace: string | null,
    client = CLIENT,
    more: { filter?: RewardFilter; lookedMax?: number; form?: "places" } = {},
  ): { rewards: readonly Reward[]; places: readonly string[]; lastPlace: string | null } {
    const query = { kind: "rewards_by_time", client, beforeMs: null, beforePlace, limit } as const;
    const answer = story.query(0, { ...query, filter: {}, lookedMax: 1000, form: "rewards", ...more });
    if (answer.kind !== "rewards_by_time") throw new Error(answer.kind);
    return answer;
  }

  test("are all rewards of the partition, newest first", () => {
    const { rewards, lastPlace } = list(1000, null);
    const times = rewards.map((reward) => reward.createdMs);
    expect(times).toHaveLength(REWARDS);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(times).size).toBe(REWARDS);
    expect(lastPlace).toBeNull();
  });

  test.each([1, 7, REWARDS - 1, REWARDS, REWARDS + 1])(
    "pages of %i have each reward once and come to an end",
    (limit) => {
      const ids: string[] = [];
      let key: string | null = null;
      let pages = 0;
      do {
        const { rewards, lastPlace } = list(limit, key);
        ids.push(...rewards.map((reward) => reward.id));
        key = lastPlace;
      } while (key !== null && ++pages <= REWARDS);
      expect(key).toBeNull();
      expect(ids).toEqual(list(1000, null).rewards.map((reward) => reward.id));
    },
  );

  test("continue before the given one, exclusive", () => {
    const all = list(1000, null).rewards;
    const third = all[2];
    const key = third === undefined ? "" : `${third.createdMs.toString().padStart(15, "0")}/${third.id}`;
    expect(list(2, key).rewards.map((reward) => reward.id)).toEqual(all.slice(3, 5).map((reward) => reward.id));
  });

  test("of another client are none, even if its name starts alike", () => {
    expect(list(10, null, "other")).toMatchObject({ rewards: [], lastPlace: null });
    expect(list(10, null, CLIENT.slice(0, -1))).toMatchObject({ rewards: [], lastPlace: null });
    expect(list(10, null, `${CLIENT}2`)).toMatchObject({ rewards: [], lastPlace: null });
  });
});

describe("rewards that pass a filter", () => {
  /** Rewards of two suppliers, some of which failed at once. */
  function shop(): Story {
    const steps = ["CREDIT", "GIFT"].map((id) => on(id.toLowerCase(), { actions: [earn(id)] }));
    const other = new Story(programme(steps, { suppliers: [supplier("CREDIT"), supplier("GIFT")] }), 1);
    for (let n = 0; n < 40; n++) other.happens(n % 4 === 0 ? "gift" : "credit", { email: `p${n % 3}@x.com` });
    return other;
  }
  const whole = { beforeMs: null, beforePlace: null, limit: 1000, lookedMax: 1000, form: "rewards" } as const;
  const filters: readonly RewardFilter[] = [
    {},
    { suppliers: ["GIFT"] },
    { suppliers: ["GIFT", "CREDIT", "NONE"] },
    { suppliers: ["GIFT"], states: ["EARNED"], hidesFailed: true },
    { states: ["FULFILLED", "EARNED"], suppliers: ["CREDIT"] },
    { states: ["REDEEMED"] },
    { types: ["CUSTOM_REWARD"], hidesFailed: true },
    { types: ["MANUAL_COUPON"] },
  ];

  test.each(filters)("Q1 %j: are the same by their lists, by their places and page by page", (filter) => {
    const other = shop();
    const ask = (more: object): ListedRewards => {
      const answer = other.query(0, { kind: "rewards_by_time", client: CLIENT, filter, ...whole, ...more });
      if (answer.kind !== "rewards_by_time") throw new Error(answer.kind);
      return answer;
    };
    const everything = other.query(0, { kind: "rewards_by_time", client: CLIENT, filter: {}, ...whole });
    if (everything.kind !== "rewards_by_time") throw new Error(everything.kind);
    const wanted = everything.rewards.filter((reward) => isWanted(filter, reward)).map(({ id }) => id);
    expect(everything.rewards).toHaveLength(40);
    expect(ask({}).rewards.map(({ id }) => id)).toEqual(wanted);
    expect(ask({ form: "places" }).places.map((place) => place.slice(16))).toEqual(wanted);
    const paged: string[] = [];
    let beforePlace: string | null = null;
    do {
      const page: ListedRewards = ask({ beforePlace, limit: 3, lookedMax: 2 });
      paged.push(...page.rewards.map(({ id }) => id));
      beforePlace = page.lastPlace;
    } while (beforePlace !== null);
    expect(paged).toEqual(wanted);
  });

  test("Q2 where nothing passes, an answer ends after what it may look at", () => {
    const filter = { types: ["MANUAL_COUPON"] };
    const query = { kind: "rewards_by_time", client: CLIENT, filter, ...whole, lookedMax: 5 } as const;
    const answer = shop().query(0, query);
    expect(answer).toMatchObject({ rewards: [], looked: 5 });
    expect(answer).not.toMatchObject({ lastPlace: null });
  });
});

describe("what was refused", () => {
  test("is kept with its reason, newest last, as many as fit", () => {
    const other = new Story(programme([on("visited")]), 1);
    other.happens("visited", { email: "ann@x.com" });
    other.block(other.who("ann@x.com"), "EVENTS");
    const refused = Array.from(
      { length: REJECTED_MAX + 5 },
      () => other.happens("visited", { email: "ann@x.com" }).eventId,
    );
    const answer = other.query(0, { kind: "rejected" });
    if (answer.kind !== "rejected") throw new Error(answer.kind);
    expect(answer.rejected.map((row) => row.eventId)).toEqual(refused.slice(5));
    expect(answer.rejected.at(-1)).toMatchObject({ reason: "event_blocked", atMs: other.nowMs });
  });

  test("is nothing as long as all goes well", () => {
    expect(story.query(0, { kind: "rejected" })).toEqual({ kind: "rejected", rejected: [] });
  });
});

test("the marks name the program that decides", () => {
  expect(story.query(0, { kind: "marks" })).toMatchObject({
    kind: "marks",
    programs: { [CLIENT]: { hash: story.program.hash, revision: 1 } },
  });
  expect(story.query(0, { kind: "program_revision", client: CLIENT })).toEqual({
    kind: "program_revision",
    revision: 1,
  });
  expect(story.query(0, { kind: "program_revision", client: "nobody" })).toEqual({
    kind: "program_revision",
    revision: 0,
  });
});

test("asking changes nothing", () => {
  const before = structuredClone(story.entry(ann.id));
  story.query(0, { kind: "person", client: CLIENT, personId: ann.id });
  story.query(0, {
    kind: "rewards_by_time",
    client: CLIENT,
    filter: {},
    beforeMs: null,
    beforePlace: null,
    limit: 1000,
    lookedMax: 1000,
    form: "rewards",
  });
  expect(story.entry(ann.id)).toEqual(before);
  expect(story.contexts[0]?.effects.messages).toEqual([]);
});
