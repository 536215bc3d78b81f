// Members of a request's body, read one by one. The schema of the route has checked the types already.

import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";

export function objectOf(body: unknown): JsonObject {
  return isJsonObject(body) ? body : {};
}

/** Null when absent or null. */
export function memberOf(body: unknown, name: string): JsonValue {
  return objectOf(body)[name] ?? null;
}

/** True when the member is there with a value. */
export function isGiven(body: unknown, name: string): boolean {
  return memberOf(body, name) !== null;
}

export function textOf(body: unknown, name: string): string | null {
  const value = memberOf(body, name);
  return typeof value === "string" ? value : null;
}

export function numberOf(body: unknown, name: string): number | null {
  const value = memberOf(body, name);
  return typeof value === "number" ? value : null;
}

export function flagOf(body: unknown, name: string): boolean | null {
  const value = memberOf(body, name);
  return typeof value === "boolean" ? value : null;
}
