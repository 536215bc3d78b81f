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
