// Rewards over an hourly or daily limit of their supplier: they wait in line and go as it lets them, first the first to earn, with as little asking as that takes.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { partitionOfReward } from "../../src/base/ids.ts";
import type { CouponPool } from "../../src/model/coupon.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove, type Reward } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { encodeTick, TIMERS_PER_TICK } from "../../src/model/tick.ts";
import { publish } from "../support/messages.ts";
import { CLIENT, earn, on, PARTITIONS, programme, Story, supplier } from "../support/story.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const POOL = partitionOf(CLIENT, "pool/CREDIT", PARTITIONS);

function document(more: Partial<SupplierDocument>): ReturnType<typeof programme> {
  const own = supplier("CREDIT", { auto_fulfillment_enabled: true, ...more });
  return programme([on("won", { actions: [earn("CREDIT")] })], { suppliers: [own] });
}

function open(more: Partial<SupplierDocument>): Story {
  const story = new Story(document(more));
  // A day, and an hour, that has just begun.
  story.nowMs = Date.UTC(2026, 4, 2);
  return story;
}

function crowd(story: Story, count: number, name = "p"): string[] {
  const emails = Array.from({ length: count }, (_, n) => `${name}${n}@x.com`);
  for (const email of emails) story.arrives("won", { email });
  story.settle();
  return emails;
}

const rewardOf = (story: Story, email: string): Reward => story.onlyReward(story.who(email));

function fulfilled(story: Story, emails: readonly string[]): string[] {
  return emails.filter((email) => rewardOf(story, email).state === "FULFILLED");
}

function inOrder(story: Story, emails: readonly string[]): string[] {
  const placed = emails.map((email) => ({ email, reward: rewardOf(story, email) }));
  const isBefore = (a: Reward, b: Reward): boolean =>
    a.createdMs < b.createdMs || (a.createdMs === b.createdMs && a.id < b.id);
  return placed.toSorted((a, b) => (isBefore(a.reward, b.reward) ? -1 : 1)).map(({ email }) => email);
}

function cancels(story: Story, email: string): void {
  const { id: rewardId } = rewardOf(story, email);
  story.asks({ kind: "move_reward", client: CLIENT, rewardId, verb: "cancel", order: plainMove(null) });
}

/** Nobody waits, and nobody is thought to. */
function expectEmpty({ contexts }: Story): void {
  const all = { prefix: "", after: null, limit: 100_000, isReverse: false };
  expect(contexts.flatMap(({ state }) => state.list("couponWaiter", all))).toEqual([]);
  const lines = contexts.flatMap(({ state }) => state.list("pool", all).map(({ value }): CouponPool => value));
  for (const { line } of lines) expect(line).toMatchObject({ partitions: [], asking: [] });
}

/** As `hourBegins`, and leaves it to `settle` or `step` to apply it. */
function hourComes(story: Story): void {
  story.nowMs += HOUR_MS - (story.nowMs % HOUR_MS) + 1;
  for (let partition = 0; partition < story.partitions; partition++) {
    const payload = encodeTick(TIMERS_PER_TICK);
    story.append(partition, {
      kind: recordKinds.tick,
      flags: 0,
      timeMs: story.nowMs,
      idHigh: 0,
      idLow: 0,
      payload,
    });
  }
}

/** Of the next hour. */
function hourBegins(story: Story): void {
  hourComes(story);
  story.settle();
}

describe("who is over a limit", () => {
  test("asks once: no row and no message comes of waiting", () => {
    const story = open({ limit_per_day: 10 });
    const emails = crowd(story, 40);
    const before = story.messages().length;
    for (let n = 0; n < 20; n++) story.passes(HOUR_MS);
    expect(story.messages().length).toBe(before);
    expect(fulfilled(story, emails)).toHaveLength(10);
    const waiting = emails.map((email) => rewardOf(story, email)).filter(({ state }) => state === "EARNED");
    for (const { history, attemptMs } of waiting)
      expect([history.length, history.at(-1)?.message, attemptMs]).toEqual([2, "daily limit of the supplier", null]);
  });

  test("goes when an hour begins, as many as it lets, first the first to earn, over all partitions", () => {
    const story = open({ limit_per_hour: 40 });
    const emails = inOrder(story, crowd(story, 150));
    expect(new Set(emails.map((email) => partitionOfReward(rewardOf(story, email).id))).size).toBe(PARTITIONS);
    const first = fulfilled(story, emails);
    expect(first).toHaveLength(40);
    const waiting = emails.filter((email) => !first.includes(email));
    for (const served of [40, 80, 110]) {
      hourBegins(story);
      expect(fulfilled(story, waiting)).toEqual(waiting.slice(0, served));
    }
    expectEmpty(story);
  });

  test("waits for days, if that is what it takes", () => {
    const story = open({ limit_per_day: 5 });
    const emails = crowd(story, 60);
    for (let n = 0; n < 11; n++) story.passes(DAY_MS);
    expect(fulfilled(story, emails)).toHaveLength(60);
    expectEmpty(story);
  });

  test("is before those who come later", () => {
    const story = open({ limit_per_hour: 10 });
    const early = crowd(story, 15);
    story.nowMs += HOUR_MS;
    // Before the hour's timer: the first to ask in it is told nothing before it is its turn.
    const late = crowd(story, 6, "late");
    expect(fulfilled(story, early)).toHaveLength(15);
    expect(fulfilled(story, late)).toHaveLength(5);
  });

  test("is let go by a program with another limit, or none", () => {
    const story = open({ limit_per_day: 10 });
    const emails = crowd(story, 300);
    publish(story, document({ limit_per_day: 60 }));
    expect(fulfilled(story, emails)).toHaveLength(60);
    publish(story, document({}));
    expect(fulfilled(story, emails)).toHaveLength(300);
    expectEmpty(story);
  });

  test("goes in place of one that was canceled while it was let go", () => {
    const story = open({ limit_per_hour: 1 });
    const emails = inOrder(story, crowd(story, 4));
    const [canceled = "", next = "", last = ""] = emails.filter((email) => !fulfilled(story, emails).includes(email));
    const home = partitionOfReward(rewardOf(story, canceled).id) ?? 0;
    const named = (): number =>
      story.messages().filter((message) => message.kind === "waiters_named" && message.partition === home).length;
    const before = named();
    hourComes(story);
    while (named() === before) story.step(story.contexts.findIndex((_, partition) => story.hasNext(partition)));
    // It is named, and will be let go; the reward is canceled before it hears of that.
    cancels(story, canceled);
    story.settle();
    const grants = story.messages().flatMap((message) => (message.kind === "fulfilments_granted" ? [message] : []));
    expect(grants.flatMap(({ rewardIds }) => rewardIds)).toEqual(
      [canceled, next].map((email) => rewardOf(story, email).id),
    );
    expect([canceled, next, last].map((email) => rewardOf(story, email).state)).toEqual([
      "CANCELED",
      "FULFILLED",
      "EARNED",
    ]);
  });

  test("tries by timers of its own where its request is one of a former version", () => {
    const story = open({ limit_per_day: 1 });
    const emails = crowd(story, 2);
    const [email = ""] = emails.filter((each) => !fulfilled(story, emails).includes(each));
    const { id: rewardId, supplierId } = rewardOf(story, email);
    story.receives(POOL, { kind: "claim_fulfilment", client: CLIENT, supplierId, rewardId });
    expect(rewardOf(story, email).attemptMs).toBeGreaterThan(story.nowMs);
  });
});

describe("a payout that was over a limit", () => {
  const payout = { reward_supplier_type: "PAYPAL_PAYOUTS", auto_fulfillment_enabled: true } as const;

  function submitted(story: Story, emails: readonly string[]): string[] {
    return emails.filter((email) => rewardOf(story, email).isSubmitted);
  }

  test("is ordered once when it is its turn, and waits no longer", () => {
    const story = open({ ...payout, limit_per_hour: 2 });
    const emails = crowd(story, 6);
    for (const count of [2, 4, 6]) {
      expect(submitted(story, emails)).toHaveLength(count);
      hourBegins(story);
    }
    expectEmpty(story);
  });

  test("is not ordered when it has become one of a container in which nothing is paid; the next is", () => {
    const story = open({ ...payout, limit_per_hour: 1 });
    const emails = inOrder(story, crowd(story, 3));
    const [moved = "", next = ""] = emails.filter((email) => !submitted(story, emails).includes(email));
    const { id: rewardId } = rewardOf(story, moved);
    story.commands({ kind: "change_reward", client: CLIENT, rewardId, container: "test", expiresMs: null });
    hourBegins(story);
    expect(rewardOf(story, moved)).toMatchObject({ state: "EARNED", isSubmitted: false });
    expect(submitted(story, [next])).toEqual([next]);
    expectEmpty(story);
  });
});
