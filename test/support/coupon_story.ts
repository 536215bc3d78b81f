// A supplier with coupons in a story: uploads, buyers, and what the pool and the partitions that it lends to know.

import { expect } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import type { CouponLoan, CouponPool } from "../../src/model/coupon.ts";
import type { SupplierDocument } from "../../src/model/supplier.ts";
import { CLIENT, coupons, earn, on, onReward, PARTITIONS, programme, type Story } from "./story.ts";

/** The supplier. */
export const of = { client: CLIENT, supplierId: "COUPON" };
/** Where its pool is. */
export const POOL = partitionOf(CLIENT, "pool/COUPON", PARTITIONS);
/** Two partitions that are not the pool's. */
export const [HERE = 0, THERE = 0] = Array.from({ length: PARTITIONS }, (_, n) => n).filter((n) => n !== POOL);

/** Whoever buys earns a code, and whoever gets one is heard of. */
export function document(more: Partial<SupplierDocument> = {}, listed: string[] = []): ReturnType<typeof programme> {
  return programme(
    [
      on("bought", { actions: [earn("COUPON")] }),
      onReward("got_code", ["FULFILLED"], {
        data: [{ name: "code", value: "javascript@runtime:context.getPerson().getRewards()[0].getPartnerRewardId()" }],
      }),
    ],
    { suppliers: [{ ...coupons("COUPON", listed), ...more }] },
  );
}

/** The code that each of them has when all is done. */
export function buys(story: Story, emails: readonly string[]): (string | null)[] {
  return emails.map((email) => {
    story.happens("bought", { email });
    return story.onlyReward(story.who(email)).partnerRewardId;
  });
}

/** C-`from` up to the one before C-`end`. */
export function codes(from: number, end: number): string[] {
  return Array.from({ length: end - from }, (_, n) => `C-${from + n}`);
}

/** Returns the operation. */
export function uploads(story: Story, codes: string[], expires: (number | null)[] | null = null): string {
  const begin = { filename: "f", requested: codes.length, isDiscarding: false };
  const begun = story.commands({ kind: "begin_coupon_upload", ...of, ...begin });
  const operationId = String(begun.value);
  const added = story.commands({ kind: "add_coupons", ...of, operationId, codes, expires });
  const ended = story.commands({ kind: "end_coupon_upload", ...of, operationId, failure: null });
  expect([begun, added, ended].map(({ errorCode }) => errorCode)).toEqual([null, null, null]);
  return operationId;
}

/** People of one partition, of whom nobody was heard before. */
export function people(partition: number, count: number, name = "p"): string[] {
  const found: string[] = [];
  for (let n = 0; found.length < count; n++)
    if (partitionOf(CLIENT, `email/${name}${n}@x.com`, PARTITIONS) === partition) found.push(`${name}${n}@x.com`);
  return found;
}

export function stats(story: Story): { available: number; issued: number } {
  const sum = { available: 0, issued: 0 };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const answer = story.query(partition, { kind: "coupon_stats", ...of, atMs: story.nowMs });
    if (answer.kind !== "coupon_stats") throw new Error(answer.kind);
    sum.available += answer.available;
    sum.issued += answer.issued;
  }
  return sum;
}

export function issued(story: Story): string[] {
  const filter = { operationId: null, isIssued: true, unexpiredAtMs: null };
  const answer = story.query(POOL, { kind: "coupons", ...of, ...filter, from: 0, skip: 0, limit: 20_000 });
  return answer.kind === "coupons" ? answer.coupons.map(({ code }) => code) : [];
}

export function loan(story: Story, partition: number): CouponLoan | undefined {
  return story.contexts[partition]?.state.find("couponLoan", `${CLIENT}/COUPON`);
}

export function pool(story: Story): CouponPool {
  const found = story.contexts[POOL]?.state.find("pool", `${CLIENT}/COUPON`);
  if (found === undefined) throw new Error("no pool");
  return found;
}
