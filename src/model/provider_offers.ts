// What providers have on offer, where this node knows them.

import type { CouponShop } from "./coupon_shop.ts";
import type { ReadCatalogue } from "./payout.ts";

export interface ProviderOffers {
  /** Null: this node does not know Tango. */
  readonly readTangoCatalogue: ReadCatalogue | null;
  /** Salesforce Commerce; null: this node does not know it. */
  readonly couponShop: CouponShop | null;
}

export const noOffers: ProviderOffers = { readTangoCatalogue: null, couponShop: null };
