// Calls of the consumer API. The token goes in a header, since pages and programme are different sites to browsers, which then keep cookies from each other.
//
//   T1. Null means that there was no answer, or one that says "later": the same may be sent again.
//   T2. A visitor without a token gets one before anything else, once for all calls that wait: what is sent again then comes from the same visitor, and counts once.

import type { TokenStore } from "./token_store.ts";

export type Json = Record<string, unknown>;

export interface Reply {
  readonly isOk: boolean;
  readonly body: Json;
}

export class Transport {
  readonly #origin: string;
  readonly #tokens: TokenStore;
  #asking: Promise<string | null> | null = null;

  constructor(origin: string, tokens: TokenStore) {
    this.#origin = origin;
    this.#tokens = tokens;
  }

  /** @param body null: a GET */
  async call(path: string, body: object | null): Promise<Reply | null> {
    const token = this.#tokens.get() ?? (await this.#newToken());
    const reply = token === null ? null : await this.#ask(path, body, token);
    if (reply !== null) this.#follow(token, reply.token);
    return reply;
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
    if (typeof token !== "string") return null;
    this.#tokens.set(token);
    return token;
  }

  async #ask(path: string, body: object | null, token: string | null): Promise<Answered | null> {
    try {
      const response = await fetch(this.#origin + path, {
        ...(body === null ? {} : { method: "POST", body: JSON.stringify(body) }),
        headers: {
          accept: "application/json",
          ...(body === null ? {} : { "content-type": "application/json" }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 429 || response.status >= 500) return null;
      const read: unknown = await response.json();
      const answer = isObject(read) ? read : {};
      return { isOk: response.ok, body: answer, token: response.headers.get("x-extole-token") ?? answer["token"] };
    } catch {
      return null;
    }
  }

  /** For a page that is about to go: no answer is heard. */
  beacon(path: string, form: Readonly<Record<string, string>>): boolean {
    const token = this.#tokens.get();
    const query = token === null ? "" : `?access_token=${encodeURIComponent(token)}`;
    return navigator.sendBeacon(this.#origin + path + query, new URLSearchParams(form));
  }

  /** Who logged out while the call was under way stays logged out. */
  #follow(asked: string | null, token: unknown): void {
    if (typeof token === "string" && token !== "" && this.#tokens.get() === asked) this.#tokens.set(token);
  }
}

interface Answered extends Reply {
  readonly token: unknown;
}

const TIMEOUT_MS = 15_000;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
