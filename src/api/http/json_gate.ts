// JsonGate: bytes -> JSON value, with everything refused that would hurt later. Hot path: runs for each event and each bulk line.
//
//   G1. Depth and number of members are bounded on the bytes, before `JSON.parse`, which has no bound of its own.
//   G2. Only valid UTF-8; no lone surrogates and no NUL inside texts: what is logged must read back the same.
//   G3. No member named `__proto__`, `constructor` or `prototype`, however spelt, and no member twice in one object.
//   G4. No number that JavaScript would round to a neighbour or to Infinity: integers beyond 2^53 must be sent as text.
//
// The scan is one pass over the bytes. It finds strings by their quotes only, so it is exact for valid JSON, and `JSON.parse` refuses the rest.

import { isAscii, isUtf8 } from "node:buffer";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";

export interface JsonGateLimits {
  readonly depthMax: number;
  readonly keysTotalMax: number;
}

export interface ParsedBatch {
  readonly value: JsonValue;
  /** By their places in the list. */
  readonly wrongItems: ReadonlyMap<number, ApiError>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LETTER_U = 0x75;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
/** `__proto__` and `prototype`; `constructor`. */
const FORBIDDEN_LENGTHS = [9, 11] as const;
const FORBIDDEN_FIRST = [0x5f, 0x70, 0x63] as const;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NAME_LENGTH_SHOWN_MAX = 100;

export class JsonGate {
  readonly #limits: JsonGateLimits;
  /** What the last scan saw. */
  #members = 0;
  #mayHaveForbidden = false;
  #hasUnicodeEscape = false;
  /** What the last walk saw. */
  #walked = 0;
  #problem: ApiError | null = null;

  constructor(limits: JsonGateLimits) {
    this.#limits = limits;
  }

  parse(bytes: Buffer): Result<JsonValue, ApiError> {
    const read = this.#read(bytes);
    if (!read.ok) return read;
    this.#walk(read.value);
    const refused = this.#refused();
    return refused === null ? read : fail(refused);
  }

  /** As `parse`; what is wrong inside of an item of the body's list `list` is told by its place, and refuses none of the others. */
  parseBatch(bytes: Buffer, list: string): Result<ParsedBatch, ApiError> {
    const read = this.#read(bytes);
    if (!read.ok) return read;
    const { value } = read;
    const wrongItems = new Map<number, ApiError>();
    const items = isJsonObject(value) ? value[list] : undefined;
    if (isJsonObject(value) && Array.isArray(items)) {
      for (const [at, item] of items.entries()) {
        this.#walk(item);
        if (this.#problem !== null) wrongItems.set(at, this.#problem);
        this.#problem = null;
      }
      this.#walk({ ...value, [list]: null });
    } else this.#walk(value);
    const refused = this.#refused();
    return refused === null ? ok({ value, wrongItems }) : fail(refused);
  }

  /** What still has to be walked. */
  #read(bytes: Buffer): Result<JsonValue, ApiError> {
    const refused = this.#scan(bytes);
    if (refused !== null) return fail(refused);
    let text: string;
    if (isAscii(bytes)) text = bytes.toString("latin1");
    else if (isUtf8(bytes)) text = bytes.toString("utf8");
    else return fail(apiError("invalid_json", { reason: "not UTF-8" }));
    const value = parseJson(text);
    this.#walked = 0;
    this.#problem = null;
    return value === undefined ? fail(apiError("invalid_json")) : ok(value);
  }

  /** After all of it was walked. */
  #refused(): ApiError | null {
    if (this.#problem !== null) return this.#problem;
    return this.#walked === this.#members ? null : apiError("invalid_json", { reason: "a member occurs twice" });
  }

  /** G1. Null when the bounds hold. */
  #scan(bytes: Buffer): ApiError | null {
    const { depthMax, keysTotalMax } = this.#limits;
    let depth = 0;
    let members = 0;
    let mayHaveForbidden = false;
    let hasUnicodeEscape = false;
    const end = bytes.length;
    let i = 0;
    while (i < end) {
      const byte = bytes[i++];
      if (byte === QUOTE) {
        const start = i;
        while (i < end) {
          const inner = bytes[i++];
          if (inner === QUOTE) break;
          if (inner !== BACKSLASH) continue;
          if (bytes[i] === LETTER_U) hasUnicodeEscape = true;
          i++;
        }
        const length = i - 1 - start;
        if (length === FORBIDDEN_LENGTHS[0] || length === FORBIDDEN_LENGTHS[1]) {
          const first = bytes[start];
          if (first === FORBIDDEN_FIRST[0] || first === FORBIDDEN_FIRST[1] || first === FORBIDDEN_FIRST[2]) {
            mayHaveForbidden = true;
          }
        }
      } else if (byte === COLON) members++;
      else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
        if (++depth > depthMax) return apiError("invalid_parameter", { name: "depth", limit: depthMax });
      } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) depth--;
    }
    if (members > keysTotalMax) return apiError("invalid_parameter", { name: "members", limit: keysTotalMax });
    this.#members = members;
    this.#mayHaveForbidden = mayHaveForbidden || hasUnicodeEscape;
    this.#hasUnicodeEscape = hasUnicodeEscape;
    return null;
  }

  #walk(value: JsonValue): void {
    if (typeof value === "string") {
      if (this.#hasUnicodeEscape) this.#checkText(value);
    } else if (typeof value === "number") {
      if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
        this.#problem ??= apiError("invalid_parameter", {
          reason: "a number is too large to be exact: send it as text",
        });
      }
    } else if (Array.isArray(value)) {
      for (const item of value) this.#walk(item);
    } else if (typeof value === "object" && value !== null) this.#walkObject(value);
  }

  #walkObject(object: JsonObject): void {
    for (const name in object) {
      this.#walked++;
      if (this.#mayHaveForbidden) this.#checkName(name);
      const value = object[name];
      if (value !== undefined) this.#walk(value);
    }
  }

  /** G3. */
  #checkName(name: string): void {
    if (name === "__proto__" || name === "constructor" || name === "prototype") {
      this.#problem ??= apiError("invalid_parameter", { name, reason: "this name is reserved" });
    }
    if (this.#hasUnicodeEscape) this.#checkText(name);
  }

  /** G2. UTF-8 cannot carry a lone surrogate, so only an escape can bring one. */
  #checkText(text: string): void {
    if (text.includes("\0") || LONE_SURROGATE.test(text)) {
      this.#problem ??= apiError("invalid_json", { reason: "a text has a lone surrogate or NUL" });
    }
  }
}

/** Names in refusals are the caller's own, cut to a readable length. */
export function shownName(name: string): string {
  return name.length > NAME_LENGTH_SHOWN_MAX ? `${name.slice(0, NAME_LENGTH_SHOWN_MAX)}...` : name;
}

/** Undefined when it is not JSON. */
function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
