// A supplier with coupons in a story: uploads, buyers, and what the pool and the partitions that it lends to know.

import { expect } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import type { CouponLoan, CouponPool } from "../../src/model/coupon.ts";
import { CLIENT, PARTITIONS, type Story } from "./story.ts";

/** The supplier. */
export const of = { client: CLIENT, supplierId: "COUPON" };
/** Where its pool is. */
export const POOL = partitionOf(CLIENT, "pool/COUPON", PARTITIONS);
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
  const answer = story.query(POOL, { kind: "coupons", ...of, ...filter, from: 0, limit: 20_000 });
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
