// Access tokens as documents of their client: made, replaced and ended. Whoever has the text of a token holds it; here is only what it may do.
//
//   T1. A document's id and its verifier are the two halves of the token's SHA-256: one finds it, the other is compared in constant time.
//   T2. Tokens that have run out are removed with the next one that is made, so the collection is bounded by the tokens that live.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import { callerScopes } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";

export type TokenScope = (typeof callerScopes)[number];

/** What is kept of a token. Dates are Unix ms. */
export interface TokenRecord {
  readonly id: string;
  readonly verifier: string;
  readonly scopes: readonly TokenScope[];
  readonly createdMs: number;
  readonly expiresMs: number;
  /** An id for whoever holds it: the token's own, or that of the token it was exchanged for. Empty in tokens made before there were any. */
  readonly identity: string;
}

/** Tokens that live at a time, a client: all are held by every node that manages the client. */
const TOKENS_MAX = 10_000;
/** Expired ones that one change removes. */
const TOKENS_REMOVED_MAX = 100;

/** A token's hash (64 hex digits) as the places where its halves are kept. */
export function placesOf(hash: string): { readonly id: string; readonly verifier: string } {
  return { id: hash.slice(0, HASH_HALF), verifier: hash.slice(HASH_HALF) };
}

const HASH_HALF = 32;

export function createToken(configuration: Configuration, token: TokenRecord): Result<TokenDecision, ApiError> {
  const expired = expiredTokens(configuration, token.createdMs);
  if (configuration.ids("token").length - expired.length >= TOKENS_MAX) {
    return fail(apiError("validation_error", { description: `there are ${TOKENS_MAX} tokens already` }));
  }
  return ok({ changes: [...expired.map(ended), made(token)], answer: token });
}

/** T1. The old one ends with the same change that makes the new one; whoever comes second finds it gone. */
export function exchangeToken(
  configuration: Configuration,
  old: TokenRecord,
  replacement: TokenRecord,
): Result<TokenDecision, ApiError> {
  if (configuration.find("token", old.id) === undefined) return fail(apiError("invalid_access_token"));
  return ok({ changes: [ended(old.id), made(replacement)], answer: replacement });
}

export function deleteToken(configuration: Configuration, token: TokenRecord): Result<TokenDecision, ApiError> {
  if (configuration.find("token", token.id) === undefined) return fail(apiError("invalid_access_token"));
  return ok({ changes: [ended(token.id)], answer: token });
}

export interface TokenDecision {
  readonly changes: readonly DocumentChange[];
  readonly answer: TokenRecord;
}

/** As written by this file. */
export function tokenOf(id: string, document: JsonObject): TokenRecord {
  const { verifier, scopes, createdMs, expiresMs, identity } = document;
  return {
    id,
    verifier: typeof verifier === "string" ? verifier : "",
    scopes: callerScopes.filter((scope) => Array.isArray(scopes) && scopes.includes(scope)),
    createdMs: Number(createdMs),
    expiresMs: Number(expiresMs),
    identity: typeof identity === "string" ? identity : "",
  };
}

function made({ id, ...document }: TokenRecord): DocumentChange {
  return { collection: "token", id, document: { ...document, scopes: [...document.scopes] } };
}

function ended(id: string): DocumentChange {
  return { collection: "token", id, document: null };
}

function expiredTokens(configuration: Configuration, nowMs: number): string[] {
  const tokens = configuration.list("token");
  return configuration
    .ids("token")
    .filter((id, i) => tokenOf(id, tokens[i] ?? {}).expiresMs <= nowMs)
    .slice(0, TOKENS_REMOVED_MAX);
}
