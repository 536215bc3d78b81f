// What may go wrong when records of several partitions meet: each of these has once lost or doubled something.

import { describe, expect, test } from "vitest";
import { encodeCommand } from "../../src/engine/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import { randomOf } from "../simulation/simulation.ts";
import { partitionOf } from "../../src/base/hash.ts";
import { idTextOfHalves, originOf } from "../../src/base/ids.ts";
import { STASHED_EVENTS_MAX } from "../../src/engine/limits.ts";
import { balanceOf } from "../../src/model/points.ts";
import { plainMove } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { isSoak } from "../support/profile.ts";
import {
  action,
  campaign,
  CLIENT,
  coupons,
  datum,
  earn,
  emailsByPartition,
  entry,
  fromEvent,
  on,
  onReward,
  PARTITIONS,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
/** Orders of arrival. */
const SEEDS = isSoak ? 1_000 : 40;

test("an event belongs to the journey whose key it carries", () => {
  const keyed = entry("ORDER", "ordered", { key: { name: "order_id", value: fromEvent("order_id") } });
  const story = new Story(programme([keyed, on("ordered", { journey_names: ["ORDER"] })]));
  for (const order_id of ["A", "B", "A"]) story.happens("ordered", { ...ANN, order_id });
  expect(story.who("ann@x.com").steps.map((s) => s.journeyKey?.value)).toEqual(["A", "B", "A"]);
});

test("a repetition opens no journey", () => {
  const story = new Story(
    programme([entry("LOYALTY", "bought"), on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] })]),
  );
  story.happens("bought", { ...ANN, order_id: "A" });
  story.happens("bought", { email: "bob@x.com", order_id: "A" });
  expect(story.who("bob@x.com").journeys).toEqual([]);
});

test("no journey is opened while a claim is open", () => {
  const story = new Story(
    programme([entry("LOYALTY", "bought"), on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] })]),
  );
  let seen = 0;
  for (let n = 0; n < 8; n++) {
    const email = `q${n}@x.com`;
    story.arrives("bought", { email, order_id: `A${n}` });
    while (story.contexts.some((_, p) => story.hasNext(p))) {
      story.step(story.contexts.findIndex((_, p) => story.hasNext(p)));
      const x = story.personBy(email);
      if (x?.isWaiting && x.journeys.length > 0) seen++;
    }
  }
  expect(seen).toBe(0);
});

test("a key that is not unique does not hide the order that is", () => {
  const story = new Story(
    programme([
      on("shipped", { data: [datum("parcel", "PARTNER_EVENT_KEY")] }),
      on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    ]),
  );
  const { personId } = story.happens("bought", { ...ANN, order_id: "A" });
  expect(story.happens("shipped", { parcel: "P", order_id: "A" }).personId).toBe(personId);
});

test("a merge keeps one relationship a campaign and pair", () => {
  const story = new Story(
    programme([
      on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
      on("clicked"),
      on("identified"),
    ]),
  );
  story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
  story.happens("clicked", { ...ANN, advocate_code: "APRIL" });
  const d = story.happens("clicked", { advocate_code: "APRIL" }).personId ?? "";
  story.happens("identified", { ...ANN, person_id: d });
  expect(story.who("ann@x.com").relationships).toHaveLength(1);
});

test("a device that waits when its e-mail comes is merged when it no longer does", () => {
  const failures: string[] = [];
  const shop = programme([
    on("visited"),
    on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    on("identified"),
  ]);
  for (let n = 0; n < 40; n++)
    for (const pick of [0, -1]) {
      const story = new Story(shop);
      for (let i = 0; i < n % 4; i++) story.happens("visited");
      const d = story.happens("visited").personId ?? "";
      story.arrives("identified", { person_id: d, email: `z${n}@x.com` });
      story.arrives("bought", { person_id: d, order_id: `A${n}` });
      story.settle((ready) => ready.at(pick) ?? 0);
      const names = story
        .stepNames(story.who(`z${n}@x.com`))
        .toSorted()
        .join();
      if (names !== "bought NONE,identified NONE,visited NONE") failures.push(`${n} ${pick} p${originOf(d)} ${names}`);
    }
  expect(failures).toEqual([]);
});

test("the same by partner user id", () => {
  const failures: string[] = [];
  const shop = programme([
    on("visited"),
    on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    on("identified"),
  ]);
  for (let n = 0; n < 40; n++)
    for (const pick of [0, -1]) {
      const story = new Story(shop);
      story.happens("visited", { partner_user_id: `d${n}` });
      story.arrives("bought", { partner_user_id: `d${n}`, order_id: `A${n}` });
      story.arrives("identified", { email: `z${n}@x.com`, partner_user_id: `d${n}` });
      story.settle((ready) => ready.at(pick) ?? 0);
      const names = story
        .stepNames(story.who(`z${n}@x.com`))
        .toSorted()
        .join();
      if (names !== "bought NONE,identified NONE,visited NONE") failures.push(`${n} ${pick} ${names}`);
    }
  expect(failures).toEqual([]);
});

test("the dates of a campaign are those of the event", () => {
  const story = new Story(
    programme([], { campaigns: [campaign([on("bought")], { start_date: "2026-04-01T00:00:00Z" })] }),
  );
  story.happens("bought", ANN, "2026-01-01T00:00:00Z");
  expect(story.who("ann@x.com").steps).toEqual([]);
});

test("a person that is forwarded while it waits takes the event in flight along", () => {
  const bad: string[] = [];
  for (let seed = 0; seed < 60; seed++) {
    const random = randomOf(seed);
    const story = new Story(
      programme([on("visited"), on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] })]),
    );
    const a = `a${seed}@x.com`,
      b = `b${seed}@x.com`;
    story.happens("visited", { email: a });
    story.happens("visited", { email: b });
    const command = {
      kind: "forward_person",
      client: CLIENT,
      personId: story.who(a).id,
      toPersonId: story.who(b).id,
    } as const;
    story.arrives("bought", { email: a, order_id: `A${seed}` });
    const { partition, payload } = encodeCommand(command, story.partitions);
    story.append(partition, {
      kind: recordKinds.command,
      flags: 1,
      timeMs: ++story.nowMs,
      idHigh: 7,
      idLow: 7,
      payload,
    });
    story.settle((ready) => ready[random(ready.length)] ?? 0);
    const names = story.stepNames(story.who(a)).toSorted().join();
    if (names !== "bought NONE,visited NONE,visited NONE") bad.push(`${seed} ${names}`);
  }
  expect(bad).toEqual([]);
});

test("nobody is split from himself", () => {
  const story = new Story(programme([on("visited")]));
  story.happens("visited", { partner_user_id: "d2" });
  for (const partner_user_id of ["d2", "d1", "d2"]) story.happens("visited", { ...ANN, partner_user_id });
  expect(story.personBy("d2", "partner_user_id")?.email).toBe("ann@x.com");
  expect(story.who("ann@x.com").identityHistory.map((e) => e.kind)).toEqual(["IDENTITY_SHIFT"]);
});

test("an empty pool does not tell EARNED twice", () => {
  const story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] }), onReward("earned", ["EARNED"])], {
      suppliers: [coupons("COUPON", [])],
    }),
  );
  story.happens("bought", ANN);
  expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "earned NONE"]);
});

test("what is earned once pays once, whatever the pool says", () => {
  const listener = {
    ...onReward("earned", ["EARNED"]),
    triggers: [trigger("REWARD_EVENT", { reward_states: ["EARNED"], event_names: ["coupon"] })],
    actions: [earn("CREDIT")],
  };
  const story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] }), listener], {
      suppliers: [coupons("COUPON", []), supplier("CREDIT")],
    }),
  );
  story.happens("bought", ANN);
  expect(rewardsOf(story.who("ann@x.com"))).toEqual(["COUPON EARNED 10", "CREDIT EARNED 25"]);
});

test("a reward that earns itself again through the coupon pool ends", () => {
  const listener = onReward("again", ["FULFILLED"], { actions: [earn("COUPON")] });
  const story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] }), listener], {
      suppliers: [
        coupons(
          "COUPON",
          Array.from({ length: 100 }, (_, n) => `C${n}`),
        ),
      ],
    }),
  );
  story.happens("bought", ANN);
  expect(story.who("ann@x.com").rewards.length).toBeLessThanOrEqual(17);
});

test("a reward that cannot be fulfilled does not begin again without end", () => {
  const listener = onReward("again", ["EARNED"], { actions: [earn("COUPON")] });
  const story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] }), listener], { suppliers: [coupons("COUPON", [])] }),
  );
  story.arrives("bought", ANN);
  let steps = 0;
  while (steps < 3000 && story.contexts.some((_, p) => story.hasNext(p))) {
    story.step(story.contexts.findIndex((_, p) => story.hasNext(p)));
    steps++;
  }
  expect(steps).toBeLessThan(3000);
});

test("a reward's moves reach the person it was merged into, in any order of arrival", { timeout: 120_000 }, () => {
  const bad: string[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = randomOf(seed);
    const story = new Story(
      programme(
        [
          on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
          on("bought", { actions: [earn("COUPON")] }),
          on("identified"),
        ],
        { suppliers: [coupons("COUPON", ["C-1"])] },
      ),
    );
    const email = `e${seed % 16}@x.com`;
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    for (let i = 0; i < seed % 3; i++) story.happens("bogus");
    const d = story.happens("registered").personId ?? "";
    story.arrives("bought", { person_id: d });
    story.arrives("identified", { person_id: d, email, advocate_code: "APRIL", partner_user_id: `u${seed % 5}` });
    story.settle((ready) => ready[random(ready.length)] ?? 0);
    const [own] = story.who(email).rewards;
    if (own === undefined) {
      bad.push(`${seed} none`);
      continue;
    }
    const whole = story.rewardById(own.id);
    if (own.state !== whole.state) bad.push(`${seed} summary ${own.state} reward ${whole.state}`);
  }
  expect(bad).toEqual([]);
});

describe("a rule moves a reward that came with a device, before the device passes on what it heard of it", () => {
  const budgetHome = partitionOf(CLIENT, "budget/supplier/POINTS", PARTITIONS);
  const ANN_HERE = emailsByPartition()[(budgetHome + 1) % PARTITIONS] ?? "";
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const points = supplier("POINTS", { type: "LOYALTY_POINTS", face_value_type: "POINTS" });
  const shop = (more: Partial<SupplierDocument>): Story => {
    const document = programme(
      [
        on("visited"),
        on("won", { actions: [earn("POINTS")] }),
        on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
        onReward("earned", ["EARNED"]),
        onReward("lost", ["CANCELED"]),
      ],
      { suppliers: [{ ...points, ...more }] },
    );
    return new Story(document);
  };

  /** A device in the partition of Ann's address. */
  function deviceOf(story: Story): string {
    story.happens("visited", { email: ANN_HERE });
    for (let n = 0; ; n++) {
      const { personId } = story.happens("visited", { partner_user_id: `d${n}` });
      if (originOf(personId ?? "") === originOf(story.who(ANN_HERE).id)) return `d${n}`;
    }
  }

  test("her summary and her points stay what the reward is", () => {
    const story = shop({});
    const partner_user_id = deviceOf(story);
    story.happens("won", { partner_user_id });
    story.happens("visited", { partner_user_id, email: ANN_HERE });
    const { id: rewardId } = story.onlyReward(story.who(ANN_HERE));
    const order = { ...plainMove("no"), success: false };
    story.asks({ kind: "move_reward", client: CLIENT, rewardId, verb: "fulfil", order });
    story.arrives("regretted", { email: ANN_HERE });
    story.settle();
    const ann = story.who(ANN_HERE);
    expect(story.rewardById(rewardId).state).toBe("CANCELED");
    expect(ann.rewards).toMatchObject([{ state: "CANCELED", isFulfilFailed: false }]);
    expect(balanceOf(ann.points?.accounts["POINTS"] ?? { earned: 0, spent: 0, expired: 0, reversed: 0 })).toBe(0);
    const names = story.stepNames(ann).filter((name) => !name.startsWith("visited"));
    expect(names).toEqual(["won NONE", "earned NONE", "regretted NONE", "lost NONE"]);
  });

  test("one that a budget has granted meanwhile is heard of as earned and as canceled, once each", () => {
    const story = shop({ budget: { count: 3, value: null } });
    const partner_user_id = deviceOf(story);
    story.arrives("won", { partner_user_id });
    story.arrives("visited", { partner_user_id, email: ANN_HERE });
    const home = originOf(story.who(ANN_HERE).id) ?? 0;
    while (story.hasNext(home)) story.step(home);
    // The budget's answer waits in the log, and the device has yet to pass it on.
    for (let other = 0; other < story.partitions; other++)
      while (other !== home && story.hasNext(other)) story.step(other);
    story.arrives("regretted", { email: ANN_HERE });
    story.settle();
    const ann = story.who(ANN_HERE);
    const names = story.stepNames(ann).filter((name) => name.startsWith("earned") || name.startsWith("lost"));
    expect(names.toSorted()).toEqual(["earned NONE", "lost NONE"]);
    expect(ann.rewards).toMatchObject([{ state: "CANCELED" }]);
  });
});

test("a merge keeps everything, in any order of arrival", { timeout: 120_000 }, () => {
  const bad: string[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = randomOf(seed);
    const story = new Story(programme([on("visited"), on("identified"), on("named")]));
    const email = `e${seed % 16}@x.com`;
    for (let i = 0; i < seed % 3; i++) story.happens("bogus");
    const d = story.happens("visited").personId ?? "";
    story.arrives("visited", { person_id: d });
    story.arrives("identified", { person_id: d, email });
    story.arrives("visited", { person_id: d });
    story.arrives("named", { email });
    story.settle((ready) => ready[random(ready.length)] ?? 0);
    const names = story.stepNames(story.who(email)).toSorted().join();
    if (names !== "identified NONE,named NONE,visited NONE,visited NONE,visited NONE") bad.push(`${seed} ${names}`);
  }
  expect(bad).toEqual([]);
});

test("the advocate learns the friend's e-mail when the friend's device turns out to be somebody", () => {
  const story = new Story(
    programme([
      on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
      on("clicked"),
      on("bought"),
    ]),
  );
  story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
  const d = story.happens("clicked", { advocate_code: "APRIL" }).personId ?? "";
  story.happens("bought", { ...ANN, person_id: d, advocate_code: "APRIL" });
  expect(story.who("april@x.com").relationships.map((r) => [r.otherEmail, r.otherPersonId])).toEqual([
    ["ann@x.com", story.who("ann@x.com").id],
  ]);
});

test("a device whose e-mail belongs to a blocked person stays itself, and goes on", () => {
  for (const pick of [0, -1]) {
    const story = new Story(programme([on("visited"), on("identified")]));
    story.happens("visited", ANN);
    story.block(story.who("ann@x.com"), "EVENTS");
    const d = story.happens("visited").personId ?? "";
    story.arrives("identified", { ...ANN, person_id: d });
    for (let n = 0; n < 3; n++) story.arrives("visited", { person_id: d });
    story.settle((ready) => ready.at(pick) ?? 0);
    expect(story.entry(d)).toMatchObject({ forwardedTo: null, isWaiting: false, mergesInto: null });
    expect(story.stepNames(story.withId(d))).toHaveLength(4);
    expect(story.refusals()).toEqual(["event_blocked"]);
  }
});

test("who is told that a busy device is the same person decides by all that the device did", () => {
  const shop = programme([
    on("visited"),
    on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    on("thanked", { triggers: [priorSteps("MATCHING", "bought", { count_min: 1 })] }),
  ]);
  for (let n = 0; n < 20; n++)
    for (const pick of [0, -1]) {
      const story = new Story(shop);
      story.happens("visited", { partner_user_id: `d${n}` });
      story.arrives("bought", { partner_user_id: `d${n}`, order_id: `A${n}` });
      const device = story.personBy(`d${n}`, "partner_user_id");
      story.step(originOf(device?.id ?? "") ?? 0);
      story.arrives("thanked", { email: `z${n}@x.com`, partner_user_id: `d${n}` });
      story.settle((ready) => ready.at(pick) ?? 0);
      expect(story.stepNames(story.who(`z${n}@x.com`)).toSorted()).toEqual([
        "bought NONE",
        "thanked NONE",
        "visited NONE",
      ]);
    }
});

test("as many events queue behind one that waits as may; of more, each is refused by name, and the others come in their order", () => {
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
  const queued = Array.from({ length: STASHED_EVENTS_MAX }, () => story.arrives("seen", ANN));
  const refused = [story.arrives("seen", ANN), story.arrives("bought", { ...ANN, order_id: "B" })];
  while (story.hasNext(home)) story.step(home);
  expect(story.refusals()).toEqual(["person_busy", "person_busy"]);
  const replies = (): (readonly [string, string | null])[] =>
    story.contexts.flatMap(({ effects }) =>
      effects.replies
        .splice(0)
        .map(({ idHigh, idLow, errorCode }) => [idTextOfHalves(idHigh, idLow), errorCode] as const),
    );
  expect(replies().filter(([, errorCode]) => errorCode !== null)).toEqual(refused.map((id) => [id, "person_busy"]));
  story.settle();
  expect(replies().slice(-queued.length)).toEqual(queued.map((id) => [id, null]));
  expect(story.happens("seen", ANN).errorCode).toBeNull();
  expect(story.stepsOf(story.who(ANN.email)).filter(({ name }) => name === "seen")).toHaveLength(queued.length + 2);
});
