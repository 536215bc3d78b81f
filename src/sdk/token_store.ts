// The visitor's token: who the programme takes them for. Whatever answers with another token is believed.

import type { PageStorage } from "./storage.ts";

export const TOKEN = "token";

export class TokenStore {
  readonly #storage: PageStorage;
  readonly #listeners: ((token: string | null) => void)[] = [];

  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  get(): string | null {
    return this.#storage.get(TOKEN);
  }

  set(token: string | null): void {
    if (token === this.get()) return;
    this.#storage.set(TOKEN, token);
    for (const listener of this.#listeners) listener(token);
  }

  /** Zones may look different to somebody else. */
  onChange(listener: (token: string | null) => void): void {
    this.#listeners.push(listener);
  }
}
