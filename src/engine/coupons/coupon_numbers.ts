// Which code of a supplier is next: the numbers that nobody has.
//
//   U3. Codes go in the order of their numbers, those that came back first: unseen ones, then those that were lent. One that expires too soon is passed over
//       for good. Lent codes are gone from here, and go in the order of the partition that has them.

import type { CouponPool } from "../../model/coupon.ts";
import { findSlot, type PoolReference } from "./coupon_pages.ts";
import type { Turn } from "../context.ts";
import { COUPONS_PASSED_AT_ONCE } from "../limits.ts";

export interface NumberedCode {
  readonly number: number;
  readonly code: string;
  readonly expiresMs: number | null;
}

type Range = [number, number];

/** U3. Taken out of those that are next; the caller counts them as what they become. */
export function nextCodes(
  turn: Turn,
  reference: PoolReference,
  pool: CouponPool,
  { count, lifetimeMs }: { readonly count: number; readonly lifetimeMs: number },
): NumberedCode[] {
  const found: NumberedCode[] = [];
  for (let passed = 0; found.length < count && passed < COUPONS_PASSED_AT_ONCE; ) {
    const number = pool.returned.shift() ?? firstIn(pool.loans?.recalled) ?? firstIn(pool.ranges);
    if (number === null) break;
    const slot = findSlot(turn.state, reference, number);
    const code = slot?.page.codes[slot.at];
    const expiresMs = slot?.page.expires[slot.at] ?? null;
    if (code !== undefined && lasts(turn, expiresMs, lifetimeMs)) {
      found.push({ number, code, expiresMs });
      continue;
    }
    passed++;
    pool.available--;
  }
  return found;
}

export function lasts({ nowMs }: Turn, expiresMs: number | null, lifetimeMs: number): boolean {
  return expiresMs === null || expiresMs > nowMs + lifetimeMs;
}

/** New codes. */
export function addRange(pool: CouponPool, first: number, end: number): void {
  if (end === first) return;
  const last = pool.ranges.at(-1);
  if (last?.[1] === first) last[1] = end;
  else pool.ranges.push([first, end]);
  pool.available += end - first;
}

/** Codes that were lent, and that nobody has. */
export function addRecalled(pool: CouponPool, numbers: readonly number[]): void {
  if (pool.loans === undefined) return;
  const single = numbers.map((number): Range => [number, number + 1]);
  const merged: Range[] = [];
  for (const [first, end] of [...pool.loans.recalled, ...single].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last?.[1] === first) last[1] = end;
    else merged.push([first, end]);
  }
  pool.loans.recalled = merged;
  pool.available += numbers.length;
}

interface Numbers {
  readonly first: number;
  readonly end: number;
}

/** How many codes nobody has; none of them is handed out from here on. */
export function takeOut(pool: CouponPool, numbers: Numbers): number {
  const { first, end } = numbers;
  const back = pool.returned.filter((number) => number >= first && number < end);
  pool.returned = pool.returned.filter((number) => number < first || number >= end);
  const ofRanges = without(pool.ranges, numbers);
  pool.ranges = ofRanges.rest;
  let taken = back.length + ofRanges.taken;
  if (pool.loans !== undefined) {
    const ofRecalled = without(pool.loans.recalled, numbers);
    pool.loans.recalled = ofRecalled.rest;
    taken += ofRecalled.taken;
  }
  pool.available -= taken;
  return taken;
}

/** All that nobody has, in the order in which it is handed out. */
export function* numbersOf({ returned, loans, ranges }: CouponPool): Generator<number, void, undefined> {
  yield* returned;
  for (const [first, end] of [...(loans?.recalled ?? []), ...ranges])
    for (let number = first; number < end; number++) yield number;
}

function without(
  ranges: readonly Range[],
  { first, end }: Numbers,
): { readonly rest: Range[]; readonly taken: number } {
  let taken = 0;
  const rest = ranges.flatMap(([from, to]): Range[] => {
    const low = Math.max(from, first);
    const high = Math.min(to, end);
    if (low >= high) return [[from, to]];
    taken += high - low;
    const parts: Range[] = [
      [from, low],
      [high, to],
    ];
    return parts.filter(([a, b]) => a < b);
  });
  return { rest, taken };
}

function firstIn(ranges: Range[] | undefined): number | null {
  const range = ranges?.[0];
  if (ranges === undefined || range === undefined) return null;
  const number = range[0]++;
  if (range[0] >= range[1]) ranges.shift();
  return number;
}
