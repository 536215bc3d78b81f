// A double of Salesforce Commerce: access tokens, and the coupons of one site in pages, as its Open Commerce API is published.

import { type Received, startReceiver } from "./receiver.ts";

export interface SalesforceDouble {
  readonly url: string;
  readonly tokenUrl: string;
  /** Without their queries. */
  readonly calls: string[];
  /** Codes of the pool POOL. */
  codes: string[];
  /** How the next calls for data are answered; after these, as they should be. */
  mishaps: { readonly status: number; readonly body: string }[];
  stop(): Promise<void>;
}

export const SITE = "shop";
export const POOL = "friends";

/** A supplier whose coupons come from there. */
export const shopSupplier = {
  reward_supplier_type: "SALESFORCE_COUPON",
  name: "Shop",
  face_value: 10,
  face_value_type: "PERCENT_OFF",
  settings_id: SITE,
  coupon_pool_id: POOL,
};

const PAGE_SIZE_MAX = 200;
const prefix = `/s/-/dw/data/v23_2/sites/${SITE}/coupons`;
const json = { "content-type": "application/json" };

export async function startSalesforce(codes: string[]): Promise<SalesforceDouble> {
  let tokens = 0;
  const receiver = await startReceiver((call, response) => {
    const at = new URL(call.path, "http://shop");
    double.calls.push(`${call.method} ${at.pathname}`);
    const respond = (status: number, body: object): void =>
      void response.writeHead(status, json).end(JSON.stringify(body));
    if (at.pathname === "/dwsso/oauth2/access_token") {
      if (!isKnown(call)) return respond(401, { error: "invalid_client" });
      return respond(200, { access_token: `T-${++tokens}`, token_type: "Bearer", expires_in: 1_799 });
    }
    const mishap = double.mishaps.shift();
    if (mishap !== undefined) return void response.writeHead(mishap.status, json).end(mishap.body);
    if (call.headers.authorization !== `Bearer T-${tokens}`) return respond(401, { fault: { type: "InvalidToken" } });
    const rows = rowsAt(at.pathname, double.codes);
    if (rows === null) return respond(404, { fault: { type: "CouponNotFoundException" } });
    const [start, count] = ["start", "count"].map((name) => Number(at.searchParams.get(name)));
    if (start === undefined || count === undefined || count > PAGE_SIZE_MAX)
      return respond(400, { fault: { type: "MalformedParameterException" } });
    const data = rows.slice(start, start + count);
    return respond(200, { count: data.length, start, total: rows.length, ...(data.length === 0 ? {} : { data }) });
  });
  const double: SalesforceDouble = {
    url: `${receiver.url}/s/-/dw/data/v23_2`,
    tokenUrl: `${receiver.url}/dwsso/oauth2/access_token`,
    calls: [],
    codes,
    mishaps: [],
    stop: () => receiver.stop(),
  };
  return double;
}

function isKnown({ headers, body }: Received): boolean {
  const pair = Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
  return pair === "client:secret" && body === "grant_type=client_credentials";
}

function rowsAt(path: string, codes: readonly string[]): object[] | null {
  if (path === prefix)
    return [
      { coupon_id: POOL, enabled: true, type: "multiple_codes", total_codes_count: codes.length },
      { coupon_id: "everybody", enabled: true, type: "single_code", single_code: "HELLO" },
      { coupon_id: "made", enabled: false, type: "system_codes", total_codes_count: 7 },
    ];
  if (path === `${prefix}/${POOL}/codes`) return codes.map((code) => ({ code, issued: false, redemption_count: 0 }));
  return null;
}
