// Which token a consumer goes on with, after an event said who it is.
//
//   R1. As long as nothing new is known, the token stays the same.
//   R2. A token never says more than was shown: whoever names an e-mail, or the partner user id of somebody, is identified, and only what the client
//       signed makes verified. Another person at the same device begins anew.

import type { Holder, TrustLevel } from "../http/auth.ts";
import { ANONYMOUS_TOKEN_SECONDS, VERIFIED_TOKEN_SECONDS } from "../limits.ts";
import type { TokenMint } from "./token_mint.ts";

export interface Outcome {
  /** Whom the event was about in the end. */
  readonly personId: string;
  /** That person has an e-mail, or is somebody else than the token's. */
  readonly isIdentified: boolean;
  /** The event led from the token's person to another one, who was not merged with it. */
  readonly isOther: boolean;
  /** The event named an e-mail. */
  readonly namesEmail: boolean;
  /** A client's signature says that it is that person. */
  readonly isProven: boolean;
}

export function nextHolder(mint: TokenMint, holder: Holder, outcome: Outcome, nowMs: number): Holder {
  if (!outcome.isIdentified) return holder;
  const { personId } = outcome;
  const level = levelAfter(holder, outcome);
  if (holder.personId === personId && holder.level === level) return holder;
  const { client, device } = holder;
  return mint.mint({ client, device, personId, level, lifetimeSeconds: lifetimeOf(level) }, nowMs);
}

/** R2. Without an e-mail in the event, another person means that the one before was merged: it is the same consumer. */
function levelAfter(holder: Holder, { personId, namesEmail, isOther, isProven }: Outcome): TrustLevel {
  if (isProven) return "verified";
  const isSame = holder.personId === personId || (holder.personId !== null && !namesEmail && !isOther);
  return isSame && holder.level === "verified" ? "verified" : "identified";
}

export function lifetimeOf(level: TrustLevel): number {
  return level === "verified" ? VERIFIED_TOKEN_SECONDS : ANONYMOUS_TOKEN_SECONDS;
}
