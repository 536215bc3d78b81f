// QueryReader: the query of a list operation, read name by name. The first thing that is wrong is kept; the others read as absent.

import { type ApiError, apiError, type ErrorCode } from "../../model/errors.ts";
import type { KeyValue, Page } from "../../model/filters.ts";
import { OFFSET_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, QUERY_VALUES_MAX } from "../limits.ts";

/** What a list without a limit answers, and how it refuses one. */
export interface PageRule {
  readonly sizeDefault: number;
  readonly limitCode: ErrorCode;
  readonly sizeCode: ErrorCode;
}

export const standardPages: PageRule = {
  sizeDefault: PAGE_SIZE_DEFAULT,
  limitCode: "invalid_limit",
  sizeCode: "max_fetch_size_1000",
};

/** Of lists that have no pages in the contract: whoever does not ask for pages gets all, as far as there may be in one answer. */
export const wholePages: PageRule = { ...standardPages, sizeDefault: PAGE_SIZE_MAX };

export class QueryReader {
  readonly #values: URLSearchParams;
  error: ApiError | null = null;

  constructor(query: string) {
    this.#values = new URLSearchParams(query);
    if (this.#values.size > QUERY_VALUES_MAX) {
      this.#values = new URLSearchParams();
      this.#fail(apiError("invalid_parameter", { name: "query", limit: QUERY_VALUES_MAX }));
    }
  }

  /** The first value, trimmed; null when absent or blank. */
  text(name: string): string | null {
    const value = this.#values.get(name)?.trim() ?? "";
    return value.length === 0 ? null : value;
  }

  /** All values of a repeatable parameter, each of which may be a comma list. Empty: no such filter. */
  list(name: string): string[] {
    const values: string[] = [];
    for (const part of this.#values.getAll(name)) {
      for (const item of part.split(",")) if (item.trim().length > 0) values.push(item.trim());
    }
    return values;
  }

  /** As `list`, each of the closed set `known`. */
  oneOf(name: string, known: readonly string[], code: ErrorCode): string[] {
    const values = this.list(name).map((value) => value.toUpperCase());
    for (const value of values) if (!known.includes(value)) this.#fail(apiError(code, { name }));
    return values;
  }

  /** `key:value`, repeatable. A comma separates only where each part has the form, since values may have commas too. */
  pairs(name: string, code: ErrorCode): KeyValue[] {
    const pairs: KeyValue[] = [];
    for (const text of this.#values.getAll(name)) {
      if (text.trim().length === 0) continue;
      const parts = text.split(",");
      for (const part of parts.every((each) => each.includes(":")) ? parts : [text]) {
        const colon = part.indexOf(":");
        const key = part.slice(0, colon).trim();
        if (colon <= 0 || key.length === 0) this.#fail(apiError(code, { name }));
        else pairs.push({ key, value: part.slice(colon + 1).trim() });
      }
    }
    return pairs;
  }

  flag(name: string): boolean | null {
    const value = this.text(name)?.toLowerCase() ?? null;
    if (value === null || value === "true" || value === "false") return value === null ? null : value === "true";
    this.#fail(apiError("invalid_parameter", { name }));
    return null;
  }

  page(as: PageRule = standardPages): Page {
    const limit = this.#whole("limit", 1, as.limitCode) ?? as.sizeDefault;
    if (limit > PAGE_SIZE_MAX) this.#fail(apiError(as.sizeCode, { limit: PAGE_SIZE_MAX }));
    const offset = this.#whole("offset", 0, "invalid_offset") ?? 0;
    if (offset > OFFSET_MAX) this.#fail(apiError("invalid_offset", { limit: OFFSET_MAX }));
    return { limit, offset };
  }

  fail(error: ApiError): void {
    this.#fail(error);
  }

  #whole(name: string, least: number, code: ErrorCode): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least) return value;
    this.#fail(apiError(code));
    return null;
  }

  #fail(error: ApiError): void {
    this.error ??= error;
  }
}
