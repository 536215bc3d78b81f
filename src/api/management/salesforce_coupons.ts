// Operations on suppliers whose coupons come from Salesforce Commerce: what is on offer there, and codes taken from there into the supplier's pool.

import type { CouponOperation } from "../../model/coupon.ts";
import type { CouponShop, ShopPool } from "../../model/coupon_shop.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { Pool } from "./coupon_pool.ts";
import { answerOperation, poolOf, poolRoutes } from "./coupon_pool_routes.ts";
import { bringRefill, nextCodes, type RefillWish, refillWishOf, shopRefusals, takenBy } from "./coupon_refill.ts";
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
          : answerError(shopRefusals[pools.error]);
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
        const wish = await refillWishOf(configuration, pool);
        return shop === null || wish.settingsId !== shop.settingsId
          ? answerError(notDefined)
          : refilled(runtime, shop, pool, wish);
      }),
    },
    ...poolRoutes(runtime, ofPool, { path, name: "SalesforceCoupon", view: operationView }),
  ];
}

const notDefined: ApiError = apiError("salesforce_settings_not_defined");

async function refilled(runtime: RuntimeClient, shop: CouponShop, pool: Pool, wish: RefillWish): Promise<Answer> {
  const taken = await nextCodes(runtime, shop, pool, wish);
  if (!taken.ok) return answerError(taken.error);
  const brought = await bringRefill(runtime, pool, wish, taken.value);
  return brought.ok ? answerOperation(runtime, pool, brought.value, operationView) : answerError(brought.error);
}

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
