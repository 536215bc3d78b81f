// ChangedKeys: where a list stands among the keys of changed entries, while it walks them side by side with the store's (S2 of `model/state.ts`).
//
// In the list's direction: from the first key that has the prefix and lies past `after`, to the last that has the prefix.

import type { ListOptions } from "../model/state.ts";
import { compareKeys } from "./keys.ts";
import { firstIndex } from "./sorted_keys.ts";

export class ChangedKeys {
  readonly #keys: readonly string[];
  readonly #prefix: string;
  readonly #direction: 1 | -1;
  #index: number;

  constructor(keys: readonly string[], options: ListOptions) {
    const { prefix, after, isReverse } = options;
    this.#keys = keys;
    this.#prefix = prefix;
    this.#direction = isReverse ? -1 : 1;
    if (isReverse) {
      const isBeyond = (key: string): boolean => compareKeys(key, prefix) >= 0 && !key.startsWith(prefix);
      const isNotBefore = (key: string): boolean => after !== null && compareKeys(key, after) >= 0;
      this.#index = firstIndex(keys, (key) => isBeyond(key) || isNotBefore(key)) - 1;
    } else {
      this.#index = firstIndex(
        keys,
        (key) => compareKeys(key, prefix) >= 0 && (after === null || compareKeys(key, after) > 0),
      );
    }
  }

  /** The key at hand, or null past the last. */
  get key(): string | null {
    const key = this.#keys[this.#index];
    return key?.startsWith(this.#prefix) ? key : null;
  }

  isBefore(other: string): boolean {
    const { key } = this;
    return key !== null && this.#direction * compareKeys(key, other) < 0;
  }

  step(): void {
    this.#index += this.#direction;
  }
}
