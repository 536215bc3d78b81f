// What a consumer's proof is worth after prehandlers had their say: it proves the one whom it names, and nobody whom they put in place.

import type { Bearer, Enrichment } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Person } from "../../model/person.ts";
import { eventKeys } from "../1_route.ts";

/** Said of whoever is proven. */
export const VERIFIED = "VERIFIED_CONSUMER";

/** @param data as prehandlers left them; a proof that names somebody else than they do is dropped, with what rules believe on its account */
export function withoutLostProof<E extends Enrichment | null>(enrichment: E, data: JsonObject): E | Enrichment {
  if (enrichment === null) return enrichment;
  const { bearer, scopes = [] } = enrichment;
  if (bearer === undefined || (bearer.proves === undefined && bearer.provesPartnerUserId === undefined))
    return enrichment;
  const { email, partnerUserId } = eventKeys(data);
  if (bearer.proves === undefined ? bearer.provesPartnerUserId === partnerUserId : bearer.proves === email)
    return enrichment;
  const { proves: _, provesPartnerUserId: __, ...unproven } = bearer;
  return { ...enrichment, bearer: unproven, scopes: scopes.filter((scope) => scope !== VERIFIED) };
}

/** Whether the proof is of the person whom the event was about in the end. */
export function isProven({ proves, provesPartnerUserId }: Bearer, { email, partnerUserId }: Person): boolean {
  return proves === undefined
    ? provesPartnerUserId !== undefined && provesPartnerUserId === partnerUserId
    : proves === email;
}
