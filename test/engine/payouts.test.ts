// Rewards that a provider hands out: one order at a time, under the reward's id, and what its outcomes make of the reward.

import { expect, test } from "vitest";
import { encodeOutcomes } from "../../src/engine/outcome.ts";
import { type AttemptResult, type Job, jobKey } from "../../src/model/job.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove, type RewardVerb } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { CLIENT, earn, on, programme, Story, supplier } from "../support/story.ts";

const ANN = "ann@x.com";
const HOUR_MS = 3_600_000;
const paid: AttemptResult = { kind: "done", value: { partner_reward_id: "T-1", sent_to: ANN } };
const refused: AttemptResult = { kind: "answered", status: 422, body: "no funds", retryAfterMs: null };
const unknown: AttemptResult = { kind: "unknown", reason: "no answer" };

function open(more: Partial<SupplierDocument> = {}): Story {
  const card = { reward_supplier_type: "TANGO_V2", account_id: "A-1", utid: "U-1", ...more } as const;
  return new Story(programme([on("won", { actions: [earn("CARD")] })], { suppliers: [supplier("CARD", card)] }), 1);
}

function jobs(story: Story, email = ANN): readonly Job[] {
  const answer = story.query(0, { kind: "jobs", client: CLIENT, personId: story.who(email).id });
  return answer.kind === "jobs" ? answer.jobs : [];
}

const waiting = (story: Story): Job | undefined => jobs(story).find(({ status }) => status === "WAITING");

/** What came of the attempt that is due now. */
function ends(story: Story, result: AttemptResult): void {
  const job = waiting(story);
  if (job === undefined) throw new Error("no job waits");
  const payload = encodeOutcomes([{ jobKey: jobKey(job), attempt: job.attempts, tookMs: 1, result }]);
  story.append(0, { kind: recordKinds.outcome, flags: 0, timeMs: ++story.nowMs, idHigh: 0, idLow: 0, payload });
  story.settle();
}

function reward(story: Story): ReturnType<Story["rewardById"]> {
  return story.onlyReward(story.who(ANN));
}

function verb(story: Story, name: RewardVerb): string | null {
  const command = {
    kind: "move_reward",
    client: CLIENT,
    rewardId: reward(story).id,
    verb: name,
    order: plainMove(null),
  } as const;
  return story.commands(command).errorCode;
}

test("is ordered under the reward's id, and fulfilled and sent when the provider says so", () => {
  const story = open();
  story.happens("won", { email: ANN });
  expect(reward(story)).toMatchObject({ state: "EARNED", isSubmitted: true });
  expect(waiting(story)).toMatchObject({
    idempotencyKey: reward(story).id,
    order: {
      provider: "TANGO_V2",
      amount: 25,
      currency: "USD",
      email: ANN,
      accountId: "A-1",
      utid: "U-1",
    },
  });
  ends(story, paid);
  expect(reward(story)).toMatchObject({ state: "SENT", partnerRewardId: "T-1", isSubmitted: false });
  expect(reward(story).history.map(({ state }) => state)).toEqual(["EARNED", "FULFILLED", "SENT"]);
  expect(reward(story).history.at(-1)?.delivery).toMatchObject({ email: ANN });
});

test("cannot be canceled while the provider may be paying, and can when it refused", () => {
  const story = open();
  story.happens("won", { email: ANN });
  for (const name of ["cancel", "expire"] as const) expect(verb(story, name)).toBe("reward_illegal_state_transition");
  ends(story, refused);
  expect(reward(story)).toMatchObject({ state: "EARNED", isFulfilFailed: true, isSubmitted: false });
  expect(reward(story).history.at(-1)?.message).toBe("the provider answered 422: no funds");
  expect(verb(story, "cancel")).toBeNull();
  story.passes(HOUR_MS);
  expect(waiting(story)).toBeUndefined();
});

test("is tried again by itself, under the same id; in the end an operator has to", () => {
  const story = open();
  story.happens("won", { email: ANN });
  for (let n = 0; n < 5; n++) {
    expect(waiting(story)).toMatchObject({ idempotencyKey: reward(story).id, attempts: 0 });
    ends(story, refused);
    story.passes(3 * HOUR_MS);
  }
  expect(waiting(story)).toBeUndefined();
  expect(verb(story, "retry")).toBeNull();
  ends(story, paid);
  expect(reward(story).state).toBe("SENT");
});

test("of unknown outcome is the same job's to ask for; without an answer it stops, and says so", () => {
  const story = open();
  story.happens("won", { email: ANN });
  const [first] = jobs(story);
  for (let n = 0; n < 6; n++) {
    expect(waiting(story)?.id).toBe(first?.id);
    expect(verb(story, "cancel")).toBe("reward_illegal_state_transition");
    ends(story, unknown);
    story.passes(8 * HOUR_MS);
  }
  expect(waiting(story)).toBeUndefined();
  expect(reward(story)).toMatchObject({ state: "EARNED", isFulfilFailed: true, attemptMs: null });
  expect(reward(story).history.at(-1)?.message).toBe("nobody knows whether the provider paid: no answer");
  expect(verb(story, "retry")).toBeNull();
  expect(waiting(story)).toMatchObject({ idempotencyKey: first?.idempotencyKey });
  ends(story, paid);
  expect(reward(story).state).toBe("SENT");
});

test("waits for the supplier's limits, and for an address", () => {
  const story = open({ limit_per_hour: 1 });
  story.nowMs = Date.UTC(2026, 4, 2);
  story.happens("won", { email: ANN });
  story.happens("won", { email: "bob@x.com" });
  expect([jobs(story).length, jobs(story, "bob@x.com").length]).toEqual([1, 0]);
  const { personId } = story.happens("won", { partner_user_id: "7" });
  const [own] = story.withId(personId).rewards;
  story.passes(2 * HOUR_MS);
  expect(story.rewardById(own?.id ?? "").history.at(-1)?.message).toBe("no address of the person is known");
  expect(jobs(story, "bob@x.com")).toHaveLength(1);
});

test("an order that the provider refused does not count for the supplier's limit", () => {
  const story = open({ limit_per_hour: 1 });
  story.nowMs = Date.UTC(2026, 4, 2);
  story.happens("won", { email: ANN });
  ends(story, refused);
  story.happens("won", { email: "bob@x.com" });
  expect(jobs(story, "bob@x.com")).toHaveLength(1);
});

test("that is tried again while an order is under way counts once for the supplier's limit, and fails by nothing", () => {
  const story = open({ limit_per_day: 2 });
  story.nowMs = Date.UTC(2026, 4, 2);
  story.happens("won", { email: ANN });
  ends(story, refused);
  story.passes(HOUR_MS);
  expect(reward(story)).toMatchObject({ state: "EARNED", isFulfilFailed: true, isSubmitted: true });
  expect(verb(story, "retry")).toBeNull();
  const { history } = structuredClone(reward(story));
  story.happens("won", { email: "bob@x.com" });
  expect(waiting(story)).toBeDefined();
  expect(jobs(story, "bob@x.com")).toMatchObject([{ status: "WAITING" }]);
  expect(reward(story).history).toEqual(history);
  ends(story, paid);
  expect(reward(story).state).toBe("SENT");
});

test("is money, so it is not for trials: outside of production nothing is ordered", () => {
  const story = open();
  story.happens("won", { email: ANN, container: "test" });
  expect(jobs(story)).toEqual([]);
  expect(reward(story)).toMatchObject({ state: "EARNED", isFulfilFailed: true, attemptMs: null });
  expect(reward(story).history.at(-1)?.message).toBe("nothing is paid in the container test");
});

test("expires after the provider has had its say", () => {
  const story = open({ reward_expires_at: "2026-05-01T01:00:00Z" });
  story.happens("won", { email: ANN });
  story.passes(2 * HOUR_MS);
  expect(reward(story).state).toBe("EARNED");
  ends(story, refused);
  story.passes(1);
  expect(reward(story).state).toBe("EXPIRED");
});
