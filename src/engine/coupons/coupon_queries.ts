// What is asked about a supplier's coupons. Read only, and bounded however large the pool is.

import { memberOf } from "../../base/members.ts";
import type { CouponOperation, CouponPage } from "../../model/coupon.ts";
import type { PartitionState } from "../../model/state.ts";
import { type EngineContext, programInEffect } from "../context.ts";
import { lentOf } from "./coupon_lending.ts";
import { numbersOf } from "./coupon_numbers.ts";
import { operationKey } from "./coupon_operations.ts";
import { findSlot, type PoolReference, poolKey, WITHDRAWN } from "./coupon_pages.ts";
import { partitionOfPool } from "./coupons.ts";
import { COUPON_OPERATIONS_MAX, COUPONS_LISTED_MAX, COUPONS_PER_PAGE } from "../limits.ts";

export type CouponQuery =
  /** Codes in the order in which they are handed out, from a number on. That a lent one is issued is seen a second later at most. */
  | ({
      readonly kind: "coupons";
      /** Of this upload alone. */
      readonly operationId: string | null;
      readonly isIssued: boolean | null;
      /** Codes that expired before are left out; null: none is. */
      readonly unexpiredAtMs: number | null;
      readonly from: number;
      /** As many of those that pass are counted and not answered. */
      readonly skip: number;
      readonly limit: number;
    } & PoolReference)
  /** What this partition knows; the sum over all is what there is. */
  | ({ readonly kind: "coupon_stats"; readonly atMs: number } & PoolReference)
  /** The newest first; one of them, or all. */
  | ({ readonly kind: "coupon_operations"; readonly operationId: string | null } & PoolReference);

export interface ListedCoupon {
  readonly code: string;
  readonly expiresMs: number | null;
}

export type CouponAnswerToQuery =
  /** `next` continues; null at the end. */
  | {
      readonly kind: "coupons";
      readonly coupons: readonly ListedCoupon[];
      readonly skipped: number;
      readonly next: number | null;
    }
  /** Below zero where more were used than the pool was told. */
  | { readonly kind: "coupon_stats"; readonly available: number; readonly issued: number }
  | { readonly kind: "coupon_operations"; readonly operations: readonly CouponOperation[] };

interface Stats {
  readonly available: number;
  readonly issued: number;
}

export function answerCouponQuery(context: EngineContext, query: CouponQuery): CouponAnswerToQuery {
  const { state } = context;
  switch (query.kind) {
    case "coupons":
      return listCoupons(state, query);
    case "coupon_stats":
      return { kind: "coupon_stats", ...statsHere(context, query) };
    case "coupon_operations": {
      const { operationId } = query;
      const one = operationId === null ? undefined : state.find("couponOperation", operationKey(query, operationId));
      if (operationId !== null) return { kind: "coupon_operations", operations: one === undefined ? [] : [one] };
      const all = { prefix: `${poolKey(query)}/`, after: null, limit: COUPON_OPERATIONS_MAX, isReverse: true };
      return { kind: "coupon_operations", operations: state.list("couponOperation", all).map(({ value }) => value) };
    }
  }
}

function listCoupons(
  state: PartitionState,
  query: Extract<CouponQuery, { readonly kind: "coupons" }>,
): Extract<CouponAnswerToQuery, { readonly kind: "coupons" }> {
  const { operationId, isIssued, unexpiredAtMs, skip, limit } = query;
  const operation = operationId === null ? null : state.find("couponOperation", operationKey(query, operationId));
  const pool = state.find("pool", poolKey(query));
  const running =
    pool?.busy === null ? undefined : state.find("couponOperation", operationKey(query, pool?.busy?.operationId ?? ""));
  // What is still being uploaded is not there yet.
  const visible = running?.status === "RUNNING" ? running.first : (pool?.end ?? 0);
  const end = Math.min(visible, operation?.end ?? visible);
  const coupons: ListedCoupon[] = [];
  let skipped = 0;
  let number = Math.max(query.from, operation?.first ?? 0);
  let page: CouponPage | undefined;
  for (let looked = 0; number < end && looked < COUPONS_LISTED_MAX && coupons.length < limit; looked++, number++) {
    const at = number % COUPONS_PER_PAGE;
    if (looked === 0 || at === 0) page = findSlot(state, query, number)?.page;
    const code = page?.codes[at];
    if (page === undefined || code === undefined) continue;
    const holder = page.holders[at] ?? null;
    const expiresMs = page.expires[at] ?? null;
    if (holder === WITHDRAWN || (isIssued !== null && isIssued !== (holder !== null))) continue;
    if (unexpiredAtMs !== null && expiresMs !== null && expiresMs <= unexpiredAtMs) continue;
    if (skipped < skip) skipped++;
    else coupons.push({ code, expiresMs });
  }
  return { kind: "coupons", coupons, skipped, next: number < end ? number : null };
}

function statsHere(context: EngineContext, query: PoolReference & { readonly atMs: number }): Stats {
  const isHome = partitionOfPool(query, context.partitions) === context.partition;
  const { available, issued } = isHome ? statsOf(context, query, query.atMs) : { available: 0, issued: 0 };
  const loan = context.state.find("couponLoan", poolKey(query));
  if (loan === undefined) return { available, issued };
  // The pool counts as available what it lent and was not told of.
  const expired = loan.expires.filter((expiresMs) => expiresMs !== null && expiresMs <= query.atMs).length;
  const { length: used } = loan.used;
  return { available: available - used - loan.passed.length - expired, issued: issued + used };
}

/** Counted, where no code expires; else looked at, as far as `COUPONS_LISTED_MAX` codes, and what lies behind taken as unexpired. */
function statsOf(context: EngineContext, reference: PoolReference, atMs: number): Stats {
  const { state } = context;
  const pool = state.find("pool", poolKey(reference));
  const inFile = codesOfFile(context, reference);
  if (pool === undefined) return { available: inFile, issued: 0 };
  const toCome = Math.max(0, inFile - pool.fileCodes);
  let expired = 0;
  let looked = 0;
  const numbers = pool.hasExpiries ? numbersOf(pool) : [];
  for (const number of numbers) {
    if (++looked > COUPONS_LISTED_MAX) break;
    const slot = findSlot(state, reference, number);
    const expiresMs = slot?.page.expires[slot.at] ?? null;
    if (expiresMs !== null && expiresMs <= atMs) expired++;
  }
  return { available: pool.available + lentOf(pool) + toCome - expired, issued: pool.issued };
}

/** Codes that the program file brings and that the pool takes when it is next asked for something. */
function codesOfFile(context: EngineContext, { client, supplierId }: PoolReference): number {
  const program = programInEffect(context, client);
  return memberOf(program?.suppliers, supplierId)?.coupons?.length ?? 0;
}
