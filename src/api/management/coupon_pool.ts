// The pool of a supplier's coupons, as the API asks and commands it. What the actor behind it does is in `src/engine/coupons/coupon_operations.ts`.

import { assert } from "../../base/assert.ts";
import { partitionOf } from "../../base/hash.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { Applied, RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";

/** A supplier whose coupons are asked for. */
export interface Pool {
  readonly client: string;
  readonly supplierId: string;
  /** Unix ms; of codes whose upload does not say otherwise. */
  readonly defaultExpiresMs: number | null;
}

/** Where the actor of the supplier's coupons is. */
export function partitionOfPool(
  { partitions }: Pick<RuntimeClient, "partitions">,
  { client, supplierId }: Pool,
): number {
  return partitionOf(client, `pool/${supplierId}`, partitions);
}

/** Partitions hand out codes of their own: each knows a part. */
export async function countsOf(
  runtime: RuntimeClient,
  pool: Pool,
): Promise<{ readonly available: number; readonly issued: number }> {
  const answers = await runtime.queryAll({ kind: "coupon_stats", ...referenceOf(pool), atMs: Date.now() });
  const sum = { available: 0, issued: 0 };
  for (const answer of answers) {
    assert(answer.kind === "coupon_stats", `asked for statistics, answered ${answer.kind}`);
    sum.available += answer.available;
    sum.issued += answer.issued;
  }
  return sum;
}

export async function operationsOf(
  runtime: RuntimeClient,
  pool: Pool,
  operationId: string | null,
): Promise<readonly CouponOperation[]> {
  const answer = await asked(runtime, pool, { kind: "coupon_operations", ...referenceOf(pool), operationId });
  assert(answer.kind === "coupon_operations", `asked for operations, answered ${answer.kind}`);
  return answer.operations;
}

export interface PooledCoupon {
  readonly code: string;
  readonly expiresMs: number | null;
}

export async function couponsOf(
  runtime: RuntimeClient,
  pool: Pool,
  filter: {
    readonly operationId: string | null;
    readonly isIssued: boolean | null;
    readonly unexpiredAtMs: number | null;
  },
  page: { readonly limit: number; readonly offset: number },
): Promise<PooledCoupon[]> {
  const found: PooledCoupon[] = [];
  let skip = page.offset;
  // Each answer goes on past the one before, and the pool has an end.
  for (let from: number | null = 0; from !== null && found.length < page.limit; ) {
    const limit = page.limit - found.length;
    const answer = await asked(runtime, pool, { kind: "coupons", ...referenceOf(pool), ...filter, from, skip, limit });
    assert(answer.kind === "coupons", `asked for coupons, answered ${answer.kind}`);
    found.push(...answer.coupons);
    skip -= answer.skipped;
    from = answer.next;
  }
  return found;
}

/** What a command answered with (a text, or "" where it has nothing to say), or why it was refused. */
export type Commanded = { readonly value: string } | { readonly value: null; readonly error: ApiError };

export async function commanded(runtime: RuntimeClient, command: RuntimeCommand): Promise<Commanded> {
  const done = await runtime.command(command);
  return done.errorCode === null ? { value: textOf(done.value) } : { value: null, error: refusalOf(done) };
}

/** Why a command was refused; with the code, if it is about one. */
export function refusalOf({ errorCode, value }: Pick<Applied, "errorCode" | "value">): ApiError {
  assert(
    errorCode !== null && isErrorCode(errorCode),
    `a command was refused with a code that is not in the catalogue: ${errorCode}`,
  );
  const code = textOf(value);
  return apiError(errorCode, code === "" ? {} : { coupon_code: code });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function referenceOf({ client, supplierId }: Pool): { readonly client: string; readonly supplierId: string } {
  return { client, supplierId };
}

type PartitionQuery = Parameters<RuntimeClient["query"]>[1];

function asked(runtime: RuntimeClient, pool: Pool, query: PartitionQuery): ReturnType<RuntimeClient["query"]> {
  return runtime.query(partitionOfPool(runtime, pool), query);
}
