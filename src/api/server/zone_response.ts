// What a campaign shows -> a response of HTTP. Campaigns are written by others: what they say of status and headers is checked here.
//
//   Z1. Headers about the connection, cookies, caches and other origins are ours (what one person is shown is for nobody else), and no value reaches a second line.
//   Z2. A redirect leads to a web address or to a path of this host, or the zone is an error.
//   Z3. JSON has no null members, and data for apps no null items of lists either: apps in the field cannot read them.

import { fail, ok, type Result } from "../../base/result.ts";
import { setMember } from "../../base/members.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { RenderedZone } from "../../model/zone.ts";
import type { Header } from "../http/exchange.ts";
import { ZONE_HEADERS_MAX, ZONE_HEADER_LENGTH_MAX } from "../limits.ts";

export interface ZoneResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** As the campaign says them, without the content type. */
  readonly headers: readonly Header[];
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
/** Z1. */
const ours =
  /^(?:access-control-.*|alt-svc|cache-control|connection|content-encoding|content-length|date|keep-alive|proxy-.*|set-cookie|strict-transport-security|te|trailer|transfer-encoding|upgrade|x-extole-.*)$/;
const STATUS_MIN = 200;
const STATUS_MAX = 599;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const bodyless: ReadonlySet<number> = new Set([204, 205, 304]);
const JSON_TYPE = "application/json";
const HTML_TYPE = "text/html; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Of the value that an event was answered with; null: it was shown nothing. */
export function renderedIn(value: unknown): RenderedZone | null {
  if (typeof value !== "object" || value === null || !("rendered" in value)) return null;
  // Made by the engine of this very version, here or on another node.
  return value.rendered as RenderedZone;
}

/** @param accept what the request accepts: text of which the campaign does not say what it is, is HTML for who asks for that */
export function zoneResponse(rendered: RenderedZone, accept: string): Result<ZoneResponse, ApiError> {
  const status = statusOf(rendered.status);
  const headers = headersOf(rendered.headers);
  const location = headers.find(([name]) => name === "location")?.[1] ?? null;
  if (redirects.has(status) && (location === null || !isWebAddress(location)))
    return fail(apiError("invalid_redirect"));
  const said = headers.find(([name]) => name === "content-type")?.[1] ?? rendered.contentType;
  const { body } = rendered;
  const isText = typeof body === "string" || body === null;
  return ok({
    status,
    contentType: said ?? (isText ? textType(accept) : JSON_TYPE),
    body: bodyless.has(status) ? "" : textOfBody(body),
    headers: [...headers.filter(([name]) => name !== "content-type"), ["x-content-type-options", "nosniff"]],
  });
}

function textOfBody(body: RenderedZone["body"]): string {
  if (body === null) return "";
  return typeof body === "string" ? body : JSON.stringify(withoutNulls(body, "kept"));
}

/** What the campaign shows, for whoever reads data; null when it is none. */
export function zoneData({ body }: RenderedZone): JsonObject | null {
  const value = typeof body === "string" ? parsed(body) : body;
  if (!isJsonObject(value)) return null;
  return withoutNulls(value, "dropped") as JsonObject;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function statusOf(status: number | null): number {
  return status !== null && Number.isInteger(status) && status >= STATUS_MIN && status <= STATUS_MAX ? status : 200;
}

function textType(accept: string): string {
  return accept.toLowerCase().includes("text/html") ? HTML_TYPE : TEXT_TYPE;
}

function headersOf(said: JsonObject): Header[] {
  const headers: Header[] = [];
  for (const [given, value] of Object.entries(said).slice(0, ZONE_HEADERS_MAX)) {
    const name = given.toLowerCase();
    if (!HEADER_NAME.test(name) || ours.test(name)) continue;
    const text =
      typeof value === "string"
        ? value
        : typeof value === "number" || typeof value === "boolean"
          ? String(value)
          : null;
    if (text !== null && text.length <= ZONE_HEADER_LENGTH_MAX && HEADER_VALUE.test(text)) headers.push([name, text]);
  }
  return headers;
}

/** Z2. Browsers leave out tabs before they read an address: one between two slashes would lead to another host. */
function isWebAddress(location: string): boolean {
  if (/^\/(?![/\\])[^\t]*$/.test(location)) return true;
  return /^https?:\/\//i.test(location) && URL.canParse(location);
}

/** Z3. Where null items are kept, the others keep their places. */
function withoutNulls(value: JsonValue, nullItems: "kept" | "dropped"): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = nullItems === "kept" ? value : value.filter((item) => item !== null);
    return items.map((item) => withoutNulls(item, nullItems));
  }
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value))
    if (member !== null) setMember(kept, name, withoutNulls(member, nullItems));
  return kept;
}
