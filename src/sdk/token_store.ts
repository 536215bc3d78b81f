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
    return this.#storage.get(TOKEN);
  }

  set(token: string | null): void {
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
