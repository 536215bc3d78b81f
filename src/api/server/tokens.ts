// Operations on access tokens: made with scopes of their maker, described, exchanged and ended. Low rate: plain code.

import { createToken, deleteToken, exchangeToken, placesOf, type TokenRecord } from "../../management/mod.ts";
import { apiError } from "../../model/errors.ts";
import { callerScopes } from "../../model/event.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { type Grant, hashToken, type TokenScope, tokenOf, tokenScopes } from "../http/auth.ts";
import { type Answer, type AnswerRoute, answerEmpty, answerError, answerJson, type Call } from "../http/route.ts";
import { TOKEN_SECONDS_DEFAULT, TOKEN_SECONDS_MAX } from "../limits.ts";
import { changeAndAnswer } from "../management/change.ts";
import { isGiven, objectOf, textOf } from "./bodies.ts";
import { tokenRequestSchema, tokenSchema } from "./schemas.ts";
import { grantOf, newTokenText, type TokenDirectory } from "./token_directory.ts";
import { NEVER_MS } from "./views.ts";

interface TokenParts {
  readonly configuration: ConfigurationClient;
  readonly tokens: TokenDirectory;
}

export function tokenRoutes(parts: TokenParts): AnswerRoute[] {
  const common = { kind: "answer", scopes: tokenScopes, query: [], request: null, response: tokenSchema } as const;
  return [
    {
      ...common,
      method: "GET",
      operation: "getCurrentClientAccessToken",
      path: "/v4/tokens",
      summary: "Describe the token of this call",
      run: async ({ grant, head }) => answerJson(tokenView(tokenOf(head), grant)),
    },
    {
      ...common,
      method: "POST",
      scopes: "optional",
      operation: "createClientAccessToken",
      path: "/v4/tokens",
      summary: "Make a token with the same or fewer scopes",
      request: tokenRequestSchema,
      isBodyOptional: true,
      run: (call) => create(parts, call),
    },
    {
      ...common,
      method: "GET",
      operation: "getClientAccessTokenByValue",
      path: "/v4/tokens/{token}",
      summary: "Describe a token",
      run: (call) => describe(parts, call),
    },
    {
      ...common,
      method: "DELETE",
      operation: "deleteClientAccessToken",
      path: "/v4/tokens/{token}",
      summary: "End a token",
      response: null,
      run: (call) => end(parts, call),
    },
    {
      ...common,
      method: "PUT",
      operation: "exchangeClientAccessToken",
      path: "/v4/tokens/exchange/{token}",
      summary: "Replace a token by a new one; the old one ends at once",
      run: (call) => exchange(parts, call),
    },
  ];
}

const unknownToken = answerError(apiError("invalid_access_token"));

async function create(parts: TokenParts, { grant, body }: Call): Promise<Answer> {
  // Nobody has a password here yet, so none is right.
  if (isGiven(body, "email") || isGiven(body, "password")) return answerError(apiError("invalid_credentials"));
  if (grant.client === "") return answerError(apiError("missing_credentials"));
  const clientId = textOf(body, "client_id");
  if (clientId !== null && clientId !== grant.client) return answerError(apiError("invalid_client_id"));
  const wanted = objectOf(body)["duration_seconds"] ?? null;
  const seconds = wanted === null ? TOKEN_SECONDS_DEFAULT : Number(wanted);
  if (!(Number.isInteger(seconds) && seconds > 0 && seconds <= TOKEN_SECONDS_MAX)) {
    return answerError(apiError("invalid_duration", { default_duration: TOKEN_SECONDS_DEFAULT }));
  }
  const scopes = objectOf(body)["scopes"] ?? null;
  const asked = Array.isArray(scopes) ? scopes.map(String) : [...grant.scopes];
  const granted = callerScopes.filter((scope) => asked.includes(scope) && grant.scopes.includes(scope));
  const denied = asked.filter((scope) => !granted.some((each) => each === scope));
  if (denied.length > 0) return answerError(apiError("scopes_denied", { denied_scopes: denied.join(",") }));
  return change(parts, grant.client, { scopes: granted, seconds, identity: null }, createToken);
}

async function describe({ tokens }: TokenParts, { grant, head, params }: Call): Promise<Answer> {
  const token = params[0] ?? "";
  if (token === tokenOf(head)) return answerJson(tokenView(token, grant));
  const found = await tokens.look(token);
  if (found?.client !== grant.client || found.record.expiresMs <= Date.now()) return unknownToken;
  return answerJson(tokenView(token, grantOf(found)));
}

async function end(parts: TokenParts, { grant, params }: Call): Promise<Answer> {
  const found = await parts.tokens.look(params[0] ?? "");
  if (found?.client !== grant.client) return unknownToken;
  const answer = await changeAndAnswer(
    parts.configuration,
    grant.client,
    (current) => deleteToken(current, found.record),
    () => ({}),
  );
  parts.tokens.changed();
  return answer.kind === "error" ? answer : answerEmpty;
}

async function exchange(parts: TokenParts, { grant, params }: Call): Promise<Answer> {
  const found = await parts.tokens.look(params[0] ?? "");
  if (found?.client !== grant.client || found.record.expiresMs <= Date.now()) return unknownToken;
  const { record: old } = found;
  const seconds = Math.ceil((old.expiresMs - old.createdMs) / 1_000);
  return change(parts, grant.client, { scopes: old.scopes, seconds, identity: old.identity }, (current, made) =>
    exchangeToken(current, old, made),
  );
}

async function change(
  { configuration, tokens }: TokenParts,
  client: string,
  of: {
    readonly scopes: readonly TokenScope[];
    readonly seconds: number;
    /** Null: a new one. */
    readonly identity: string | null;
  },
  decide: (current: Parameters<typeof createToken>[0], record: TokenRecord) => ReturnType<typeof createToken>,
): Promise<Answer> {
  const token = newTokenText(client);
  const places = placesOf(hashToken(token));
  const answer = await changeAndAnswer(
    configuration,
    client,
    (current, { nowMs, newId }) => {
      const expiresMs = nowMs + of.seconds * 1_000;
      const identity = of.identity ?? newId();
      return decide(current, { ...places, scopes: of.scopes, createdMs: nowMs, expiresMs, identity });
    },
    (record) => tokenView(token, grantOf({ client, record })),
  );
  tokens.changed();
  return answer;
}

/** Tokens are of a client, not of a person: the member that names one is empty. */
function tokenView(token: string, { client, scopes, expiresMs, identity }: Grant): object {
  return {
    access_token: token,
    client_id: client,
    expires_in: Math.max(0, Math.floor(((expiresMs ?? NEVER_MS) - Date.now()) / 1_000)),
    identity_id: identity ?? "",
    person_id: "",
    scopes: [...scopes],
    type: "MANAGED",
  };
}
