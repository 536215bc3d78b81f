// Operations on suppliers whose coupons come as files: uploaded, listed, downloaded.

import { fail, type Result } from "../../base/result.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import { flags, paging, texts } from "../server/parameters.ts";
import { COUPON_FILE_BYTES_MAX, COUPONS_SHOWN_MAX } from "../limits.ts";
import { type CouponBatch, couponBatches, type CouponFileOptions, countCodes, dateMs, isText } from "./coupon_file.ts";
import { couponsOf, type PooledCoupon, operationsOf, type Pool } from "./coupon_pool.ts";
import { answerOperation, poolOf, poolRoutes } from "./coupon_pool_routes.ts";
import { bringIn } from "./coupon_upload.ts";
import { csvText } from "../tables/csv_text.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";
import { codesInWorkbook, isArchive } from "./workbook.ts";

export function couponRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  const path = "/v2/reward-suppliers/manual-coupons/{reward_supplier_id}";
  const ofPool = poolOf(configuration, "MANUAL_COUPON");
  return [
    {
      ...read,
      kind: "answer",
      operation: "downloadManualCoupons",
      query: couponParameters,
      path: `${path}/coupons`,
      summary: "List the coupons of a supplier in the order in which they are handed out",
      run: ofPool(async (call, pool) => {
        const found = await listedCoupons(runtime, call, pool);
        return Array.isArray(found)
          ? answerJson({ coupons: found.map(({ code }) => code), uploaded_coupons: found.map(couponView) })
          : found;
      }),
    },
    {
      ...write,
      kind: "answer",
      operation: "uploadManualCouponsFile",
      method: "POST",
      path: `${path}/coupons`,
      summary: "Add the codes of a file, all or none",
      request: { type: "object", additionalProperties: false },
      query: [
        ...flags("allow_restricted_characters", "allow_expired", "discard_duplicated"),
        ...texts("default_expiry_date"),
      ],
      bodyBytesMax: COUPON_FILE_BYTES_MAX,
      run: async () => answerError(apiError("coupon_filename_empty")),
      runForm: (call, { file }) =>
        file === null
          ? Promise.resolve(answerError(apiError("coupons_missing")))
          : ofPool((_call, pool) => uploaded(runtime, call, pool, { file: file.bytes, filename: file.name }))(call),
    },
    {
      ...read,
      kind: "answer",
      operation: "downloadManualCouponsFile",
      query: couponParameters,
      path: `${path}/{download}`,
      summary: "The coupons of a supplier as a file, coupons.csv or coupons.txt",
      run: ofPool(async (call, pool) => {
        const [, extension] = /^coupons\.(csv|txt)$/.exec(call.params[1] ?? "") ?? [];
        if (extension === undefined) return answerError(apiError("invalid_parameter", { name: "extension" }));
        const found = await listedCoupons(runtime, call, pool);
        if (!Array.isArray(found)) return found;
        if (extension === "txt")
          return { kind: "text", contentType: "text/plain", text: found.map(({ code }) => `${code}\n`).join("") };
        const rows = found.map(({ code, expiresMs }) => [code, expiresMs === null ? "" : dateOf(expiresMs)]);
        return { kind: "text", contentType: "text/csv", text: csvText([["coupon_code", "expires_at"], ...rows]) };
      }),
    },
    ...poolRoutes(runtime, ofPool, { path, name: "ManualCoupon", view: manualView }),
  ];
}

const couponParameters: readonly QueryParameter[] = [
  ...texts("operation_id"),
  ...flags("issued", "include_expired"),
  ...paging,
];

async function uploaded(
  runtime: RuntimeClient,
  { query: text }: Call,
  pool: Pool,
  { file: sent, filename }: { readonly file: Buffer; readonly filename: string },
): Promise<Answer> {
  const read = isArchive(sent) ? codesInWorkbook(sent) : sent;
  const file = read ?? Buffer.alloc(0);
  const query = new QueryReader(text);
  const isDiscarding = query.flag("discard_duplicated") === true;
  const expiry = query.text("default_expiry_date");
  const options: CouponFileOptions = {
    allowsRestricted: query.flag("allow_restricted_characters") === true,
    allowsExpired: query.flag("allow_expired") === true,
    defaultExpiresMs: expiry === null ? pool.defaultExpiresMs : dateMs(expiry),
    nowMs: Date.now(),
  };
  if (expiry !== null && options.defaultExpiresMs === null) query.fail(apiError("invalid_expiration_date"));
  if (filename.trim() === "") query.fail(apiError("coupon_filename_empty"));
  if (read === null) query.fail(apiError("corrupted_uploaded_file"));
  if (file.length === 0) query.fail(apiError("coupons_missing"));
  if (!isText(file)) query.fail(apiError("corrupted_uploaded_file"));
  if (query.error !== null) return answerError(query.error);
  const begin = { filename, requested: countCodes(file), isDiscarding };
  const brought = await bringIn(runtime, pool, begin, atLeastOne(couponBatches(file, options)));
  return brought.ok ? answerUpload(runtime, pool, brought.value) : answerError(brought.error);
}

function* atLeastOne(
  batches: Iterable<Result<CouponBatch, ApiError>>,
): Generator<Result<CouponBatch, ApiError>, void, undefined> {
  let codes = 0;
  for (const batch of batches) {
    if (batch.ok) codes += batch.value.codes.length;
    yield batch;
  }
  if (codes === 0) yield fail(apiError("coupons_missing"));
}

async function listedCoupons(
  runtime: RuntimeClient,
  { query: text }: Call,
  pool: Pool,
): Promise<PooledCoupon[] | Answer> {
  const query = new QueryReader(text);
  const operationId = query.text("operation_id");
  const isIssued = query.flag("issued");
  const includesExpired = query.flag("include_expired") === true;
  const page = query.page();
  if (query.error !== null) return answerError(query.error);
  if (operationId !== null) {
    const [operation] = await operationsOf(runtime, pool, operationId);
    if (operation === undefined) return answerError(apiError("operation_not_found", { operation_id: operationId }));
    if (operation.type === "COUPON_DELETE") return answerError(apiError("not_an_upload_operation"));
  }
  const unexpiredAtMs = includesExpired ? null : Date.now();
  return couponsOf(runtime, pool, { operationId, isIssued, unexpiredAtMs }, page);
}

/** With the first of its codes. */
async function answerUpload(runtime: RuntimeClient, pool: Pool, operationId: string): Promise<Answer> {
  const filter = { operationId, isIssued: null, unexpiredAtMs: null };
  const shown = await couponsOf(runtime, pool, filter, { limit: COUPONS_SHOWN_MAX, offset: 0 });
  const codes = { coupons: shown.map(({ code }) => code), uploaded_coupons: shown.map(couponView) };
  const view = (operation: CouponOperation, supplierId: string): object => ({
    ...manualView(operation, supplierId),
    ...codes,
  });
  return answerOperation(runtime, pool, operationId, view);
}

/** In a list, without its codes: those are read page by page. */
function manualView(operation: CouponOperation, supplierId: string): object {
  const { id, type, filename, createdMs, requested, status, message } = operation;
  return {
    id,
    reward_supplier_id: supplierId,
    operation_type: type,
    filename,
    created_at: dateOf(createdMs),
    number_of_coupons_to_upload: type === "COUPON_UPLOAD" ? requested : 0,
    status: status === "FAILED" ? "FAILED" : "SUCCESS",
    request_message:
      type === "COUPON_UPLOAD" ? `upload of ${filename ?? "coupons"}` : `withdrawal of ${operation.deletes ?? ""}`,
    result_message: message,
    coupons: [],
    uploaded_coupons: [],
  };
}

function couponView({ code, expiresMs }: PooledCoupon): object {
  return { coupon_code: code, expires_at: expiresMs === null ? null : dateOf(expiresMs) };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
