// Dispatch: path, method, token, scopes and content type, in this order; then the route runs. It decides nothing about the domain.

import { unreachable } from "../../base/assert.ts";
import { apiError, type ErrorCode } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import type { CommonState } from "../common_state.ts";
import { type ApiLimits, DOCUMENT_LIMITS } from "../limits.ts";
import { bodyTypeOf, runAnswerRoute } from "./answer_run.ts";
import {
  Authenticator,
  type Grant,
  grantOfVisit,
  type Identified,
  tokenOf,
  type TokenStore,
  type VisitorBook,
} from "./auth.ts";
import type { Origins } from "./cors.ts";
import type { Exchange } from "./exchange.ts";
import { runOnce } from "./idempotency.ts";
import { JsonGate } from "./json_gate.ts";
import { KeyReturns } from "./key_returns.ts";
import { limiterOf, type RateLimiter } from "./rate_limiter.ts";
import type { Route, RouteScopes, StreamRoute } from "./route.ts";
import { type Found, Router } from "./router.ts";
import type { Dispatch } from "./server.ts";

/** Of open routes: nobody in particular. */
const nobody: Grant = { client: "", scopes: [], expiresMs: null };
/** Back ends are known by their tokens, wherever they are. */
const NOWHERE = (): string => "";

export interface DispatchParts {
  readonly runtime: RuntimeClient;
  readonly routes: readonly Route[];
  readonly tokens: TokenStore;
  readonly visitors: VisitorBook;
  readonly origins: Origins;
  readonly limits: ApiLimits;
  readonly common: CommonState;
}

export function createDispatch(parts: DispatchParts): Dispatch {
  const router = new Router(parts.routes);
  const authenticator = new Authenticator(parts.tokens);
  const admission = new Admission(parts);
  return (exchange) => {
    const { head } = exchange;
    const match = router.match(head.method, head.path);
    switch (match.kind) {
      case "unknown":
        return exchange.refuse(apiError("not_found"));
      case "bad_path":
        return exchange.refuse(apiError("invalid_parameter", { name: "path" }));
      case "other_method":
        if (match.isOfConsumer) exchange.presetHeaders(parts.origins.headers(head));
        if (head.method === "OPTIONS") return answerOptions(exchange, match, parts.origins);
        return exchange.refuse(apiError("method_not_allowed"), { allow: match.allow });
      case "found":
        break;
      default:
        return unreachable(match);
    }
    const { route } = match;
    exchange.routePath = route.path;
    if (route.audience === "consumer") return dispatchVisit(exchange, match, parts, admission);
    const identified = route.scopes === "open" ? nobody : authenticator.identify(head, Date.now());
    if (!(identified instanceof Promise)) return admission.admit(exchange, match, identified);
    exchange.holdBody();
    return identified.then((found) => admission.admit(exchange, match, found));
  };
}

function answerOptions(
  exchange: Exchange,
  { allow, isOfConsumer }: { readonly allow: string; readonly isOfConsumer: boolean },
  origins: Origins,
): void {
  const headers = isOfConsumer ? { headers: origins.preflightHeaders(exchange.head, allow) } : {};
  exchange.answer(204, "", { allow, ...headers });
}

/** A route of consumers: a token that does not hold is as good as none, where none is needed and a page must not see a refusal. */
function dispatchVisit(
  exchange: Exchange,
  match: Found,
  parts: DispatchParts,
  admission: Admission,
): void | Promise<void> {
  const { head } = exchange;
  const { route } = match;
  exchange.presetHeaders(parts.origins.headers(head));
  const visit = parts.visitors.identify(head, Date.now());
  const isLenient = route.kind === "answer" && route.softly !== undefined;
  const needsNone =
    route.scopes === "open" || (route.scopes === "optional" && (isLenient || visit.refusal === "missing_access_token"));
  const identified = visit.refusal === null || needsNone ? grantOfVisit(visit) : visit.refusal;
  const address = (): string => parts.visitors.addressOf(head, exchange.remoteAddress());
  return admission.admit(exchange, match, identified, address);
}

/** What stands between a route that was found and its run: scopes, rate, keys of idempotency. */
class Admission {
  readonly #parts: DispatchParts;
  readonly #limiter: RateLimiter | null;
  readonly #gate: JsonGate;
  readonly #documentGate = new JsonGate(DOCUMENT_LIMITS);
  readonly #keyReturns: KeyReturns;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#limiter = limiterOf(parts.limits.tokenRequestsPerMinuteMax, 60_000, parts.common.tokenRates);
    this.#gate = new JsonGate(parts.limits);
    this.#keyReturns = new KeyReturns(parts.runtime);
  }

  admit(exchange: Exchange, match: Found, identified: Identified, address = NOWHERE): void | Promise<void> {
    const { route } = match;
    const { runtime, limits } = this.#parts;
    const { head } = exchange;
    const grant = identified === "missing_access_token" && route.scopes === "optional" ? nobody : identified;
    if (typeof grant === "string") return exchange.refuse(apiError(grant));
    const denied = deniedBy(route.scopes, grant);
    if (denied !== null) return exchange.refuse(apiError(denied));
    const limiter = route.isRateExempt === true ? null : this.#limiter;
    if (limiter !== null) {
      const key = route.audience === "consumer" ? (grant.holder?.device ?? address()) : tokenOf(head);
      const retryAfterSeconds = limiter.take(key, Date.now());
      if (retryAfterSeconds !== null) return exchange.refuse(apiError("too_many_requests"), { retryAfterSeconds });
    }
    const isRemembered = head.idempotencyKey.length > 0 && head.method === "POST" && grant.client.length > 0;
    // Whoever knows a consumer's key of idempotency must not be answered with that consumer's answer.
    if (!isRemembered || route.audience === "consumer") return this.#run(exchange, match, grant, address);
    const once = { client: grant.client, bodyBytesMax: largestBody(route, limits), keyReturns: this.#keyReturns };
    return runOnce(runtime, exchange, once, () => this.#run(exchange, match, grant, address));
  }

  #run(exchange: Exchange, { route, params }: Found, grant: Grant, address: () => string): void | Promise<void> {
    const { limits } = this.#parts;
    if (route.kind === "stream") return runStreamRoute(exchange, { route, params, grant });
    const isDocument = route.isDocument === true;
    return runAnswerRoute(exchange, {
      route,
      gate: isDocument ? this.#documentGate : this.#gate,
      bodyBytesMax: largestBody(route, limits),
      call: { grant, head: exchange.head, address, params, query: exchange.head.query, body: undefined },
    });
  }
}

/** Of all kinds of bodies that the route takes. */
function largestBody(route: Route, limits: ApiLimits): number {
  if (route.kind === "stream") return route.bodyTypes.includes("ndjson") ? limits.bulkBytesMax : limits.bodyBytesMax;
  if (route.bodyBytesMax !== undefined) return route.bodyBytesMax;
  return route.isDocument === true ? DOCUMENT_LIMITS.bodyBytesMax : limits.bodyBytesMax;
}

function runStreamRoute(
  exchange: Exchange,
  { route, params, grant }: { readonly route: StreamRoute; readonly params: readonly string[]; readonly grant: Grant },
): void {
  const bodyType = bodyTypeOf(exchange.head.contentType, exchange.head.contentEncoding);
  if (bodyType === null || !route.bodyTypes.includes(bodyType)) {
    return exchange.refuse(apiError("unsupported_media_type"));
  }
  return route.run(exchange, { grant, params, bodyType });
}

/** Default deny: a route that names no scope is nobody's. */
function deniedBy(scopes: RouteScopes, grant: Grant): ErrorCode | null {
  if (scopes === "open" || scopes === "optional") return null;
  for (const scope of scopes) if (grant.scopes.includes(scope)) return null;
  return "access_denied";
}
