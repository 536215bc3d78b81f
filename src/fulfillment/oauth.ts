// OAuth: access tokens for calls that a client's OAUTH key opens. Asked for when one is needed, kept until shortly before its end.
//
//   T1. Whoever needs the same token at once asks for it once.
//   T2. A receiver that refuses a token (401) gets a new one at the next attempt. A key that was changed is another key.
//   T3. Without a token nothing is sent: the job is tried again, and says why.

import { createHash } from "node:crypto";
import { fail, ok, type Result } from "../base/result.ts";
import type { AttemptResult, OutgoingRequest } from "../model/job.ts";
import { jsonOf, type SendCall, textAt } from "./payout_provider.ts";
import type { Credential } from "./signing.ts";

/** What an authorization server is shown. */
export interface OAuthGrant {
  readonly kind: "oauth";
  readonly flavour: OAuthFlavour;
  /** Where tokens are made. */
  readonly url: string;
  readonly clientId: string;
  readonly secret: string;
  readonly scope: string | null;
  /** Of the flavour `salesforce`: the business unit. */
  readonly accountId: string | null;
  /** Of the flavour `password`. */
  readonly username: string | null;
  readonly password: string | null;
  /** Of the flavour `lead_perfection`: whose data it is, and the application. */
  readonly tenant: string | null;
  readonly appKey: string | null;
  /** What the key says itself about asking; null: nothing. */
  readonly exchange: TokenExchange | null;
}

/**
 * "basic": client credentials, the client shown as RFC 6749 (2.3.1) has it. "post": the same in the form, as Listrak and Salesforce's platform ask for it.
 * "password": of a user, in the form. "salesforce": JSON, as Salesforce Marketing Cloud asks for it. "lead_perfection": a user's password in the form, with
 * `clientid` and `appkey` beside it, as LeadPerfection asks for it.
 */
export type OAuthFlavour = "basic" | "post" | "password" | "salesforce" | "lead_perfection";

/** How a key asks by expressions of its own. What fails says why, without a secret. */
export interface TokenExchange {
  /** The expressions: a key whose expressions changed is another key. */
  readonly written: string;
  /** Null: as its flavour does. */
  readonly makeRequest: (() => Result<Pick<OutgoingRequest, "url" | "headers" | "body">, string>) | null;
  /** Null: as RFC 6749 has it. */
  readonly readToken:
    | ((answer: {
        readonly status: number;
        readonly body: string;
      }) => Result<{ readonly text: string; readonly seconds: number | null }, string>)
    | null;
}

/** How long before its end a token is no longer used. */
const SLACK_MS = 60_000;
/** Of a token whose end its maker does not name. */
const UNNAMED_LIFETIME_MS = 300_000;
const LIFETIME_MAX_MS = 86_400_000;
/** Keys whose tokens are kept; the one asked for longest ago goes first. */
const TOKENS_KEPT_MAX = 1_000;

interface KeptToken {
  readonly text: string;
  readonly untilMs: number;
}

export interface NoToken {
  /** Why. */
  readonly missing: string;
  /** What came of asking. */
  readonly result: AttemptResult;
}

type Answer = KeptToken | NoToken;

export class OAuthTokens {
  readonly #send: SendCall;
  readonly #kept = new Map<string, KeptToken>();
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(send: SendCall) {
    this.#send = send;
  }

  /** The token as a credential, or why there is none. */
  async take(grant: OAuthGrant): Promise<Credential | NoToken> {
    const name = nameOf(grant);
    const known = this.#kept.get(name);
    if (known !== undefined && Date.now() < known.untilMs) return { kind: "bearer", token: known.text };
    const asked = this.#asking.get(name) ?? this.#ask(name, grant);
    this.#asking.set(name, asked);
    const answer = await asked;
    return "missing" in answer ? answer : { kind: "bearer", token: answer.text };
  }

  /** T2. @param token the one that was refused: another may be known by now */
  forget(grant: OAuthGrant, token: string): void {
    const name = nameOf(grant);
    if (this.#kept.get(name)?.text === token) this.#kept.delete(name);
  }

  async #ask(name: string, grant: OAuthGrant): Promise<Answer> {
    try {
      // Whatever comes of it comes later, when whoever asked has noted that it is asked for.
      const answer = await this.#answerTo(grant);
      if (!("missing" in answer)) this.#keep(name, answer);
      return answer;
    } finally {
      this.#asking.delete(name);
    }
  }

  async #answerTo(grant: OAuthGrant): Promise<Answer> {
    const call = callFor(grant);
    return "missing" in call ? call : tokenIn(grant, await this.#send(call), Date.now());
  }

  #keep(name: string, token: KeptToken): void {
    this.#kept.delete(name);
    this.#kept.set(name, token);
    if (this.#kept.size <= TOKENS_KEPT_MAX) return;
    for (const oldest of this.#kept.keys()) return void this.#kept.delete(oldest);
  }
}

/** Client credentials, as most providers take them. */
export function clientGrant(url: string, clientId: string, secret: string): OAuthGrant {
  const none = {
    scope: null,
    accountId: null,
    username: null,
    password: null,
    tenant: null,
    appKey: null,
    exchange: null,
  };
  return { kind: "oauth", flavour: "basic", url, clientId, secret, ...none };
}

/** Secrets are no names. Of an exchange, what is written counts: functions have no text. */
function nameOf(grant: OAuthGrant): string {
  return createHash("sha256").update(JSON.stringify(grant)).digest("base64");
}

function tokenIn({ exchange }: OAuthGrant, result: AttemptResult, nowMs: number): Answer {
  if (result.kind !== "answered")
    return { missing: `no access token: ${"reason" in result ? result.reason : "nothing was answered"}`, result };
  const { status, body } = result;
  const given = exchange?.readToken?.({ status, body: body ?? "" }) ?? publishedToken(status, body);
  const why = given.ok ? "" : given.error;
  if (!given.ok || !TOKEN.test(given.value.text))
    return { missing: `no access token: answered with ${status}${why === "" ? "" : `, ${why}`}`, result };
  const { text, seconds } = given.value;
  const lifetimeMs = seconds === null ? UNNAMED_LIFETIME_MS : seconds * 1_000;
  // One that ends within the slack is used for half its time, so that it is used at all.
  const usedMs = Math.max(Math.min(lifetimeMs, LIFETIME_MAX_MS) - SLACK_MS, Math.min(lifetimeMs, SLACK_MS) / 2);
  return { text, untilMs: nowMs + usedMs };
}

/** RFC 6749, 5.1. */
function publishedToken(
  status: number,
  body: string | null,
): Result<{ readonly text: string; readonly seconds: number | null }, string> {
  const answer = status >= 200 && status < 300 ? jsonOf(body) : null;
  const text = textAt(answer, "access_token");
  const seconds = Number(answer?.["expires_in"]);
  return text === null ? fail("") : ok({ text, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null });
}

/** What a header can bear (RFC 6750, and somewhat more). */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

function callFor(grant: OAuthGrant): Parameters<SendCall>[0] | NoToken {
  const made = grant.exchange?.makeRequest?.() ?? null;
  if (made === null) return publishedCall(grant);
  if (made.ok) {
    const { url, headers, body } = made.value;
    return tokenCall({ url, headers: withDefaults(headers), body: body ?? "" }, null);
  }
  const missing = `no access token: ${made.error}`;
  return { missing, result: { kind: "not_sent", reason: missing, isFinal: false } };
}

function publishedCall(grant: OAuthGrant): Parameters<SendCall>[0] {
  const { flavour, url } = grant;
  const fields = fieldsOf(grant);
  const isJson = flavour === "salesforce";
  const body = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const headers = withDefaults(isJson ? { "content-type": "application/json" } : {});
  const pair = `${encoded(grant.clientId)}:${encoded(grant.secret)}`;
  return tokenCall({ url, headers, body }, flavour === "basic" ? { kind: "basic", pair } : null);
}

function tokenCall(
  made: Pick<OutgoingRequest, "url" | "headers" | "body">,
  credential: Credential | null,
): Parameters<SendCall>[0] {
  return {
    idempotencyKey: "token",
    credential,
    request: { method: "POST", ...made, keyId: null, readsAnswer: true },
  };
}

/** RFC 6749, 3.2: a form, answered with JSON, unless the headers say another thing. */
function withDefaults(headers: OutgoingRequest["headers"]): OutgoingRequest["headers"] {
  const named = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return {
    ...(named.has("accept") ? {} : { accept: "application/json" }),
    ...(named.has("content-type") ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    ...headers,
  };
}

type FieldsOf = (grant: OAuthGrant) => { readonly [name: string]: string | null };

const clientFields: FieldsOf = ({ clientId, secret }) => ({ client_id: clientId, client_secret: secret });

const fieldsBy: { readonly [F in OAuthFlavour]: FieldsOf } = {
  basic: () => ({ grant_type: "client_credentials" }),
  post: (grant) => ({ grant_type: "client_credentials", ...clientFields(grant) }),
  salesforce: (grant) => ({
    grant_type: "client_credentials",
    ...clientFields(grant),
    account_id: grant.accountId,
  }),
  password: (grant) => ({
    grant_type: "password",
    ...clientFields(grant),
    username: grant.username,
    password: grant.password,
  }),
  lead_perfection: ({ clientId, secret, tenant, appKey }) => ({
    grant_type: "password",
    username: clientId,
    password: secret,
    clientid: tenant,
    appkey: appKey,
  }),
};

function fieldsOf(grant: OAuthGrant): { [name: string]: string } {
  const fields: { [name: string]: string } = {};
  for (const [name, value] of Object.entries({ ...fieldsBy[grant.flavour](grant), scope: grant.scope }))
    if (value !== null) fields[name] = value;
  return fields;
}

/** As forms have it: RFC 6749, 2.3.1. */
function encoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
