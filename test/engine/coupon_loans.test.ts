// Codes that are lent to partitions: handed out at once, told later, called back before anybody is refused.

import { describe, expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import { lentOf } from "../../src/engine/coupons/coupon_lending.ts";
import {
  COUPON_LOAN_GROWTH,
  COUPON_LOAN_MAX,
  COUPON_LOAN_MIN,
  COUPON_REQUESTS_WAITING_MAX,
  COUPON_USES_TOLD_AT,
} from "../../src/engine/limits.ts";
import { recordKinds } from "../../src/model/record.ts";
import { plainMove, type Reward, type RewardState } from "../../src/model/reward.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import {
  buys,
  codes,
  document,
  HERE,
  issued,
  loan,
  of,
  people,
  POOL,
  pool,
  stats,
  THERE,
  uploads,
} from "../support/coupon_story.ts";
import { messageRecord, publish } from "../support/messages.ts";
import { CLIENT, Story } from "../support/story.ts";

const MINUTE_MS = 60_000;
/** Enough for a first loan each, little more. */
const CODES = 1_200;

/** Its codes are those of a file, of which nothing is lent before somebody asks. */
function shop(count: number, more: Partial<SupplierDocument> = {}): Story {
  return new Story(document(more, codes(0, count)));
}

/** Everything that can happen while one partition is busy with something else. */
function runWithoutThere(story: Story): void {
  for (let steps = 0; steps < 40_000; steps++) {
    const next = [HERE, POOL].find((partition) => story.hasNext(partition));
    if (next === undefined) return;
    story.step(next);
  }
  throw new Error("no end");
}

describe("a lent code", () => {
  test("fulfils its reward in the turn in which it is earned, and rules see it", () => {
    const story = shop(CODES);
    const [first = "", next = ""] = people(HERE, 2);
    expect(buys(story, [first])).toEqual(["C-0"]);
    story.arrives("bought", { email: next });
    const before = story.logs[POOL]?.length;
    story.step(HERE);
    const reward = story.onlyReward(story.who(next));
    expect(reward).toMatchObject({ state: "FULFILLED", partnerRewardId: "C-1", isFulfilFailed: false });
    expect(reward.history.map(({ state, success }) => [state, success])).toEqual([
      ["EARNED", true],
      ["FULFILLED", true],
    ]);
    expect(story.who(next).rewards).toMatchObject([{ state: "FULFILLED", partnerRewardId: "C-1" }]);
    expect(story.who(next).steps.at(-1)?.data).toMatchObject([{ name: "code", value: "C-1" }]);
    expect(story.logs[POOL]?.length).toBe(before);
  });

  test("is one of a few, which every partition gets with its first code; a small pool lends none", () => {
    const story = shop(CODES);
    const ofBoth = [...people(HERE, 1), ...people(THERE, 1)];
    expect(buys(story, ofBoth)).toEqual(["C-0", `C-${COUPON_LOAN_MIN + 1}`]);
    expect(loan(story, HERE)?.codes).toEqual(codes(1, COUPON_LOAN_MIN + 1));
    expect(loan(story, THERE)?.numbers).toHaveLength(COUPON_LOAN_MIN);
    const small = shop(1_024);
    buys(small, ofBoth);
    expect([loan(small, HERE), pool(small).loans]).toEqual([undefined, undefined]);
    const warned = shop(CODES, { coupon_count_warn_limit: 200 });
    buys(warned, ofBoth);
    expect(loan(warned, HERE)).toBeUndefined();
  });

  test("comes once a partition, however many ask before it is there, and one ask for more is under way at a time", () => {
    const story = shop(CODES);
    for (const email of people(HERE, 3)) story.arrives("bought", { email });
    story.settle();
    expect(loan(story, HERE)?.numbers).toHaveLength(COUPON_LOAN_MIN);
    const before = story.logs[POOL]?.length ?? 0;
    for (const email of people(HERE, COUPON_LOAN_MIN, "q")) story.arrives("bought", { email });
    while (story.hasNext(HERE)) story.step(HERE);
    expect(loan(story, HERE)).toMatchObject({ numbers: [], isAsking: true });
    expect(story.logs[POOL]).toHaveLength(before + 1);
    const unasked = { kind: "coupons_lent", ...of, numbers: [], codes: [], expires: [], isAnswer: false } as const;
    story.append(HERE, messageRecord(story, unasked));
    story.step(HERE);
    expect(loan(story, HERE)?.isAsking).toBe(true);
    story.settle();
    expect(loan(story, HERE)?.isAsking).toBe(false);
    expect(loan(story, HERE)?.numbers.length).toBeGreaterThanOrEqual(COUPON_LOAN_MIN);
  });

  test("is counted as issued at once, and in the list within a second", () => {
    const story = shop(CODES);
    buys(story, people(HERE, 5));
    expect(stats(story)).toEqual({ available: CODES - 5, issued: 5 });
    expect(issued(story)).toEqual(["C-0"]);
    story.passes(900);
    expect(issued(story)).toEqual(["C-0"]);
    story.passes(100);
    expect(issued(story)).toEqual(codes(0, 5));
    expect(stats(story)).toEqual({ available: CODES - 5, issued: 5 });
    expect(loan(story, HERE)?.tellMs).toBeNull();
    // The timer of what was told otherwise meanwhile says nothing.
    buys(story, people(HERE, 1, "q"));
    story.passes(2_000);
    expect(issued(story)).toEqual(codes(0, 6));
  });

  test("is told of when there are many, or with the wish for more", () => {
    const story = shop(40_000);
    const buyers = people(HERE, 2_000);
    buys(story, buyers);
    expect(loan(story, HERE)?.wanted).toBeGreaterThan(COUPON_USES_TOLD_AT * 2);
    const untold = 2_000 - issued(story).length;
    expect(untold).toBeLessThan(COUPON_USES_TOLD_AT);
    expect(stats(story)).toEqual({ available: 38_000, issued: 2_000 });
    expect(lentOf(pool(story))).toBe((loan(story, HERE)?.numbers.length ?? 0) + untold);
    const given = buyers.map((email) => story.onlyReward(story.who(email)).partnerRewardId);
    expect(given).toEqual(codes(0, 2_000));
  });

  test("is the same that its reward gets when it asks again", () => {
    const story = shop(CODES);
    const [email = ""] = people(HERE, 2).slice(1);
    buys(story, people(HERE, 2));
    const { id } = story.onlyReward(story.who(email));
    const moves = (to: RewardState): void =>
      story.receives(HERE, { kind: "move_reward", client: CLIENT, rewardId: id, to, move: plainMove(null) });
    moves("SENT");
    moves("FAILED");
    expect(loan(story, HERE)?.used).toHaveLength(1);
    const order = plainMove(null);
    story.commands({ kind: "move_reward", client: CLIENT, rewardId: id, verb: "retry", order });
    expect(story.rewardById(id)).toMatchObject({ state: "FULFILLED", partnerRewardId: "C-1" });
    expect(stats(story)).toEqual({ available: CODES - 2, issued: 2 });
  });

  test("stays its reward's when the pool had handed it another one, which goes home", () => {
    const story = shop(CODES);
    const [, email = ""] = people(HERE, 2);
    buys(story, people(HERE, 2));
    const { id } = story.onlyReward(story.who(email));
    story.nowMs += 2_000;
    const tick = { kind: recordKinds.tick, flags: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) };
    story.append(HERE, { ...tick, timeMs: story.nowMs });
    story.append(POOL, messageRecord(story, { kind: "allocate_coupon", ...of, rewardId: id }));
    story.step(POOL);
    // The use is told, then the other code comes and goes back.
    story.settle();
    expect(story.rewardById(id)).toMatchObject({ state: "FULFILLED", partnerRewardId: "C-1" });
    expect(stats(story)).toEqual({ available: CODES - 2, issued: 2 });
    expect(issued(story)).toEqual(["C-0", "C-1"]);
    const passedOn = `C-${COUPON_LOAN_MIN + 1}`;
    expect(buys(story, people(THERE, 1))).toEqual([passedOn]);
    story.receives(POOL, { kind: "allocate_coupon", ...of, rewardId: id });
    expect(issued(story)).toEqual(["C-0", "C-1", passedOn]);
    // Said once more, it is not taken from whoever has it by now.
    for (let n = 0; n < 2; n++)
      story.receives(POOL, { kind: "return_coupon", ...of, rewardId: id, code: passedOn, atMs: 0 });
    expect(issued(story)).toEqual(["C-0", "C-1", passedOn]);
    expect(stats(story).issued).toBe(3);
    // The pool knows which code the reward has: what it asks for again is not another, that would come back.
    expect(story.messages().filter(({ kind }) => kind === "return_coupon")).toHaveLength(3);
  });

  test("that expires too soon by now is passed over, and a reward ends with its code", () => {
    const story = new Story(document({ minimum_coupon_lifetime: 10 * MINUTE_MS }));
    const inMinutes = (minutes: number): number => story.nowMs + minutes * MINUTE_MS;
    const expires = Array.from({ length: CODES }, (_, n) => inMinutes(n < 5 ? 30 : 300));
    uploads(story, codes(0, CODES), expires);
    const [first = "", second = "", third = "", fourth = ""] = people(HERE, 4);
    expect(buys(story, [first, second])).toEqual(["C-0", "C-1"]);
    expect(story.onlyReward(story.who(second)).expiresMs).toBe(expires[1]);
    story.passes(25 * MINUTE_MS);
    expect(buys(story, [third])).toEqual(["C-5"]);
    expect(stats(story)).toEqual({ available: CODES - 6, issued: 3 });
    story.passes(MINUTE_MS);
    expect(stats(story)).toEqual({ available: CODES - 6, issued: 3 });
    expect(lentOf(pool(story))).toBe(loan(story, HERE)?.numbers.length);
    story.passes(10 * MINUTE_MS);
    expect(story.onlyReward(story.who(second)).state).toBe("EXPIRED");
    expect(story.onlyReward(story.who(third)).state).toBe("FULFILLED");
    // Of what is lent, those that expired are no longer there for whoever asks.
    story.nowMs += 300 * MINUTE_MS;
    expect(stats(story).available).toBe(0);
    // All that is lent is too old, and so are as many as are looked at for one request.
    expect(buys(story, [fourth])).toEqual([null]);
  });

  test("stays unused from the moment that its supplier has limits", () => {
    const story = shop(CODES);
    buys(story, people(HERE, 3));
    publish(story, document({ limit_per_hour: 1 }));
    const [first = "", second = ""] = people(HERE, 2, "q");
    expect(buys(story, [first, second])).toEqual([`C-${COUPON_LOAN_MIN + 1}`, null]);
    expect(story.onlyReward(story.who(second)).history.at(-1)).toMatchObject({
      success: false,
      message: "hourly limit of the supplier",
    });
    buys(story, people(THERE, 1));
    expect(loan(story, THERE)).toBeUndefined();
    publish(story, document());
    expect(buys(story, people(HERE, 1, "r"))).toEqual(["C-3"]);
  });
});

test("loans grow while they are used quickly, and not otherwise", () => {
  const slow = shop(40_000);
  for (const email of people(HERE, 60)) {
    buys(slow, [email]);
    slow.passes(MINUTE_MS);
  }
  expect(loan(slow, HERE)?.wanted).toBe(COUPON_LOAN_MIN);
  const quick = shop(40_000);
  buys(quick, people(HERE, 1_500));
  expect(loan(quick, HERE)?.wanted).toBeGreaterThan(COUPON_LOAN_MIN * 8);
  expect(loan(quick, HERE)?.wanted).toBeLessThanOrEqual(COUPON_LOAN_MAX);
});

test("a partition that has much to do before a loan reaches it is lent as much as it asked for one by one, and more", () => {
  const story = shop(40_000);
  const buyers = people(HERE, 200);
  for (const email of buyers) story.arrives("bought", { email });
  while (story.hasNext(HERE)) story.step(HERE);
  story.settle();
  const inAll = COUPON_LOAN_MIN * (1 + COUPON_LOAN_GROWTH + COUPON_LOAN_GROWTH ** 2);
  expect(loan(story, HERE)?.numbers).toHaveLength(inAll);
  expect(loan(story, HERE)?.wanted).toBe(COUPON_LOAN_MIN * COUPON_LOAN_GROWTH ** 2);
  expect(lentOf(pool(story))).toBe(inAll);
  const given = buyers.map((email) => story.onlyReward(story.who(email)).partnerRewardId);
  expect(new Set(given).size).toBe(200);
});

describe("when the pool has no other code left", () => {
  test("lent ones are called back: every code finds a buyer, and then there is none", () => {
    const story = shop(CODES);
    const left = buys(story, people(THERE, 1));
    expect(loan(story, THERE)?.numbers).toHaveLength(COUPON_LOAN_MIN);
    const given = [...left, ...buys(story, people(HERE, CODES - 1))];
    expect(new Set(given)).toEqual(new Set(codes(0, CODES)));
    expect(stats(story)).toEqual({ available: 0, issued: CODES });
    expect(pool(story).loans).toEqual({ holders: [], recalling: [], recalled: [], waiting: [], withdrawal: null });
    expect(buys(story, people(THERE, 1, "q"))).toEqual([null]);
  });

  test("whoever asked waits, without a row in the history of its reward", () => {
    const story = shop(CODES);
    buys(story, people(THERE, 1));
    for (const email of people(HERE, 1_400)) story.arrives("bought", { email });
    runWithoutThere(story);
    expect(pool(story).loans?.recalling).toEqual([THERE]);
    const waiting = [...(pool(story).line?.asking ?? [])];
    expect(waiting.length).toBeGreaterThan(200);
    expect(story.rewardById(waiting[0]?.rewardId ?? "").history).toHaveLength(1);
    story.settle();
    const rewards = people(HERE, 1_400).map((email) => story.onlyReward(story.who(email)));
    const fulfilled = rewards.filter(({ state }) => state === "FULFILLED");
    expect(fulfilled).toHaveLength(CODES - 1);
    expect(new Set(fulfilled.map(({ partnerRewardId }) => partnerRewardId)).size).toBe(CODES - 1);
    expect(rewards.filter(({ isFulfilFailed }) => isFulfilFailed)).toHaveLength(1_400 - CODES + 1);
  });

  test("a bounded number waits; who comes later is refused and waits in line, and each gets one code in the end", () => {
    const story = shop(CODES);
    buys(story, people(THERE, 1));
    const buyers = people(HERE, CODES - COUPON_LOAN_MIN - 1 + COUPON_REQUESTS_WAITING_MAX + 3);
    for (const email of buyers) story.arrives("bought", { email });
    runWithoutThere(story);
    const waiting = (pool(story).line?.asking ?? []).map(({ rewardId }) => rewardId);
    expect(waiting).toHaveLength(COUPON_REQUESTS_WAITING_MAX);
    const rewards = (): Reward[] => buyers.map((email) => story.onlyReward(story.who(email)));
    const isRefused = ({ isFulfilFailed }: Reward): boolean => isFulfilFailed;
    const refused = rewards().filter(isRefused);
    const served = rewards().filter(({ state }) => state === "FULFILLED");
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(served.length + waiting.length + refused.length).toBe(buyers.length);
    for (const { id, history } of refused) {
      expect(waiting).not.toContain(id);
      expect(history.at(-1)).toMatchObject({ success: false, message: "the coupon pool is empty" });
    }
    // An upload ends meanwhile: of it, nothing is lent to those who are called back.
    const begin = { filename: "f", requested: 6_000, isDiscarding: false };
    const operationId = story.asks({ kind: "begin_coupon_upload", ...of, ...begin });
    story.asks({ kind: "add_coupons", ...of, operationId, codes: codes(CODES, CODES + 6_000), expires: null });
    story.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
    runWithoutThere(story);
    expect(pool(story)).toMatchObject({ loans: { recalling: [THERE] }, line: { asking: { length: waiting.length } } });
    expect(lentOf(pool(story))).toBe(COUPON_LOAN_MIN);
    story.settle();
    expect(pool(story)).toMatchObject({ loans: { recalling: [] }, line: { asking: [] } });
    const given = rewards().map(({ partnerRewardId }) => partnerRewardId);
    expect(new Set(given).size).toBe(buyers.length);
    expect(given).not.toContain(null);
    expect(stats(story)).toEqual({ available: CODES + 6_000 - buyers.length - 1, issued: buyers.length + 1 });
    expect(rewards().every(({ history }) => history.filter(({ success }) => success).length === 2)).toBe(true);
  });

  test("nobody waits for a partition that used all it had before it heard of it", () => {
    const story = shop(CODES);
    buys(story, people(HERE, 1));
    for (const email of people(HERE, COUPON_LOAN_MIN + 1, "q")) story.arrives("bought", { email });
    const tick = { kind: recordKinds.tick, flags: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) };
    story.append(HERE, { ...tick, timeMs: story.nowMs + 5_000 });
    for (const email of people(THERE, CODES)) story.arrives("bought", { email });
    while (story.hasNext(THERE) || story.hasNext(POOL)) story.step(story.hasNext(POOL) ? POOL : THERE);
    expect(pool(story).loans?.recalling).toEqual([HERE]);
    story.settle();
    expect(pool(story).loans).toMatchObject({ holders: [], recalling: [], waiting: [] });
    expect(stats(story)).toEqual({ available: 0, issued: CODES });
  });

  test("somebody is told when few are left, lent ones among them", () => {
    const story = shop(CODES, { coupon_count_warn_limit: 40 });
    const alerts = (): unknown[] => story.contexts.flatMap(({ effects }) => effects.alerts.splice(0));
    buys(story, people(THERE, 1));
    buys(story, people(HERE, CODES - 60));
    expect(lentOf(pool(story))).toBeGreaterThanOrEqual(COUPON_LOAN_MIN);
    expect(alerts()).toEqual([]);
    buys(story, people(HERE, 40, "q"));
    expect(alerts()).toMatchObject([{ kind: "coupons_low", text: expect.stringMatching(/^\d\d coupons are left$/) }]);
  });
});

describe("a withdrawal while codes are lent", () => {
  test("is carried out, and answered, when all are back", () => {
    const story = new Story(document());
    const first = uploads(story, codes(0, CODES));
    uploads(story, ["D-1"]);
    buys(story, [...people(HERE, 3), ...people(THERE, 2)]);
    const id = story.asks({ kind: "delete_coupons", ...of, operationId: first });
    const replies = (): unknown[] => story.contexts.flatMap(({ effects }) => effects.replies.splice(0));
    replies();
    story.step(POOL);
    expect(replies()).toEqual([]);
    expect(pool(story).busy).toMatchObject({ operationId: id });
    // Not answered yet: this one may still go.
    story.arrives("bought", { email: people(HERE, 1, "q")[0] ?? "" });
    story.asks({ kind: "begin_coupon_upload", ...of, filename: "f", requested: 1, isDiscarding: false });
    story.asks({ kind: "delete_coupons", ...of, operationId: first });
    story.settle((ready) => (ready.includes(POOL) ? POOL : (ready[0] ?? 0)));
    expect(replies()).toMatchObject([
      { errorCode: "coupons_concurrent_upload" },
      { errorCode: "coupons_concurrent_delete" },
      { errorCode: null, value: id },
      { errorCode: null },
    ]);
    const answer = story.query(POOL, { kind: "coupon_operations", ...of, operationId: id });
    if (answer.kind !== "coupon_operations") throw new Error(answer.kind);
    const sold = CODES - (answer.operations[0]?.requested ?? 0);
    expect(sold).toBe(issued(story).filter((code) => code.startsWith("C-")).length);
    expect(stats(story).available + stats(story).issued).toBe(sold + 1);
    expect(pool(story).busy).toBeNull();
    const after = buys(story, [...people(HERE, 2, "r"), ...people(THERE, 1, "r")]);
    expect(after.filter((code) => code?.startsWith("C-"))).toEqual([]);
    uploads(story, codes(500, 510));
    expect(stats(story).available).toBe(10 - after.filter((code) => code === null).length);
  });

  test("of an upload that is not there is refused at once", () => {
    const story = shop(CODES);
    buys(story, people(HERE, 1));
    const refused = story.commands({ kind: "delete_coupons", ...of, operationId: "7000000000000000001" });
    expect(refused.errorCode).toBe("operation_not_found");
    expect(loan(story, HERE)?.numbers).toHaveLength(COUPON_LOAN_MIN);
  });
});

test("a draft that is tried takes no lent code, nor does what is explained afterwards", () => {
  const story = shop(CODES);
  const [first = "", next = ""] = people(HERE, 2);
  buys(story, [first, next]);
  const before = structuredClone(loan(story, HERE));
  const event = { name: "bought", data: { email: next }, eventMs: story.nowMs, nowMs: story.nowMs };
  const tried = story.query(HERE, {
    kind: "simulate",
    personId: story.who(next).id,
    event,
    program: document(),
  });
  if (tried.kind !== "simulate") throw new Error(tried.kind);
  expect(tried.simulation?.rewards).toMatchObject([{ supplierId: "COUPON" }]);
  expect(loan(story, HERE)).toEqual(before);
  const personId = story.who(first).id;
  const records = (story.logs[HERE] ?? []).filter(({ sequence }) => story.who(first).trail.includes(sequence));
  const eventId = story.who(first).steps[0]?.rootEventId ?? "";
  const explained = story.query(HERE, { kind: "explain", client: CLIENT, personId, eventId, page: 0, records });
  expect(explained).toMatchObject({ explanation: { isExact: true } });
  expect(loan(story, HERE)).toEqual(before);
});

test("rewards live where they are earned, so that a loan serves them", () => {
  const story = shop(CODES);
  buys(story, people(HERE, 2));
  const homes = people(HERE, 2).map((email) => partitionOfReward(story.onlyReward(story.who(email)).id));
  expect(homes).toEqual([HERE, HERE]);
});
