// An upload: codes brought into a pool, from a file or from a shop.
//
//   U1. All of the codes or none: an upload that fails on its way is ended as failed, and the pool forgets it (K2 of `src/engine/coupons/coupon_operations.ts`).
//   U2. A few batches are on their way at a time; they reach the pool in order.

import { fail, ok, type Result } from "../../base/result.ts";
import type { ApiError } from "../../model/errors.ts";
import type { RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";
import { COUPON_BATCHES_AT_ONCE } from "../limits.ts";
import { commandInOrder } from "../server/in_order.ts";
import type { CouponBatch } from "./coupon_file.ts";
import { commanded, type Pool, referenceOf, refusalOf } from "./coupon_pool.ts";

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
  let wrong: ApiError | null = null;
  function* commands(): Iterable<RuntimeCommand> {
    for (const batch of batches) {
      if (!batch.ok) {
        wrong = batch.error;
        return;
      }
      yield { kind: "add_coupons", ...reference, ...batch.value };
    }
  }
  const refused = await commandInOrder(runtime, commands(), COUPON_BATCHES_AT_ONCE);
  return refused === null ? wrong : refusalOf(refused);
}
