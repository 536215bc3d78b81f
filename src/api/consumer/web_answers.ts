// Answers that carry the token to go on with: in a header, in the body where it has a place, and as a cookie for pages that keep none.

import { type Holder } from "../http/auth.ts";
import { cookiesIn, cookieText } from "../http/cookies.ts";
import type { Origins } from "../http/cors.ts";
import type { Header } from "../http/exchange.ts";
import type { Answer, Call } from "../http/route.ts";
import { tokenCookies } from "./visitors.ts";

const JSON_TYPE = "application/json";
/** Nobody has asked the consumer yet, here or at the client: there is no consent to tell of. */
export const COOKIE_CONSENT = "UNSET";

export function tokenHeaders({ token }: Holder): Header[] {
  return [["x-extole-token", token]];
}

export interface CookieRule {
  /** Pages are served over TLS. */
  readonly isSecure: boolean;
  readonly origins: Origins;
}

/**
 * For who sent no token in a header or the query: browsers that keep it for us. Empty when the cookie is right already, and for pages whose cookies do not
 * count: the visitor that such a page is taken for must not replace the one that the browser has been so far.
 */
export function cookieHeaders(
  { head }: Call,
  { token, expiresMs }: Holder,
  { isSecure, origins }: CookieRule,
): Header[] {
  const isKept = head.authorization.trim() !== "" || head.wanted?.get("x-extole-token") !== undefined;
  const [name] = tokenCookies;
  if (isKept || head.query.includes("access_token=") || !origins.mayUseCookies(head)) return [];
  if (cookiesIn(head.wanted?.get("cookie"), name).includes(token)) return [];
  const maxAgeSeconds = Math.max(0, Math.floor((expiresMs - Date.now()) / 1_000));
  return [["set-cookie", cookieText({ name, value: token, maxAgeSeconds, isSecure })]];
}

export function jsonWithHeaders(value: unknown, headers: readonly Header[]): Answer {
  return { kind: "raw", status: 200, body: JSON.stringify(value), contentType: JSON_TYPE, headers };
}
