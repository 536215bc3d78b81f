// Rewards that wait for a code: first come, first served, over all partitions, with as little asking as that takes.

import { describe, expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import { lentOf } from "../../src/engine/coupons/coupon_lending.ts";
import {
  COUPON_IDLE_MS,
  COUPON_IDLE_TOLD_AT_ONCE,
  COUPON_REQUESTS_WAITING_MAX,
  COUPON_WAITERS_NAMED,
} from "../../src/engine/limits.ts";
import { decodeMessage, encodeMessage } from "../../src/engine/message.ts";
import type { WaitingPartition } from "../../src/model/coupon.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove, type Reward, type RewardVerb } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { codes, document, HERE, loan, of, people, POOL, pool, stats, THERE, uploads } from "../support/coupon_story.ts";
import { messageRecord, publish } from "../support/messages.ts";
import { CLIENT, PARTITIONS, Story } from "../support/story.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function shop(more: Partial<SupplierDocument> = {}): Story {
  return new Story(document(more));
}

/** All of them have earned, and wait. In turns from every partition. */
function crowd(story: Story, count: number, name = "p"): string[] {
  const emails = Array.from({ length: count }, (_, n) => `${name}${n}@x.com`);
  for (const email of emails) story.arrives("bought", { email });
  story.settle();
  return emails;
}

const rewardOf = (story: Story, email: string): Reward => story.onlyReward(story.who(email));
const codesOf = (story: Story, emails: readonly string[]): (string | null)[] =>
  emails.map((email) => rewardOf(story, email).partnerRewardId);
const rows = (story: Story, email: string): string[] =>
  rewardOf(story, email).history.map(({ state, success }) => (success ? state : `${state} failed`));

function verb(story: Story, email: string, name: RewardVerb): string | null {
  const { id: rewardId } = rewardOf(story, email);
  return story.commands({ kind: "move_reward", client: CLIENT, rewardId, verb: name, order: plainMove(null) })
    .errorCode;
}

/** How many messages of these kinds there were since, by kind. */
function told(story: Story, since: readonly number[]): { [kind: string]: number } {
  const counts: { [kind: string]: number } = {};
  for (const [partition, log] of story.logs.entries())
    for (const { kind, payload } of log.slice(since[partition]))
      if (kind === recordKinds.message) {
        const { message } = decodeMessage(payload);
        counts[message.kind] = (counts[message.kind] ?? 0) + 1;
      }
  return counts;
}

const marks = (story: Story): number[] => story.logs.map((log) => log.length);

function waiters(story: Story): number {
  const all = { prefix: "", after: null, limit: 100_000, isReverse: false };
  return story.contexts.reduce((sum, { state }) => sum + state.list("couponWaiter", all).length, 0);
}

/** Nobody waits, and nobody is thought to. */
function expectEmpty(story: Story): void {
  expect(waiters(story)).toBe(0);
  expect(pool(story).line ?? { partitions: [], asking: [] }).toMatchObject({ partitions: [], asking: [] });
}

describe("who waits for a code", () => {
  test("asks once: no timer, no row and no message comes of waiting", () => {
    const story = shop();
    const emails = crowd(story, 40);
    const before = marks(story);
    for (let n = 0; n < 200; n++) story.passes(10 * 60_000);
    expect(told(story, before)).toEqual({});
    for (const email of emails) expect(rows(story, email)).toEqual(["EARNED", "FULFILLED failed"]);
  });

  test.each([0, 1, 2, 3])(
    "is served in the order of earning, over all partitions (partition %i is quickest)",
    (quick) => {
      const story = shop();
      const emails = crowd(story, 150);
      expect(new Set(emails.map((email) => partitionOfReward(rewardOf(story, email).id))).size).toBe(PARTITIONS);
      const inOrder = emails.toSorted((a, b) => rewardOf(story, a).createdMs - rewardOf(story, b).createdMs);
      const begun = story.commands({
        kind: "begin_coupon_upload",
        ...of,
        filename: null,
        requested: 100,
        isDiscarding: false,
      });
      const operationId = String(begun.value);
      story.asks({ kind: "add_coupons", ...of, operationId, codes: codes(0, 100), expires: null });
      story.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
      story.settle((ready) => (ready.includes(quick) ? quick : (ready.at(-1) ?? 0)));
      expect(codesOf(story, inOrder.slice(0, 100))).toEqual(codes(0, 100));
      expect(codesOf(story, inOrder.slice(100))).toEqual(inOrder.slice(100).map(() => null));
      uploads(story, codes(100, 150));
      expect(codesOf(story, inOrder)).toEqual(codes(0, 150));
      expectEmpty(story);
    },
  );

  test("is served by a few messages, however many wait", () => {
    const story = shop();
    crowd(story, 1_000);
    const before = marks(story);
    uploads(story, codes(0, 1_000));
    const seen = told(story, before);
    const slices = Math.ceil(1_000 / COUPON_WAITERS_NAMED) + 2 * PARTITIONS;
    for (const kind of ["call_waiters", "waiters_named"]) expect(seen[kind] ?? 0).toBeLessThanOrEqual(slices);
    expect(seen["coupons_handed"] ?? 0).toBeLessThanOrEqual(slices * PARTITIONS);
    expect([seen["allocate_coupon"], seen["coupon_allocated"]]).toEqual([undefined, undefined]);
    expect(stats(story)).toEqual({ available: 0, issued: 1_000 });
    expectEmpty(story);
  });

  test("is before those who come later, also while codes are handed out", () => {
    const story = shop();
    const early = crowd(story, 60);
    uploads(story, []);
    const begun = story.commands({
      kind: "begin_coupon_upload",
      ...of,
      filename: null,
      requested: 70,
      isDiscarding: false,
    });
    const operationId = String(begun.value);
    story.asks({ kind: "add_coupons", ...of, operationId, codes: codes(0, 70), expires: null });
    story.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
    story.step(POOL);
    story.step(POOL);
    // Those of the pool's partition ask before anybody else is called.
    const late = [...people(POOL, 15, "late"), ...people(HERE, 5, "late")];
    for (const email of late) story.arrives("bought", { email });
    story.settle((ready) => (ready.includes(POOL) ? POOL : (ready[0] ?? 0)));
    expect(new Set(codesOf(story, early))).toEqual(new Set(codes(0, 60)));
    const served = late.filter((email) => rewardOf(story, email).state === "FULFILLED");
    expect(served).toHaveLength(10);
    for (const email of served) expect(rows(story, email)).toEqual(["EARNED", "FULFILLED"]);
    expect(waiters(story)).toBe(10);
    uploads(story, codes(70, 100));
    expect(stats(story)).toEqual({ available: 20, issued: 80 });
    expectEmpty(story);
  });

  test("keeps its place when an operator tries again, and gets what was uploaded meanwhile", () => {
    const story = shop();
    const [ann = "", bob = ""] = crowd(story, 2);
    expect(verb(story, ann, "retry")).toBeNull();
    expect(rows(story, ann)).toEqual(["EARNED", "FULFILLED failed", "EARNED", "FULFILLED failed"]);
    uploads(story, ["C-0"]);
    expect(codesOf(story, [ann, bob])).toEqual(["C-0", null]);
    // Uploaded, then tried again: it has come by then, and there is nothing to refuse.
    expect(verb(story, ann, "retry")).toBeNull();
    expect(rows(story, ann).at(-1)).toBe("FULFILLED");
    expect(verb(story, ann, "revoke")).toBeNull();
    expect(verb(story, ann, "retry")).toBe("reward_in_not_retryable_state");
  });

  test("is passed over once it no longer waits: expired by its time, canceled, or expired while its code is on the way", () => {
    const story = shop({ reward_expires_at: 'javascript@runtime:"P2D"' });
    const [ann = "", bob = "", cas = ""] = crowd(story, 3);
    verb(story, ann, "cancel");
    story.passes(DAY_MS);
    const [dee = "", eve = ""] = crowd(story, 2, "q");
    story.passes(DAY_MS + 1_000);
    expect([bob, cas].map((email) => rewardOf(story, email).state)).toEqual(["EXPIRED", "EXPIRED"]);
    expect(waiters(story)).toBe(2);
    const id = rewardOf(story, dee).id;
    uploadsOnTheWay(story, ["C-0"]);
    story.asks({ kind: "move_reward", client: CLIENT, rewardId: id, verb: "expire", order: plainMove(null) });
    story.settle((ready) => ready.find((partition) => partition !== partitionOfReward(id)) ?? ready[0] ?? 0);
    expect([rewardOf(story, dee).state, ...codesOf(story, [dee, eve])]).toEqual(["EXPIRED", null, "C-0"]);
    expect(stats(story)).toEqual({ available: 0, issued: 1 });
    expectEmpty(story);
  });

  test("gets the code that another no longer wanted", () => {
    const story = shop();
    const [ann = ""] = people(HERE, 1);
    const [bob = ""] = people(THERE, 1);
    uploads(story, ["C-0"]);
    story.arrives("bought", { email: ann });
    while (story.personBy(ann) === null || story.who(ann).rewards.length === 0) story.step(HERE);
    const { id: rewardId } = rewardOf(story, ann);
    while (story.hasNext(POOL)) story.step(POOL);
    story.arrives("bought", { email: bob });
    while (story.hasNext(THERE) || story.hasNext(POOL)) story.step(story.hasNext(POOL) ? POOL : THERE);
    expect(rewardOf(story, bob).isFulfilFailed).toBe(true);
    // What was for Ann comes too late.
    const canceled = story.contexts[HERE]?.state.edit("reward", rewardId);
    if (canceled !== undefined) canceled.state = "CANCELED";
    story.settle();
    expect(codesOf(story, [bob])).toEqual(["C-0"]);
  });

  test("leaves nothing lent, and codes are lent again when nobody waits any more", () => {
    const story = shop();
    crowd(story, 40);
    uploads(story, codes(0, 4_000));
    expect(loan(story, HERE)?.numbers.length).toBeGreaterThan(0);
    expect(stats(story)).toEqual({ available: 3_960, issued: 40 });
    expectEmpty(story);
  });

  test("is not passed over when more ask at once than the pool answers", () => {
    const story = shop();
    const early = [...people(THERE, 7), ...people(HERE, 3)];
    for (const email of early) story.happens("bought", { email });
    uploadsOnTheWay(story, codes(0, 6_000));
    const late = people(HERE, COUPON_REQUESTS_WAITING_MAX + 5, "late");
    for (const email of late) story.arrives("bought", { email });
    // Partition THERE has yet to say who waits there, so that nobody is served.
    runWithout(story, THERE);
    expect(pool(story).line?.asking).toHaveLength(COUPON_REQUESTS_WAITING_MAX);
    expect(late.filter((email) => rewardOf(story, email).isFulfilFailed)).toHaveLength(5);
    story.settle();
    expect(new Set(codesOf(story, early))).toEqual(new Set(codes(0, 10)));
    expect(late.filter((email) => rewardOf(story, email).state !== "FULFILLED")).toEqual([]);
    expectEmpty(story);
  });

  test("keeps its turn when the line is given up while partitions name the next", () => {
    const story = shop();
    const emails = crowd(story, 400);
    const inOrder = emails.toSorted((a, b) => rewardOf(story, a).createdMs - rewardOf(story, b).createdMs);
    const isBehind = ({ isCalled, after }: WaitingPartition): boolean => isCalled && after !== null;
    const first = uploadsOnTheWay(story, codes(0, 390));
    runWithout(story, null, () => pool(story).line?.partitions.every(isBehind) ?? false);
    story.asks({ kind: "delete_coupons", ...of, operationId: first });
    const [late = ""] = people(POOL, 1, "late");
    story.arrives("bought", { email: late });
    while (story.hasNext(POOL)) story.step(POOL);
    expect(pool(story).line?.asking).toEqual([]);
    uploadsOnTheWay(story, codes(1_000, 1_100));
    while (story.hasNext(POOL)) story.step(POOL);
    story.settle();
    const given = codesOf(story, inOrder).filter((code) => code !== null);
    expect(given.length).toBeGreaterThan(100);
    expect(codesOf(story, inOrder.slice(0, given.length))).toEqual(given);
    expect(given.slice(-100)).toEqual(codes(1_000, 1_100));
  });

  test("is before a partition that asks for codes to lend", () => {
    const story = shop();
    crowd(story, 40);
    uploadsOnTheWay(story, codes(0, 4_000));
    while (story.hasNext(POOL)) story.step(POOL);
    const { line } = pool(story);
    expect(line?.partitions.length).toBeGreaterThan(0);
    pool(story).loans = {
      holders: [{ partition: HERE, codes: 0, last: 32, short: 0 }],
      recalling: [],
      recalled: [],
      waiting: [],
      withdrawal: null,
    };
    const wish = { partition: HERE, used: [], usedBy: [], passed: [], wanted: 32, returned: null };
    story.append(POOL, messageRecord(story, { kind: "loan_reported", ...of, ...wish }));
    while (story.hasNext(POOL)) story.step(POOL);
    expect(lentOf(pool(story))).toBe(0);
    story.settle();
    expectEmpty(story);
  });

  test("finds its code behind thousands that expire too soon", () => {
    const story = shop({ minimum_coupon_lifetime: HOUR_MS });
    const [ann = ""] = crowd(story, 1);
    const old = codes(0, 9_000);
    const times = old.map(() => story.nowMs + HOUR_MS / 2);
    uploads(story, [...old, "GOOD"], [...times, story.nowMs + 2 * HOUR_MS]);
    expect(codesOf(story, [ann])).toEqual(["GOOD"]);
    expectEmpty(story);
    crowd(story, 1, "q");
    expect(waiters(story)).toBe(1);
  });

  test("is told of once, after some three hours, by a timer of all that wait", () => {
    const story = shop();
    const alerts = (): string[] =>
      story.contexts.flatMap(({ effects }) => effects.alerts.splice(0).map(({ subject }) => subject));
    const emails = people(HERE, 3);
    for (const email of emails) story.happens("bought", { email });
    story.passes(HOUR_MS);
    const [late = ""] = people(HERE, 1, "late");
    story.happens("bought", { email: late });
    verb(story, emails[1] ?? "", "cancel");
    const timers = story.contexts[HERE]?.state.list("timer", { prefix: "", after: null, limit: 100, isReverse: false });
    expect(timers).toHaveLength(1);
    story.passes(COUPON_IDLE_MS - HOUR_MS - 1_000);
    expect(alerts()).toEqual([]);
    story.passes(2_000);
    expect(alerts()).toEqual([emails[0], emails[2]].map((email) => rewardOf(story, email ?? "").id));
    story.passes(HOUR_MS);
    expect(alerts()).toEqual([rewardOf(story, late).id]);
    for (let n = 0; n < 5; n++) story.passes(DAY_MS);
    expect(alerts()).toEqual([]);
    // Who comes to the line late has its place before those that somebody was told of: it has been due for as long.
    expect(verb(story, emails[0] ?? "", "retry")).toBeNull();
    story.settle();
    expect(rows(story, emails[0] ?? "").at(-1)).toBe("FULFILLED failed");
    expect(alerts()).toEqual([rewardOf(story, emails[0] ?? "").id]);
    for (let n = 0; n < 5; n++) story.passes(DAY_MS);
    expect(alerts()).toEqual([]);
  });
});

test("of many that wait for long somebody is told of each, once, so many at a time", () => {
  const story = shop();
  for (const email of people(HERE, 3 * COUPON_IDLE_TOLD_AT_ONCE)) story.arrives("bought", { email });
  story.settle();
  const raised = (): number => story.contexts.reduce((sum, { effects }) => sum + effects.alertsRaised, 0);
  const told: number[] = [];
  for (let n = 0; n < 6; n++) {
    const before = raised();
    story.passes(n === 0 ? COUPON_IDLE_MS + 60_000 : 1_000);
    told.push(raised() - before);
  }
  const [some, none] = [COUPON_IDLE_TOLD_AT_ONCE, 0];
  expect(told).toEqual([some, some, some, none, none, none]);
});

describe("a program that takes effect", () => {
  test("serves those who wait with the codes that it brings", () => {
    const story = shop();
    const emails = crowd(story, 3);
    publish(story, document({}, ["F-1", "F-2"]));
    expect(codesOf(story, emails)).toEqual(["F-1", "F-2", null]);
  });

  test.each(["fails", "brings nothing new"])(
    "while an upload is under way serves them when that has ended, also where it %s",
    (end) => {
      const story = shop();
      uploads(story, ["C-0"]);
      const emails = crowd(story, 3);
      const begin = { filename: null, requested: 1, isDiscarding: true };
      const operationId = String(story.commands({ kind: "begin_coupon_upload", ...of, ...begin }).value);
      publish(story, document({}, ["F-1"]));
      const handed = (): (string | null)[] => codesOf(story, emails).filter((code) => code !== null);
      expect(handed()).toEqual(["C-0"]);
      story.commands({ kind: "add_coupons", ...of, operationId, codes: ["C-0"], expires: null });
      const failure = end === "fails" ? "the file was cut off" : null;
      story.commands({ kind: "end_coupon_upload", ...of, operationId, failure });
      expect(new Set(handed())).toEqual(new Set(["C-0", "F-1"]));
    },
  );

  test("with a higher limit serves as many as that lets it", () => {
    const story = new Story(document({ limit_per_day: 1 }, codes(0, 5)));
    const emails = crowd(story, 4);
    expect(codesOf(story, emails).filter((code) => code !== null)).toHaveLength(1);
    publish(story, document({ limit_per_day: 3 }, codes(0, 5)));
    expect(codesOf(story, emails).filter((code) => code !== null)).toHaveLength(3);
    publish(story, document({}, codes(0, 5)));
    expect(new Set(codesOf(story, emails))).toEqual(new Set(codes(0, 4)));
  });
});

test("a limit of the supplier serves so many an hour, in order, and asks nobody in between", () => {
  const story = new Story(document({ limit_per_hour: 2 }, codes(0, 20)));
  story.nowMs = Date.UTC(2026, 4, 2);
  const emails = crowd(story, 5);
  const served = (): number => emails.filter((email) => rewardOf(story, email).state === "FULFILLED").length;
  expect(served()).toBe(2);
  expect(emails.map((email) => rewardOf(story, email).history.at(-1)?.message)).toContain(
    "hourly limit of the supplier",
  );
  const before = marks(story);
  for (let n = 0; n < 5; n++) story.passes(10 * 60_000);
  expect(told(story, before)).toEqual({});
  story.passes(10 * 60_000);
  expect(served()).toBe(4);
  story.passes(HOUR_MS);
  expect(served()).toBe(5);
  for (const email of emails) expect(rows(story, email).filter((row) => row.endsWith("failed")).length).toBeLessThan(2);
  expectEmpty(story);
});

describe("of a former version", () => {
  /** As requests were once: nothing says since when the reward waits. */
  function asOnce(story: Story): Reward {
    const [ann = ""] = people(HERE, 1);
    story.arrives("bought", { email: ann });
    while (story.hasNext(HERE)) story.step(HERE);
    const log = story.logs[POOL] ?? [];
    const record = log.at(-1);
    const message = record === undefined ? null : decodeMessage(record.payload).message;
    if (record === undefined || message?.kind !== "allocate_coupon") throw new Error("nobody has asked");
    const { client, supplierId, rewardId } = message;
    const { identity } = decodeMessage(record.payload);
    log[log.length - 1] = {
      ...record,
      payload: encodeMessage(identity, { kind: "allocate_coupon", client, supplierId, rewardId }),
    };
    story.settle();
    return rewardOf(story, ann);
  }

  test("a reward tries again by its own timer, as it did then, and joins the line with that", () => {
    const story = shop();
    const { id, attemptMs } = asOnce(story);
    expect(attemptMs).not.toBeNull();
    expect([waiters(story), pool(story).line]).toEqual([0, undefined]);
    uploads(story, []);
    story.passes(61_000);
    expect(story.rewardById(id)).toMatchObject({ attempts: 2, attemptMs: null });
    expect(waiters(story)).toBe(1);
    uploads(story, ["C-0"]);
    expect(story.rewardById(id)).toMatchObject({ state: "FULFILLED", partnerRewardId: "C-0" });
  });
});

/** As `uploads`, and leaves what follows from it to whoever steps. */
function uploadsOnTheWay(story: Story, listed: string[]): string {
  const begin = { filename: null, requested: listed.length, isDiscarding: false };
  const operationId = story.asks({ kind: "begin_coupon_upload", ...of, ...begin });
  story.asks({ kind: "add_coupons", ...of, operationId, codes: listed, expires: null });
  story.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
  return operationId;
}

/** Everything that can happen while one partition is busy with something else, or until then. */
function runWithout(story: Story, busy: number | null, isThen: () => boolean = () => false): void {
  for (let steps = 0; steps < 40_000 && !isThen(); steps++) {
    const next = [POOL, HERE, THERE, 0, 1, 2, 3].find((partition) => partition !== busy && story.hasNext(partition));
    if (next === undefined) return;
    story.step(next);
  }
}
