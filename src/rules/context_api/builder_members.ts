// Builders of requests: what their methods do to the members that they collect, and how an answer is read. Each pays for what it copies.

import { setMember } from "../../base/members.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { JSON_SIZE_MAX } from "../limits.ts";
import type { Frame } from "../program.ts";
import { fault, fromJson, jsonWithin, type RuleBuilder, type RuleValue } from "../value.ts";

/** The builder with the member set. */
export function withMember(frame: Frame, { type, members }: RuleBuilder, name: string, value: RuleValue): RuleValue {
  const json = paidJson(frame, value);
  return json === undefined ? TOO_LARGE : { type, members: { ...members, [name]: json } };
}

/** The builder with the entry set in the map that the member is. */
export function withEntry(
  frame: Frame,
  { type, members }: RuleBuilder,
  name: string,
  { key, value }: { readonly key: RuleValue; readonly value: RuleValue },
): RuleValue {
  const before = members[name];
  const map: JsonObject = isJsonObject(before) ? { ...before } : {};
  const json = paidJson(frame, value);
  if (json === undefined) return TOO_LARGE;
  setMember(map, typeof key === "string" ? key : "", json);
  frame.gas -= Object.keys(map).length;
  return { type, members: { ...members, [name]: map } };
}

/** The body as data; null when it is no JSON. What a body says is never code. */
export function jsonOfBody(frame: Frame, body: string): RuleValue {
  frame.gas -= body.length;
  if (frame.gas < 0) return fault("gas", "the expression took more gas than an evaluation has");
  try {
    return fromJson(JSON.parse(body, whole) as JsonValue);
  } catch {
    // A receiver may answer with anything.
    return null;
  }
}

/** Bodies may hold half a character escaped. */
function whole(_name: string, value: JsonValue): JsonValue {
  return typeof value === "string" ? value.toWellFormed() : value;
}

const TOO_LARGE = fault("map_size", "the request is too large");

/** What a builder keeps of an argument, paid for by its size; undefined: it is too large. */
export function paidJson(frame: Frame, value: RuleValue): JsonValue | undefined {
  const budget = { left: Math.min(JSON_SIZE_MAX, Math.max(0, frame.gas)) };
  const given = budget.left;
  const json = jsonWithin(value, budget);
  frame.gas -= given - budget.left;
  return json;
}
