// Ids
//
// Events, persons, steps, journeys and campaigns have 19-digit decimal ids made of three fields, most significant first:
//
//     41 bits  milliseconds since 2015-01-01T00:00:00Z   (19 digits from 2022 on, good until 2084)
//     10 bits  origin: a partition (0..511) or a front (512..1023), who counted
//     12 bits  sequence within that millisecond and origin
//
//   I1. Two ids of one origin never repeat: when a millisecond is full, the next one is borrowed.
//   I2. A person id carries the partition that owns the person, so no look-up is needed to route by it.
//
// Rewards have 24 hex digits: 4 of the owning partition, 20 of a hash (see `rewardId`).

import { deriveHex } from "./hash.ts";

/** Early enough that ids have 19 digits from 2022 on. */
export const ID_EPOCH_MS = Date.UTC(2015, 0, 1);

/** Half of the origins are partitions, half are fronts. */
export const PARTITIONS_MAX = 512;
export const FRONT_ORIGIN_FIRST = 512;

const SEQUENCE_BITS = 12;
const ORIGIN_BITS = 10;
const LOW_BITS = SEQUENCE_BITS + ORIGIN_BITS;
/** Ids of one origin in a millisecond. */
export const SEQUENCE_LIMIT = 2 ** SEQUENCE_BITS;

/** Where the next id continues. Plain data, so that a partition can keep it as state. */
export interface IdCounter {
  origin: number;
  /** Millisecond (Unix) of the last id handed out. */
  lastMs: number;
  sequence: number;
}

export function newIdCounter(origin: number): IdCounter {
  return { origin, lastMs: 0, sequence: 0 };
}

/** The counter of which `id` is the next one. */
export function counterBefore(id: string): IdCounter {
  const low = Number(BigInt(id) & BigInt(2 ** LOW_BITS - 1));
  const sequence = low % SEQUENCE_LIMIT;
  const origin = Math.floor(low / SEQUENCE_LIMIT);
  const atMs = timeOf(id);
  if (sequence > 0) return { origin, lastMs: atMs, sequence: sequence - 1 };
  return { origin, lastMs: atMs - 1, sequence: SEQUENCE_LIMIT - 1 };
}

/** Moves `counter` to the next id at `nowMs` (Unix). I1 holds also when the clock stands still or steps back. */
function advance(counter: IdCounter, nowMs: number): void {
  if (nowMs > counter.lastMs) {
    counter.lastMs = nowMs;
    counter.sequence = 0;
  } else if (++counter.sequence === SEQUENCE_LIMIT) {
    counter.lastMs++;
    counter.sequence = 0;
  }
}

/** The next id as a number of 63 bits. */
export function nextId(counter: IdCounter, nowMs: number): bigint {
  advance(counter, nowMs);
  return (
    (BigInt(counter.lastMs - ID_EPOCH_MS) << BigInt(LOW_BITS)) |
    BigInt(counter.origin * SEQUENCE_LIMIT + counter.sequence)
  );
}

/** The next id as text; four times as fast as going through `nextId`. */
export function nextIdText(counter: IdCounter, nowMs: number): string {
  advance(counter, nowMs);
  return idText(counter.lastMs - ID_EPOCH_MS, counter.origin * SEQUENCE_LIMIT + counter.sequence);
}

/** The text of an id that is kept as two unsigned 32-bit halves. */
export function idTextOfHalves(high: number, low: number): string {
  return idText(high * 2 ** (32 - LOW_BITS) + (low >>> LOW_BITS), low & (2 ** LOW_BITS - 1));
}

/** Its two unsigned 32-bit halves. */
export function idHalvesOf(id: string): { readonly high: number; readonly low: number } {
  const bits = BigInt(id);
  return { high: Number(bits >> 32n), low: Number(bits & 0xffff_ffffn) };
}

/** `sinceEpochMs * 2^22 + low` in decimal. In two parts, because a double holds 53 bits: neither part exceeds 1e10. */
function idText(sinceEpochMs: number, low: number): string {
  const billions = Math.floor(sinceEpochMs / 1e9);
  const rest = (sinceEpochMs - billions * 1e9) * 2 ** LOW_BITS + low;
  const restBillions = Math.floor(rest / 1e9);
  const head = billions * 2 ** LOW_BITS + restBillions;
  const tail = rest - restBillions * 1e9;
  return head >= 1e9 && head < 1e10 ? digitsOf(head, tail) : head.toString() + (1e9 + tail).toString().slice(1);
}

/**
 * Ten digits and nine. Made in one piece: of two texts put together V8 keeps both and the pair, until somebody looks into it; and ids are most of
 * what a person's state consists of, and what it is looked up by.
 */
function digitsOf(head: number, tail: number): string {
  const a = Math.floor(head / 1e5) | 0;
  const b = (head - a * 1e5) | 0;
  const c = (tail / 1e5) | 0;
  const d = (tail - c * 1e5) | 0;
  return String.fromCharCode(
    ZERO + ((a / 1e4) | 0),
    ZERO + (((a / 1e3) | 0) % 10),
    ZERO + (((a / 100) | 0) % 10),
    ZERO + (((a / 10) | 0) % 10),
    ZERO + (a % 10),
    ZERO + ((b / 1e4) | 0),
    ZERO + (((b / 1e3) | 0) % 10),
    ZERO + (((b / 100) | 0) % 10),
    ZERO + (((b / 10) | 0) % 10),
    ZERO + (b % 10),
    ZERO + ((c / 1e3) | 0),
    ZERO + (((c / 100) | 0) % 10),
    ZERO + (((c / 10) | 0) % 10),
    ZERO + (c % 10),
    ZERO + ((d / 1e4) | 0),
    ZERO + (((d / 1e3) | 0) % 10),
    ZERO + (((d / 100) | 0) % 10),
    ZERO + (((d / 10) | 0) % 10),
    ZERO + (d % 10),
  );
}

/** Code of the digit 0. */
const ZERO = 48;

/** The origin field of an id, from its lower 32 bits. */
export function originOfLow(low: number): number {
  return (low >>> SEQUENCE_BITS) & (2 ** ORIGIN_BITS - 1);
}

/** The origin field of a 19-digit id: for a person, its partition. Undefined when `id` is not such an id. */
export function originOf(id: string): number | undefined {
  if (id.length !== 19 || id.charCodeAt(0) === 48) return undefined;
  let high = 0;
  let low = 0;
  for (let i = 0; i < 19; i++) {
    const digit = id.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    if (i < 10) high = high * 10 + digit;
    else low = low * 10 + digit;
  }
  if (high > 9_223_372_036) return undefined;
  // (high * 10^9 + low) modulo 2^22, in steps that stay below 2^53.
  const modulus = 2 ** LOW_BITS;
  return Math.floor((((high % modulus) * (1e9 % modulus) + low) % modulus) / SEQUENCE_LIMIT);
}

/** Unix milliseconds of a 19-digit id. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> BigInt(LOW_BITS)) + ID_EPOCH_MS;
}

/**
 * A reward's id: the same cause always gives the same id, which is what makes a second payment impossible.
 * @param partition owner of the reward; recoverable with `partitionOfReward`
 */
export function rewardId(partition: number, parts: readonly string[]): string {
  return partition.toString(16).padStart(4, "0") + deriveHex(parts).slice(0, 20);
}

/** Undefined when `id` is not 24 lower-case hex digits. */
export function partitionOfReward(id: string): number | undefined {
  return /^[0-9a-f]{24}$/.test(id) ? Number.parseInt(id.slice(0, 4), 16) : undefined;
}
