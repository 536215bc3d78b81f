// Identity proof: what a JWT that a client signed says of a consumer.
//
//   J1. `kid` names a key of the client, and the key names the only algorithm that counts: what the token says of itself is not believed. There is no
//       algorithm `none`, and no key comes from the token.
//   J2. One that has run out still says who it is about, and proves nothing. Clocks may differ by `CLOCK_SKEW_SECONDS`.
//   J3. Verified is who the client says is to be: a scope in the token. Without it, the token identifies.

import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { compactVerify, decodeProtectedHeader, errors } from "jose";
import { emailKey } from "../../base/email.ts";
import { clientKeyByPartnerId } from "../../management/mod.ts";
import { type ClientKey, type KeyAlgorithm, placeOfSecret, type Sealer } from "../../model/client_key.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { CLOCK_SKEW_SECONDS, JWT_LENGTH_MAX } from "../limits.ts";

export interface IdentityProof {
  /** As a key; null: the token names nobody by an address. */
  readonly email: string | null;
  /** As rules compare it; null: none is said. */
  readonly partnerUserId: string | null;
  readonly isVerified: boolean;
  readonly isExpired: boolean;
  /** What it says of the person, without what it says of itself. */
  readonly data: JsonObject;
}

/** The client signs with one of these; those that wrap keys or are private sign nothing here. */
const signing: { readonly [A in KeyAlgorithm]?: string } = {
  HS256: "HS256",
  HS384: "HS384",
  HS512: "HS512",
  RS256_PUBLIC: "RS256",
  RS384_PUBLIC: "RS384",
  RS512_PUBLIC: "RS512",
  PS256_PUBLIC: "PS256",
  PS384_PUBLIC: "PS384",
  PS512_PUBLIC: "PS512",
  ES256_PUBLIC: "ES256",
  ES384_PUBLIC: "ES384",
  ES512_PUBLIC: "ES512",
};

const ofTokenItself: ReadonlySet<string> = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope"]);
const VERIFIED_SCOPE = "VERIFIED_CONSUMER";

export class IdentityProofs {
  readonly #configuration: ConfigurationClient;
  readonly #sealer: Sealer | null;

  constructor(configuration: ConfigurationClient, sealer: Sealer | null) {
    this.#configuration = configuration;
    this.#sealer = sealer;
  }

  /** Null when it proves nothing: malformed, signed by nobody known, or not yet valid. */
  async read(client: string, jwt: string, nowMs: number): Promise<IdentityProof | null> {
    const kid = jwt.length > JWT_LENGTH_MAX ? null : kidOf(jwt);
    const key = kid === null ? null : clientKeyByPartnerId(await this.#configuration.read(client), kid);
    const algorithm = key === null ? undefined : signing[key.algorithm];
    if (key === null || algorithm === undefined || key.type !== "JWT") return null;
    const claims = await verified(jwt, this.#keyObject(client, key), algorithm);
    return claims === null ? null : proofOf(claims, nowMs);
  }

  #keyObject(client: string, { id, algorithm, kept }: ClientKey): KeyObject | null {
    if (!algorithm.startsWith("HS")) return createPublicKey(kept);
    if (this.#sealer === null) return null;
    return createSecretKey(Buffer.from(this.#sealer.open(kept, placeOfSecret(client, id, "key"))));
  }
}

function kidOf(jwt: string): string | null {
  try {
    const { kid } = decodeProtectedHeader(jwt);
    return typeof kid === "string" && kid !== "" ? kid : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** J1. */
async function verified(jwt: string, key: KeyObject | null, algorithm: string): Promise<JsonObject | null> {
  if (key === null) return null;
  try {
    const { payload } = await compactVerify(jwt, key, { algorithms: [algorithm] });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString("utf8"));
    return isObject(claims) ? claims : null;
  } catch (error) {
    // What a token does to be refused: its form, its algorithm, its signature, or a payload that is no JSON. A key of another kind is a TypeError.
    if (error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function proofOf(claims: JsonObject, nowMs: number): IdentityProof | null {
  const nowSeconds = nowMs / 1_000;
  const times = { exp: secondsOf(claims["exp"]), nbf: secondsOf(claims["nbf"]), iat: secondsOf(claims["iat"]) };
  if (times.exp === "wrong" || times.nbf === "wrong" || times.iat === "wrong") return null;
  const from = Math.max(times.nbf ?? 0, times.iat ?? 0);
  if (from > nowSeconds + CLOCK_SKEW_SECONDS) return null;
  const isExpired = times.exp !== null && times.exp <= nowSeconds - CLOCK_SKEW_SECONDS;
  const email = typeof claims["email"] === "string" ? emailKey(claims["email"]) : null;
  const isWanted = scopesOf(claims["scope"]).includes(VERIFIED_SCOPE);
  const data = Object.fromEntries(Object.entries(claims).filter(([name]) => !ofTokenItself.has(name)));
  const partnerUserId = partnerUserIdOf(claims["partner_user_id"]);
  return { email, partnerUserId, isExpired, isVerified: isWanted && !isExpired && email !== null, data };
}

function partnerUserIdOf(value: JsonValue | undefined): string | null {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? null : text;
}

/** Some sign times as texts. */
function secondsOf(value: JsonValue | undefined): number | null | "wrong" {
  if (value === undefined || value === null) return null;
  const seconds = typeof value === "string" && /^\d{1,12}$/.test(value.trim()) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds : "wrong";
}

function scopesOf(scope: JsonValue | undefined): string[] {
  const listed = Array.isArray(scope) ? scope : typeof scope === "string" ? scope.split(/[\s,]+/) : [];
  return listed.filter((each) => typeof each === "string");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
