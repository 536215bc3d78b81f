// Identity proof: what a JWT that a client signed says of a consumer.
//
//   J1. `kid` names a key of the client, and the key names the only algorithm that counts: what the token says of itself is not believed. There is no
//       algorithm `none`, and no key comes from the token.
//   J2. One that has run out still says who it is about, and proves nothing. Clocks may differ by `CLOCK_SKEW_SECONDS`.
//   J3. Verified is who the client says is to be: a scope in the token. Without it, the token identifies.
//   J4. One that is encrypted (JWE) proves what the signed one inside of it proves. Claims without a signature count only where a secret that client and
//       we alone know encrypts them: a public key is anybody's to encrypt with.

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { compactDecrypt, compactVerify, decodeProtectedHeader, errors } from "jose";
import { emailKey } from "../../base/email.ts";
import { clientKeyByPartnerId } from "../../management/mod.ts";
import {
  type ClientKey,
  isSecret,
  type KeyAlgorithm,
  keyAlgorithms,
  placeOfSecret,
  type Sealer,
} from "../../model/client_key.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { CLOCK_SKEW_SECONDS, JWT_LENGTH_MAX } from "../limits.ts";
import { plainRsa } from "./rsa_keys.ts";

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

/** The client encrypts for us with one of these. */
const wrapping: { readonly [A in KeyAlgorithm]?: { readonly name: string; readonly isShared: boolean } } = {
  A128KW: { name: "A128KW", isShared: true },
  A192KW: { name: "A192KW", isShared: true },
  A256KW: { name: "A256KW", isShared: true },
  RSA_OAEP_256_PRIVATE: { name: "RSA-OAEP-256", isShared: false },
  RSA_OAEP_384_PRIVATE: { name: "RSA-OAEP-384", isShared: false },
  RSA_OAEP_512_PRIVATE: { name: "RSA-OAEP-512", isShared: false },
};

const contentAlgorithms = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"];
const PARTS_ENCRYPTED = 5;
const PARTS_SIGNED = 3;

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
    const claims = jwt.length > JWT_LENGTH_MAX ? null : await this.#claimsIn(client, jwt);
    return claims === null ? null : proofOf(claims, nowMs);
  }

  async #claimsIn(client: string, jwt: string): Promise<JsonObject | null> {
    const key = await this.#keyOf(client, jwt);
    if (key === null) return null;
    if (jwt.split(".").length === PARTS_ENCRYPTED) return this.#claimsInside(client, jwt, key);
    const algorithm = signing[key.algorithm];
    return algorithm === undefined ? null : verified(jwt, this.#keyObject(client, key), algorithm);
  }

  /** J4. */
  async #claimsInside(client: string, jwe: string, key: ClientKey): Promise<JsonObject | null> {
    const algorithm = wrapping[key.algorithm];
    if (algorithm === undefined) return null;
    const inside = await decrypted(jwe, this.#keyObject(client, key), algorithm.name);
    if (inside === null) return null;
    if (inside.split(".").length !== PARTS_SIGNED) return algorithm.isShared ? claimsOf(inside) : null;
    const signer = await this.#keyOf(client, inside);
    const signedBy = signer === null ? undefined : signing[signer.algorithm];
    if (signer === null || signedBy === undefined) return null;
    return verified(inside, this.#keyObject(client, signer), signedBy);
  }

  /** J1. */
  async #keyOf(client: string, token: string): Promise<ClientKey | null> {
    const kid = kidOf(token);
    const key = kid === null ? null : clientKeyByPartnerId(await this.#configuration.read(client), kid);
    return key?.type === "JWT" ? key : null;
  }

  #keyObject(client: string, { id, algorithm, kept }: ClientKey): KeyObject | null {
    if (!isSecret(algorithm)) return plainRsa(createPublicKey(kept));
    if (this.#sealer === null) return null;
    const secret = this.#sealer.open(kept, placeOfSecret(client, id, "key"));
    return keyAlgorithms[algorithm].kind === "private"
      ? createPrivateKey(secret)
      : createSecretKey(Buffer.from(secret));
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
    return claimsOf(Buffer.from(payload).toString("utf8"));
  } catch (error) {
    if (isOfToken(error)) return null;
    throw error;
  }
}

async function decrypted(jwe: string, key: KeyObject | null, algorithm: string): Promise<string | null> {
  if (key === null) return null;
  try {
    const allowed = {
      keyManagementAlgorithms: [algorithm],
      contentEncryptionAlgorithms: contentAlgorithms,
    };
    const { plaintext } = await compactDecrypt(jwe, key, allowed);
    return Buffer.from(plaintext).toString("utf8");
  } catch (error) {
    if (isOfToken(error)) return null;
    throw error;
  }
}

/** What a token does to be refused: its form, its algorithm, its signature. A key of another kind is a TypeError. */
function isOfToken(error: unknown): boolean {
  return error instanceof errors.JOSEError || error instanceof TypeError;
}

function claimsOf(text: string): JsonObject | null {
  try {
    const claims: unknown = JSON.parse(text);
    return isJsonObject(claims) ? claims : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
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
