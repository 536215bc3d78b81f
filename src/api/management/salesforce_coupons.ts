// Operations on suppliers whose coupons come from Salesforce Commerce: what is on offer there, and codes taken from there into the supplier's pool.
//
//   R1. A refill goes on where the one before ended: which codes of the shop it took is in the name of its operation, durable with it.
//   R2. Codes come as an upload does: all of a refill or none, and those that the supplier has already are left out.

import { assert } from "../../base/assert.ts";
import { ok, type Result } from "../../base/result.ts";
import { builtObject, findObject, supplierKind } from "../../management/mod.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import type { CouponShop, ShopPool, ShopRefusal } from "../../model/coupon_shop.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { COUPON_LINES_PER_BATCH, COUPONS_PER_REFILL_MAX } from "../limits.ts";
import { answerOperation, bringIn, operationsOf, type Pool, poolOf, poolRoutes } from "./coupons.ts";
import type { CouponBatch } from "./coupon_file.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

export function salesforceRoutes(
  configuration: ConfigurationClient,
  runtime: RuntimeClient,
  shop: CouponShop | null,
): AnswerRoute[] {
  const path = "/v2/reward-suppliers/salesforce-coupons/{reward_supplier_id}";
  const ofPool = poolOf(configuration, "SALESFORCE_COUPON");
  return [
    {
      ...read,
      kind: "answer",
      operation: "listSalesforceCouponPools",
      path: "/v2/reward-suppliers/salesforce-coupons/list-available-coupon-pools",
      summary: "The coupon pools that Salesforce Commerce has on offer",
      run: async ({ query }) => {
        const settingsId = new QueryReader(query).text("settings_id");
        if (shop === null || (settingsId !== null && settingsId !== shop.settingsId)) return answerError(notDefined);
        const pools = await shop.listPools();
        return pools.ok
          ? answerJson(pools.value.map((pool) => poolView(pool, shop.settingsId)))
          : answerError(refusals[pools.error]);
      },
    },
    {
      ...write,
      kind: "answer",
      operation: "refillSalesforceCoupons",
      method: "POST",
      path: `${path}/coupons`,
      summary: "Take coupons from Salesforce Commerce into the supplier's pool",
      request: null,
      run: ofPool(async (_call, pool) => {
        const wanted = await wantedOf(configuration, pool);
        return shop === null || wanted.settingsId !== shop.settingsId
          ? answerError(notDefined)
          : refilled(runtime, shop, pool, wanted);
      }),
    },
    ...poolRoutes(runtime, ofPool, { path, name: "SalesforceCoupon", view: operationView }),
  ];
}

const notDefined: ApiError = apiError("salesforce_settings_not_defined");

const refusals: { readonly [R in ShopRefusal]: ApiError } = {
  not_authenticated: apiError("salesforce_authentication_error"),
  not_authorized: apiError("salesforce_authorization_error"),
  no_such_pool: apiError("inexisting_coupon_pool_id"),
  unavailable: apiError("salesforce_service_unavailable"),
};

interface Wanted {
  readonly settingsId: string;
  readonly shopPool: string;
  readonly initialOffset: number;
  readonly count: number;
}

/** What the supplier says: it is there, and of that type. */
async function wantedOf(configuration: ConfigurationClient, { client, supplierId }: Pool): Promise<Wanted> {
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

async function refilled(runtime: RuntimeClient, shop: CouponShop, pool: Pool, wanted: Wanted): Promise<Answer> {
  const before = await operationsOf(runtime, pool, null);
  const offset = before.reduce((end, operation) => Math.max(end, takenBy(operation)?.end ?? 0), wanted.initialOffset);
  const taken = await shop.takeCodes({ pool: wanted.shopPool, offset, count: wanted.count });
  if (!taken.ok) return answerError(refusals[taken.error]);
  const codes = taken.value;
  const filename = nameOf({ first: offset, end: offset + codes.length });
  const begin = { filename, requested: wanted.count, isDiscarding: true };
  const brought = await bringIn(runtime, pool, begin, batchesOf(codes, pool.defaultExpiresMs));
  if (brought.ok) return answerOperation(runtime, pool, brought.value, operationView);
  // One that was cut off is no longer under way after a while: whoever begins is told by the pool.
  const isBusy = brought.error.code === "coupons_concurrent_upload";
  return answerError(isBusy ? apiError("refill_already_in_progress") : brought.error);
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

/** R1. */
function nameOf({ first, end }: Taken): string {
  return `${NAMED}${first}-${end}`;
}

/** Null: no codes were taken. */
function takenBy({ type, status, filename }: CouponOperation): Taken | null {
  if (type === "COUPON_DELETE" || status !== "SUCCESS" || filename?.startsWith(NAMED) !== true) return null;
  const [first, end] = filename.slice(NAMED.length).split("-").map(Number);
  assert(first !== undefined && end !== undefined && end >= first, `a refill is named ${filename}`);
  return { first, end };
}

const NAMED = "salesforce codes ";

function poolView({ id, isEnabled, codes, type }: ShopPool, settingsId: string): object {
  return {
    coupon_pool_id: id,
    coupon_count: codes,
    enabled: isEnabled,
    type,
    settings_id: settingsId,
    settings_name: settingsId,
  };
}

function operationView(operation: CouponOperation, supplierId: string): object {
  const { id, type, createdMs, requested, first, end, status, message } = operation;
  const isDelete = type === "COUPON_DELETE";
  return {
    id,
    reward_supplier_id: supplierId,
    operation_type: isDelete ? "COUPON_DELETE" : "COUPON_REFILL",
    created_at: new Date(createdMs).toISOString(),
    number_of_requested_coupons: requested,
    number_of_received_coupons: isDelete ? 0 : end - first,
    offset: takenBy(operation)?.first ?? 0,
    status: status === "FAILED" ? "FAILED" : "SUCCESS",
    request_message: isDelete ? "withdrawal" : "refill",
    result_message: message,
  };
}
