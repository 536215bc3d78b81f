// Dispatch: path, method, token, scopes and content type, in this order; then the route runs. It decides nothing about the domain.

import { unreachable } from "../../base/assert.ts";
import { apiError, type ErrorCode } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type ApiLimits, DOCUMENT_LIMITS } from "../limits.ts";
import { Authenticator, type Grant, type Identified, tokenOf, type TokenStore } from "./auth.ts";
import { readBody } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { isGzip, unzip } from "./gzip.ts";
import { runOnce } from "./idempotency.ts";
import { JsonGate } from "./json_gate.ts";
import { fileIn, isMultipart } from "./multipart.ts";
import { limiterOf } from "./rate_limiter.ts";
import {
  type Answer,
  answerError,
  type AnswerRoute,
  type BodyType,
  type Route,
  type RouteScopes,
  type StreamRoute,
} from "./route.ts";
import { Router } from "./router.ts";
import { schemaError } from "./schema.ts";
import type { Dispatch } from "./server.ts";

/** Of open routes: nobody in particular. */
const nobody: Grant = { client: "", scopes: [], expiresMs: null };

export function createDispatch(parts: {
  readonly runtime: RuntimeClient;
  readonly routes: readonly Route[];
  readonly tokens: TokenStore;
  readonly limits: ApiLimits;
}): Dispatch {
  const router = new Router(parts.routes);
  const authenticator = new Authenticator(parts.tokens);
  const limiter = limiterOf(parts.limits.tokenRequestsPerMinuteMax, 60_000);
  const gate = new JsonGate(parts.limits);
  const documentGate = new JsonGate(DOCUMENT_LIMITS);
  return (exchange) => {
    const { head } = exchange;
    const match = router.match(head.method, head.path);
    switch (match.kind) {
      case "unknown":
        return exchange.refuse(apiError("not_found"));
      case "bad_path":
        return exchange.refuse(apiError("invalid_parameter", { name: "path" }));
      case "other_method":
        if (head.method === "OPTIONS") return exchange.answer(204, "", { allow: match.allow });
        return exchange.refuse(apiError("method_not_allowed"), { allow: match.allow });
      case "found":
        break;
      default:
        return unreachable(match);
    }
    const { route, params } = match;
    exchange.routePath = route.path;
    const admit = (identified: Identified): void | Promise<void> => {
      const grant = identified === "missing_access_token" && route.scopes === "optional" ? nobody : identified;
      if (typeof grant === "string") return exchange.refuse(apiError(grant));
      const denied = deniedBy(route.scopes, grant);
      if (denied !== null) return exchange.refuse(apiError(denied));
      const retryAfterSeconds = route.isRateExempt === true ? null : (limiter?.take(tokenOf(head), Date.now()) ?? null);
      if (retryAfterSeconds !== null) return exchange.refuse(apiError("too_many_requests"), { retryAfterSeconds });
      const run = (): void | Promise<void> => {
        if (route.kind === "stream") return runStreamRoute(exchange, { route, params, grant });
        const isDocument = route.isDocument === true;
        return runAnswerRoute(exchange, {
          route,
          params,
          grant,
          gate: isDocument ? documentGate : gate,
          bodyBytesMax: isDocument ? DOCUMENT_LIMITS.bodyBytesMax : parts.limits.bodyBytesMax,
        });
      };
      if (head.idempotencyKey.length === 0 || head.method !== "POST" || grant.client.length === 0) return run();
      const once = { client: grant.client, bodyBytesMax: largestBody(route, parts.limits) };
      return runOnce(parts.runtime, exchange, once, run);
    };
    const identified = route.scopes === "open" ? nobody : authenticator.identify(head, Date.now());
    if (!(identified instanceof Promise)) return admit(identified);
    exchange.holdBody();
    return identified.then(admit);
  };
}

/** Of all kinds of bodies that the route takes. */
function largestBody(route: Route, limits: ApiLimits): number {
  if (route.kind === "stream") return route.bodyTypes.includes("ndjson") ? limits.bulkBytesMax : limits.bodyBytesMax;
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

/** Null when we do not take it. No type at all counts as JSON, as the SDKs expect. */
function bodyTypeOf(contentType: string, contentEncoding: string): BodyType | null {
  if (contentEncoding.length > 0 && contentEncoding.toLowerCase() !== "identity") return null;
  if (contentType.length === 0 || contentType === "application/json") return "json";
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim() === "charset" && !/^"?utf-?8"?$/.test(value.trim())) return null;
  }
  switch (type.trim()) {
    case "application/json":
      return "json";
    case "application/x-ndjson":
      return "ndjson";
    default:
      return null;
  }
}

interface AnswerRun {
  readonly route: AnswerRoute;
  readonly params: readonly string[];
  readonly grant: Grant;
  readonly gate: JsonGate;
  readonly bodyBytesMax: number;
}

function runAnswerRoute(exchange: Exchange, run: AnswerRun): void | Promise<void> {
  const { route, params, grant } = run;
  const { head } = exchange;
  const { query } = head;
  if (route.request === null) return answer(exchange, route.run({ grant, head, params, query, body: undefined }));
  const { runFile } = route;
  if (runFile !== undefined && isMultipart(head.contentType)) {
    return readBody(exchange, run.bodyBytesMax, (bytes) => {
      const { contentType } = head;
      const takes = async (file: Buffer | null): Promise<Answer> =>
        file === null
          ? answerError(apiError("missing_request_body"))
          : runFile({ grant, head, params, query, body: undefined }, file);
      const running = fileIn(Buffer.from(bytes), contentType).then(takes);
      answer(exchange, running).catch((failure: unknown) => exchange.fail(failure));
    });
  }
  const isZipped = route.isTakenAsJson === true && isGzip(head.contentEncoding);
  const encoding = isZipped ? "" : head.contentEncoding;
  const type = route.isTakenAsJson === true ? "" : head.contentType;
  if (bodyTypeOf(type, encoding) !== "json") return exchange.refuse(apiError("unsupported_media_type"));
  const { request } = route;
  const reply = (body: unknown): void => {
    answer(exchange, route.run({ grant, head, params, query, body })).catch((failure: unknown) =>
      exchange.fail(failure),
    );
  };
  const take = (bytes: Buffer): void => {
    if (bytes.length === 0 && route.isBodyOptional === true) return reply(undefined);
    if (bytes.length === 0) return exchange.refuse(apiError("missing_request_body"));
    const parsed = run.gate.parse(bytes);
    if (!parsed.ok) return exchange.refuse(parsed.error);
    const error = schemaError(request, parsed.value);
    if (error !== null) return exchange.refuse(error);
    reply(parsed.value);
  };
  const takeZipped = async (zipped: Buffer): Promise<void> => {
    const unzipped = await unzip(zipped, run.bodyBytesMax);
    if (unzipped.ok) take(unzipped.value);
    else exchange.refuse(unzipped.error);
  };
  readBody(exchange, run.bodyBytesMax, (bytes) => {
    if (!isZipped || bytes.length === 0) return take(bytes);
    takeZipped(Buffer.from(bytes)).catch((failure: unknown) => exchange.fail(failure));
  });
}

async function answer(exchange: Exchange, running: Promise<Answer>): Promise<void> {
  const done = await running;
  switch (done.kind) {
    case "json":
      return exchange.json(JSON.stringify(done.value));
    case "text":
      return exchange.answer(200, done.text, { contentType: done.contentType });
    case "file":
      return exchange.answer(200, done.bytes, { contentType: done.contentType });
    case "empty":
      return exchange.answer(200, "", {});
    case "error":
      return exchange.refuse(done.error);
    default:
      return unreachable(done);
  }
}
