// What providers have on offer, asked by a front thread of the main thread, where the providers are known.
//
//   O1. What cannot be read is not there: whoever asked says so.

import { fail, type Result } from "../base/result.ts";
import type { CodesWanted, ShopPool, ShopRefusal } from "../model/coupon_shop.ts";
import type { CatalogueBrand } from "../model/payout.ts";
import type { ProviderOffers } from "../model/provider_offers.ts";

/** Which providers the main thread knows: of others nothing is asked. */
export interface KnownProviders {
  readonly tango: boolean;
  /** By which name; null: none. */
  readonly couponShop: string | null;
}

export type OfferQuestion =
  | { readonly kind: "catalogue" }
  | { readonly kind: "pools" }
  | { readonly kind: "codes"; readonly wanted: CodesWanted };

export type OfferAnswer =
  | { readonly kind: "catalogue"; readonly brands: readonly CatalogueBrand[] | null }
  | { readonly kind: "pools"; readonly pools: Result<readonly ShopPool[], ShopRefusal> }
  | { readonly kind: "codes"; readonly codes: Result<readonly string[], ShopRefusal> };

export function knownProviders({ readTangoCatalogue, couponShop }: ProviderOffers): KnownProviders {
  return { tango: readTangoCatalogue !== null, couponShop: couponShop?.settingsId ?? null };
}

/** On the main thread. Rejects when a provider's adapter does, which is a bug. */
export async function answerOffer(
  { readTangoCatalogue, couponShop }: ProviderOffers,
  question: OfferQuestion,
): Promise<OfferAnswer> {
  switch (question.kind) {
    case "catalogue":
      return { kind: "catalogue", brands: (await readTangoCatalogue?.()) ?? null };
    case "pools":
      return { kind: "pools", pools: (await couponShop?.listPools()) ?? fail("unavailable") };
    case "codes":
      return { kind: "codes", codes: (await couponShop?.takeCodes(question.wanted)) ?? fail("unavailable") };
  }
}

/** O1. */
export function noAnswer({ kind }: OfferQuestion): OfferAnswer {
  switch (kind) {
    case "catalogue":
      return { kind, brands: null };
    case "pools":
      return { kind, pools: fail("unavailable") };
    case "codes":
      return { kind, codes: fail("unavailable") };
  }
}

/** In a front thread. @param ask answers each question in its kind */
export function relayedOffers(
  known: KnownProviders,
  ask: (question: OfferQuestion) => Promise<OfferAnswer>,
): ProviderOffers {
  return {
    readTangoCatalogue: known.tango
      ? async () => {
          const answer = await ask({ kind: "catalogue" });
          return answer.kind === "catalogue" ? answer.brands : null;
        }
      : null,
    couponShop:
      known.couponShop === null
        ? null
        : {
            settingsId: known.couponShop,
            listPools: async () => {
              const answer = await ask({ kind: "pools" });
              return answer.kind === "pools" ? answer.pools : fail("unavailable");
            },
            takeCodes: async (wanted) => {
              const answer = await ask({ kind: "codes", wanted });
              return answer.kind === "codes" ? answer.codes : fail("unavailable");
            },
          },
  };
}
