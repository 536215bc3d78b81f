// Operations on suppliers behind which a provider stands: what it has on offer, and the coupons that come from it.

import type { CouponOperation } from "../../model/coupon.ts";
import { apiError } from "../../model/errors.ts";
import type { CatalogueBrand, CatalogueItem, ReadCatalogue } from "../../model/payout.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { poolOf, poolRoutes } from "./coupons.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

/** Salesforce Commerce cannot be reached from here, and the answers say so. */
export function providerSupplierRoutes(
  configuration: ConfigurationClient,
  runtime: RuntimeClient,
  readTangoCatalogue: ReadCatalogue | null,
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
      run: async () => answerError(apiError("salesforce_settings_not_defined")),
    },
    {
      ...write,
      kind: "answer",
      operation: "refillSalesforceCoupons",
      method: "POST",
      path: `${path}/coupons`,
      summary: "Take coupons from Salesforce Commerce into the supplier's pool",
      request: null,
      run: ofPool(async () => answerError(apiError("salesforce_settings_not_defined"))),
    },
    ...poolRoutes(runtime, ofPool, { path, name: "SalesforceCoupon", view: salesforceView }),
    {
      ...read,
      kind: "answer",
      operation: "getTangoCatalog",
      path: "/v2/reward-suppliers/tango/catalog",
      summary: "The gift cards that Tango has on offer",
      run: async () => {
        const brands = (await readTangoCatalogue?.()) ?? null;
        return brands === null ? answerError(apiError("tango_service_unavailable")) : answerJson(brands.map(brandView));
      },
    },
  ];
}

function brandView({ name, description, disclaimer, imageUrl, items }: CatalogueBrand): object {
  return { brand_name: name, description, disclaimer, image_url: imageUrl, items: items.map(itemView) };
}

function itemView({ utid, rewardName, currency, valueType, ...item }: CatalogueItem): object {
  return {
    utid,
    reward_name: rewardName,
    currency_code: currency,
    value_type: valueType,
    face_value: item.faceValue,
    min_value: item.minValue,
    max_value: item.maxValue,
    countries: item.countries,
  };
}

function salesforceView(operation: CouponOperation, supplierId: string): object {
  const { id, type, createdMs, requested, first, end, status, message } = operation;
  return {
    id,
    reward_supplier_id: supplierId,
    operation_type: type === "COUPON_DELETE" ? "COUPON_DELETE" : "COUPON_REFILL",
    created_at: new Date(createdMs).toISOString(),
    number_of_requested_coupons: requested,
    number_of_received_coupons: type === "COUPON_DELETE" ? 0 : end - first,
    offset: first,
    status: status === "FAILED" ? "FAILED" : "SUCCESS",
    request_message: type === "COUPON_DELETE" ? "withdrawal" : "refill",
    result_message: message,
  };
}
