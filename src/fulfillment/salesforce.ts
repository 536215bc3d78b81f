// SalesforceShop: coupons of Salesforce Commerce (Open Commerce API, Data resources `coupons` and `codes` of a site), read and never changed.
//
//   S1. The order of codes is the shop's, so where to go on is a number: whoever takes codes remembers how many were taken.
//   S2. What cannot be read as an answer is none: no codes are made up, and none are skipped.

import { fail, ok, type Result } from "../base/result.ts";
import type { CodesWanted, CouponShop, ShopPool, ShopRefusal } from "../model/coupon_shop.ts";
import type { AttemptResult } from "../model/job.ts";
import { clientGrant, type OAuthGrant, OAuthTokens } from "./oauth.ts";
import { jsonOf, type SendCall, textAt } from "./payout_provider.ts";

export interface SalesforceSettings {
  /** Of the instance, with the version of its Data API, such as https://shop.example.com/s/-/dw/data/v23_2 */
  readonly url: string;
  /** Where access tokens are asked for. */
  readonly tokenUrl: string;
  readonly site: string;
  readonly clientId: string;
  readonly secret: string;
}

/** The most that one call answers. */
const PAGE_SIZE = 200;
/** Sites have tens of coupons. */
const POOLS_MAX = 1_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

export class SalesforceShop implements CouponShop {
  readonly settingsId: string;
  readonly #settings: SalesforceSettings;
  readonly #send: SendCall;
  readonly #tokens: OAuthTokens;
  readonly #grant: OAuthGrant;

  constructor(settings: SalesforceSettings, send: SendCall) {
    this.settingsId = settings.site;
    this.#settings = settings;
    this.#send = send;
    this.#tokens = new OAuthTokens(send);
    this.#grant = clientGrant(settings.tokenUrl, settings.clientId, settings.secret);
  }

  async listPools(): Promise<Result<readonly ShopPool[], ShopRefusal>> {
    const rows = await this.#pages("coupons", { expand: "stats", select: "(**)" }, 0, POOLS_MAX);
    return rows.ok ? ok(rows.value.map(poolOf).filter((pool) => pool !== null)) : rows;
  }

  async takeCodes({ pool, offset, count }: CodesWanted): Promise<Result<readonly string[], ShopRefusal>> {
    const rows = await this.#pages(`coupons/${encodeURIComponent(pool)}/codes`, { select: "(**)" }, offset, count);
    if (!rows.ok) return rows;
    const codes = rows.value.map((row) => textAt(row, "code"));
    // S2.
    return codes.every((code) => code !== null) ? ok(codes) : fail("unavailable");
  }

  async #pages(
    resource: string,
    query: Readonly<Record<string, string>>,
    from: number,
    count: number,
  ): Promise<Result<readonly unknown[], ShopRefusal>> {
    const rows: unknown[] = [];
    while (rows.length < count) {
      const size = Math.min(PAGE_SIZE, count - rows.length);
      const page = { ...query, start: String(from + rows.length), count: String(size) };
      const answer = await this.#get(`${resource}?${new URLSearchParams(page).toString()}`);
      if (!answer.ok) return answer;
      const data = rowsIn(answer.value);
      if (data === null || data.length > size) return fail("unavailable");
      rows.push(...data);
      if (data.length < size) break;
    }
    return ok(rows);
  }

  async #get(path: string): Promise<Result<{ readonly [name: string]: unknown }, ShopRefusal>> {
    const credential = await this.#tokens.take(this.#grant);
    if ("missing" in credential) return fail(refusalOf(credential.result));
    const { url, site } = this.#settings;
    const answered = await this.#send({
      idempotencyKey: "coupons",
      credential,
      answerBytesMax: ANSWER_BYTES_MAX,
      request: {
        method: "GET",
        url: `${url}/sites/${encodeURIComponent(site)}/${path}`,
        headers: { accept: "application/json" },
        body: null,
        keyId: null,
        readsAnswer: true,
      },
    });
    if (answered.kind !== "answered" || answered.status !== 200) {
      const error = refusalOf(answered);
      if (error === "not_authenticated" && credential.kind === "bearer")
        this.#tokens.forget(this.#grant, credential.token);
      return fail(error);
    }
    const answer = jsonOf(answered.body);
    return answer === null ? fail("unavailable") : ok(answer);
  }
}

/** S2. An empty page has no member `data`. */
function rowsIn({ data, count }: { readonly [name: string]: unknown }): readonly unknown[] | null {
  if (Array.isArray(data)) return data.map((row: unknown) => row);
  return data === undefined && count === 0 ? [] : null;
}

function refusalOf(result: AttemptResult): ShopRefusal {
  return (result.kind === "answered" ? refusals[result.status] : undefined) ?? "unavailable";
}

const refusals: { readonly [status: number]: ShopRefusal | undefined } = {
  401: "not_authenticated",
  403: "not_authorized",
  404: "no_such_pool",
};

const types: { readonly [type: string]: ShopPool["type"] | undefined } = {
  multiple_codes: "MULTIPLE_CODES",
  system_codes: "SYSTEM_CODES",
};

/** Null: not readable, or one code for all. */
function poolOf(row: unknown): ShopPool | null {
  const id = textAt(row, "coupon_id");
  const type = types[textAt(row, "type") ?? ""];
  if (id === null || type === undefined || typeof row !== "object" || row === null) return null;
  const codes: unknown = Reflect.get(row, "total_codes_count");
  return { id, type, isEnabled: Reflect.get(row, "enabled") === true, codes: typeof codes === "number" ? codes : 0 };
}
