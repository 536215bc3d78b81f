// Ids of what comes from outside: counted by the front, unique across restarts.
//
//   F1. The fronts of one process have one number, and share what a millisecond holds among themselves: each counts in a range of its own. So a reply's
//       id says which node, and which of its fronts, waits for it.

import { FRONT_ORIGIN_FIRST, ID_EPOCH_MS, idTextOfHalves, SEQUENCE_LIMIT } from "./ids.ts";

/** The range that one of `of` fronts counts in. */
export interface IdShare {
  readonly index: number;
  readonly of: number;
}

const whole: IdShare = { index: 0, of: 1 };

/** An id as the log keeps it, and as everybody else does. */
export class FrontIds {
  readonly #originBits: number;
  readonly #first: number;
  readonly #end: number;
  #lastMs = 0;
  #sequence = 0;
  high = 0;
  low = 0;

  /** @param frontNumber unique among the processes that are alive; 0 where there is one */
  constructor(frontNumber: number, share: IdShare = whole) {
    const size = sizeOf(share.of);
    this.#originBits = (FRONT_ORIGIN_FIRST + frontNumber) * SEQUENCE_LIMIT;
    this.#first = share.index * size;
    this.#end = this.#first + size;
  }

  /** Unix ms of the newest id; 0 when none was given. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Ids continue above `lastMs`, should the clock have stepped back since. */
  continueFrom(lastMs: number): void {
    if (lastMs < this.#lastMs) return;
    this.#lastMs = lastMs + 1;
    this.#sequence = this.#first;
  }

  /** The next id as text. */
  next(nowMs: number): string {
    this.advance(nowMs);
    return idTextOfHalves(this.high, this.low);
  }

  /** To the next id; its halves are in `high` and `low` until the next call. A millisecond that is full borrows from the next one (I1 of `base/ids.ts`). */
  advance(nowMs: number): void {
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#sequence = this.#first;
    } else if (++this.#sequence === this.#end) {
      this.#lastMs++;
      this.#sequence = this.#first;
    }
    const sinceEpochMs = this.#lastMs - ID_EPOCH_MS;
    this.high = Math.floor(sinceEpochMs / 1024);
    this.low = (sinceEpochMs % 1024) * 2 ** 22 + this.#originBits + this.#sequence;
  }
}

/** Which of `of` fronts gave an id, by its lower half (F1). */
export function shareOfLow(low: number, of: number): number {
  return Math.min(of - 1, Math.floor((low % SEQUENCE_LIMIT) / sizeOf(of)));
}

function sizeOf(of: number): number {
  return Math.floor(SEQUENCE_LIMIT / of);
}

/** A number for an id: its lower 53 bits. They repeat after 24 days, far longer than anybody waits. */
export function waitKey(high: number, low: number): number {
  return (high % 2 ** 21) * 2 ** 32 + low;
}
