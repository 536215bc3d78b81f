// Operations on what Tango has on offer.

import type { CatalogueBrand, CatalogueItem, ReadCatalogue } from "../../model/payout.ts";
import { apiError } from "../../model/errors.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { readSchemaless as read } from "./scopes.ts";

export function tangoRoutes(readTangoCatalogue: ReadCatalogue | null): AnswerRoute[] {
  return [
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
