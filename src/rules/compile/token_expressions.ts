// Token expressions: how a key of a client says itself what is asked of an authorization server, and what its answer means.
//
//   W1. A failure is told by its kind alone: the text of a fault could bear a secret.

import { fail, ok, type Result } from "../../base/result.ts";
import { isJsonObject, type JsonValue } from "../../model/json.ts";
import { parseSource } from "../documents/build.ts";
import { REQUEST_BODY_LENGTH_MAX, REQUEST_URL_LENGTH_MAX } from "../limits.ts";
import { compileAlone, type LoneExpression } from "../emit/lone_expression.ts";
import { nobody } from "../documents/nobody.ts";
import { expressionSource, type Source } from "../documents/parameters.ts";
import type { SourceError } from "../parse/syntax.ts";
import type { TokenContext } from "../token.ts";
import { isBuilder, isRuleError, toJson } from "../value.ts";
import { evaluate } from "../run/vm.ts";
import { jsonObjectIn, requestHeaders, requestMembers } from "./written_request.ts";

export interface TokenRequest {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
}

export interface GivenToken {
  readonly text: string;
  /** Null: it is not said how long it lasts. */
  readonly seconds: number | null;
}

type TokenRoot = "token_request" | "token_response";

/** What is wrong with the expression; null also of what is none. */
export function tokenExpressionError(written: JsonValue, root: TokenRoot): SourceError | null {
  const source = expressionSource(written);
  if (source === null) return null;
  const compiled = compiledOf(source, root);
  return compiled.ok ? null : compiled.error;
}

/** Where the expression names no address, the one of the key. */
export function tokenRequest(written: JsonValue, context: TokenContext): Result<TokenRequest, string> {
  const wanted = valueOf(written, "token_request", context);
  if (!wanted.ok) return fail(`the key's request failed: ${wanted.error}`);
  const { url, headers, body = null } = requestMembers(wanted.value);
  const target = typeof url === "string" && url !== "" ? url : context.shown.url;
  if (target.length > REQUEST_URL_LENGTH_MAX || !/^https?:\/\//i.test(target))
    return fail("the key's request has no address");
  const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
  if (text !== null && text.length > REQUEST_BODY_LENGTH_MAX) return fail("the body of the key's request is too large");
  const given = requestHeaders(headers);
  if (given === null) return fail("the headers of the key's request are none");
  return ok({ url: target, headers: given, body: text });
}

/** Members may be spelled as the contract has them, or as authorization servers do. */
export function tokenIn(written: JsonValue, context: TokenContext): Result<GivenToken, string> {
  const said = valueOf(written, "token_response", context);
  if (!said.ok) return fail(`the key's response handler failed: ${said.error}`);
  const { value } = said;
  const members = typeof value === "string" ? jsonObjectIn(value) : value;
  if (!isJsonObject(members)) return fail("the key's response handler found no token");
  const text = members["accessToken"] ?? members["access_token"];
  const seconds = Number(members["expiresIn"] ?? members["expires_in"] ?? Number.NaN);
  if (typeof text !== "string" || text === "") return fail("the key's response handler found no token");
  return ok({ text, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null });
}

/** W1. */
function valueOf(written: JsonValue, root: TokenRoot, context: TokenContext): Result<JsonValue, string> {
  const source = expressionSource(written);
  if (source === null) return ok(written);
  const compiled = compiledOf(source, root);
  if (!compiled.ok) return fail("it cannot be compiled");
  const value = evaluate(compiled.value.rules, compiled.value.pc, { ...nobody, token: context });
  if (isRuleError(value)) return fail(value.code);
  return ok(isBuilder(value) ? value.members : toJson(value));
}

function compiledOf(source: Source, root: TokenRoot): Result<LoneExpression, SourceError> {
  const parsed = parseSource(source);
  return parsed.ok ? compileAlone(parsed.value, root) : parsed;
}
