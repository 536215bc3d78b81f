// RateLimiter: so many requests in so much time, by key. A full bucket holds the limit and fills evenly, so a burst of the limit is let in at once.
// All fronts of a node count together, by way of the table; what other nodes let in is not counted.
//
//   L1. Keys are bounded: whoever was not seen for long may be forgotten for another, and begins with a full bucket when it comes back.

import { RATE_HASHES_MAX } from "../limits.ts";
import { atPlaceOf, hashOfKey, type KeyHash, type RateTable } from "./rate_table.ts";

export class RateLimiter {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #table: RateTable;
  /** Hashing costs more than all the rest, and those who come often come again. */
  readonly #hashes = new Map<string, KeyHash>();

  constructor(limit: number, perMs: number, table: RateTable) {
    this.#limit = limit;
    this.#perMs = perMs;
    this.#table = table;
  }

  /** Null when the request may go on; otherwise after how many seconds it may be sent again. */
  take(key: string, nowMs: number): number | null {
    const { levels } = this.#table;
    return atPlaceOf(this.#table, this.#hashOf(key), (place, isKnown) => {
      const left = isKnown ? (levels[2 * place] ?? 0) : this.#limit;
      const atMs = isKnown ? (levels[2 * place + 1] ?? 0) : nowMs;
      const filled = Math.min(this.#limit, left + (Math.max(0, nowMs - atMs) * this.#limit) / this.#perMs);
      levels[2 * place] = filled < 1 ? filled : filled - 1;
      levels[2 * place + 1] = nowMs;
      return filled < 1 ? Math.max(1, Math.ceil(((1 - filled) * this.#perMs) / this.#limit / 1_000)) : null;
    });
  }

  #hashOf(key: string): KeyHash {
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    if (this.#hashes.size >= RATE_HASHES_MAX) this.#hashes.clear();
    const hash = hashOfKey(this.#table, key);
    this.#hashes.set(key, hash);
    return hash;
  }
}

/** Null: no limit. */
export function limiterOf(limit: number, perMs: number, table: RateTable | null): RateLimiter | null {
  return limit > 0 && table !== null ? new RateLimiter(limit, perMs, table) : null;
}
