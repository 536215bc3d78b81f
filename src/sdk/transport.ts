// Calls of the consumer API. The token goes in a header, since pages and programme are different sites to browsers, which then keep cookies from each other.
//
//   T1. Null means that there was no answer, or one that says "later": the same may be sent again.
//   T2. A visitor without a token gets one before anything else, once for all calls that wait, and one that another tab got meanwhile is taken instead:
//       what is sent again then comes from the same visitor, and counts once.
//   T3. A token that holds no more (it has run out, or was ended elsewhere) is given up, and the visitor is somebody new.

import type { TokenStore } from "./token_store.ts";

export type Json = Record<string, unknown>;

export interface Reply {
  readonly isOk: boolean;
  readonly body: Json;
  /** Code of what was wrong, if the answer names one. */
  readonly problem: unknown;
}

export class Transport {
  readonly #origin: string;
  readonly #tokens: TokenStore;
  #asking: Promise<string | null> | null = null;

  constructor(origin: string, tokens: TokenStore) {
    this.#origin = origin;
    this.#tokens = tokens;
  }

  token(): string | null {
    return this.#tokens.get();
  }

  /** T2. Null: there is none to be had right now. */
  async tokenOrNew(): Promise<string | null> {
    return this.#tokens.get() ?? (await this.#newToken());
  }

  async call(path: string, body: object): Promise<Reply | null> {
    const token = await this.tokenOrNew();
    const reply = token === null ? null : await this.callAs(token, path, body);
    if (reply === null || !isOfToken(reply.problem)) return reply;
    // T3.
    if (this.#tokens.get() === token) this.#tokens.set(null);
    const another = await this.tokenOrNew();
    return another === null ? null : this.callAs(another, path, body);
  }

  async callAs(token: string, path: string, body: object): Promise<Reply | null> {
    const reply = await this.#ask(path, body, token);
    if (reply !== null) this.#follow(token, reply.token);
    return reply;
  }

  /** Goes on with a token for whom a JWT proves. */
  async prove(token: string, jwt: string): Promise<void> {
    const reply = await this.#ask("/api/v5/token", { jwt }, token);
    this.#follow(token, reply?.body["access_token"]);
  }

  /** Of a visitor without a token nothing is known yet that a mark could prove. */
  async verify(mark: string): Promise<void> {
    const token = this.#tokens.get();
    if (token !== null) await this.callAs(token, "/verify", { mark });
  }

  /** T2. */
  #newToken(): Promise<string | null> {
    this.#asking ??= this.#askForToken();
    return this.#asking;
  }

  async #askForToken(): Promise<string | null> {
    const reply = await this.#ask("/api/v5/token", {}, null);
    const token = reply?.body["access_token"];
    this.#asking = null;
    if (typeof token === "string" && this.#tokens.get() === null) this.#tokens.set(token);
    return this.#tokens.get();
  }

  async #ask(path: string, body: object, token: string | null): Promise<Answered | null> {
    // Not `AbortSignal.timeout`: browsers of 2021 have none.
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(this.#origin + path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: {
          accept: "application/json",
          "content-type": "application/json",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: stop.signal,
      });
      return await answered(response);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** For a page that is about to go: no answer is heard. */
  beacon(token: string, path: string, form: Readonly<Record<string, string>>): boolean {
    const url = `${this.#origin}${path}?access_token=${encodeURIComponent(token)}`;
    try {
      return navigator.sendBeacon(url, new URLSearchParams(form));
    } catch {
      return false;
    }
  }

  /** Who logged out while the call was under way stays logged out. */
  #follow(asked: string, token: unknown): void {
    if (typeof token === "string" && token !== "" && this.#tokens.get() === asked) this.#tokens.set(token);
  }
}

interface Answered extends Reply {
  readonly token: unknown;
}

const TIMEOUT_MS = 15_000;

async function answered(response: Response): Promise<Answered | null> {
  const { status, ok: isOk, headers } = response;
  if (status === 429 || status >= 500) return null;
  // Something between may find a request too large, in words of its own: it will find it so again.
  const read: unknown = tooLarge.includes(status) ? await response.json().catch(() => ({})) : await response.json();
  const body = isObject(read) ? read : {};
  return {
    isOk,
    body,
    problem: headers.get("x-extole-error-message") ?? body["code"],
    token: headers.get("x-extole-token") ?? body["token"],
  };
}

const tooLarge = [413, 414, 431];

function isOfToken(problem: unknown): boolean {
  return problem === "invalid_access_token" || problem === "expired_access_token";
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
