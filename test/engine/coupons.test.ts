// Coupon pools: one code to one reward, under any concurrency.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { partitionOfReward } from "../../src/base/ids.ts";
import { plainMove } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { action, CLIENT, coupons, dataOf, earn, on, onReward, PARTITIONS, programme, Story } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const said = { reason: null, expiresMs: null, atMs: 0 };
const POOL = partitionOf(CLIENT, "pool/COUPON", PARTITIONS);

function shop(...codes: string[]): Story {
  return shopOf(coupons("COUPON", codes));
}

function shopOf(supplier: SupplierDocument): Story {
  return new Story(
    programme(
      [
        on("bought", { actions: [earn("COUPON")] }),
        on("canceled", {
          actions: [
            action("CANCEL_REWARD", {
              reward_id: "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()",
            }),
          ],
        }),
        onReward("got_code", ["FULFILLED"], {
          data: [
            { name: "code", value: "javascript@runtime:context.getPerson().getRewards()[0].getPartnerRewardId()" },
          ],
        }),
      ],
      { suppliers: [supplier, coupons("OTHER", ["O-1"])] },
    ),
  );
}

function codesOf(story: Story, ...emails: string[]): (string | null)[] {
  return emails.flatMap((email) => story.who(email).rewards.map((own) => own.partnerRewardId));
}

test("a coupon reward is fulfilled with the pool's first code", () => {
  const story = shop("C-1", "C-2");
  story.happens("bought", ANN);
  const reward = story.onlyReward(story.who("ann@x.com"));
  expect(reward).toMatchObject({
    state: "FULFILLED",
    partnerRewardId: "C-1",
    partnerRewardKeyType: "COUPON",
    faceValue: 10,
    faceValueType: "PERCENT_OFF",
    isFulfilFailed: false,
  });
  expect(reward.history.map(({ state, success }) => [state, success])).toEqual([
    ["EARNED", true],
    ["FULFILLED", true],
  ]);
  expect(story.who("ann@x.com").rewards).toMatchObject([{ state: "FULFILLED", partnerRewardId: "C-1" }]);
});

test("a code that a file has twice is one code", () => {
  const story = shop("C-1", "C-1", "C-2");
  for (const email of ["ann@x.com", "bob@x.com", "cas@x.com"]) story.happens("bought", { email });
  expect(codesOf(story, "ann@x.com", "bob@x.com", "cas@x.com")).toEqual(["C-1", "C-2", null]);
});

test("codes are handed out in the pool's order, each once", () => {
  const story = shop("C-3", "C-1", "C-2");
  for (const email of ["a@x.com", "b@x.com", "c@x.com"]) story.happens("bought", { email });
  expect(codesOf(story, "a@x.com", "b@x.com", "c@x.com")).toEqual(["C-3", "C-1", "C-2"]);
});

test("rules that wait for the code see it", () => {
  const story = shop("C-1");
  story.happens("bought", ANN);
  expect(dataOf(story.who("ann@x.com").steps.at(-1))).toEqual({ code: "C-1" });
});

test.each([0, 1, 2, 3])("many at once: no code twice, none lost (partition %i is quickest)", (quick) => {
  const codes = Array.from({ length: 20 }, (_, n) => `C-${n}`);
  const story = shop(...codes);
  const people = codes.map((_, n) => `p${n}@x.com`);
  for (const email of people) story.arrives("bought", { email });
  story.settle((ready) => (ready.includes(quick) ? quick : (ready.at(-1) ?? 0)));
  const given = codesOf(story, ...people);
  expect(given).toHaveLength(codes.length);
  expect(new Set(given)).toEqual(new Set(codes));
});

describe("an empty pool", () => {
  test("leaves the reward earned, with a row for the attempt that failed", () => {
    const story = shop("C-1");
    for (const email of ["ann@x.com", "bob@x.com"]) story.happens("bought", { email });
    const reward = story.onlyReward(story.who("bob@x.com"));
    expect(reward).toMatchObject({ state: "EARNED", partnerRewardId: null, isFulfilFailed: true });
    expect(reward.history).toMatchObject([
      { state: "EARNED", success: true },
      { state: "FULFILLED", success: false, message: "the coupon pool is empty" },
    ]);
    expect(story.who("bob@x.com").rewards).toMatchObject([{ state: "EARNED", isFulfilFailed: true }]);
    expect(story.onlyReward(story.who("ann@x.com")).state).toBe("FULFILLED");
  });

  test("tells no rule that a code has come", () => {
    const story = shop();
    story.happens("bought", ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE"]);
  });

  test("of n codes and more buyers, exactly n get one", () => {
    const story = shop("C-1", "C-2", "C-3");
    const people = Array.from({ length: 10 }, (_, n) => `p${n}@x.com`);
    for (const email of people) story.arrives("bought", { email });
    story.settle((ready) => ready.at(-1) ?? 0);
    const states = people.map((email) => story.onlyReward(story.who(email)).state);
    expect(states.filter((state) => state === "FULFILLED")).toHaveLength(3);
    expect(states.filter((state) => state === "EARNED")).toHaveLength(7);
  });

  test("the reward can still be canceled, and no longer counts as being fulfilled", () => {
    const story = shop();
    story.happens("bought", ANN);
    story.happens("canceled", ANN);
    expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ state: "CANCELED", isFulfilFailed: false });
  });

  test("one supplier's codes are not another's", () => {
    const story = shop();
    story.happens("bought", ANN);
    expect(codesOf(story, "ann@x.com")).toEqual([null]);
  });
});

describe("asking again", () => {
  test("the same reward gets the same code, and the pool loses none", () => {
    const story = shop("C-1", "C-2");
    story.happens("bought", ANN);
    const { id, history } = story.onlyReward(story.who("ann@x.com"));
    const rows = history.length;
    for (let i = 0; i < 3; i++) {
      story.receives(POOL, { kind: "allocate_coupon", client: CLIENT, supplierId: "COUPON", rewardId: id });
    }
    expect(story.rewardById(id)).toMatchObject({ partnerRewardId: "C-1", state: "FULFILLED" });
    expect(story.rewardById(id).history).toHaveLength(rows);
    story.happens("bought", { email: "bob@x.com" });
    expect(codesOf(story, "bob@x.com")).toEqual(["C-2"]);
  });

  test("a code that arrives twice fulfils once", () => {
    const story = shop("C-1");
    story.happens("bought", ANN);
    const { id } = story.onlyReward(story.who("ann@x.com"));
    const home = partitionOfReward(id) ?? 0;
    story.receives(home, { kind: "coupon_allocated", client: CLIENT, rewardId: id, code: "C-1", ...said });
    story.receives(home, { kind: "coupon_allocated", client: CLIENT, rewardId: id, code: null, ...said });
    expect(story.rewardById(id)).toMatchObject({ state: "FULFILLED", isFulfilFailed: false });
    expect(story.rewardById(id).history).toHaveLength(2);
  });

  test("a code for a reward that was canceled meanwhile is not given out", () => {
    const story = shop("C-1");
    story.arrives("bought", ANN);
    story.arrives("canceled", ANN);
    story.settle((ready) => ready.find((partition) => partition !== POOL) ?? POOL);
    const { id, state } = story.onlyReward(story.who("ann@x.com"));
    story.receives(partitionOfReward(id) ?? 0, {
      kind: "coupon_allocated",
      client: CLIENT,
      rewardId: id,
      code: "C-1",
      ...said,
    });
    expect(state).toBe("CANCELED");
    expect(story.rewardById(id)).toMatchObject({ state: "CANCELED", partnerRewardId: null });
  });
});

describe("a code that its reward no longer wants", () => {
  /** Ann's reward is canceled while her code is on its way; Bob is late. */
  function canceledOnTheWay(...codes: string[]): Story {
    const story = shop(...codes);
    story.arrives("bought", ANN);
    story.arrives("canceled", ANN);
    story.settle((ready) => ready.find((partition) => partition !== POOL) ?? POOL);
    expect(story.onlyReward(story.who("ann@x.com"))).toMatchObject({ state: "CANCELED", partnerRewardId: null });
    return story;
  }

  test("is the next one's", () => {
    const story = canceledOnTheWay("C-1", "C-2");
    for (const email of ["bob@x.com", "cas@x.com"]) story.happens("bought", { email });
    expect(codesOf(story, "bob@x.com", "cas@x.com")).toEqual(["C-1", "C-2"]);
  });

  test("counts for no limit of the supplier's", () => {
    const story = shopOf({ ...coupons("COUPON", ["C-1", "C-2"]), limit_per_hour: 1 });
    story.nowMs = Date.UTC(2026, 4, 2);
    story.arrives("bought", ANN);
    story.arrives("canceled", ANN);
    story.settle((ready) => ready.find((partition) => partition !== POOL) ?? POOL);
    for (const email of ["bob@x.com", "cas@x.com"]) story.happens("bought", { email });
    expect(codesOf(story, "bob@x.com", "cas@x.com")).toEqual(["C-1", null]);
  });

  test("comes back once, however often it is said", () => {
    const story = canceledOnTheWay("C-1");
    const rewardId = story.onlyReward(story.who("ann@x.com")).id;
    const back = {
      kind: "return_coupon",
      client: CLIENT,
      supplierId: "COUPON",
      rewardId,
      code: "C-1",
      atMs: 0,
    } as const;
    for (let i = 0; i < 2; i++) story.receives(POOL, back);
    story.happens("bought", { email: "bob@x.com" });
    for (let i = 0; i < 2; i++) story.receives(POOL, back);
    story.happens("bought", { email: "cas@x.com" });
    expect(codesOf(story, "bob@x.com", "cas@x.com")).toEqual(["C-1", null]);
  });

  test("stays away when it fulfilled the reward once, though that is revoked", () => {
    const story = shop("C-1");
    story.happens("bought", ANN);
    const { id } = story.onlyReward(story.who("ann@x.com"));
    const home = partitionOfReward(id) ?? 0;
    story.receives(home, { kind: "move_reward", client: CLIENT, rewardId: id, to: "REVOKED", move: plainMove(null) });
    story.receives(home, { kind: "coupon_allocated", client: CLIENT, rewardId: id, code: "C-1", ...said });
    story.happens("bought", { email: "bob@x.com" });
    expect(story.rewardById(id).state).toBe("REVOKED");
    expect(codesOf(story, "bob@x.com")).toEqual([null]);
  });
});
