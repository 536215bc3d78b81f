// Payout: what a provider outside is to hand to a person for a reward.

export const payoutProviders = ["PAYPAL_PAYOUTS", "TANGO_V2"] as const;
export type PayoutProvider = (typeof payoutProviders)[number];

export interface PayoutOrder {
  readonly kind: "PAYOUT";
  readonly provider: PayoutProvider;
  readonly amount: number;
  readonly currency: string;
  readonly email: string;
  readonly firstName: string;
  /** TANGO_V2. */
  readonly accountId: string | null;
  readonly utid: string | null;
  /** PAYPAL_PAYOUTS: the merchant that pays. */
  readonly merchantToken: string | null;
}

/** Currencies of rewards' values in which PayPal pays. */
export const paypalCurrencies: readonly string[] = [
  "AUD",
  "BRL",
  "CAD",
  "CNY",
  "EUR",
  "GBP",
  "HKD",
  "JPY",
  "MXN",
  "NZD",
  "TWD",
  "USD",
];

/** Of these PayPal takes no fractions. */
export const paypalWholeCurrencies: readonly string[] = ["JPY", "TWD"];

/** A brand of a provider's catalogue, and what of it can be ordered. */
export interface CatalogueBrand {
  readonly name: string;
  readonly description: string;
  readonly disclaimer: string;
  readonly imageUrl: string | null;
  readonly items: readonly CatalogueItem[];
}

export interface CatalogueItem {
  readonly utid: string;
  readonly rewardName: string;
  readonly currency: string;
  readonly valueType: "FIXED_VALUE" | "VARIABLE_VALUE" | "UNSUPPORTED";
  /** Null: the item has none. */
  readonly faceValue: number | null;
  readonly minValue: number | null;
  readonly maxValue: number | null;
  readonly countries: readonly string[];
}

/** Null: the provider did not say. */
export type ReadCatalogue = () => Promise<readonly CatalogueBrand[] | null>;
