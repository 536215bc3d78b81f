// Routes that pools of all kinds have: coupons withdrawn, operations listed, coupons counted.

import { builtObject, findObject, supplierKind } from "../../management/mod.ts";
import type { CouponOperation } from "../../model/coupon.ts";
import { apiError } from "../../model/errors.ts";
import type { SupplierType } from "../../model/supplier.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { paging, texts } from "../server/parameters.ts";
import { dateMs } from "./coupon_file.ts";
import { commanded, countsOf, operationsOf, type Pool, referenceOf } from "./coupon_pool.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

type OfPool = (work: (call: Call, pool: Pool) => Promise<Answer>) => (call: Call) => Promise<Answer>;

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
      query: texts("operation_id"),
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
      query: [...texts("filename"), ...paging],
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
