// Tokens that are made from nothing: a device nobody knew before.

import type { Holder } from "../http/auth.ts";
import { lifetimeOf } from "./next_token.ts";
import type { TokenMint } from "./token_mint.ts";

export function newHolder(mint: TokenMint, client: string, nowMs: number): Holder {
  const lifetimeSeconds = lifetimeOf("anonymous");
  return mint.mint({ client, device: null, personId: null, level: "anonymous", lifetimeSeconds }, nowMs);
}
