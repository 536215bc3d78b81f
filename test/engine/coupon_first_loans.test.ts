// When an upload ends, a large pool lends codes to every partition, so that the first rewards of a burst ask for none.

import { expect, test } from "vitest";
import { lentOf } from "../../src/engine/coupons/coupon_lending.ts";
import { COUPON_LOAN_MIN, COUPON_LOAN_PARTS, COUPON_LOANS_FIRST } from "../../src/engine/limits.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import {
  buys,
  codes,
  document,
  HERE,
  loan,
  of,
  people,
  POOL,
  pool,
  stats,
  THERE,
  uploads,
} from "../support/coupon_story.ts";
import { PARTITIONS, Story } from "../support/story.ts";

const MINUTE_MS = 60_000;
/** Enough for a first loan each, little more. */
const CODES = 1_200;
const inEach = Math.floor(CODES / (PARTITIONS * COUPON_LOAN_PARTS));

function uploaded(count: number, more: Partial<SupplierDocument> = {}): Story {
  const story = new Story(document(more));
  uploads(story, codes(0, count));
  return story;
}

function lentToEach(story: Story): (number | undefined)[] {
  return story.contexts.map((_context, partition) => loan(story, partition)?.numbers.length);
}

test("every partition has codes, so that the first ones of a burst ask for none", () => {
  const story = uploaded(CODES);
  expect(lentToEach(story)).toEqual([inEach, inEach, inEach, inEach]);
  expect(stats(story)).toEqual({ available: CODES, issued: 0 });
  const before = story.logs[POOL]?.length;
  for (const partition of [HERE, THERE]) for (const email of people(partition, 15)) story.arrives("bought", { email });
  for (const partition of [HERE, THERE]) while (story.hasNext(partition)) story.step(partition);
  expect(story.logs[POOL]?.length).toBe(before);
  const given = [HERE, THERE]
    .flatMap((partition) => people(partition, 15))
    .map((email) => story.onlyReward(story.who(email)));
  expect(given.every(({ state, isFulfilFailed }) => state === "FULFILLED" && !isFulfilFailed)).toBe(true);
  expect(new Set(given.map(({ partnerRewardId }) => partnerRewardId)).size).toBe(30);
  expect(stats(story)).toEqual({ available: CODES - 30, issued: 30 });
});

test("a large pool lends each a bounded number, and a later upload nothing to those who have some", () => {
  const story = uploaded(40_000);
  const first = Array.from({ length: PARTITIONS }, () => COUPON_LOANS_FIRST / PARTITIONS);
  expect(lentToEach(story)).toEqual(first);
  uploads(story, codes(40_000, 50_000));
  expect(lentToEach(story)).toEqual(first);
  expect(lentOf(pool(story))).toBe(COUPON_LOANS_FIRST);
});

test.each<[string, number, Partial<SupplierDocument>]>([
  ["a small pool", 1_000, {}],
  ["a pool near its warn limit", CODES, { coupon_count_warn_limit: 200 }],
  ["one of a supplier with limits", CODES, { limit_per_day: 5_000 }],
])("%s lends nothing", (_what, count, more) => {
  const story = uploaded(count, more);
  expect(story.contexts.map((_context, partition) => loan(story, partition))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(pool(story).loans).toBeUndefined();
});

test("codes that expire are not lent before somebody asks", () => {
  const story = new Story(document());
  uploads(
    story,
    codes(0, CODES),
    codes(0, CODES).map((_code, n) => (n === 7 ? story.nowMs + 60 * MINUTE_MS : null)),
  );
  expect(pool(story).loans).toBeUndefined();
  expect(buys(story, people(HERE, 1))).toEqual(["C-0"]);
  expect(loan(story, HERE)?.numbers).toHaveLength(COUPON_LOAN_MIN);
});

test("nobody is refused for what lies where nobody comes: one partition hands out every code", () => {
  const story = uploaded(CODES);
  const given = buys(story, people(HERE, CODES));
  expect(new Set(given)).toEqual(new Set(codes(0, CODES)));
  expect(stats(story)).toEqual({ available: 0, issued: CODES });
  expect(buys(story, people(THERE, 1))).toEqual([null]);
});

test("and it is withdrawn again, nothing is left of it anywhere", () => {
  const story = new Story(document());
  const operationId = uploads(story, codes(0, CODES));
  expect(story.commands({ kind: "delete_coupons", ...of, operationId }).errorCode).toBeNull();
  expect(stats(story)).toEqual({ available: 0, issued: 0 });
  expect(lentToEach(story)).toEqual([0, 0, 0, 0]);
  expect(buys(story, people(HERE, 1))).toEqual([null]);
});
