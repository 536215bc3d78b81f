// Rewards moved by the API: what the table allows, what it refuses, retries, expiry by time, and the counts of all that.

import { describe, expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import { nextDueMs, type RewardFilter } from "../../src/engine/mod.ts";
import type { CountFilter } from "../../src/engine/rewards/reward_counts.ts";
import { noDelivery, plainMove, type Reward, type RewardVerb } from "../../src/model/reward.ts";
import { CLIENT, coupons, earn, on, onReward, type Outcome, programme, Story, supplier } from "../support/story.ts";

const DAY_MS = 86_400_000;

function open(): Story {
  const suppliers = [
    supplier("CREDIT"),
    supplier("AUTO", { auto_fulfillment_enabled: true }),
    coupons("COUPON", []),
    supplier("OWN", { state_transitions: { FULFILLED: ["REVOKED"], FAILED: ["CANCELED"] } }),
  ];
  const steps = [
    on("bought", { actions: [earn("CREDIT")] }),
    on("won", { actions: [earn("AUTO")] }),
    on("asked", { actions: [earn("COUPON")] }),
    on("gained", { actions: [earn("OWN")] }),
    onReward("told", ["EXPIRED", "FAILED"]),
  ];
  return new Story(programme(steps, { suppliers }));
}

function earned(story: Story, event = "bought"): Reward {
  story.happens(event, { email: "ann@example.com" });
  return story.onlyReward(story.who("ann@example.com"));
}

function move(story: Story, { id: rewardId }: Reward, verb: RewardVerb, success = true): Outcome {
  const delivery = { ...noDelivery, email: "a@b.c" };
  const order = { ...plainMove("said"), success, partnerRewardId: "p-1", delivery };
  return story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb, order });
}

test.each([
  [["cancel"], "CANCELED"],
  [["expire"], "EXPIRED"],
  [["fail"], "FAILED"],
  [["fail", "retry"], "EARNED"],
  [["fulfil"], "FULFILLED"],
  [["fulfil", "send"], "SENT"],
  [["fulfil_and_send"], "SENT"],
  [["fulfil_and_send", "redeem"], "REDEEMED"],
  [["fulfil", "revoke"], "REVOKED"],
] as const)("%j leads to %s, and the person knows", (verbs, state) => {
  const story = open();
  const reward = earned(story);
  for (const verb of verbs) expect(move(story, reward, verb).errorCode).toBeNull();
  expect(story.rewardById(reward.id).state).toBe(state);
  expect(story.who("ann@example.com").rewards).toMatchObject([{ state }]);
});

test.each([
  [["cancel"], "cancel", "reward_illegal_state_transition"],
  [["fulfil"], "cancel", "reward_illegal_state_transition"],
  [[], "revoke", "reward_illegal_state_transition"],
  [[], "retry", "reward_in_not_retryable_state"],
  [["fulfil"], "retry", "reward_in_not_retryable_state"],
  [["fulfil_and_send", "redeem"], "retry", "retry_claimed_reward_not_allowed"],
] as const)("after %j, %s is refused with %s and leaves no row", (before, verb, code) => {
  const story = open();
  const reward = earned(story);
  for (const each of before) move(story, reward, each);
  const { history } = story.rewardById(reward.id);
  const rows = history.length;
  expect(move(story, reward, verb).errorCode).toBe(code);
  expect(story.rewardById(reward.id).history).toHaveLength(rows);
});

test("a failed attempt leaves the state and can be retried; what hands out by itself tries again at once", () => {
  const story = open();
  const reward = earned(story);
  move(story, reward, "fulfil", false);
  expect(story.rewardById(reward.id)).toMatchObject({ state: "EARNED", isFulfilFailed: true });
  expect(move(story, reward, "retry").errorCode).toBeNull();
  expect(story.rewardById(reward.id)).toMatchObject({ state: "EARNED", isFulfilFailed: false });
});

test.each([
  [[], "fulfil_and_send", "reward_illegal_state_transition"],
  [["fulfil"], "send", "reward_illegal_state_transition"],
  [["fail"], "retry", "reward_in_not_retryable_state"],
] as const)("after %j, %s is refused where the supplier allows no such move", (before, verb, code) => {
  const story = open();
  const reward = earned(story, "gained");
  for (const each of before) expect(move(story, reward, each).errorCode).toBeNull();
  const { state, history } = structuredClone(story.rewardById(reward.id));
  expect(move(story, reward, verb).errorCode).toBe(code);
  expect(story.rewardById(reward.id)).toMatchObject({ state, history });
});

test("verbs of custom rewards are not for coupons; another client's reward is not there", () => {
  const story = open();
  const coupon = earned(story, "asked");
  expect(move(story, coupon, "fulfil").errorCode).toBe("reward_type_not_supported");
  const order = plainMove(null);
  const stranger = { kind: "move_reward", client: "rival", rewardId: coupon.id, verb: "cancel", order } as const;
  expect(story.commands(stranger).errorCode).toBe("reward_not_found");
});

describe("expiry", () => {
  const expires = (story: Story, { id: rewardId }: Reward, expiresMs: number): Outcome =>
    story.commands({ kind: "change_reward", client: CLIENT, rewardId, container: null, expiresMs });

  test("comes at its time, once, and rules hear of it", () => {
    const story = open();
    const reward = earned(story);
    expect(expires(story, reward, story.nowMs + DAY_MS).errorCode).toBeNull();
    story.passes(DAY_MS - 10);
    expect(story.rewardById(reward.id).state).toBe("EARNED");
    story.passes(20);
    story.passes(DAY_MS);
    expect(story.rewardById(reward.id)).toMatchObject({ state: "EXPIRED" });
    expect(story.rewardById(reward.id).history.filter(({ state }) => state === "EXPIRED")).toHaveLength(1);
    expect(story.stepNames(story.who("ann@example.com")).join()).toContain("told");
  });

  test("that was put off comes at the later time; a redeemed reward has none", () => {
    const story = open();
    const reward = earned(story);
    expires(story, reward, story.nowMs + DAY_MS);
    expires(story, reward, story.nowMs + 3 * DAY_MS);
    story.passes(2 * DAY_MS);
    expect(story.rewardById(reward.id).state).toBe("EARNED");
    move(story, reward, "fulfil_and_send");
    move(story, reward, "redeem");
    story.passes(2 * DAY_MS);
    expect(story.rewardById(reward.id).state).toBe("REDEEMED");
    expect(expires(story, reward, story.nowMs + DAY_MS).errorCode).toBe("reward_illegal_state_transition");
  });

  test("that passed while a reward was failed comes with the retry, and nothing is handed out", () => {
    const story = open();
    const reward = earned(story, "asked");
    expires(story, reward, story.nowMs + DAY_MS);
    Object.assign(story.contexts[partitionOfReward(reward.id) ?? 0]?.state.edit("reward", reward.id) ?? {}, {
      state: "FAILED",
      attemptMs: null,
    });
    story.passes(DAY_MS);
    expect(story.rewardById(reward.id).state).toBe("FAILED");
    const rows = story.rewardById(reward.id).history.length;
    expect(move(story, reward, "retry").errorCode).toBeNull();
    story.passes(1);
    const { state, history } = story.rewardById(reward.id);
    expect(state).toBe("EXPIRED");
    expect(history.slice(rows).map((row) => row.state)).toEqual(["EARNED", "EXPIRED"]);
  });

  test.each(["0000-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"])("at %s is over", (date) => {
    const story = open();
    const reward = earned(story);
    expires(story, reward, Date.parse(date));
    expect(story.contexts.map(({ state }) => nextDueMs(state)).filter((dueMs) => dueMs !== null)).toEqual([0]);
    story.passes(1);
    expect(story.rewardById(reward.id).state).toBe("EXPIRED");
    expect(story.contexts.map(({ state }) => nextDueMs(state)).every((dueMs) => dueMs === null)).toBe(true);
  });

  test.each(["0000-01-01T00:00:00Z", "1969-07-20T20:17:00Z"])("at %s, kept by an earlier version, is over", (date) => {
    const story = open();
    const reward = earned(story);
    const expiresMs = Date.parse(date);
    const state = story.contexts[partitionOfReward(reward.id) ?? 0]?.state;
    const timer = { client: CLIENT, rewardId: reward.id, due: "expires", dueMs: expiresMs } as const;
    state?.put("timer", `${expiresMs.toString().padStart(15, "0")}/${reward.id}/expires`, timer);
    Object.assign(state?.edit("reward", reward.id) ?? {}, { expiresMs });
    expect(state === undefined ? null : nextDueMs(state)).toBe(0);
    story.passes(1);
    expect(story.rewardById(reward.id).state).toBe("EXPIRED");
  });
});

test("every row of history is counted, in its quarter of an hour and its day alike", () => {
  const story = open();
  const reward = earned(story);
  move(story, reward, "fulfil", false);
  move(story, reward, "fulfil");
  const partition = partitionOfReward(reward.id) ?? 0;
  const dayMs = Math.floor(story.nowMs / DAY_MS) * DAY_MS;
  const hourMs = 3_600_000;
  const filter: CountFilter = { successOnly: false, supplierIds: [], supplierTypes: [] };
  const periods = [
    { fromMs: dayMs, toMs: dayMs + DAY_MS },
    { fromMs: dayMs - 5 * hourMs, toMs: dayMs + 19 * hourMs },
    { fromMs: dayMs - 3 * DAY_MS - hourMs, toMs: dayMs + 2 * DAY_MS + hourMs },
    { fromMs: dayMs - DAY_MS, toMs: dayMs },
  ];
  const count = (more: Partial<CountFilter>): unknown =>
    story.query(partition, { kind: "reward_counts", client: CLIENT, periods, filter: { ...filter, ...more } });
  const all = { EARNED: 1, FULFILLED: 2 };
  expect(count({})).toEqual({ kind: "reward_counts", counts: [all, all, all, {}] });
  const successful = { EARNED: 1, FULFILLED: 1 };
  expect(count({ successOnly: true })).toMatchObject({ counts: [successful, successful, successful, {}] });
  expect(count({ supplierTypes: ["MANUAL_COUPON"] })).toMatchObject({ counts: [{}, {}, {}, {}] });
});

test("a reward is found by every value that it has now, and by none that it had", () => {
  const story = open();
  const reward = earned(story);
  const partition = partitionOfReward(reward.id) ?? 0;
  const found = (filter: RewardFilter): number => {
    const form = "rewards" as const;
    const page = { client: CLIENT, filter, beforeMs: null, beforePlace: null, limit: 10, lookedMax: 10, form };
    const answer = story.query(partition, { kind: "rewards_by_time", ...page });
    return answer.kind === "rewards_by_time" ? answer.rewards.length : -1;
  };
  const states = ["EARNED", "FULFILLED", "FULFILL_FAILED"];
  const places = (): number[] => states.map((state) => found({ states: [state] }));
  expect(places()).toEqual([1, 0, 0]);
  move(story, reward, "fulfil", false);
  expect(places()).toEqual([1, 0, 1]);
  move(story, reward, "fulfil");
  expect(places()).toEqual([0, 1, 0]);
  expect(found({ partnerIds: ["p-1"] })).toBe(1);
  expect(found({ partnerIds: ["p"] })).toBe(0);
  expect(found({ roots: [reward.rootEventId] })).toBe(1);
  expect(found({ suppliers: ["CREDIT"] })).toBe(1);
  expect(found({ actions: [reward.actionId] })).toBe(1);
});
