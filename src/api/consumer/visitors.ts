// Visitors: which client's consumers a request comes from, and whose token it carries.
//
//   V1. The host that was asked says the client, where the settings name it; a token of another client is unknown there. Other hosts are the default
//       client's, and there a token says its client itself.
//   V2. Read in this order: query, `Authorization`, `X-Extole-Token`, cookies; blank is absent. Cookies count only where `Origins` lets them.
//   V3. Of several cookies the first that holds counts. The others are what another service left, or the brand's own site uses under the same name: nothing
//       that we answer takes them away, so that a visitor who was judged by them would be somebody new each time.

import type { ErrorCode } from "../../model/errors.ts";
import { bearerToken, type Holder, type Visit, type VisitorBook } from "../http/auth.ts";
import { cookiesIn } from "../http/cookies.ts";
import type { Origins } from "../http/cors.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { ConsumerSettings } from "./settings.ts";
import { addressOf } from "./addresses.ts";
import type { TokenMint } from "./token_mint.ts";

/** The first is the one that is set. */
export const tokenCookies = ["access_token", "extole_token"] as const;
const cookiesRead = ["extole_token", "access_token"] as const;

export class Visitors implements VisitorBook {
  readonly #mint: TokenMint;
  readonly #settings: Pick<ConsumerSettings, "hosts" | "defaultClient" | "trustedProxies">;
  readonly #origins: Origins;

  constructor(
    mint: TokenMint,
    settings: Pick<ConsumerSettings, "hosts" | "defaultClient" | "trustedProxies">,
    origins: Origins,
  ) {
    this.#mint = mint;
    this.#settings = settings;
    this.#origins = origins;
  }

  identify(head: RequestHead, nowMs: number): Visit {
    const named = this.#settings.hosts.get(hostName(head.host));
    const client = named ?? this.#settings.defaultClient;
    const token = consumerTokenOf(head);
    return token === ""
      ? this.#byCookies(head, client, named ?? null, nowMs)
      : this.#byToken(token, client, named ?? null, nowMs);
  }

  #byToken(token: string, client: string, named: string | null, nowMs: number): Visit {
    const holder = this.#mint.read(token);
    const refusal = refusalOf(holder, named, nowMs);
    if (holder === null || refusal !== null) return { client, holder: null, refusal };
    return { client: holder.client, holder, refusal: null };
  }

  /** V3. */
  #byCookies(head: RequestHead, client: string, named: string | null, nowMs: number): Visit {
    const cookies = head.wanted?.get("cookie");
    const missing: Visit = { client, holder: null, refusal: "missing_access_token" };
    if (cookies === undefined || !this.#origins.mayUseCookies(head)) return missing;
    let first = missing;
    for (const name of cookiesRead) {
      for (const token of cookiesIn(cookies, name)) {
        if (token === "") continue;
        const visit = this.#byToken(token, client, named, nowMs);
        if (visit.holder !== null) return visit;
        if (first === missing) first = visit;
      }
    }
    return first;
  }

  addressOf(head: RequestHead, remote: string): string {
    return addressOf(remote, head.wanted?.get("x-forwarded-for"), this.#settings.trustedProxies);
  }
}

function refusalOf(holder: Holder | null, client: string | null, nowMs: number): ErrorCode | null {
  if (holder === null || (client !== null && holder.client !== client)) return "invalid_access_token";
  return holder.expiresMs <= nowMs ? "expired_access_token" : null;
}

/** V2, without the cookies. Empty when there is none. */
function consumerTokenOf(head: RequestHead): string {
  if (head.query.includes("access_token=")) {
    const token = new URLSearchParams(head.query).get("access_token")?.trim() ?? "";
    if (token !== "") return token;
  }
  const header = bearerToken(head.authorization);
  return header !== "" ? header : (head.wanted?.get("x-extole-token")?.trim() ?? "");
}

/** Without the port. */
function hostName(host: string): string {
  const name = host.toLowerCase();
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("]") ? name.slice(0, colon) : name;
}
