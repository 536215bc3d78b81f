// RateTable: the buckets of a rate limiter by key, in memory that several threads see.
//
//   T1. Keys are known by their hash; a place is one of the few of the key's set. The key of the set that was not seen for longest makes room.
//   T2. A set is looked at and changed by one thread at a time.

import { hash } from "node:crypto";
import { RATE_SETS, RATE_SET_PLACES } from "../limits.ts";

export interface RateTable {
  /** By set: 1 while a thread is at it. */
  readonly locks: Int32Array<SharedArrayBuffer>;
  /** By place: 64 bits of the key's hash; zero: nobody's. */
  readonly keys: Uint32Array<SharedArrayBuffer>;
  /** By place: what is left, and the Unix ms at which that was. */
  readonly levels: Float64Array<SharedArrayBuffer>;
}

export function newRateTable(sets = RATE_SETS): RateTable {
  const places = sets * RATE_SET_PLACES;
  return {
    locks: new Int32Array(new SharedArrayBuffer(sets * Int32Array.BYTES_PER_ELEMENT)),
    keys: new Uint32Array(new SharedArrayBuffer(places * 2 * Uint32Array.BYTES_PER_ELEMENT)),
    levels: new Float64Array(new SharedArrayBuffer(places * 2 * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/** What a table knows a key by. */
export interface KeyHash {
  readonly set: number;
  readonly low: number;
  readonly high: number;
}

export function hashOfKey({ locks }: RateTable, key: string): KeyHash {
  const digest = hash("sha256", key, "buffer");
  return { set: digest.readUInt32LE(8) % locks.length, low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

/** `look` is given the key's place, and whether that was the key's before; it must not throw or wait. */
export function atPlaceOf<T>(table: RateTable, key: KeyHash, look: (place: number, isKnown: boolean) => T): T {
  enter(table, key.set);
  try {
    return look(...placeOf(table, key));
  } finally {
    Atomics.store(table.locks, key.set, 0);
  }
}

/** T2. Whoever is inside leaves after some hundred nanoseconds, or when the system lets its thread go on. */
function enter({ locks }: RateTable, set: number): void {
  while (Atomics.compareExchange(locks, set, 0, 1) !== 0) Atomics.wait(locks, set, 1, LOCK_LOOK_MS);
}

const LOCK_LOOK_MS = 1;

/** T1 */
function placeOf({ keys, levels }: RateTable, { set, low, high }: KeyHash): [place: number, isKnown: boolean] {
  const first = set * RATE_SET_PLACES;
  let oldest = first;
  for (let place = first; place < first + RATE_SET_PLACES; place++) {
    if (keys[2 * place] === low && keys[2 * place + 1] === high) return [place, true];
    if ((levels[2 * place + 1] ?? 0) < (levels[2 * oldest + 1] ?? 0)) oldest = place;
  }
  keys[2 * oldest] = low;
  keys[2 * oldest + 1] = high;
  return [oldest, false];
}
