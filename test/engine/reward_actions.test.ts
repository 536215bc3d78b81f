// Stage 6, actions on rewards: what each says of the move it makes, where the reward lives elsewhere too, and what EARN_REWARD may say of itself.

import { describe, expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { RewardState } from "../../src/model/reward.ts";
import {
  action,
  coupons,
  earn,
  emailsByPartition,
  fromEvent,
  on,
  onReward,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const EARLIER = "2026-01-02T03:04:05Z";
const reward = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";

function moves(type: string, parameters: JsonObject = {}, first: RewardState | null = null): Story {
  const story = new Story(
    programme(
      [
        on("bought", { actions: [earn("CREDIT")] }),
        on("fulfilled_first", { actions: [action("FULFILL_REWARD", { reward_id: reward })] }),
        on("moved", { actions: [action(type, { reward_id: reward, ...parameters })] }),
        onReward("heard", ["CANCELED", "EXPIRED", "FULFILLED", "REDEEMED", "REVOKED"]),
      ],
      { suppliers: [supplier("CREDIT")] },
    ),
  );
  story.happens("bought", ANN);
  if (first === "FULFILLED") story.happens("fulfilled_first", ANN);
  return story;
}

describe("each kind of action makes its move, which leaves a row and is heard", () => {
  test.each([
    ["CANCEL_REWARD", null, "CANCELED"],
    ["EXPIRE_REWARD", null, "EXPIRED"],
    ["EXPIRE_REWARD", "FULFILLED", "EXPIRED"],
    ["FULFILL_REWARD", null, "FULFILLED"],
    ["REDEEM_REWARD", "FULFILLED", "REDEEMED"],
    ["REVOKE_REWARD", "FULFILLED", "REVOKED"],
  ] as const)("%s of one that is %s", (type, first, to) => {
    const story = moves(type, {}, first);
    story.happens("moved", ANN);
    const ann = story.who("ann@x.com");
    expect(rewardsOf(ann)).toEqual([`CREDIT ${to} 25`]);
    expect(story.onlyReward(ann).history.at(-1)).toMatchObject({ state: to, success: true, atMs: story.nowMs });
    expect(story.stepNames(ann).at(-1)).toBe("heard NONE");
  });

  test.each([
    ["CANCEL_REWARD", "FULFILLED"],
    ["FULFILL_REWARD", "FULFILLED"],
    ["REDEEM_REWARD", null],
    ["REVOKE_REWARD", null],
  ] as const)("%s of one that is %s is no move", (type, first) => {
    const story = moves(type, {}, first);
    const before = story.onlyReward(story.who("ann@x.com"));
    story.happens("moved", ANN);
    expect(story.onlyReward(story.who("ann@x.com"))).toEqual(before);
  });

  test("a reward of somebody else stays as it is", () => {
    const story = moves("CANCEL_REWARD", { reward_id: fromEvent("id") });
    const { id } = story.onlyReward(story.who("ann@x.com"));
    story.happens("moved", { email: "bob@x.com", id });
    expect(story.rewardById(id).state).toBe("EARNED");
  });
});

describe("FULFILL_REWARD", () => {
  test("says what was handed out, for how much, and when", () => {
    const story = moves("FULFILL_REWARD", {
      message: "sent by post",
      partner_reward_id: fromEvent("card"),
      amount: fromEvent("worth"),
      event_time: fromEvent("when"),
    });
    story.happens("moved", { ...ANN, card: "GC-7", worth: "24.50", when: EARLIER });
    const ann = story.who("ann@x.com");
    expect(story.onlyReward(ann)).toMatchObject({ state: "FULFILLED", partnerRewardId: "GC-7", faceValue: 25 });
    expect(story.onlyReward(ann).history.at(-1)).toEqual({
      state: "FULFILLED",
      success: true,
      message: "sent by post",
      partnerRewardId: "GC-7",
      amount: 24.5,
      partnerEventId: null,
      data: {},
      delivery: null,
      operatorUserId: null,
      atMs: Date.parse(EARLIER),
    });
    expect(ann.rewards[0]?.partnerRewardId).toBe("GC-7");
  });

  test("an attempt that failed leaves a row; the reward is still earned, and a later attempt may succeed", () => {
    const story = moves("FULFILL_REWARD", { success: fromEvent("success"), message: fromEvent("message") });
    story.happens("moved", { ...ANN, success: "false", message: "no funds" });
    const trying = story.onlyReward(story.who("ann@x.com"));
    expect(trying).toMatchObject({ state: "EARNED", isFulfilFailed: true });
    expect(trying.history.at(-1)).toMatchObject({ state: "FULFILLED", success: false, message: "no funds" });
    expect(story.stepNames(story.who("ann@x.com"))).not.toContain("heard NONE");
    story.happens("moved", { ...ANN, success: "true" });
    expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ state: "FULFILLED", isFulfilFailed: false });
  });
});

describe("REDEEM_REWARD", () => {
  test("names the order that used the reward, with its data, as of the day of the order", () => {
    const story = moves(
      "REDEEM_REWARD",
      { partner_event_id: fromEvent("order"), data: { till: fromEvent("till") }, event_time: EARLIER },
      "FULFILLED",
    );
    story.happens("moved", { ...ANN, order: "A-9", till: "3" });
    const ann = story.who("ann@x.com");
    expect(story.onlyReward(ann)).toMatchObject({ state: "REDEEMED", redeemedMs: Date.parse(EARLIER) });
    expect(story.onlyReward(ann).history.at(-1)).toMatchObject({ partnerEventId: "A-9", data: { till: "3" } });
  });

  test("a coupon that comes back with an order is redeemed by its code", () => {
    const byCode =
      "javascript@runtime:context.getPerson().getRewards().filter(r => r.getPartnerRewardId() === context.getCauseEvent().getData()['code']).map(r => r.getRewardId())[0]";
    const story = new Story(
      programme(
        [
          on("joined", { actions: [earn("COUPON")] }),
          on("bought", { actions: [action("REDEEM_REWARD", { reward_id: byCode })] }),
        ],
        { suppliers: [coupons("COUPON", ["TEN-1", "TEN-2"])] },
      ),
    );
    story.happens("joined", ANN);
    story.happens("joined", ANN);
    story.happens("bought", { ...ANN, code: "TEN-2" });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["COUPON FULFILLED 10", "COUPON REDEEMED 10"]);
  });
});

test("a reward that lives in another partition than its person, after a merge, moves with all that is said of it", () => {
  const partitions = emailsByPartition().length;
  for (let attempt = 0; attempt < 8; attempt++) {
    const story = moves("FULFILL_REWARD", { partner_reward_id: "GC-1", event_time: EARLIER });
    const device = story.happens("bought", { noise: String(attempt) });
    for (const email of emailsByPartition()) {
      story.happens("bought", { person_id: device.personId, email });
      break;
    }
    const owner = story.who(emailsByPartition()[0] ?? "");
    const [first] = owner.rewards;
    if (first === undefined) throw new Error("nothing was earned");
    story.happens("moved", { email: owner.email });
    expect(story.rewardById(first.id)).toMatchObject({ state: "FULFILLED", partnerRewardId: "GC-1" });
    expect(story.rewardById(first.id).history.at(-1)?.atMs).toBe(Date.parse(EARLIER));
    expect(partitionOfReward(first.id)).toBeLessThan(partitions);
  }
});

describe("EARN_REWARD", () => {
  function earns(more: JsonObject, data: JsonObject = {}): Story {
    const story = new Story(
      programme([on("bought", { actions: [earn("CREDIT", more)] })], {
        suppliers: [
          supplier("CREDIT", { face_value_algorithm_type: "CASH_BACK", cash_back_percentage: 0.1, cash_back_max: 50 }),
        ],
      }),
    );
    story.happens("bought", { ...ANN, ...data });
    return story;
  }

  test("pays for the value that it names", () => {
    const story = earns({ value_of_event_being_rewarded: fromEvent("net") }, { net: "120.00" });
    expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ faceValue: 12, valueOfRewardedEvent: 120 });
  });

  test("is dated as it says", () => {
    const story = earns({ event_time: fromEvent("when") }, { when: EARLIER });
    const ann = story.who("ann@x.com");
    expect(ann.rewards[0]?.earnedMs).toBe(Date.parse(EARLIER));
    expect(story.onlyReward(ann)).toMatchObject({ earnedMs: Date.parse(EARLIER), createdMs: story.nowMs });
  });

  test("is dated by its creation when it says nothing, or no date", () => {
    for (const more of [{}, { event_time: fromEvent("when") }]) {
      const story = earns(more, { when: "some day" });
      expect(story.who("ann@x.com").rewards[0]?.earnedMs).toBe(story.nowMs);
    }
  });

  test("goes under the id of the action that it names", () => {
    const story = earns({ reward_action_id: fromEvent("rule") }, { rule: "spring-sale" });
    expect(story.onlyReward(story.who("ann@x.com")).actionId).toBe("spring-sale");
  });

  test("has the data that it names; extra data wins", () => {
    const story = earns(
      { data: { a: "1", b: fromEvent("b") }, extra_data: "javascript@runtime:context.getCauseEvent().getData().more" },
      { b: "2", more: { b: "3", c: "4" } },
    );
    expect(story.onlyReward(story.who("ann@x.com")).data).toEqual({ a: "1", b: "3", c: "4" });
  });
});
