// Any order of verbs of the API, outcomes of providers, codes, limits, time and more events leaves each reward in a legal state, with a history that
// explains it: each row follows from the one before by a move that the table has, and persons, counts and indexes say the same as the reward.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { encodeOutcomes } from "../../src/engine/outcome.ts";
import { type AttemptResult, type Job, jobKey } from "../../src/model/job.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove, type Reward, rewardMoves, type RewardState, rewardVerbs } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { randomOf } from "../simulation/simulation.ts";
import { isSoak } from "../support/profile.ts";
import { CLIENT, coupons, earn, on, programme, Story, supplier } from "../support/story.ts";

const seeds = isSoak ? 5_000 : 15;
const only = process.env["LAUREL_SEED"];
const STEPS = 120;
const PEOPLE = 4;

const suppliers: readonly SupplierDocument[] = [
  supplier("PLAIN"),
  supplier("AUTO", { auto_fulfillment_enabled: true, limit_per_hour: 3, budget: { count: 9, value: null } }),
  supplier("WATCHED", {
    missing_fulfillment_alert_enabled: true,
    missing_fulfillment_auto_fail_enabled: true,
    reward_expires_at: "javascript@runtime:'P20D'",
  }),
  { ...coupons("COUPON", ["C-1", "C-2", "C-3"]), limit_per_day: 2 },
  supplier("CARD", { reward_supplier_type: "TANGO_V2", account_id: "A", utid: "U" }),
  supplier("POINTS", { type: "LOYALTY_POINTS", face_value_type: "POINTS", negative_points_allowed: true }),
];

function play(seed: number): Story {
  const random = randomOf(seed);
  const steps = suppliers.map(({ id }) => on(`won_${id}`, { actions: [earn(id)] }));
  const story = new Story(programme(steps, { suppliers: [...suppliers] }));
  for (let n = 0; n < STEPS; n++) {
    const email = `p${random(PEOPLE)}@x.com`;
    const roll = random(10);
    if (roll < 4) story.arrives(`won_${suppliers[random(suppliers.length)]?.id ?? ""}`, { email });
    else if (roll < 7) asks(story, random, email);
    else if (roll < 8) ends(story, random);
    else if (roll < 9) story.passes(random(2) === 0 ? random(7_200_000) : random(15) * 86_400_000);
    // What was sent meanwhile is applied in an order of its own.
    if (random(3) === 0) story.settle((ready) => ready[random(ready.length)] ?? 0);
  }
  story.settle();
  return story;
}

function asks(story: Story, random: (below: number) => number, email: string): void {
  const rewards = story.personBy(email)?.rewards ?? [];
  const reward = rewards[random(Math.max(1, rewards.length))];
  const verb = rewardVerbs[random(rewardVerbs.length)];
  if (reward === undefined || verb === undefined) return;
  const order = { ...plainMove(null), success: random(4) > 0 };
  story.asks({ kind: "move_reward", client: CLIENT, rewardId: reward.id, verb, order });
}

const outcomes: readonly AttemptResult[] = [
  { kind: "done", value: { partner_reward_id: "T-1", sent_to: "a@x.com" } },
  { kind: "answered", status: 422, body: "no", retryAfterMs: null },
  { kind: "unknown", reason: "no answer" },
  { kind: "not_sent", reason: "away", isFinal: true },
];

function ends(story: Story, random: (below: number) => number): void {
  story.settle();
  const everything = { prefix: "", after: null, limit: 10_000, isReverse: false };
  story.contexts.forEach(({ state }, partition) => {
    const jobs: Job[] = state.list("job", everything).map(({ value }) => value);
    const ready = jobs.filter(({ status, place }) => status === "WAITING" && place !== null);
    const job = ready[random(Math.max(1, ready.length))];
    const result = outcomes[random(outcomes.length)];
    if (job === undefined || result === undefined) return;
    const payload = encodeOutcomes([{ jobKey: jobKey(job), attempt: job.attempts, tookMs: 1, result }]);
    story.append(partition, {
      kind: recordKinds.outcome,
      flags: 0,
      timeMs: ++story.nowMs,
      idHigh: 0,
      idLow: 0,
      payload,
    });
  });
}

/** Replays the rows. */
function explained(reward: Reward, where: string): RewardState {
  const [first, ...rest] = reward.history;
  expect(first, where).toMatchObject({ state: "EARNED", success: true });
  let state: RewardState = "EARNED";
  for (const row of rest) {
    const isRetry = row.state === "EARNED" && state === "EARNED";
    const isLegal = rewardMoves[state].includes(row.state) || isRetry;
    expect(isLegal, `${where}: ${state} to ${row.state}`).toBe(true);
    if (row.success) state = row.state;
  }
  return state;
}

test(`histories explain rewards, and everybody says the same: ${seeds} seeds`, {
  timeout: 60_000 + seeds * 2_000,
}, () => {
  const all = only === undefined ? Array.from({ length: seeds }, (_, seed) => seed) : [Number(only)];
  const reached = new Set<string>();
  for (const seed of all) {
    const story = play(seed);
    const where = `seed ${seed}`;
    const everything = { prefix: "", after: null, limit: 10_000, isReverse: false };
    const rewards = story.contexts.flatMap(({ state }) => state.list("reward", everything).map(({ value }) => value));
    const summaries = new Map<string, RewardState>();
    for (let n = 0; n < PEOPLE; n++)
      for (const own of story.personBy(`p${n}@x.com`)?.rewards ?? []) summaries.set(own.id, own.state);
    const codes = rewards.flatMap(({ supplierId, partnerRewardId }) =>
      supplierId === "COUPON" ? (partnerRewardId ?? []) : [],
    );
    expect(new Set(codes).size, `${where}: a code went out twice`).toBe(codes.length);
    expect(summaries.size, `${where}: persons have what there is`).toBe(rewards.length);
    for (const reward of rewards) {
      const at = `${where}, reward ${reward.id} of ${reward.supplierId}`;
      expect(explained(reward, at), at).toBe(reward.state);
      expect(summaries.get(reward.id), at).toBe(reward.state);
      reached.add(`${reward.supplierId} ${reward.state}`);
    }
    const granted = rewards.filter(({ supplierId, state }) => supplierId === "AUTO" && state !== "CANCELED");
    expect(granted.length, where).toBeLessThanOrEqual(9);
  }
  // The game goes far enough to mean something.
  if (only === undefined) expect(reached.size).toBeGreaterThan(25);
});
