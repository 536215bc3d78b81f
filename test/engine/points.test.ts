// Points: what rewards come to, what is spent, taken back and owed, and what a merge makes of it.

import { describe, expect, test } from "vitest";
import { balanceOf, POINT_PARTS, type PointsAccount } from "../../src/model/points.ts";
import { plainMove, type RewardVerb } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import {
  action,
  CLIENT,
  condition,
  earn,
  emailsByPartition,
  fromEvent,
  on,
  onReward,
  programme,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = "ann@x.com";
const cashBack = { face_value_algorithm_type: "CASH_BACK", cash_back_percentage: 1 } as const;

function open(more: Partial<SupplierDocument> = {}): Story {
  const points = { ...cashBack, type: "LOYALTY_POINTS", face_value_type: "POINTS", ...more } as const;
  const value = { value_of_event_being_rewarded: fromEvent("value") };
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const steps = [
    on("bought", { actions: [earn("POINTS", value)] }),
    on("credited", { actions: [earn("CREDIT", value)] }),
    on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
    on("asked", { triggers: [condition("QUALIFYING", 'context.getPerson().getPoints("POINTS") >= 100')] }),
    onReward("told", ["EARNED"], {
      data: [{ name: "balance", value: 'javascript@runtime:context.getPerson().getPoints("POINTS")' }],
    }),
  ];
  return new Story(programme(steps, { suppliers: [supplier("POINTS", points), supplier("CREDIT", cashBack)] }));
}

function buys(story: Story, value: string, email = ANN): string {
  story.happens("bought", { email, value });
  return story.who(email).rewards.at(-1)?.id ?? "";
}

function verb(story: Story, rewardId: string, name: RewardVerb): void {
  const order = plainMove(null);
  expect(story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: name, order }).errorCode).toBeNull();
}

function spends(story: Story, amount: number, email = ANN): string | null {
  const change = { kind: "spend_points", type: "POINTS", amount, partnerEventId: "order-9", message: null } as const;
  return story.commands({ kind: "change_person", client: CLIENT, personId: story.who(email).id, change }).errorCode;
}

function account(story: Story, email = ANN): PointsAccount {
  const found = story.who(email).points?.accounts["POINTS"];
  if (found === undefined) throw new Error(`${email} has no points`);
  const left = found.lots.reduce((sum, lot) => sum + lot.left, 0);
  // P1.
  expect(balanceOf(found)).toBe(left - found.owed);
  return found;
}

const balance = (story: Story, email = ANN): number => balanceOf(account(story, email)) / POINT_PARTS;

test("each move of a reward is a row that names it and its cause; rewards that are no points are none", () => {
  const story = open();
  const first = buys(story, "120.10");
  const second = buys(story, "0.20");
  story.happens("credited", { email: ANN, value: "50" });
  expect(balance(story)).toBe(120.3);
  verb(story, first, "cancel");
  verb(story, second, "expire");
  const rows = story.who(ANN).points?.rows ?? [];
  expect(rows.map(({ kind, amount, balance: after, rewardId }) => [kind, amount, after, rewardId])).toEqual([
    ["EARNED", 12_010, 12_010, first],
    ["EARNED", 20, 12_030, second],
    ["REVERSED", 12_010, 20, first],
    ["EXPIRED", 20, 0, second],
  ]);
  for (const { causeEventId } of rows) expect(causeEventId).toMatch(/^\d{19}$/);
  expect(account(story)).toMatchObject({ earned: 12_030, reversed: 12_010, expired: 20, spent: 0, lots: [] });
});

test.each(["fulfil", "fulfil_and_send"] as const)("%s changes nothing, redeemed points are spent", (name) => {
  const story = open();
  const id = buys(story, "10");
  verb(story, id, name);
  expect(balance(story)).toBe(10);
  verb(story, id, "redeem");
  expect(account(story)).toMatchObject({ earned: 1000, spent: 1000, lots: [] });
});

test("a reward that failed and is tried again is reversed and earned again", () => {
  const story = open();
  const id = buys(story, "10");
  for (const name of ["fail", "retry"] as const) verb(story, id, name);
  expect(account(story)).toMatchObject({ earned: 2000, reversed: 1000, lots: [{ rewardId: id, left: 1000 }] });
});

describe("spending", () => {
  test("takes from the oldest first, and no more than there is", () => {
    const story = open();
    buys(story, "100");
    buys(story, "50");
    expect(spends(story, 151)).toBe("points_balance_insufficient");
    expect(spends(story, 120)).toBeNull();
    expect(account(story).lots.map(({ left }) => left)).toEqual([0, 3000]);
    expect(story.who(ANN).points?.rows.at(-1)).toMatchObject({
      kind: "SPENT",
      amount: 12_000,
      partnerEventId: "order-9",
    });
    expect(spends(story, 31)).toBe("points_balance_insufficient");
    expect(spends(story, 30)).toBeNull();
    expect(balance(story)).toBe(0);
  });

  test("leaves what is not spent to be taken back; a balance is never below zero", () => {
    const story = open();
    const first = buys(story, "100");
    const second = buys(story, "50");
    spends(story, 120);
    verb(story, first, "cancel");
    expect(balance(story)).toBe(30);
    verb(story, second, "cancel");
    expect(account(story)).toMatchObject({ earned: 15_000, spent: 12_000, reversed: 3000, owed: 0 });
  });

  test("is owed where the supplier allows it, and paid by what comes next", () => {
    const story = open({ negative_points_allowed: true });
    const first = buys(story, "100");
    spends(story, 80);
    verb(story, first, "cancel");
    expect(balance(story)).toBe(-80);
    expect(spends(story, 1)).toBe("points_balance_insufficient");
    const second = buys(story, "50");
    expect(balance(story)).toBe(-30);
    buys(story, "40");
    expect(balance(story)).toBe(10);
    verb(story, second, "expire");
    expect(balance(story)).toBe(10);
  });
});

test("rules see the balance, also while the reward tells them of itself", () => {
  const story = open();
  story.happens("asked", { email: ANN });
  buys(story, "99.99");
  story.happens("asked", { email: ANN });
  buys(story, "0.01");
  story.happens("asked", { email: ANN });
  const { steps } = story.who(ANN);
  expect(steps.filter(({ name }) => name === "asked")).toHaveLength(1);
  expect(steps.filter(({ name }) => name === "told").map(({ data }) => data[0]?.value)).toEqual([99.99, 100]);
});

test("a merge takes points along, and moves of rewards find them", () => {
  const story = open();
  const [from = "", to = ""] = emailsByPartition();
  const own = buys(story, "10", to);
  const brought = buys(story, "25", from);
  expect(spends(story, 5, from)).toBeNull();
  const before = story.who(from);
  expect(story.forward(before, story.who(to))).toBeNull();
  expect(balance(story, to)).toBe(30);
  verb(story, brought, "cancel");
  verb(story, own, "fulfil");
  expect(balance(story, to)).toBe(10);
  expect(account(story, to)).toMatchObject({ earned: 3500, spent: 500, reversed: 2000 });
  expect(story.who(to).points?.rows.map(({ kind }) => kind)).toEqual(["EARNED", "EARNED", "SPENT", "REVERSED"]);
});

test("after a merge as before, the oldest are spent first, whoever earned them", () => {
  const story = open();
  const emails = ["old@x.com", "new@x.com"] as const;
  const [old, , newer] = [buys(story, "10", emails[0]), story.passes(1000), buys(story, "5", emails[1])];
  expect(story.forward(story.who(emails[0]), story.who(emails[1]))).toBeNull();
  expect(spends(story, 8, emails[1])).toBeNull();
  expect(account(story, emails[1]).lots).toEqual([
    { rewardId: old, left: 2 * POINT_PARTS },
    { rewardId: newer, left: 5 * POINT_PARTS },
  ]);
});

test("a move that overtakes the merge is booked once", () => {
  const story = open();
  const [from = "", to = ""] = emailsByPartition();
  buys(story, "10", to);
  const brought = buys(story, "25", from);
  const persons = [story.who(from), story.who(to)] as const;
  story.asks({ kind: "forward_person", client: CLIENT, personId: persons[0].id, toPersonId: persons[1].id });
  story.asks({ kind: "move_reward", client: CLIENT, rewardId: brought, verb: "cancel", order: plainMove(null) });
  story.settle((ready) => ready.at(-1) ?? 0);
  expect(balance(story, to)).toBe(10);
  expect(account(story, to)).toMatchObject({ earned: 3500, reversed: 2500 });
});

test("a reward that waits for a budget is no points before it is granted", () => {
  const story = open({ budget: { count: 1, value: null } });
  buys(story, "10", "a@x.com");
  for (const email of emailsByPartition()) buys(story, "10", email);
  const people = ["a@x.com", ...emailsByPartition()];
  const having = people.filter((email) => story.who(email).points !== null);
  expect(having).toEqual(["a@x.com"]);
  expect(balance(story, "a@x.com")).toBe(10);
});
