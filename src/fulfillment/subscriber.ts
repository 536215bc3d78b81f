// Subscriber: how much one receiver gets at a time. A bulkhead: what it does with it is felt by nobody else.
//
//   B1. It never has more under way than its bound, nor begins more in a second than its rate.
//   B2. After failures in a row it is left alone (open); then one attempt tries it (half open): success closes, failure opens for twice as long.
//       While it is open its jobs stay ready, and lose no attempts.
//   B3. Of its failures a few a second are told in the log, and with the next of them how many were not. All are counted (`attempts` of the dispatcher).

import type { AttemptResult } from "../model/job.ts";
import { BREAKER_FAILURES, BREAKER_FIRST_MS, BREAKER_LONGEST_MS, FAILURES_LOGGED_PER_SECOND } from "./settings.ts";

export interface SubscriberLimits {
  readonly perSubscriberMax: number;
  readonly ratePerSecond: number;
}

/** In one partition: how far its ready jobs were taken, and how many of them are under way. */
interface Reach {
  place: string;
  count: number;
}

export class Subscriber {
  readonly key: string;
  readonly #limits: SubscriberLimits;
  readonly #reach = new Map<number, Reach>();
  /** Partitions where it has more than it could be given. */
  readonly waiting = new Set<number>();
  inFlight = 0;
  #failures = 0;
  #openUntilMs = 0;
  #openMs = 0;
  #tokens: number;
  #tokensMs: number;
  /** B3. Since when, and how many were told since. */
  #toldSinceMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #untold = 0;

  constructor(key: string, limits: SubscriberLimits, nowMs: number) {
    this.key = key;
    this.#limits = limits;
    this.#tokens = limits.ratePerSecond;
    this.#tokensMs = nowMs;
  }

  get isOpen(): boolean {
    return this.#openMs > 0;
  }

  /** Nothing about it has to be remembered. */
  get isForgettable(): boolean {
    const isQuiet = this.inFlight === 0 && this.waiting.size === 0 && this.#failures === 0 && this.#told === 0;
    return isQuiet && !this.isOpen && this.#limits.ratePerSecond === 0;
  }

  /** How many attempts may begin now. */
  room(nowMs: number): number {
    const free = this.#limits.perSubscriberMax - this.inFlight;
    if (this.isOpen) return nowMs < this.#openUntilMs || this.inFlight > 0 ? 0 : Math.min(1, free);
    return Math.min(free, this.#allowance(nowMs));
  }

  /** When there may be room again by time alone; null: when something ends. */
  roomAtMs(nowMs: number): number | null {
    if (this.isOpen && nowMs < this.#openUntilMs) return this.#openUntilMs;
    const { ratePerSecond, perSubscriberMax } = this.#limits;
    if (ratePerSecond === 0 || this.inFlight >= perSubscriberMax) return null;
    return nowMs + Math.ceil(1000 / ratePerSecond);
  }

  /** The last place that was taken in a partition, while something of it is under way. */
  cursor(partition: number): string | null {
    return this.#reach.get(partition)?.place ?? null;
  }

  begin(partition: number, place: string): void {
    this.inFlight++;
    if (this.#limits.ratePerSecond > 0) this.#tokens--;
    const reach = this.#reach.get(partition);
    if (reach === undefined) this.#reach.set(partition, { place, count: 1 });
    else Object.assign(reach, { place: place > reach.place ? place : reach.place, count: reach.count + 1 });
  }

  /** Its outcome is applied, or somebody else's concern. */
  end(partition: number): void {
    this.inFlight--;
    const reach = this.#reach.get(partition);
    if (reach !== undefined && --reach.count <= 0) this.#reach.delete(partition);
  }

  /** B2. */
  observe(result: AttemptResult, nowMs: number): void {
    if (!isFailure(result)) {
      this.#failures = 0;
      this.#openMs = 0;
      return;
    }
    this.#failures++;
    if (this.#failures < BREAKER_FAILURES || nowMs < this.#openUntilMs) return;
    this.#openMs = Math.min(BREAKER_LONGEST_MS, this.#openMs === 0 ? BREAKER_FIRST_MS : this.#openMs * 2);
    this.#openUntilMs = nowMs + this.#openMs;
  }

  /** B3. A failure: how many were not told before it; null: neither is this one. */
  tell(nowMs: number): number | null {
    if (nowMs - this.#toldSinceMs >= 1000) {
      this.#toldSinceMs = nowMs;
      this.#told = 0;
    }
    if (this.#told >= FAILURES_LOGGED_PER_SECOND) {
      this.#untold++;
      return null;
    }
    this.#told++;
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }

  #allowance(nowMs: number): number {
    const { ratePerSecond } = this.#limits;
    if (ratePerSecond === 0) return Number.POSITIVE_INFINITY;
    this.#tokens = Math.min(ratePerSecond, this.#tokens + ((nowMs - this.#tokensMs) / 1000) * ratePerSecond);
    this.#tokensMs = nowMs;
    return Math.floor(this.#tokens);
  }
}

/** Of the receiver, not of one call: a call that it refuses for what is in it says nothing about the next. */
export function isFailure(result: AttemptResult): boolean {
  switch (result.kind) {
    case "answered":
      return result.status >= 500 || result.status === 429;
    case "not_sent":
      return !result.isFinal;
    case "unknown":
      return true;
    case "done":
      return false;
  }
}
