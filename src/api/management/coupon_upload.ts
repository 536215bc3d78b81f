// An upload: codes brought into a pool, from a file or from a shop.
//
//   U1. All of the codes or none: an upload that fails on its way is ended as failed, and the pool forgets it (K2 of `src/engine/coupons/coupon_operations.ts`).
//   U2. A few batches are on their way at a time; they reach the pool in order.

import { fail, ok, type Result } from "../../base/result.ts";
import type { ApiError } from "../../model/errors.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { COUPON_BATCHES_AT_ONCE } from "../limits.ts";
import type { CouponBatch } from "./coupon_file.ts";
import { type Commanded, commanded, type Pool, referenceOf } from "./coupon_pool.ts";

/** U1. The id of the operation, or why there is none. */
export async function bringIn(
  runtime: RuntimeClient,
  pool: Pool,
  begin: { readonly filename: string; readonly requested: number; readonly isDiscarding: boolean },
  batches: Iterable<Result<CouponBatch, ApiError>>,
): Promise<Result<string, ApiError>> {
  const reference = referenceOf(pool);
  const begun = await commanded(runtime, { kind: "begin_coupon_upload", ...reference, ...begin });
  if (typeof begun.value !== "string") return fail(begun.error);
  const operationId = begun.value;
  const error = await addAll(runtime, { ...reference, operationId }, batches);
  const end = { ...reference, operationId, failure: error?.code ?? null };
  const ended = await commanded(runtime, { kind: "end_coupon_upload", ...end });
  if (error !== null) return fail(error);
  return typeof ended.value === "string" ? ok(operationId) : fail(ended.error);
}

interface UploadReference {
  readonly client: string;
  readonly supplierId: string;
  readonly operationId: string;
}

/** U2. Stops at the first that is refused; why it was. */
async function addAll(
  runtime: RuntimeClient,
  reference: UploadReference,
  batches: Iterable<Result<CouponBatch, ApiError>>,
): Promise<ApiError | null> {
  const onTheWay: Promise<Commanded>[] = [];
  let error: ApiError | null = null;
  for (const batch of batches) {
    if (!batch.ok) error = batch.error;
    if (!batch.ok || error !== null) break;
    onTheWay.push(commanded(runtime, { kind: "add_coupons", ...reference, ...batch.value }));
    if (onTheWay.length < COUPON_BATCHES_AT_ONCE) continue;
    const done = await onTheWay.shift();
    if (done?.value === null) error = done.error;
  }
  for (const done of await Promise.all(onTheWay)) if (done.value === null) error ??= done.error;
  return error;
}
