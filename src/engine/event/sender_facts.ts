// The facts about a sender that every event has, in two bytes: scopes of the caller and whether the e-mail is a throw-away one.
//
//   0..8  scopes, in the order of `callerScopes`    9  it is known whether the address is a throw-away one    10  it is one

import { callerScopes, type Enrichment } from "../../model/event.ts";

const EMAIL_KNOWN = 1 << callerScopes.length;
const EMAIL_DISPOSABLE = EMAIL_KNOWN << 1;

/** All that two bytes can say, made once: events share what they say alike. */
const byBits: readonly Enrichment[] = Array.from({ length: EMAIL_DISPOSABLE << 1 }, (_, bits) => {
  const scopes = callerScopes.filter((_scope, at) => (bits & (1 << at)) !== 0);
  if ((bits & EMAIL_KNOWN) === 0) return { scopes };
  return { scopes, isDisposableEmail: (bits & EMAIL_DISPOSABLE) !== 0 };
});

/** Whether the bits can say all of it. */
function isCommon(enrichment: Enrichment): boolean {
  if (enrichment.scopes === undefined) return false;
  for (const name in enrichment) if (name !== "scopes" && name !== "isDisposableEmail") return false;
  return true;
}

/** Null when there is more to say than the bits can. */
export function factsOf(enrichment: Enrichment): number | null {
  if (!isCommon(enrichment)) return null;
  const { scopes = [], isDisposableEmail } = enrichment;
  let bits = isDisposableEmail === undefined ? 0 : EMAIL_KNOWN | (isDisposableEmail ? EMAIL_DISPOSABLE : 0);
  for (let at = 0; at < callerScopes.length; at++) {
    const scope = callerScopes[at];
    if (scope !== undefined && scopes.includes(scope)) bits |= 1 << at;
  }
  return bits;
}

export function enrichmentOfFacts(bits: number): Enrichment | null {
  return byBits[bits] ?? null;
}
