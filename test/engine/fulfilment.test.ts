// Fulfilment by itself: attempts and their timers, limits of suppliers, and what is missed.

import { describe, expect, test } from "vitest";
import { plainMove, type Reward, type RewardVerb } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { CLIENT, coupons, earn, emailsByPartition, on, onType, programme, Story, supplier } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function open(own: SupplierDocument): Story {
  const steps = [
    on("bought", { actions: [earn(own.id)] }),
    onType("INTERNAL", "reward_fulfillment_failed"),
    onType("INTERNAL", "reward_fulfillment_missing"),
  ];
  return new Story(programme(steps, { suppliers: [own] }));
}

function earned(story: Story, email: string = ANN.email): Reward {
  story.happens("bought", { email });
  return story.onlyReward(story.who(email));
}

function verb(story: Story, { id: rewardId }: Reward, name: RewardVerb): string | null {
  return story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: name, order: plainMove(null) })
    .errorCode;
}

function rows(story: Story, { id }: Reward): string[] {
  return story.rewardById(id).history.map(({ state, success }) => (success ? state : `${state} failed`));
}

const told = (story: Story): unknown[] => story.contexts.flatMap(({ effects }) => effects.alerts.splice(0));

/** Never pays whoever has no address. */
const payout = (): SupplierDocument => supplier("CREDIT", { reward_supplier_type: "PAYPAL_PAYOUTS" });

function earnedWithoutAddress(story: Story): Reward {
  const { personId } = story.happens("bought", { partner_user_id: "ann" });
  return story.onlyReward(story.withId(personId));
}

describe("attempts", () => {
  test("are five, with longer and longer pauses; then somebody is told and the reward waits", () => {
    const story = open(payout());
    const reward = earnedWithoutAddress(story);
    const attempts = (): number => rows(story, reward).length - 1;
    const seen = [attempts()];
    for (const pauseMs of [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS]) {
      expect(told(story)).toEqual([]);
      story.passes(pauseMs - 1000);
      expect(attempts()).toBe(seen.at(-1));
      story.passes(2000);
      seen.push(attempts());
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(told(story)).toMatchObject([{ kind: "fulfillment_idle", subject: reward.id }]);
    story.passes(30 * DAY_MS);
    expect(attempts()).toBe(5);
    expect(story.rewardById(reward.id)).toMatchObject({ state: "EARNED", isFulfilFailed: true, attemptMs: null });
    expect(story.stepNames(story.withId(reward.personId)).filter((name) => name.startsWith("reward_"))).toHaveLength(5);
  });

  test("begin anew when an operator tries again", () => {
    const story = open(payout());
    const reward = earnedWithoutAddress(story);
    story.passes(30 * DAY_MS);
    for (let n = 0; n < 4; n++) story.passes(3 * HOUR_MS);
    const before = rows(story, reward).length;
    expect(verb(story, reward, "retry")).toBeNull();
    story.passes(MINUTE_MS);
    expect(rows(story, reward).slice(before)).toEqual(["EARNED", "FULFILLED failed", "FULFILLED failed"]);
  });

  test("end with the reward", () => {
    const story = open(coupons("COUPON", []));
    const reward = earned(story);
    verb(story, reward, "cancel");
    story.passes(30 * DAY_MS);
    expect(rows(story, reward)).toEqual(["EARNED", "FULFILLED failed", "CANCELED"]);
  });
});

describe("limits of a supplier", () => {
  const auto = { auto_fulfillment_enabled: true };

  test("hold over all partitions, for an hour and for a day; what is over waits and comes by itself", () => {
    const story = open(supplier("CREDIT", { ...auto, limit_per_hour: 3, limit_per_day: 5 }));
    // The hour that has begun is not whole.
    story.nowMs = Date.UTC(2026, 4, 2);
    const people = [...emailsByPartition(), "e@x.com", "f@x.com"];
    for (const email of people) story.arrives("bought", { email });
    story.settle((ready) => ready.at(-1) ?? 0);
    const states = (): string[] => people.map((email) => story.onlyReward(story.who(email)).state);
    const fulfilled = (): number => states().filter((state) => state === "FULFILLED").length;
    expect(fulfilled()).toBe(3);
    const waiting = people.map((email) => story.onlyReward(story.who(email))).filter(({ state }) => state === "EARNED");
    expect(waiting.map(({ history }) => history.at(-1)?.message)).toEqual(
      waiting.map(() => "hourly limit of the supplier"),
    );
    for (let n = 0; n < 60; n++) story.passes(3 * MINUTE_MS);
    expect(fulfilled()).toBe(5);
    for (let n = 0; n < 4; n++) story.passes(3 * HOUR_MS);
    expect(fulfilled()).toBe(5);
    expect(earned(story).history.at(-1)?.message).toBe("daily limit of the supplier");
    story.passes(DAY_MS);
    expect(fulfilled()).toBe(6);
    expect(story.onlyReward(story.who(ANN.email)).state).toBe("FULFILLED");
  });

  test("hold for coupons, and no code is lost for it", () => {
    const story = open({ ...coupons("COUPON", ["C-1", "C-2"]), limit_per_hour: 1 });
    story.nowMs = Date.UTC(2026, 4, 2);
    const first = earned(story);
    const second = earned(story, "bob@x.com");
    expect([first.partnerRewardId, second.partnerRewardId]).toEqual(["C-1", null]);
    story.passes(HOUR_MS);
    for (let n = 0; n < 4; n++) story.passes(10 * MINUTE_MS);
    expect(story.rewardById(second.id)).toMatchObject({ state: "FULFILLED", partnerRewardId: "C-2" });
  });

  test("do not count what no longer wanted it", () => {
    const story = open(supplier("CREDIT", { ...auto, limit_per_hour: 1 }));
    story.nowMs = Date.UTC(2026, 4, 2);
    const [email = ""] = emailsByPartition();
    const id = story.arrives("bought", { email });
    while (story.personBy(email) === null || story.who(email).rewards.length === 0)
      story.step(story.contexts.findIndex((_, partition) => story.hasNext(partition)));
    const reward = story.onlyReward(story.who(email));
    story.asks({
      kind: "move_reward",
      client: CLIENT,
      rewardId: reward.id,
      verb: "cancel",
      order: plainMove(null),
    });
    const home = Number.parseInt(reward.id.slice(0, 4), 16);
    story.settle((ready) => (ready.includes(home) ? home : (ready[0] ?? 0)));
    expect(id).not.toBe("");
    expect(story.rewardById(reward.id).state).toBe("CANCELED");
    expect(earned(story, "bob@x.com").state).toBe("FULFILLED");
  });

  test("do not stop a client that says it handed out", () => {
    const story = open(supplier("CREDIT", { limit_per_hour: 1 }));
    for (const email of ["a@x.com", "b@x.com"]) expect(verb(story, earned(story, email), "fulfil")).toBeNull();
  });
});

describe("missing fulfilment", () => {
  const watched = {
    missing_fulfillment_alert_enabled: true,
    missing_fulfillment_alert_delay_ms: 3 * DAY_MS,
    missing_fulfillment_auto_fail_enabled: true,
    missing_fulfillment_auto_fail_delay_ms: 10 * DAY_MS,
  };

  test("is told after days, fails the reward after more, and a retry begins anew", () => {
    const story = open(supplier("CREDIT", watched));
    const reward = earned(story);
    story.passes(3 * DAY_MS - HOUR_MS);
    expect(told(story)).toEqual([]);
    story.passes(2 * HOUR_MS);
    expect(told(story)).toMatchObject([{ kind: "missing_fulfillment", client: CLIENT, subject: reward.id }]);
    expect(story.stepNames(story.who(ANN.email))).toContain("reward_fulfillment_missing NONE");
    story.passes(7 * DAY_MS);
    expect(rows(story, reward)).toEqual(["EARNED", "FAILED"]);
    expect(story.rewardById(reward.id).history.at(-1)?.message).toBe("it was not fulfilled in time");
    expect(verb(story, reward, "retry")).toBeNull();
    story.passes(9 * DAY_MS);
    expect(told(story)).toHaveLength(1);
    expect(story.rewardById(reward.id).state).toBe("EARNED");
    story.passes(2 * DAY_MS);
    expect(rows(story, reward)).toEqual(["EARNED", "FAILED", "EARNED", "FAILED"]);
  });

  test("is nothing when it came in time", () => {
    const story = open(supplier("CREDIT", watched));
    const reward = earned(story);
    verb(story, reward, "fulfil");
    story.passes(20 * DAY_MS);
    expect(told(story)).toEqual([]);
    expect(rows(story, reward)).toEqual(["EARNED", "FULFILLED"]);
  });
});
