// Where the codes of a supplier lie: by number in pages, and by a hash of their text in buckets, so that neither the next code nor a code that is looked up
// costs more in a large pool than in a small one.
//
//   P1. A code that is neither withdrawn nor forgotten stands in exactly one bucket, and no two such codes of a supplier are equal.

import { placementHash } from "../../base/hash.ts";
import type { CouponBucket, CouponPage } from "../../model/coupon.ts";
import type { PartitionState } from "../../model/state.ts";
import { COUPON_BUCKETS, COUPONS_PER_PAGE } from "../limits.ts";

export interface PoolReference {
  readonly client: string;
  readonly supplierId: string;
}

/** A code where it lies; changing the page changes the code. */
export interface CouponSlot {
  readonly page: CouponPage;
  readonly at: number;
}

/** A holder that nobody is: the code was withdrawn. */
export const WITHDRAWN = "";

export function poolKey({ client, supplierId }: PoolReference): string {
  return `${client}/${supplierId}`;
}

export function findSlot(state: PartitionState, pool: PoolReference, number: number): CouponSlot | undefined {
  const page = state.find("couponPage", pageKeyOf(pool, number));
  return page === undefined ? undefined : { page, at: number % COUPONS_PER_PAGE };
}

export function editSlot(state: PartitionState, pool: PoolReference, number: number): CouponSlot | undefined {
  const page = state.edit("couponPage", pageKeyOf(pool, number));
  return page === undefined ? undefined : { page, at: number % COUPONS_PER_PAGE };
}

/**
 * Looks codes up and adds new ones, many in one turn: what it looked at once it does not look for again. Nothing else may change the supplier's codes while
 * it is in use. Hot path of uploads.
 */
export class CouponWriter {
  readonly #state: PartitionState;
  readonly #pool: PoolReference;
  readonly #buckets = Array.from<CouponBucket | undefined>({ length: COUPON_BUCKETS });
  #page: CouponPage | undefined;

  constructor(state: PartitionState, pool: PoolReference) {
    this.#state = state;
    this.#pool = pool;
  }

  /** The number of the code; null when the supplier does not have it. */
  numberOf(code: string): number | null {
    const hash = hashOf(code);
    const bucket = this.#bucketOf(hash);
    if (bucket === undefined) return null;
    const { hashes, numbers } = bucket;
    for (let at = hashes.indexOf(hash); at >= 0; at = hashes.indexOf(hash, at + 1)) {
      const number = numbers[at] ?? -1;
      const slot = findSlot(this.#state, this.#pool, number);
      if (slot?.page.codes[slot.at] === code) return number;
    }
    return null;
  }

  /** Puts a code that the supplier does not have at a number past all others. */
  put(number: number, code: string, expiresMs: number | null): void {
    const page = this.#pageOf(number);
    page.codes.push(code);
    page.expires.push(expiresMs);
    page.holders.push(null);
    const hash = hashOf(code);
    const bucket = this.#bucketOf(hash) ?? this.#newBucket(hash);
    bucket.hashes.push(hash);
    bucket.numbers.push(number);
  }

  /** Marked as changed: whoever looks codes up is about to add them. */
  #bucketOf(hash: number): CouponBucket | undefined {
    const place = hash % COUPON_BUCKETS;
    return (this.#buckets[place] ??= this.#state.edit("couponBucket", bucketKeyOf(this.#pool, hash)));
  }

  #newBucket(hash: number): CouponBucket {
    const bucket = { hashes: [], numbers: [] };
    this.#state.put("couponBucket", bucketKeyOf(this.#pool, hash), bucket);
    this.#buckets[hash % COUPON_BUCKETS] = bucket;
    return bucket;
  }

  #pageOf(number: number): CouponPage {
    if (this.#page !== undefined && number % COUPONS_PER_PAGE !== 0) return this.#page;
    const key = pageKeyOf(this.#pool, number);
    this.#page = this.#state.edit("couponPage", key);
    if (this.#page !== undefined) return this.#page;
    this.#page = { codes: [], expires: [], holders: [] };
    this.#state.put("couponPage", key, this.#page);
    return this.#page;
  }
}

/** Nobody gets the code any more, and it may come again. */
export function withdrawCode(state: PartitionState, pool: PoolReference, number: number): void {
  const slot = editSlot(state, pool, number);
  const code = slot?.page.codes[slot.at];
  if (slot === undefined || code === undefined) return;
  slot.page.holders[slot.at] = WITHDRAWN;
  const key = bucketKeyOf(pool, hashOf(code));
  const bucket = state.edit("couponBucket", key);
  const at = bucket?.numbers.indexOf(number) ?? -1;
  if (bucket === undefined || at < 0) return;
  bucket.hashes.splice(at, 1);
  bucket.numbers.splice(at, 1);
  if (bucket.numbers.length === 0) state.remove("couponBucket", key);
}

/** Drops a page of which nothing is left to know. */
export function forgetPage(state: PartitionState, pool: PoolReference, number: number): void {
  const key = pageKeyOf(pool, number);
  const page = state.find("couponPage", key);
  const isFull = page?.codes.length === COUPONS_PER_PAGE;
  if (isFull && page.holders.every((holder) => holder === WITHDRAWN)) state.remove("couponPage", key);
}

/** A number that engines keep without a box. */
function hashOf(code: string): number {
  return placementHash(code) >>> 2;
}

function pageKeyOf(pool: PoolReference, number: number): string {
  const page = Math.floor(number / COUPONS_PER_PAGE);
  return `${pool.client}/${pool.supplierId}/${page.toString().padStart(8, "0")}`;
}

function bucketKeyOf(pool: PoolReference, hash: number): string {
  return `${pool.client}/${pool.supplierId}/${(hash % COUPON_BUCKETS).toString(16).padStart(4, "0")}`;
}
