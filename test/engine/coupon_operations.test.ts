// Coupon uploads and withdrawals at the actor: all or nothing, one at a time, exact counts; codes that expire.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import type { CouponOperation } from "../../src/model/coupon.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { COUPONS_PER_PAGE } from "../../src/engine/limits.ts";
import { CLIENT, coupons, earn, on, PARTITIONS, programme, Story } from "../support/story.ts";

const MINUTE_MS = 60_000;
const of = { client: CLIENT, supplierId: "COUPON" };
const POOL = partitionOf(CLIENT, "pool/COUPON", PARTITIONS);

function shop(codes: string[] = [], more: Partial<SupplierDocument> = {}): Story {
  const supplier = { ...coupons("COUPON", codes), ...more };
  return new Story(programme([on("bought", { actions: [earn("COUPON")] })], { suppliers: [supplier] }));
}

function operations(story: Story): readonly CouponOperation[] {
  const answer = story.query(POOL, { kind: "coupon_operations", ...of, operationId: null });
  return answer.kind === "coupon_operations" ? answer.operations : [];
}

function begins(story: Story, isDiscarding = false): string | null {
  const begun = story.commands({ kind: "begin_coupon_upload", ...of, filename: "f", requested: 3, isDiscarding });
  return begun.errorCode;
}

function adds(story: Story, codes: string[], expires: (number | null)[] | null = null): string | null {
  const operationId = operations(story)[0]?.id ?? "";
  return story.commands({ kind: "add_coupons", ...of, operationId, codes, expires }).errorCode;
}

function ends(story: Story, failure: string | null = null): string | null {
  const operationId = operations(story)[0]?.id ?? "";
  return story.commands({ kind: "end_coupon_upload", ...of, operationId, failure }).errorCode;
}

/** Returns the operation. */
function uploads(story: Story, codes: string[], expires: (number | null)[] | null = null): string {
  for (const code of [begins(story), adds(story, codes, expires), ends(story)]) expect(code).toBeNull();
  return operations(story)[0]?.id ?? "";
}

function stats(story: Story): { available: number; issued: number } {
  const answer = story.query(POOL, { kind: "coupon_stats", ...of, atMs: story.nowMs });
  if (answer.kind !== "coupon_stats") throw new Error(answer.kind);
  return { available: answer.available, issued: answer.issued };
}

function listed(
  story: Story,
  more: { isIssued?: boolean; operationId?: string; unexpiredAtMs?: number } = {},
): string[] {
  const filter = { operationId: null, isIssued: null, unexpiredAtMs: null, ...more };
  const answer = story.query(POOL, { kind: "coupons", ...of, ...filter, from: 0, skip: 0, limit: 20_000 });
  return answer.kind === "coupons" ? answer.coupons.map(({ code }) => code) : [];
}

function codeOf(story: Story, email: string): string | null {
  story.happens("bought", { email });
  return story.onlyReward(story.who(email)).partnerRewardId;
}

test("those before a page are counted and not answered", () => {
  const story = shop();
  const codes = Array.from({ length: 2 * COUPONS_PER_PAGE + 9 }, (_, n) => `S-${n}`);
  uploads(story, codes);
  const query = { operationId: null, isIssued: null, unexpiredAtMs: null, from: 0, limit: 2 } as const;
  for (const skip of [0, 1, COUPONS_PER_PAGE - 1, COUPONS_PER_PAGE, codes.length - 1, codes.length + 5]) {
    const answer = story.query(POOL, { kind: "coupons", ...of, ...query, skip });
    if (answer.kind !== "coupons") throw new Error(answer.kind);
    expect(answer.coupons.map(({ code }) => code)).toEqual(codes.slice(skip, skip + 2));
    expect(answer.skipped).toBe(Math.min(skip, codes.length));
  }
});

describe("an upload", () => {
  test("is handed out behind what was there, over many pages, each code once", () => {
    const story = shop(["F-1"]);
    const codes = Array.from({ length: 700 }, (_, n) => `U-${n}`);
    uploads(story, codes);
    expect(stats(story)).toEqual({ available: 701, issued: 0 });
    expect([codeOf(story, "a@x.com"), codeOf(story, "b@x.com")]).toEqual(["F-1", "U-0"]);
    expect(stats(story)).toEqual({ available: 699, issued: 2 });
    expect(listed(story)).toEqual(["F-1", ...codes]);
    expect(listed(story, { isIssued: true })).toEqual(["F-1", "U-0"]);
  });

  test("gives nothing away before it is whole", () => {
    const story = shop();
    begins(story);
    adds(story, ["U-1"]);
    expect(codeOf(story, "a@x.com")).toBeNull();
    expect(listed(story)).toEqual([]);
    expect(stats(story)).toEqual({ available: 0, issued: 0 });
    ends(story);
    expect(listed(story)).toEqual(["U-1"]);
    story.passes(MINUTE_MS);
    expect(story.onlyReward(story.who("a@x.com")).partnerRewardId).toBe("U-1");
  });

  test.each([
    [["U-1", "U-2", "U-1"], "duplicate_coupon_code_in_list"],
    [["U-1", "F-1"], "existing_coupon_code"],
  ])("of %j fails with %s, and leaves nothing behind", (codes, code) => {
    const story = shop(["F-1"]);
    expect(begins(story)).toBeNull();
    expect(adds(story, codes)).toBe(code);
    expect(ends(story)).toBe("operation_not_found");
    expect(operations(story)).toMatchObject([{ status: "FAILED", message: code }]);
    expect(listed(story)).toEqual(["F-1"]);
    uploads(story, ["U-1", "U-2"]);
    expect(listed(story)).toEqual(["F-1", "U-1", "U-2"]);
    expect(stats(story)).toEqual({ available: 3, issued: 0 });
  });

  test("may leave out what is there", () => {
    const story = shop(["F-1"]);
    begins(story, true);
    adds(story, ["F-1", "U-1", "U-1"]);
    ends(story);
    expect(operations(story)).toMatchObject([{ discarded: 2, message: "1 coupons uploaded, 2 duplicates left out" }]);
    expect(listed(story)).toEqual(["F-1", "U-1"]);
  });

  test("that the front gave up is gone at once; one that nobody goes on with, after a while", () => {
    const story = shop();
    begins(story);
    adds(story, ["U-1"]);
    expect(begins(story)).toBe("coupons_concurrent_upload");
    ends(story, "invalid_file_line");
    begins(story);
    adds(story, ["U-1"]);
    story.passes(9 * MINUTE_MS);
    expect(begins(story)).toBe("coupons_concurrent_upload");
    story.passes(2 * MINUTE_MS);
    expect(begins(story)).toBeNull();
    expect(adds(story, ["U-1"])).toBeNull();
    expect(ends(story)).toBeNull();
    expect(operations(story).map(({ status }) => status)).toEqual(["SUCCESS", "FAILED", "FAILED"]);
    expect(stats(story)).toEqual({ available: 1, issued: 0 });
  });
});

describe("a withdrawal", () => {
  test("takes what nobody has, of that upload alone, and the codes may come again", () => {
    const story = shop();
    const first = uploads(story, ["A-1", "A-2", "A-3"]);
    uploads(story, ["B-1"]);
    expect(codeOf(story, "a@x.com")).toBe("A-1");
    const deleted = story.commands({ kind: "delete_coupons", ...of, operationId: first });
    expect(deleted.errorCode).toBeNull();
    expect(operations(story)[0]).toMatchObject({ type: "COUPON_DELETE", requested: 2, deletes: first });
    expect(stats(story)).toEqual({ available: 1, issued: 1 });
    expect(listed(story)).toEqual(["A-1", "B-1"]);
    expect(codeOf(story, "b@x.com")).toBe("B-1");
    uploads(story, ["A-2"]);
    expect(codeOf(story, "c@x.com")).toBe("A-2");
  });

  test("is refused of what was withdrawn, is no upload, or is not there", () => {
    const story = shop();
    const first = uploads(story, ["A-1"]);
    const deletes = (operationId: string): string | null =>
      story.commands({ kind: "delete_coupons", ...of, operationId }).errorCode;
    expect(deletes(first)).toBeNull();
    expect(deletes(first)).toBe("coupons_already_deleted_by_operation");
    expect(deletes(operations(story)[0]?.id ?? "")).toBe("not_an_upload_operation");
    expect(deletes("7000000000000000001")).toBe("operation_not_found");
  });

  test("of many codes goes on in parts, and nothing else is begun meanwhile", () => {
    // None is above the warn limit, so that none is lent.
    const story = shop([], { coupon_count_warn_limit: 10_000 });
    const first = uploads(
      story,
      Array.from({ length: 10_000 }, (_, n) => `A-${n}`),
    );
    story.asks({ kind: "delete_coupons", ...of, operationId: first });
    story.step(POOL);
    expect(listed(story)).toHaveLength(10_000 - 4_096);
    expect(stats(story).available).toBe(0);
    story.asks({ kind: "begin_coupon_upload", ...of, filename: "f", requested: 1, isDiscarding: false });
    story.settle();
    expect(listed(story)).toEqual([]);
    uploads(story, ["A-9999", "A-0"]);
    expect(listed(story)).toEqual(["A-9999", "A-0"]);
  });

  test("also of a code that is on its way to a reward which no longer wants it", () => {
    const story = shop();
    const first = uploads(story, ["A-1"]);
    story.happens("bought", { email: "a@x.com" });
    const { id } = story.onlyReward(story.who("a@x.com"));
    story.commands({ kind: "delete_coupons", ...of, operationId: first });
    story.receives(POOL, { kind: "return_coupon", ...of, rewardId: id, code: "A-1", atMs: 0 });
    expect(stats(story)).toEqual({ available: 0, issued: 0 });
    expect(codeOf(story, "b@x.com")).toBeNull();
  });
});

describe("codes that expire", () => {
  test("are passed over when they are too old, or soon will be; the reward ends with its code", () => {
    const story = shop([], { minimum_coupon_lifetime: 60 * MINUTE_MS });
    const inMinutes = (minutes: number): number => story.nowMs + minutes * MINUTE_MS;
    uploads(story, ["OLD", "SOON", "GOOD", "LAST"], [inMinutes(-1), inMinutes(30), inMinutes(90), null]);
    expect(stats(story)).toEqual({ available: 3, issued: 0 });
    expect(listed(story, { unexpiredAtMs: story.nowMs })).toEqual(["SOON", "GOOD", "LAST"]);
    expect(codeOf(story, "a@x.com")).toBe("GOOD");
    expect(stats(story)).toEqual({ available: 1, issued: 1 });
    const { id } = story.onlyReward(story.who("a@x.com"));
    story.passes(95 * MINUTE_MS);
    expect(story.rewardById(id).state).toBe("EXPIRED");
    expect(codeOf(story, "b@x.com")).toBe("LAST");
    expect(story.onlyReward(story.who("b@x.com")).expiresMs).toBeNull();
  });
});

test("somebody is told when few codes are left, once until there are more", () => {
  const story = shop(["F-1", "F-2", "F-3"], { coupon_count_warn_limit: 1 });
  const alerts = (): unknown[] => story.contexts.flatMap(({ effects }) => effects.alerts.splice(0));
  codeOf(story, "a@x.com");
  expect(alerts()).toEqual([]);
  codeOf(story, "b@x.com");
  const left = { kind: "coupons_low", client: CLIENT, subject: "COUPON", text: "1 coupons are left" };
  expect(alerts()).toEqual([left]);
  codeOf(story, "c@x.com");
  expect(alerts()).toEqual([]);
  uploads(story, ["U-1", "U-2"]);
  codeOf(story, "d@x.com");
  expect(alerts()).toEqual([left]);
});
