// OAuth: access tokens for calls that a client's OAUTH key opens. Asked for when one is needed, kept until shortly before its end.
//
//   T1. Whoever needs the same token at once asks for it once.
//   T2. A receiver that refuses a token (401) gets a new one at the next attempt. A key that was changed is another key.
//   T3. Without a token nothing is sent: the job is tried again, and says why.

import { createHash } from "node:crypto";
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
}

/**
 * "basic": client credentials, the client shown as RFC 6749 (2.3.1) has it. "post": the same in the form, as Listrak and Salesforce's platform ask for it.
 * "password": of a user, in the form. "salesforce": JSON, as Salesforce Marketing Cloud asks for it.
 */
export type OAuthFlavour = "basic" | "post" | "password" | "salesforce";

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
      const answer = tokenIn(await this.#send(callFor(grant)), Date.now());
      if (!("missing" in answer)) this.#keep(name, answer);
      return answer;
    } finally {
      this.#asking.delete(name);
    }
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
  const none = { scope: null, accountId: null, username: null, password: null };
  return { kind: "oauth", flavour: "basic", url, clientId, secret, ...none };
}

/** Secrets are no names. */
function nameOf(grant: OAuthGrant): string {
  return createHash("sha256").update(JSON.stringify(grant)).digest("base64");
}

function tokenIn(result: AttemptResult, nowMs: number): Answer {
  if (result.kind !== "answered")
    return { missing: `no access token: ${"reason" in result ? result.reason : "nothing was answered"}`, result };
  const isGiven = result.status >= 200 && result.status < 300;
  const answer = isGiven ? jsonOf(result.body) : null;
  const text = textAt(answer, "access_token");
  if (text === null || !TOKEN.test(text)) return { missing: `no access token: answered with ${result.status}`, result };
  const seconds = Number(answer?.["expires_in"]);
  const lifetimeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : UNNAMED_LIFETIME_MS;
  // One that ends within the slack is used for half its time, so that it is used at all.
  const usedMs = Math.max(Math.min(lifetimeMs, LIFETIME_MAX_MS) - SLACK_MS, Math.min(lifetimeMs, SLACK_MS) / 2);
  return { text, untilMs: nowMs + usedMs };
}

/** What a header can bear (RFC 6750, and somewhat more). */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

function callFor(grant: OAuthGrant): Parameters<SendCall>[0] {
  const { flavour, url } = grant;
  const isJson = flavour === "salesforce";
  const fields = fieldsOf(grant);
  const request: OutgoingRequest = {
    method: "POST",
    url,
    headers: {
      accept: "application/json",
      "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded",
    },
    body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
    keyId: null,
    readsAnswer: true,
  };
  const credential: Credential | null =
    flavour === "basic" ? { kind: "basic", pair: `${encoded(grant.clientId)}:${encoded(grant.secret)}` } : null;
  return { idempotencyKey: "token", credential, request };
}

function fieldsOf({ flavour, clientId, secret, scope, accountId, username, password }: OAuthGrant): {
  [name: string]: string;
} {
  return {
    grant_type: flavour === "password" ? "password" : "client_credentials",
    ...(flavour === "basic" ? {} : { client_id: clientId, client_secret: secret }),
    ...(scope === null ? {} : { scope }),
    ...(accountId === null ? {} : { account_id: accountId }),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  };
}

/** As forms have it: RFC 6749, 2.3.1. */
function encoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
