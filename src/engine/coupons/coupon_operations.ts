// What operators do to a supplier's coupons: codes come as uploads, in parts, and an upload is withdrawn as a whole.
//
//   K1. One operation of a supplier at a time. An upload that nobody goes on with is given up when the next one comes.
//   K2. Nobody gets a code before the whole upload is there, and none is left of one that failed.
//   K3. Withdrawing takes what nobody has yet, at once: the codes are no longer handed out when the operation is answered, which is when no partition has one
//       of them to hand out (N4 of `coupon_lending.ts`). Forgetting them is work in parts.

import type { CouponOperation, CouponPool } from "../../model/coupon.ts";
import type { ErrorCode } from "../../model/errors.ts";
import type { LogRecord } from "../../model/record.ts";
import { idOf, reply, send, type Turn } from "../context.ts";
import { lendToAll, withdrawWhenBack } from "./coupon_lending.ts";
import { isAwaited, serve } from "./coupon_line.ts";
import { addRange, takeOut } from "./coupon_numbers.ts";
import { CouponWriter, findSlot, forgetPage, type PoolReference, poolKey, withdrawCode } from "./coupon_pages.ts";
import { openPool, warnIfLow } from "./coupons.ts";
import {
  COUPON_OPERATIONS_MAX,
  COUPON_RANGES_MAX,
  COUPON_UPLOAD_ABANDONED_MS,
  COUPONS_MAX,
  COUPONS_PER_PAGE,
  COUPONS_WITHDRAWN_AT_ONCE,
} from "../limits.ts";
import { supplierOf } from "../rewards/reward_moves.ts";

/** Answers with the operation's id. */
export interface BeginCouponUpload extends PoolReference {
  readonly kind: "begin_coupon_upload";
  readonly filename: string | null;
  readonly requested: number;
  /** Codes that are there already are left out instead of failing the upload. */
  readonly isDiscarding: boolean;
}

/** Some of the codes of an upload that was begun. A code that cannot come fails the upload; it is answered with the refusal and the code. */
export interface AddCoupons extends PoolReference {
  readonly kind: "add_coupons";
  readonly operationId: string;
  readonly codes: readonly string[];
  /** Of each code, Unix ms; null: no code of these expires. */
  readonly expires: readonly (number | null)[] | null;
}

export interface EndCouponUpload extends PoolReference {
  readonly kind: "end_coupon_upload";
  readonly operationId: string;
  /** Why it failed; null: it is whole. */
  readonly failure: string | null;
}

/** Answers with the id of the operation that withdraws. */
export interface DeleteCoupons extends PoolReference {
  readonly kind: "delete_coupons";
  readonly operationId: string;
}

/** The codes of an operation, from a number on. */
export interface Withdrawal extends PoolReference {
  readonly operationId: string;
  readonly from: number;
  readonly end: number;
}

export function beginUpload(turn: Turn, record: LogRecord, command: BeginCouponUpload): void {
  const { filename, requested, isDiscarding } = command;
  const id = idOf(record);
  const pool = openPool(turn, command);
  if (!abandon(turn, command, pool)) return refuse(turn, id, "coupons_concurrent_upload");
  if (pool.ranges.length >= COUPON_RANGES_MAX || pool.end + requested > COUPONS_MAX)
    return refuse(turn, id, "coupons_too_many");
  pool.busy = { operationId: id, atMs: turn.nowMs };
  keep(turn, command, {
    id,
    type: "COUPON_UPLOAD",
    filename,
    createdMs: turn.nowMs,
    requested,
    first: pool.end,
    end: pool.end,
    status: "RUNNING",
    message: "",
    discarded: 0,
    deletes: null,
    deletedBy: null,
    isDiscarding,
  });
  reply(turn, id, { personId: null, errorCode: null, value: id });
}

export function addCoupons(turn: Turn, record: LogRecord, command: AddCoupons): void {
  const id = idOf(record);
  const { operationId, codes, expires } = command;
  const running = runningUpload(turn, command, operationId);
  if (running === null) return refuse(turn, id, "operation_not_found");
  const { pool, operation } = running;
  pool.busy = { operationId, atMs: turn.nowMs };
  const writer = new CouponWriter(turn.state, command);
  for (const [at, code] of codes.entries()) {
    const known = writer.numberOf(code);
    if (known !== null && operation.isDiscarding) {
      operation.discarded++;
      continue;
    }
    if (known !== null) {
      const errorCode = known >= operation.first ? "duplicate_coupon_code_in_list" : "existing_coupon_code";
      fail(turn, command, running, errorCode);
      return reply(turn, id, { personId: null, errorCode, value: code });
    }
    const expiresMs = expires?.[at] ?? null;
    if (expiresMs !== null) pool.hasExpiries = true;
    writer.put(pool.end++, code, expiresMs);
  }
  operation.end = pool.end;
  reply(turn, id, { personId: null, errorCode: null });
}

/** K2. */
export function endUpload(turn: Turn, record: LogRecord, command: EndCouponUpload): void {
  const id = idOf(record);
  const { operationId, failure } = command;
  const running = runningUpload(turn, command, operationId);
  if (running === null) return refuse(turn, id, "operation_not_found");
  const { pool, operation } = running;
  if (failure !== null) fail(turn, command, running, failure);
  else {
    pool.busy = null;
    addRange(pool, operation.first, operation.end);
    operation.status = "SUCCESS";
    operation.message = saidOf(operation);
    const { client, supplierId } = command;
    if (isAwaited(pool)) serve(turn, { client, supplierId }, openPool(turn, command));
    else lendToAll(turn, { client, supplierId }, pool);
    warnIfLow(turn, command, pool, supplierOf(turn, command));
  }
  reply(turn, id, { personId: null, errorCode: null, value: operationId });
}

/** K3. */
export function deleteCoupons(turn: Turn, record: LogRecord, command: DeleteCoupons): void {
  const id = idOf(record);
  const pool = openPool(turn, command);
  const operation = turn.state.edit("couponOperation", operationKey(command, command.operationId));
  const refused =
    operation === undefined
      ? "operation_not_found"
      : operation.type === "COUPON_DELETE" || operation.status !== "SUCCESS"
        ? "not_an_upload_operation"
        : operation.deletedBy !== null
          ? "coupons_already_deleted_by_operation"
          : abandon(turn, command, pool)
            ? null
            : "coupons_concurrent_delete";
  if (operation === undefined || refused !== null) return refuse(turn, id, refused ?? "operation_not_found");
  const { client, supplierId, operationId } = command;
  const withdrawal = { id, operationId };
  if (withdrawWhenBack(turn, { client, supplierId }, pool, withdrawal)) return;
  withdrawUpload(turn, { client, supplierId }, pool, withdrawal);
}

/** @param id of the request, which is answered, and of the operation that withdraws */
export function withdrawUpload(
  turn: Turn,
  of: PoolReference,
  pool: CouponPool,
  { id, operationId }: { readonly id: string; readonly operationId: string },
): void {
  const operation = turn.state.edit("couponOperation", operationKey(of, operationId));
  if (operation === undefined) return refuse(turn, id, "operation_not_found");
  const { first, end } = operation;
  const withdrawn = takeOut(pool, { first, end });
  operation.deletedBy = id;
  pool.busy = { operationId: id, atMs: turn.nowMs };
  keep(turn, of, {
    id,
    type: "COUPON_DELETE",
    filename: operation.filename,
    createdMs: turn.nowMs,
    requested: withdrawn,
    first,
    end,
    status: "SUCCESS",
    message: `${withdrawn} coupons withdrawn`,
    discarded: 0,
    deletes: operation.id,
    deletedBy: null,
    isDiscarding: false,
  });
  withdrawSome(turn, { ...of, operationId: id, from: first, end });
  warnIfLow(turn, of, pool, supplierOf(turn, of));
  reply(turn, id, { personId: null, errorCode: null, value: id });
}

/** Forgets some of the codes that nobody has, and goes on by message; the supplier is busy until all are gone. */
export function withdrawSome(turn: Turn, withdrawal: Withdrawal): void {
  const { operationId, from, end } = withdrawal;
  const until = Math.min(end, from + COUPONS_WITHDRAWN_AT_ONCE);
  for (let number = from; number < until; number++) {
    const slot = findSlot(turn.state, withdrawal, number);
    if (slot !== undefined && slot.page.holders[slot.at] === null) withdrawCode(turn.state, withdrawal, number);
  }
  for (let number = from; number < until; number += COUPONS_PER_PAGE) forgetPage(turn.state, withdrawal, number);
  if (until < end) return send(turn, turn.context.partition, { kind: "withdraw_coupons", ...withdrawal, from: until });
  const pool = turn.state.edit("pool", poolKey(withdrawal));
  if (pool?.busy?.operationId !== operationId) return;
  pool.busy = null;
  // A program may have brought codes meanwhile.
  const { client, supplierId } = withdrawal;
  if (isAwaited(pool)) serve(turn, { client, supplierId }, openPool(turn, withdrawal));
}

/** Whether the operation that brought the code was withdrawn since. Asked of the few codes that come back. */
export function isWithdrawn({ state }: Turn, pool: PoolReference, number: number): boolean {
  const all = { prefix: `${poolKey(pool)}/`, after: null, limit: COUPON_OPERATIONS_MAX, isReverse: true };
  return state
    .list("couponOperation", all)
    .some(({ value }) => value.type === "COUPON_DELETE" && number >= value.first && number < value.end);
}

export function operationKey(pool: PoolReference, operationId: string): string {
  return `${poolKey(pool)}/${operationId}`;
}

interface Running {
  readonly pool: CouponPool;
  readonly operation: CouponOperation;
}

function runningUpload(turn: Turn, reference: PoolReference, operationId: string): Running | null {
  const pool = turn.state.edit("pool", poolKey(reference));
  const operation = turn.state.edit("couponOperation", operationKey(reference, operationId));
  const isRunning = pool?.busy?.operationId === operationId && operation?.status === "RUNNING";
  return isRunning && pool !== undefined && operation !== undefined ? { pool, operation } : null;
}

/** K1. True when nothing is under way (any more). */
function abandon(turn: Turn, reference: PoolReference, pool: CouponPool): boolean {
  const { busy } = pool;
  if (busy === null) return true;
  const running = runningUpload(turn, reference, busy.operationId);
  if (running === null || turn.nowMs - busy.atMs < COUPON_UPLOAD_ABANDONED_MS) return false;
  fail(turn, reference, running, "the upload was not finished");
  return pool.busy === null;
}

/** K2. Its codes were handed to nobody. */
function fail(turn: Turn, { client, supplierId }: PoolReference, { pool, operation }: Running, message: string): void {
  operation.status = "FAILED";
  operation.message = message;
  operation.end = pool.end;
  const { id: operationId, first: from, end } = operation;
  withdrawSome(turn, { client, supplierId, operationId, from, end });
}

function keep(turn: Turn, reference: PoolReference, operation: CouponOperation): void {
  turn.state.put("couponOperation", operationKey(reference, operation.id), operation);
  const all = { prefix: `${poolKey(reference)}/`, after: null, limit: COUPON_OPERATIONS_MAX + 1, isReverse: true };
  const [oldest] = turn.state.list("couponOperation", all).slice(COUPON_OPERATIONS_MAX);
  if (oldest !== undefined) turn.state.remove("couponOperation", oldest.key);
}

function saidOf({ first, end, discarded }: CouponOperation): string {
  const uploaded = `${end - first} coupons uploaded`;
  return discarded === 0 ? uploaded : `${uploaded}, ${discarded} duplicates left out`;
}

function refuse(turn: Turn, id: string, errorCode: ErrorCode): void {
  reply(turn, id, { personId: null, errorCode });
}
