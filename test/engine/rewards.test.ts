// Stage 7: the life of a reward.

import { describe, expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import { plainMove, type Reward, rewardMoves, type RewardState, rewardStates } from "../../src/model/reward.ts";
import {
  action,
  CAMPAIGN,
  CLIENT,
  condition,
  dataOf,
  earn,
  emailsByPartition,
  entry,
  fromEvent,
  on,
  onReward,
  onStep,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const untried = { attemptMs: null, alertMs: null, failMs: null, attempts: 0, budgets: [] };
const ANN = { email: "ann@x.com" };
const firstReward = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
/** One purchase earns one credit; whoever moves it elsewhere does it by message. */
const credit = programme(
  [
    on("bought", { actions: [earn("CREDIT")] }),
    on("canceled", { actions: [action("CANCEL_REWARD", { reward_id: firstReward, message: fromEvent("why") })] }),
    on("revoked", { actions: [action("REVOKE_REWARD", { reward_id: firstReward, message: fromEvent("why") })] }),
    onReward("told", [...rewardStates], {
      data: [{ name: "state", value: "javascript@runtime:context.getPerson().getRewards()[0].getState()" }],
    }),
  ],
  { suppliers: [supplier("CREDIT")] },
);

function earned(story: Story): Reward {
  story.happens("bought", ANN);
  return story.onlyReward(story.who("ann@x.com"));
}

/** What a supplier or an operator decides about a reward. */
function move(story: Story, id: string, to: RewardState, text: string | null = null): void {
  const message = { kind: "move_reward", client: CLIENT, rewardId: id, to, move: plainMove(text) } as const;
  story.receives(partitionOfReward(id) ?? 0, message);
}

/** The ways to bring a new reward into a state. */
const ways: Readonly<Record<RewardState, readonly RewardState[]>> = {
  EARNED: [],
  FULFILLED: ["FULFILLED"],
  SENT: ["FULFILLED", "SENT"],
  REDEEMED: ["FULFILLED", "REDEEMED"],
  CANCELED: ["CANCELED"],
  REVOKED: ["FULFILLED", "REVOKED"],
  FAILED: ["FAILED"],
  EXPIRED: ["EXPIRED"],
};

const legal = new Set([
  "EARNED FULFILLED",
  "EARNED SENT",
  "EARNED CANCELED",
  "EARNED FAILED",
  "EARNED EXPIRED",
  "FULFILLED SENT",
  "FULFILLED REDEEMED",
  "FULFILLED REVOKED",
  "FULFILLED EXPIRED",
  "SENT REDEEMED",
  "SENT REVOKED",
  "SENT FAILED",
  "SENT EXPIRED",
  "FAILED EARNED",
  "FAILED CANCELED",
]);
const pairs = rewardStates.flatMap((from) => rewardStates.map((to) => [from, to] as const));

describe("earning", () => {
  test("makes a reward with all that is needed to pay it and to explain it", () => {
    const story = new Story(
      programme(
        [
          entry("FRIEND", "bought", { key: { name: "order_id", value: fromEvent("order_id") } }),
          on("bought", {
            journey_names: ["FRIEND"],
            actions: [
              earn("CREDIT", {
                action_id: "pay",
                reward_name: "Thank you",
                tags: ["welcome", "summer"],
                slots: ["friend"],
                data: { order: fromEvent("order_id"), missing: fromEvent("missing") },
                extra_data: "javascript@runtime:context.getCauseEvent().getData()['more']",
              }),
            ],
          }),
        ],
        { suppliers: [supplier("CREDIT", { partner_reward_supplier_id: "credit-25" })] },
      ),
    );
    const { eventId, personId } = story.happens("bought", {
      ...ANN,
      order_id: "A-1",
      container: "test",
      more: { gift: true },
    });
    expect(story.onlyReward(story.who("ann@x.com"))).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      client: CLIENT,
      personId,
      name: "Thank you",
      state: "EARNED",
      isFulfilFailed: false,
      isSubmitted: false,
      faceValue: 25,
      faceValueType: "USD",
      supplierId: "CREDIT",
      supplierType: "CUSTOM_REWARD",
      partnerSupplierId: "credit-25",
      partnerRewardId: null,
      partnerRewardKeyType: "ID",
      campaignId: CAMPAIGN,
      programHash: story.program.hash,
      campaignVersion: 1,
      program: "refer",
      actionId: "pay",
      causeEventId: eventId,
      rootEventId: eventId,
      depth: 1,
      journeyName: "FRIEND",
      journeyKey: { name: "order_id", value: "A-1" },
      container: "test",
      sandbox: "production-test",
      tags: ["welcome", "summer"],
      slots: ["friend"],
      data: { order: "A-1", gift: true },
      valueOfRewardedEvent: null,
      earnedMs: story.nowMs,
      createdMs: story.nowMs,
      updatedMs: story.nowMs,
      expiresMs: null,
      ...untried,
      redeemedMs: null,
      history: [expect.objectContaining({ state: "EARNED", success: true, message: null, atMs: story.nowMs })],
    });
  });

  test("the person's summary says the same in short", () => {
    const story = new Story(credit);
    const reward = earned(story);
    expect(story.who("ann@x.com").rewards).toMatchObject([
      {
        id: reward.id,
        name: "credit",
        state: "EARNED",
        faceValue: 25,
        supplierId: "CREDIT",
        earnedMs: reward.createdMs,
      },
    ]);
  });

  test("a reward that a follow-up rule earns names the purchase as its root", () => {
    const story = new Story(
      programme([on("bought"), onStep("paid", "bought", { actions: [earn("CREDIT")] })], {
        suppliers: [supplier("CREDIT")],
      }),
    );
    const { eventId } = story.happens("bought", ANN);
    const reward = story.onlyReward(story.who("ann@x.com"));
    expect(reward.rootEventId).toBe(eventId);
    expect(reward.causeEventId).toBe(story.who("ann@x.com").steps[0]?.eventId);
  });

  test("W1 the same history gives the same reward ids", () => {
    const [one, other] = [new Story(credit), new Story(credit)];
    expect(earned(one).id).toBe(earned(other).id);
  });

  test("each event, action and person has a reward of its own", () => {
    const story = new Story(
      programme([on("bought", { actions: [earn("CREDIT"), earn("CREDIT")] })], { suppliers: [supplier("CREDIT")] }),
    );
    for (const email of ["ann@x.com", "ann@x.com", "bob@x.com"]) story.happens("bought", { email });
    const ids = ["ann@x.com", "bob@x.com"].flatMap((email) => story.who(email).rewards.map((own) => own.id));
    expect(new Set(ids).size).toBe(6);
  });

  test("the reward lives with its person, in the partition that its id names", () => {
    for (const [partition, email] of emailsByPartition().entries()) {
      const story = new Story(credit);
      story.happens("bought", { email });
      expect(partitionOfReward(story.onlyReward(story.who(email)).id)).toBe(partition);
    }
  });

  test("tags that are no list of texts are none", () => {
    const story = new Story(
      programme([on("bought", { actions: [earn("CREDIT", { tags: fromEvent("tags") })] })], {
        suppliers: [supplier("CREDIT")],
      }),
    );
    story.happens("bought", { ...ANN, tags: "welcome" });
    story.happens("bought", { ...ANN, tags: ["a", 1, "b"] });
    expect(story.who("ann@x.com").rewards.map((own) => own.tags)).toEqual([[], ["a", "b"]]);
  });

  test("a person blocked for rewards takes the step and earns nothing; the reason is kept", () => {
    const story = new Story(credit);
    story.happens("visited", ANN);
    story.block(story.who("ann@x.com"), "REWARDS");
    expect(story.happens("bought", ANN).errorCode).toBeNull();
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
    expect(story.who("ann@x.com").rewards).toEqual([]);
    expect(story.refusals()).toEqual(["person_blocked_for_rewards"]);
  });
});

describe("W2 moves", () => {
  test.each(pairs)("from %s to %s", (from, to) => {
    const isLegal = legal.has(`${from} ${to}`);
    expect(rewardMoves[from].includes(to)).toBe(isLegal);
    const story = new Story(credit);
    const { id } = earned(story);
    for (const state of ways[from]) move(story, id, state);
    const before = structuredClone(story.rewardById(id));
    expect(before.state).toBe(from);
    story.nowMs += 1000;
    move(story, id, to, "because");
    const after = story.rewardById(id);
    if (!isLegal) return expect(after).toEqual(before);
    expect(after.state).toBe(to);
    expect(after.updatedMs).toBe(story.nowMs);
    expect(after.history.slice(0, -1)).toEqual(before.history);
    expect(after.history.at(-1)).toMatchObject({ state: to, success: true, message: "because", atMs: story.nowMs });
    expect(story.who("ann@x.com").rewards.map((own) => own.state)).toEqual([to]);
  });

  test("redeeming notes when, on the reward and on the person's summary", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    for (const state of ways.REDEEMED) move(story, id, state);
    expect(story.rewardById(id).redeemedMs).toBe(story.nowMs);
    expect(story.who("ann@x.com").rewards[0]?.redeemedMs).toBe(story.nowMs);
  });

  test("each move is an event of the person, once, and rules see the new state", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    for (const state of ["FULFILLED", "FULFILLED", "SENT", "EARNED", "REDEEMED", "REVOKED"] as const)
      move(story, id, state);
    const told = story.stepsOf(story.who("ann@x.com")).filter((step) => step.name === "told");
    expect(told.map((step) => dataOf(step)["state"])).toEqual(["EARNED", "FULFILLED", "SENT", "REDEEMED"]);
  });

  test("a move that somebody else decides has the purchase as its root", () => {
    const story = new Story(credit);
    const { id, rootEventId } = earned(story);
    move(story, id, "FULFILLED");
    expect(story.who("ann@x.com").steps.at(-1)).toMatchObject({ name: "told", rootEventId });
  });

  test("a reward of another client cannot be moved", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    const partition = partitionOfReward(id) ?? 0;
    story.receives(partition, {
      kind: "move_reward",
      client: "other",
      rewardId: id,
      to: "CANCELED",
      move: plainMove(null),
    });
    expect(story.rewardById(id).state).toBe("EARNED");
  });

  test("a reward that does not exist is nobody's business", () => {
    const story = new Story(credit);
    move(story, "000000000000000000000001", "CANCELED");
    expect(story.refusals()).toEqual([]);
  });
});

describe("auto-fulfilment", () => {
  const auto = { suppliers: [supplier("CREDIT", { auto_fulfillment_enabled: true })] };

  test("fulfils a custom reward as soon as it is earned, with a row for each", () => {
    const story = new Story(programme([on("bought", { actions: [earn("CREDIT")] })], auto));
    const reward = earned(story);
    expect(reward.state).toBe("FULFILLED");
    expect(reward.history.map((row) => [row.state, row.success])).toEqual([
      ["EARNED", true],
      ["FULFILLED", true],
    ]);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT FULFILLED 25"]);
  });
});

describe("CANCEL_REWARD and REVOKE_REWARD", () => {
  test("cancel a reward that is earned, with a row that says why", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    story.happens("canceled", { ...ANN, why: "sent back" });
    expect(story.rewardById(id).history.at(-1)).toMatchObject({
      state: "CANCELED",
      success: true,
      message: "sent back",
      atMs: story.nowMs,
    });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT CANCELED 25"]);
  });

  test("a second cancellation changes nothing and leaves no row", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    story.happens("canceled", ANN);
    const once = structuredClone(story.rewardById(id));
    story.happens("canceled", ANN);
    expect(story.rewardById(id)).toEqual(once);
  });

  test("what is fulfilled cannot be canceled, but revoked", () => {
    const story = new Story(credit);
    const { id } = earned(story);
    move(story, id, "FULFILLED");
    story.happens("canceled", ANN);
    expect(story.rewardById(id).state).toBe("FULFILLED");
    story.happens("revoked", { ...ANN, why: "fraud" });
    expect(story.rewardById(id)).toMatchObject({ state: "REVOKED" });
    expect(story.rewardById(id).history.at(-1)?.message).toBe("fraud");
  });

  test("what is earned cannot be revoked", () => {
    const story = new Story(credit);
    earned(story);
    story.happens("revoked", ANN);
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
  });

  test("without a reward there is nothing to cancel: the step counts", () => {
    const story = new Story(credit);
    expect(story.happens("canceled", ANN).errorCode).toBeNull();
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["canceled NONE"]);
  });

  test("another person's reward cannot be canceled", () => {
    const byId = on("cancel_this", { actions: [action("CANCEL_REWARD", { reward_id: fromEvent("reward_id") })] });
    const story = new Story(
      programme([on("bought", { actions: [earn("CREDIT")] }), byId], { suppliers: [supplier("CREDIT")] }),
    );
    const { id } = earned(story);
    story.happens("cancel_this", { email: "bob@x.com", reward_id: id });
    expect(story.rewardById(id).state).toBe("EARNED");
    story.happens("cancel_this", { ...ANN, reward_id: id });
    expect(story.rewardById(id).state).toBe("CANCELED");
  });
});

test("a LOW step earns nothing where the reward is for HIGH", () => {
  const isBig = condition("QUALITY", 'Number(context.getCauseEvent().getData()["amount"]) >= 10');
  const story = new Story(
    programme([on("bought", { triggers: [isBig], actions: [earn("CREDIT", { quality: "HIGH" })] })], {
      suppliers: [supplier("CREDIT")],
    }),
  );
  story.happens("bought", { ...ANN, amount: "9" });
  expect(story.who("ann@x.com").rewards).toEqual([]);
  story.happens("bought", { ...ANN, amount: "10" });
  expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
});
