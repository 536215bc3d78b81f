// RateLimiter: so many requests in so much time, by key. A full bucket holds the limit and fills evenly, so a burst of the limit is let in at once.
// Of one node: what other nodes let in is not counted.
//
//   L1. Keys are bounded: the one that was not seen for longest makes room, and begins with a full bucket when it comes back.

import { RATE_KEYS_MAX } from "../limits.ts";

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimiter {
  readonly #limit: number;
  readonly #perMs: number;
  /** In order of use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** Null when the request may go on; otherwise after how many seconds it may be sent again. */
  take(key: string, nowMs: number): number | null {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#limit, atMs: nowMs };
    const filled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * this.#limit) / this.#perMs;
    bucket.tokens = Math.min(this.#limit, filled);
    bucket.atMs = nowMs;
    this.#remember(key, bucket);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil(((1 - bucket.tokens) * this.#perMs) / this.#limit / 1_000));
    bucket.tokens--;
    return null;
  }

  /** L1. */
  #remember(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= RATE_KEYS_MAX) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

/** Null: no limit. */
export function limiterOf(limit: number, perMs: number): RateLimiter | null {
  return limit > 0 ? new RateLimiter(limit, perMs) : null;
}
