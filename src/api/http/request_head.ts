// The head of a request, copied out of the server library at once, and the checks that keep two parsers from disagreeing about it. Hot path.
//
//   D1. Refused: more than one Content-Length or one that is not plain digits, any Transfer-Encoding other than exactly `chunked`,
//       both of them together, no Host or several. A proxy before us might frame such a request differently.

import type { ErrorCode } from "../../model/errors.ts";
import type { UwsRequest } from "../../native/mod.ts";
import { HEADER_BYTES_MAX, HEADERS_MAX, URL_LENGTH_MAX } from "../limits.ts";

/**
 * Of requests of browsers and apps, whose paths have no version in front. Back ends say nothing with these, and their requests are not looked at for
 * them.
 */
const consumerHeaders: ReadonlySet<string> = new Set([
  "accept",
  "access-control-request-headers",
  "cookie",
  "extole-app-type",
  "origin",
  "purpose",
  "referer",
  "sec-fetch-dest",
  "sec-purpose",
  "user-agent",
  "x-extole-app-type",
  "x-extole-container",
  "x-extole-jwt",
  "x-extole-sandbox",
  "x-extole-token",
  "x-forwarded-for",
  "x-moz",
  "x-purpose",
]);

export interface RequestHead {
  /** Upper case. */
  readonly method: string;
  /** As sent, with the port if it names one. */
  readonly host: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** -1 when not given. */
  readonly contentLength: number;
  readonly isChunked: boolean;
  /** IANA name; empty when not given. */
  readonly timeZone: string;
  readonly idempotencyKey: string;
  /** Those that were asked for, and those of browsers and apps, by name in lower case; null: none of them. */
  readonly wanted: ReadonlyMap<string, string> | null;
  /** Why the request must be refused and its connection closed; null when it may go on. */
  readonly problem: ErrorCode | null;
}

/** More digits would not fit a safe integer. */
const CONTENT_LENGTH_DIGITS_MAX = 15;

/** Reads one head at a time; its fields hold that head only while `read` runs. */
export class HeadReader {
  #authorization = "";
  #contentType = "";
  #contentEncoding = "";
  #contentLength = -1;
  #isChunked = false;
  #timeZone = "";
  #idempotencyKey = "";
  #host = "";
  #hosts = 0;
  #isOfConsumer = false;
  #headers = 0;
  #bytes = 0;
  #problem: ErrorCode | null = null;
  #wanted: Map<string, string> | null = null;
  /** Names in lower case; grows and shrinks meanwhile. */
  readonly #wantedNames: ReadonlySet<string>;
  readonly #take = (name: string, value: string): void => this.#header(name, value);

  constructor(wantedNames: ReadonlySet<string>) {
    this.#wantedNames = wantedNames;
  }

  read(request: UwsRequest): RequestHead {
    const path = request.getUrl();
    const query = request.getQuery() ?? "";
    this.#authorization = "";
    this.#contentType = "";
    this.#contentEncoding = "";
    this.#contentLength = -1;
    this.#isChunked = false;
    this.#timeZone = "";
    this.#idempotencyKey = "";
    this.#host = "";
    this.#hosts = 0;
    this.#isOfConsumer = isOfConsumer(path);
    this.#headers = 0;
    this.#bytes = 0;
    this.#problem = null;
    this.#wanted = null;
    request.forEach(this.#take);
    if (this.#hosts !== 1 || (this.#isChunked && this.#contentLength >= 0)) this.#problem ??= "bad_request";
    if (this.#headers > HEADERS_MAX || this.#bytes > HEADER_BYTES_MAX) this.#problem ??= "headers_too_large";
    if (path.length + query.length > URL_LENGTH_MAX) this.#problem ??= "headers_too_large";
    return {
      method: upperMethod(request.getMethod()),
      host: this.#host,
      path,
      query,
      authorization: this.#authorization,
      contentType: this.#contentType,
      contentEncoding: this.#contentEncoding,
      contentLength: this.#contentLength,
      isChunked: this.#isChunked,
      timeZone: this.#timeZone,
      idempotencyKey: this.#idempotencyKey,
      wanted: this.#wanted,
      problem: this.#problem,
    };
  }

  #keep(name: string, value: string): void {
    this.#wanted ??= new Map();
    const separator = separatorOf(name);
    const before = separator === null ? undefined : this.#wanted.get(name);
    this.#wanted.set(name, before === undefined ? value : `${before}${separator}${value}`);
  }

  #header(name: string, value: string): void {
    this.#headers++;
    this.#bytes += name.length + value.length;
    const isAskedFor = this.#wantedNames.size > 0 && this.#wantedNames.has(name);
    if (isAskedFor || (this.#isOfConsumer && consumerHeaders.has(name))) this.#keep(name, value);
    switch (name) {
      case "host":
        this.#host = value;
        this.#hosts++;
        return;
      case "authorization":
        this.#authorization = value;
        return;
      case "content-type":
        this.#contentType = value;
        return;
      case "content-encoding":
        this.#contentEncoding = value;
        return;
      case "content-length":
        if (this.#contentLength >= 0) this.#problem = "bad_request";
        this.#contentLength = contentLengthOf(value);
        if (this.#contentLength < 0) this.#problem = "bad_request";
        return;
      case "transfer-encoding":
        if (this.#isChunked || value !== "chunked") this.#problem = "bad_request";
        this.#isChunked = true;
        return;
      case "time-zone":
        this.#timeZone = value;
        return;
      case "idempotency-key":
        this.#idempotencyKey = value;
        return;
      default:
        return;
    }
  }
}

/** Headers that are lists: proxies add lines of their own, and may send what came as one line in several. */
function separatorOf(name: string): string | null {
  if (name === "cookie") return "; ";
  return name === "x-forwarded-for" ? ", " : null;
}

/** Everything but `/v6/...` and the like. */
function isOfConsumer(path: string): boolean {
  const digit = path.charCodeAt(2) - 48;
  return !(path.charCodeAt(1) === SMALL_V && digit >= 0 && digit <= 9 && path.charCodeAt(3) === SLASH);
}

const SMALL_V = 0x76;
const SLASH = 0x2f;

function contentLengthOf(value: string): number {
  if (value.length === 0 || value.length > CONTENT_LENGTH_DIGITS_MAX) return -1;
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

function upperMethod(method: string): string {
  switch (method) {
    case "get":
      return "GET";
    case "post":
      return "POST";
    default:
      return method.toUpperCase();
  }
}
