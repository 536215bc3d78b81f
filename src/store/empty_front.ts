// EmptyFront: how far the keys of a kind are known to have no entry, from the front of a list on, so that lists which begin there do not go through them again.
//
// Whoever takes the first entries again and again, as ticks do with timers, leaves keys behind that are removed and stay in memory and in the store until the
// next checkpoint is written: tens of thousands where many are due at once, and each list from the front would walk all of them.
//
//   F1. From the prefix on, up to and with the key, nothing has an entry, written or not.
//   F2. Of a kind it is the front of the prefix that was listed last.

import { compareKeys } from "./keys.ts";
import { firstIndex } from "./sorted_keys.ts";

export class EmptyFront {
  #prefix = "";
  #until: string | null = null;

  /** Behind which key a list of this prefix may begin; null: at its front. */
  endOf(prefix: string): string | null {
    return prefix === this.#prefix ? this.#until : null;
  }

  /** A list of this prefix went through keys without an entry, up to that one. */
  passed(prefix: string, until: string): void {
    this.#prefix = prefix;
    this.#until = until;
  }

  /** Something is put there. @param keys those that are not written, in key order: some of them are removed ones */
  put(key: string, keys: () => readonly string[]): void {
    if (this.#until === null || compareKeys(key, this.#until) > 0 || !key.startsWith(this.#prefix)) return;
    const unwritten = keys();
    const before = unwritten[firstIndex(unwritten, (own) => compareKeys(own, key) >= 0) - 1];
    this.#until = before?.startsWith(this.#prefix) === true ? before : null;
  }
}
