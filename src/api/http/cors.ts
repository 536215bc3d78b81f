// Which pages may call, and what a browser is told of it and of the answer.
//
//   C1. A page of any origin may call with a token in a header or in the query: who has the token may use it, wherever the page comes from.
//   C2. Cookies count only for pages of the host itself and of origins that the operator lists: a browser adds them by itself, also for a page that
//       means harm.

import type { Header } from "./exchange.ts";
import type { RequestHead } from "./request_head.ts";

/** How long a browser remembers the answer to a preflight. */
const PREFLIGHT_SECONDS = 86_400;
/** Characters of a list of headers that is sent back. */
const HEADER_LIST_LENGTH_MAX = 1_024;
const HEADER_LIST = /^[\w-]+(\s*,\s*[\w-]+)*$/;

const exposed: Header = [
  "access-control-expose-headers",
  "x-extole-token, x-extole-cookie-consent, x-extole-error-message, x-extole-log, extole-log, retry-after",
];
const varies: Header = ["vary", "origin"];
/** Whatever a consumer is answered is for that consumer, who may have come with a cookie. */
const unkept: Header = ["cache-control", "no-store"];
const withCookies: Header = ["access-control-allow-credentials", "true"];

export class Origins {
  /** In lower case; "*": all. */
  readonly #listed: ReadonlySet<string>;

  constructor(listed: readonly string[]) {
    this.#listed = new Set(listed.map((origin) => origin.toLowerCase()));
  }

  /** C2. Requests that name no origin are links, images and apps. */
  mayUseCookies({ host, wanted }: RequestHead): boolean {
    const origin = wanted?.get("origin")?.toLowerCase();
    if (origin === undefined) return true;
    return this.#listed.has("*") || this.#listed.has(origin) || hostOf(origin) === host.toLowerCase();
  }

  /** Of every answer to a consumer's request. */
  headers(head: RequestHead): readonly Header[] {
    const origin = head.wanted?.get("origin");
    if (origin === undefined) return NO_ORIGIN;
    const allowed: Header = ["access-control-allow-origin", origin];
    const common = [allowed, exposed, varies, unkept];
    return this.mayUseCookies(head) ? [...common, withCookies] : common;
  }

  preflightHeaders(head: RequestHead, allow: string): readonly Header[] {
    const asked = head.wanted?.get("access-control-request-headers") ?? "";
    const isList = asked.length <= HEADER_LIST_LENGTH_MAX && HEADER_LIST.test(asked);
    const lists: Header[] = [
      ["access-control-allow-methods", allow],
      ["access-control-max-age", String(PREFLIGHT_SECONDS)],
    ];
    if (isList) lists.push(["access-control-allow-headers", asked]);
    return lists;
  }
}

const NO_ORIGIN: readonly Header[] = [varies, unkept];

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
