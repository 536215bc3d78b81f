// AccessTokens: the token by which a provider knows us (OAuth 2.0, client credentials), asked for when it is needed and kept until shortly before its end.

import type { AttemptResult } from "../model/job.ts";
import { isUnclear, jsonOf, type SendCall, textAt } from "./payout_provider.ts";

export interface TokenSource {
  /** As it is called in reasons. */
  readonly provider: string;
  readonly url: string;
  readonly clientId: string;
  readonly secret: string;
}

/** How long before its end a token is no longer used. */
const TOKEN_SLACK_MS = 60_000;

export class AccessTokens {
  readonly #source: TokenSource;
  readonly #send: SendCall;
  #token: { readonly text: string; readonly untilMs: number } | null = null;

  constructor(source: TokenSource, send: SendCall) {
    this.#source = source;
    this.#send = send;
  }

  /** Or why there is none: nothing was ordered then. */
  async take(): Promise<string | AttemptResult> {
    if (this.#token !== null && Date.now() < this.#token.untilMs) return this.#token.text;
    const { provider, url, clientId, secret } = this.#source;
    const answered = await this.#send({
      idempotencyKey: "token",
      credential: { kind: "basic", pair: `${clientId}:${secret}` },
      request: {
        method: "POST",
        url,
        headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
        body: "grant_type=client_credentials",
        keyId: null,
        readsAnswer: true,
      },
    });
    const answer = answered.kind === "answered" && answered.status === 200 ? jsonOf(answered.body) : null;
    const text = textAt(answer, "access_token");
    // Who is not let in has not ordered before either.
    if (answered.kind === "answered" && answered.status >= 400 && !isUnclear(answered.status)) return answered;
    if (text === null) return { kind: "not_sent", reason: `${provider} gave no access token`, isFinal: false };
    const seconds = Number(answer?.["expires_in"]);
    this.#token = { text, untilMs: Date.now() + (Number.isFinite(seconds) ? seconds * 1000 : 0) - TOKEN_SLACK_MS };
    return text;
  }

  /** It was refused: the next call asks for another. */
  forget(): void {
    this.#token = null;
  }
}
