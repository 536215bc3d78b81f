// Queries: what a partition answers about its state.

import { beforeAll, describe, expect, test } from "vitest";
import { REJECTED_MAX, STEPS_HOT_MAX, STEPS_PER_PAGE } from "../../src/engine/limits.ts";
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

describe("pages of older steps", () => {
  function page(number: number, client = CLIENT): (number | null)[] | null {
    const answer = story.query(0, { kind: "step_page", client, personId: ann.id, page: number });
    if (answer.kind !== "step_page") throw new Error(answer.kind);
    return answer.steps === null ? null : answer.steps.map((step) => step.value);
  }

  test("are full, in order, and together with the newest steps complete", () => {
    const pages = Array.from({ length: ann.stepPages }, (_, number) => page(number));
    for (const values of pages) expect(values).toHaveLength(STEPS_PER_PAGE);
    const all = [...pages.flat(), ...ann.steps.map((step) => step.value)];
    expect(all).toEqual(Array.from({ length: STEPS }, (_, n) => n));
  });

  test("that do not exist are null, and all are for other clients", () => {
    expect(page(ann.stepPages)).toBeNull();
    expect(page(0, "other")).toBeNull();
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
    beforeKey: string | null,
    client = CLIENT,
  ): { rewards: readonly Reward[]; lastKey: string | null } {
    const answer = story.query(0, { kind: "rewards_by_time", client, index: null, beforeMs: null, beforeKey, limit });
    if (answer.kind !== "rewards_by_time") throw new Error(answer.kind);
    return answer;
  }

  test("are all rewards of the partition, newest first", () => {
    const { rewards, lastKey } = list(1000, null);
    const times = rewards.map((reward) => reward.createdMs);
    expect(times).toHaveLength(REWARDS);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(times).size).toBe(REWARDS);
    expect(lastKey).toBeNull();
  });

  test.each([1, 7, REWARDS - 1, REWARDS, REWARDS + 1])(
    "pages of %i have each reward once and come to an end",
    (limit) => {
      const ids: string[] = [];
      let key: string | null = null;
      let pages = 0;
      do {
        const { rewards, lastKey } = list(limit, key);
        ids.push(...rewards.map((reward) => reward.id));
        key = lastKey;
      } while (key !== null && ++pages <= REWARDS);
      expect(key).toBeNull();
      expect(ids).toEqual(list(1000, null).rewards.map((reward) => reward.id));
    },
  );

  test("continue before the given one, exclusive", () => {
    const all = list(1000, null).rewards;
    const third = all[2];
    const key = third === undefined ? "" : `${CLIENT}/${third.createdMs.toString().padStart(15, "0")}/${third.id}`;
    expect(list(2, key).rewards.map((reward) => reward.id)).toEqual(all.slice(3, 5).map((reward) => reward.id));
  });

  test("of another client are none, even if its name starts alike", () => {
    expect(list(10, null, "other")).toMatchObject({ rewards: [], lastKey: null });
    expect(list(10, null, CLIENT.slice(0, -1))).toMatchObject({ rewards: [], lastKey: null });
    expect(list(10, null, `${CLIENT}2`)).toMatchObject({ rewards: [], lastKey: null });
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
    index: null,
    beforeMs: null,
    beforeKey: null,
    limit: 1000,
  });
  expect(story.entry(ann.id)).toEqual(before);
  expect(story.contexts[0]?.effects.messages).toEqual([]);
});
