// Consumers' tokens, as routes: made for nobody in particular, for an e-mail or by a JWT; described; ended.
//
//   T1. Making one never looks at the token that the request carries: apps log out by asking for a new one.
//   T2. Who only says an e-mail is identified, not verified, and so is who comes with a JWT that has run out or does not ask for more.

import { emailKey } from "../../base/email.ts";
import { assert } from "../../base/assert.ts";
import { apiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { type Holder, scopesOf, type TrustLevel } from "../http/auth.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { CONSUMER_TOKEN_SECONDS_MAX } from "../limits.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";
import type { Directory } from "../server/directory.ts";
import { text, textOrNull } from "../server/schema_words.ts";
import { givenJwt } from "./given_jwt.ts";
import type { IdentityProofs } from "./identity_proof.ts";
import { lifetimeOf } from "./next_token.ts";
import type { TokenMint } from "./token_mint.ts";
import { jsonWithHeaders, tokenHeaders } from "./web_answers.ts";

export interface ConsumerTokenParts {
  readonly runtime: RuntimeClient;
  readonly directory: Directory;
  readonly mint: TokenMint;
  readonly proofs: IdentityProofs;
}

const path = "/api/v5/token";

export const consumerTokenSchema: JsonSchema = {
  type: "object",
  properties: {
    access_token: text,
    expires_in: { type: "integer" },
    scopes: { type: "array", items: { enum: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] } },
  },
  required: ["access_token", "expires_in", "scopes"],
};

const requestSchema: JsonSchema = {
  type: "object",
  properties: { email: textOrNull, jwt: textOrNull, duration_seconds: { type: ["integer", "string", "null"] } },
};

export const statusSchema: JsonSchema = { type: "object", properties: { status: text }, required: ["status"] };

export function consumerTokenRoutes(parts: ConsumerTokenParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", path, query: [], request: null } as const;
  return [
    {
      ...common,
      method: "POST",
      scopes: "open",
      operation: "createConsumerToken",
      summary: "Make a token: for nobody in particular, for an e-mail, or by a JWT",
      request: requestSchema,
      isBodyOptional: true,
      takesForms: true,
      response: consumerTokenSchema,
      run: (call) => create(parts, call),
    },
    {
      ...common,
      method: "GET",
      scopes: ["UPDATE_PROFILE"],
      operation: "getConsumerToken",
      summary: "Describe the token of this call",
      response: consumerTokenSchema,
      run: (call) => describe(parts, call),
    },
    {
      ...common,
      method: "DELETE",
      scopes: ["UPDATE_PROFILE"],
      operation: "deleteConsumerToken",
      summary: "End the token of this call",
      response: statusSchema,
      run: (call) => end(parts, call),
    },
  ];
}

async function create(parts: ConsumerTokenParts, { grant, body, head }: Call): Promise<Answer> {
  const { client } = grant;
  const seconds = durationOf(body);
  if (seconds === "wrong") return answerError(apiError("invalid_access_token_duration"));
  const given = textOf(body, "email")?.trim() ?? "";
  const email = given === "" ? null : emailKey(given);
  if (given !== "" && email === null) return answerError(apiError("invalid_email"));
  const jwt = givenJwt(objectOf(body), head);
  if (jwt === null) return answerToken(await tokenFor(parts, client, { email, level: "identified", seconds }));
  const proof = await parts.proofs.read(client, jwt, Date.now());
  if (proof === null) return answerError(apiError("jwt_error"));
  if (proof.email !== null && email !== null && proof.email !== email) return answerError(apiError("email_mismatch"));
  // Without an address of its own a JWT changes nobody's identity.
  const level = proof.isVerified ? "verified" : "identified";
  return answerToken(await tokenFor(parts, client, { email: proof.email ?? email, level, seconds }));
}

interface Wanted {
  readonly email: string | null;
  readonly level: TrustLevel;
  readonly seconds: number | null;
}

async function tokenFor(parts: ConsumerTokenParts, client: string, wanted: Wanted): Promise<Holder> {
  const level = wanted.email === null ? "anonymous" : wanted.level;
  const personId = wanted.email === null ? null : await personOf(parts, client, wanted.email);
  const lifetimeSeconds = wanted.seconds ?? lifetimeOf(level);
  return parts.mint.mint({ client, device: null, personId, level, lifetimeSeconds }, Date.now());
}

/** Made if there is none. Two who make the same at once both find the one that was first. */
async function personOf({ runtime, directory }: ConsumerTokenParts, client: string, email: string): Promise<string> {
  const known = await directory.ownerOfKey(client, "email", email);
  if (known !== null) return known.id;
  const { personId } = await runtime.command({ kind: "create_person", client, email, seed: "" });
  if (personId !== null) return personId;
  const first = await directory.ownerOfKey(client, "email", email);
  assert(first !== null, "an address that is taken has an owner");
  return first.id;
}

async function describe({ directory }: ConsumerTokenParts, { grant: { holder } }: Call): Promise<Answer> {
  if (holder === undefined) return answerError(apiError("missing_access_token"));
  const { isEnded } = await directory.bearer(holder.client, holder);
  return isEnded ? answerError(apiError("invalid_access_token")) : answerToken(holder);
}

async function end({ runtime }: ConsumerTokenParts, { grant: { holder } }: Call): Promise<Answer> {
  if (holder === undefined) return answerError(apiError("missing_access_token"));
  const { client, device, personId, expiresMs } = holder;
  // With the one of the person goes the one that the device began with.
  const ended = personId === null ? [null] : [personId, null];
  const tokens = ended.map((id) => ({ device, personId: id }));
  for (const bearer of tokens) await runtime.command({ kind: "end_token", client, bearer, expiresMs });
  return answerJson({ status: "success" });
}

export function answerToken(holder: Holder): Answer {
  const scopes = scopesOf(holder.level);
  const expiresIn = Math.max(0, Math.ceil((holder.expiresMs - Date.now()) / 1_000));
  return jsonWithHeaders({ access_token: holder.token, expires_in: expiresIn, scopes }, tokenHeaders(holder));
}

/** Forms bring numbers as texts. */
function durationOf(body: unknown): number | null | "wrong" {
  const value = memberOf(body, "duration_seconds");
  if (value === null || value === "") return null;
  const seconds = Number(value);
  const isFitting = Number.isInteger(seconds) && seconds >= 1 && seconds <= CONSUMER_TOKEN_SECONDS_MAX;
  return isFitting ? seconds : "wrong";
}
