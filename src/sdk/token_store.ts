// The visitor's token: who the programme takes them for. Whatever answers with another token is believed.

import { tell } from "./page_callbacks.ts";
import type { PageStorage } from "./storage.ts";

export const TOKEN = "token";

export class TokenStore {
  readonly #storage: PageStorage;
  readonly #listeners: ((token: string | null) => void)[] = [];

  constructor(storage: PageStorage) {
    this.#storage = storage;
    storage.onChange(TOKEN, (token) => this.#changed(token));
  }

  get(): string | null {
    return sendable(this.#storage.get(TOKEN));
  }

  /** Blank, as apps have it for whoever logged out: nobody. */
  set(given: string | null): void {
    const token = sendable(given);
    if (token === this.get()) return;
    this.#storage.set(TOKEN, token);
    this.#changed(token);
  }

  /** Zones may look different to somebody else. */
  onChange(listener: (token: string | null) => void): void {
    this.#listeners.push(listener);
  }

  #changed(token: string | null): void {
    for (const listener of this.#listeners) tell(listener, token);
  }
}

/** What no header can carry was never a token: with it, a call would fail before it is made, each time again. */
function sendable(token: string | null): string | null {
  return token !== null && /^[!-~]+$/.test(token) ? token : null;
}
