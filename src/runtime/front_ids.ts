// Ids of what comes from outside: counted by the front, unique across restarts.

import { advance, FRONT_ORIGIN_FIRST, ID_EPOCH_MS, type IdCounter, idTextOfHalves, newIdCounter } from "../base/ids.ts";

/** An id as the log keeps it, and as everybody else does. */
export class FrontIds {
  readonly #counter: IdCounter;
  high = 0;
  low = 0;

  /** @param frontNumber unique among the fronts that are alive; 0 where there is one */
  constructor(frontNumber: number) {
    this.#counter = newIdCounter(FRONT_ORIGIN_FIRST + frontNumber);
  }

  /** Ids continue above `lastMs`, should the clock have stepped back since. */
  continueFrom(lastMs: number): void {
    if (lastMs < this.#counter.lastMs) return;
    this.#counter.lastMs = lastMs + 1;
    this.#counter.sequence = 0;
  }

  /** The next id as text. */
  next(nowMs: number): string {
    this.advance(nowMs);
    return idTextOfHalves(this.high, this.low);
  }

  /** To the next id; its halves are in `high` and `low` until the next call. */
  advance(nowMs: number): void {
    const counter = this.#counter;
    advance(counter, nowMs);
    const sinceEpochMs = counter.lastMs - ID_EPOCH_MS;
    this.high = Math.floor(sinceEpochMs / 1024);
    this.low = (sinceEpochMs % 1024) * 2 ** 22 + counter.origin * 4096 + counter.sequence;
  }
}

/** A number for an id: its lower 53 bits. They repeat after 24 days, far longer than anybody waits. */
export function waitKey(high: number, low: number): number {
  return (high % 2 ** 21) * 2 ** 32 + low;
}
