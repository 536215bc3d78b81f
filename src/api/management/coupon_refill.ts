// A refill: codes of a shop, taken into the pool of a supplier whose coupons come from there.
//
//   R1. A refill goes on where the one before ended: which codes of the shop it took is in the name of its operation, durable with it.
//   R2. Codes come as an upload does: all of a refill or none, and those that the supplier has already are left out.

import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { builtObject, findObject, supplierKind } from "../../management/mod.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import type { CouponShop, ShopRefusal } from "../../model/coupon_shop.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { COUPON_LINES_PER_BATCH, COUPONS_PER_REFILL_MAX } from "../limits.ts";
import type { CouponBatch } from "./coupon_file.ts";
import { operationsOf, type Pool } from "./coupon_pool.ts";
import { bringIn } from "./coupon_upload.ts";

/** What a supplier says about its refills. */
export interface RefillWish {
  readonly settingsId: string;
  readonly shopPool: string;
  readonly initialOffset: number;
  readonly count: number;
}

/** Of a supplier that is there, and of the type whose coupons come from a shop. */
export async function refillWishOf(
  configuration: ConfigurationClient,
  { client, supplierId }: Pool,
): Promise<RefillWish> {
  const found = findObject(await configuration.read(client), { kind: supplierKind, id: supplierId });
  const built = found.ok ? builtObject(supplierKind, found.value) : found;
  const supplier: { readonly [name: string]: unknown } = built.ok ? built.value : {};
  const text = (name: string): string => (typeof supplier[name] === "string" ? supplier[name] : "");
  const number = (name: string): number => Number(supplier[name] ?? 0);
  return {
    settingsId: text("settings_id"),
    shopPool: text("coupon_pool_id"),
    initialOffset: number("initial_offset"),
    count: Math.min(number("balance_refill_amount"), COUPONS_PER_REFILL_MAX),
  };
}

/** Read from the shop, and of no pool yet. */
export interface ShopCodes {
  readonly offset: number;
  /** None: the shop has no more. */
  readonly codes: readonly string[];
}

export const shopRefusals: { readonly [R in ShopRefusal]: ApiError } = {
  not_authenticated: apiError("salesforce_authentication_error"),
  not_authorized: apiError("salesforce_authorization_error"),
  no_such_pool: apiError("inexisting_coupon_pool_id"),
  unavailable: apiError("salesforce_service_unavailable"),
};

/** R1. */
export async function nextCodes(
  runtime: RuntimeClient,
  shop: CouponShop,
  pool: Pool,
  wish: RefillWish,
): Promise<Result<ShopCodes, ApiError>> {
  const before = await operationsOf(runtime, pool, null);
  const offset = before.reduce((end, operation) => Math.max(end, takenBy(operation)?.end ?? 0), wish.initialOffset);
  const taken = await shop.takeCodes({ pool: wish.shopPool, offset, count: wish.count });
  return taken.ok ? ok({ offset, codes: taken.value }) : fail(shopRefusals[taken.error]);
}

/** R2. The id of the operation, or why there is none. */
export async function bringRefill(
  runtime: RuntimeClient,
  pool: Pool,
  { count }: RefillWish,
  { offset, codes }: ShopCodes,
): Promise<Result<string, ApiError>> {
  const filename = nameOf({ first: offset, end: offset + codes.length });
  const begin = { filename, requested: count, isDiscarding: true };
  const brought = await bringIn(runtime, pool, begin, batchesOf(codes, pool.defaultExpiresMs));
  if (brought.ok) return brought;
  // One that was cut off is no longer under way after a while: whoever begins is told by the pool.
  const isBusy = brought.error.code === "coupons_concurrent_upload";
  return isBusy ? fail(apiError("refill_already_in_progress")) : brought;
}

function* batchesOf(
  codes: readonly string[],
  expiresMs: number | null,
): Generator<Result<CouponBatch, ApiError>, void, undefined> {
  for (let at = 0; at < codes.length; at += COUPON_LINES_PER_BATCH) {
    const some = codes.slice(at, at + COUPON_LINES_PER_BATCH);
    yield ok({ codes: some, expires: expiresMs === null ? null : some.map(() => expiresMs) });
  }
}

/** Of the shop's codes. */
interface Taken {
  readonly first: number;
  readonly end: number;
}

function nameOf({ first, end }: Taken): string {
  return `${NAMED}${first}-${end}`;
}

/** Null: no codes were taken. */
export function takenBy({ type, status, filename }: CouponOperation): Taken | null {
  if (type === "COUPON_DELETE" || status !== "SUCCESS" || filename?.startsWith(NAMED) !== true) return null;
  const [first, end] = filename.slice(NAMED.length).split("-").map(Number);
  assert(first !== undefined && end !== undefined && end >= first, `a refill is named ${filename}`);
  return { first, end };
}

const NAMED = "salesforce codes ";
