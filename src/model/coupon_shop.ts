// Coupon shop: where a supplier's codes come from when nobody uploads them.

import type { Result } from "../base/result.ts";

/** Codes of one kind, in an order of the shop's own that does not change. */
export interface ShopPool {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly codes: number;
  readonly type: "MULTIPLE_CODES" | "SYSTEM_CODES";
}

/** Why the shop did not say. */
export type ShopRefusal = "not_authenticated" | "not_authorized" | "no_such_pool" | "unavailable";

export interface CouponShop {
  /** What suppliers call it by, as their `settings_id`. */
  readonly settingsId: string;
  /** Of pools that have codes of their own for everybody. */
  listPools(): Promise<Result<readonly ShopPool[], ShopRefusal>>;
  /** Those from `offset` on, `count` at most; fewer: the pool has no more. */
  takeCodes(wanted: CodesWanted): Promise<Result<readonly string[], ShopRefusal>>;
}

export interface CodesWanted {
  readonly pool: string;
  readonly offset: number;
  readonly count: number;
}
