// Written request: what an expression, a template or a literal says a request is, read the same way wherever one is written.

import { setMember } from "../../base/members.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { REQUEST_HEADERS_MAX } from "../limits.ts";

/** A text is the body, unless it says in JSON what the request is, as templates do. */
export function requestMembers(wanted: JsonValue): JsonObject {
  if (typeof wanted === "object" && wanted !== null) return Array.isArray(wanted) ? { body: wanted } : wanted;
  if (typeof wanted !== "string") return {};
  const parsed = jsonObjectIn(wanted);
  return parsed !== null && ("url" in parsed || "body" in parsed) ? parsed : { body: wanted };
}

export function jsonObjectIn(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    // A template may yield any text.
    return null;
  }
}

/** Null when one of them is none. Values may be texts or lists of one text, as the contract has them. */
export function requestHeaders(given: JsonValue | undefined): { [name: string]: string } | null {
  const headers: { [name: string]: string } = {};
  if (given === undefined || given === null) return headers;
  if (typeof given !== "object" || Array.isArray(given)) return null;
  const entries = Object.entries(given);
  if (entries.length > REQUEST_HEADERS_MAX) return null;
  for (const [name, value] of entries) {
    const text = Array.isArray(value) ? value.filter((each) => typeof each === "string").join(", ") : value;
    if (!HEADER_NAME.test(name) || typeof text !== "string" || !HEADER_VALUE.test(text)) return null;
    if (!ownHeaders.includes(name.toLowerCase())) setMember(headers, name, text);
  }
  return headers;
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Visible characters of one line: nothing that could end a header and begin another. */
const HEADER_VALUE = /^[\t\x20-\x7e]{0,4096}$/;
/** What the call itself says. */
const ownHeaders = [
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "keep-alive",
];
