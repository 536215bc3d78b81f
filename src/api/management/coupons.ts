// Operations on the coupons of a supplier: uploaded, listed, withdrawn, counted. What they do is in `src/engine/coupon_operations.ts`.

import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { partitionOf } from "../../base/hash.ts";
import { builtObject, findObject, supplierKind } from "../../management/mod.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { SupplierType } from "../../model/supplier.ts";
import type { ConfigurationClient, RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { COUPON_BATCHES_AT_ONCE, COUPON_FILE_BYTES_MAX, COUPONS_SHOWN_MAX } from "../limits.ts";
import { type CouponBatch, couponBatches, type CouponFileOptions, countCodes, dateMs, isText } from "./coupon_file.ts";
import { csvText } from "./csv.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";
import { codesInWorkbook, isArchive } from "./workbook.ts";

/** A supplier whose coupons are asked for. */
export interface Pool {
  readonly client: string;
  readonly supplierId: string;
  /** Unix ms; of codes whose upload does not say otherwise. */
  readonly defaultExpiresMs: number | null;
}

type OfPool = (work: (call: Call, pool: Pool) => Promise<Answer>) => (call: Call) => Promise<Answer>;

export function couponRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  const path = "/v2/reward-suppliers/manual-coupons/{reward_supplier_id}";
  const ofPool = poolOf(configuration, "MANUAL_COUPON");
  return [
    {
      ...read,
      kind: "answer",
      operation: "downloadManualCoupons",
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

/** What pools of all kinds have. */
export function poolRoutes(
  runtime: RuntimeClient,
  ofPool: OfPool,
  of: {
    readonly path: string;
    readonly name: "ManualCoupon" | "SalesforceCoupon";
    readonly view: (operation: CouponOperation, supplierId: string) => object;
  },
): AnswerRoute[] {
  const { path, name, view } = of;
  return [
    {
      ...write,
      kind: "answer",
      operation: `delete${name}s`,
      method: "DELETE",
      path: `${path}/coupons`,
      summary: "Withdraw the coupons of an upload that nobody has yet",
      request: null,
      run: ofPool(async (call, pool) => {
        const operationId = new QueryReader(call.query).text("operation_id");
        if (operationId === null) return answerError(apiError("operation_id_missing"));
        const done = await commanded(runtime, { kind: "delete_coupons", ...referenceOf(pool), operationId });
        return typeof done.value === "string"
          ? answerOperation(runtime, pool, done.value, view)
          : answerError(done.error);
      }),
    },
    {
      ...read,
      kind: "answer",
      operation: `get${name}Operations`,
      path: `${path}/operations`,
      summary: "What was done to the coupons of a supplier, the newest first",
      run: ofPool((call, pool) => listedOperations(runtime, call, pool, view)),
    },
    {
      ...read,
      kind: "answer",
      operation: `get${name}Stats`,
      path: `${path}/stats`,
      summary: "How many coupons a supplier has, and handed out",
      run: ofPool(async (_call, pool) => {
        const { available, issued } = await countsOf(runtime, pool);
        return answerJson({ number_of_available_coupons: available, number_of_issued_coupons: issued });
      }),
    },
  ];
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

/** The supplier that a path names must be there, and of that type. */
export function poolOf(configuration: ConfigurationClient, type: SupplierType): OfPool {
  return (work) => async (call) => {
    const { client } = call.grant;
    const supplierId = call.params[0] ?? "";
    const found = findObject(await configuration.read(client), { kind: supplierKind, id: supplierId });
    if (!found.ok) return answerError(found.error);
    if (found.value["reward_supplier_type"] !== type)
      return answerError(apiError("reward_supplier_not_found", { id: supplierId }));
    const built = builtObject(supplierKind, found.value);
    const expiry = built.ok ? built.value["default_coupon_expiry_date"] : null;
    return work(call, {
      client,
      supplierId,
      defaultExpiresMs: typeof expiry === "string" ? dateMs(expiry) : null,
    });
  };
}

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

/** All of the codes or none. The id of the operation, or why there are none. */
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

interface UploadReference {
  readonly client: string;
  readonly supplierId: string;
  readonly operationId: string;
}

/** A few batches are on their way at a time; they reach the actor in order. */
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

interface Listed {
  readonly code: string;
  readonly expiresMs: number | null;
}

async function listedCoupons(runtime: RuntimeClient, { query: text }: Call, pool: Pool): Promise<Listed[] | Answer> {
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

async function couponsOf(
  runtime: RuntimeClient,
  pool: Pool,
  filter: {
    readonly operationId: string | null;
    readonly isIssued: boolean | null;
    readonly unexpiredAtMs: number | null;
  },
  page: { readonly limit: number; readonly offset: number },
): Promise<Listed[]> {
  const found: Listed[] = [];
  let passed = 0;
  // Each answer goes on past the one before, and the pool has an end.
  for (let from: number | null = 0; from !== null && found.length < page.limit; ) {
    const limit = page.limit - found.length + Math.max(0, page.offset - passed);
    const answer = await asked(runtime, pool, { kind: "coupons", ...referenceOf(pool), ...filter, from, limit });
    assert(answer.kind === "coupons", `asked for coupons, answered ${answer.kind}`);
    for (const coupon of answer.coupons) if (passed++ >= page.offset && found.length < page.limit) found.push(coupon);
    from = answer.next;
  }
  return found;
}

async function listedOperations(
  runtime: RuntimeClient,
  { query: text }: Call,
  pool: Pool,
  view: (operation: CouponOperation, supplierId: string) => object,
): Promise<Answer> {
  const query = new QueryReader(text);
  const filename = query.text("filename");
  const { limit, offset } = query.page();
  if (query.error !== null) return answerError(query.error);
  const found = (await operationsOf(runtime, pool, null)).filter(
    (operation) => operation.status !== "RUNNING" && (filename === null || operation.filename === filename),
  );
  return answerJson(found.slice(offset, offset + limit).map((operation) => view(operation, pool.supplierId)));
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

export async function answerOperation(
  runtime: RuntimeClient,
  pool: Pool,
  operationId: string,
  view: (operation: CouponOperation, supplierId: string) => object,
): Promise<Answer> {
  const [operation] = await operationsOf(runtime, pool, operationId);
  return operation === undefined
    ? answerError(apiError("operation_not_found", { operation_id: operationId }))
    : answerJson(view(operation, pool.supplierId));
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

function couponView({ code, expiresMs }: Listed): object {
  return { coupon_code: code, expires_at: expiresMs === null ? null : dateOf(expiresMs) };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}

function referenceOf({ client, supplierId }: Pool): { readonly client: string; readonly supplierId: string } {
  return { client, supplierId };
}

type PartitionQuery = Parameters<RuntimeClient["query"]>[1];

function asked(runtime: RuntimeClient, pool: Pool, query: PartitionQuery): ReturnType<RuntimeClient["query"]> {
  return runtime.query(partitionOfPool(runtime, pool), query);
}

/** Where the actor of the supplier's coupons is. */
export function partitionOfPool(
  { partitions }: Pick<RuntimeClient, "partitions">,
  { client, supplierId }: Pool,
): number {
  return partitionOf(client, `pool/${supplierId}`, partitions);
}

/** What a command answered with (a text, or "" where it has nothing to say), or why it was refused. */
type Commanded = { readonly value: string } | { readonly value: null; readonly error: ApiError };

async function commanded(runtime: RuntimeClient, command: RuntimeCommand): Promise<Commanded> {
  const { errorCode, value } = await runtime.command(command);
  const said = typeof value === "string" ? value : "";
  if (errorCode === null) return { value: said };
  assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
  return { value: null, error: apiError(errorCode, said === "" ? {} : { coupon_code: said }) };
}
