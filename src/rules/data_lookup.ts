// How rules find members of data: exact name, else the name in any case, else a dotted path into nested data.
//
//   L1. Only own members are found: what JavaScript objects inherit is not data.

import { unreachable } from "../base/assert.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Person, StepDatum } from "../model/person.ts";
import { PATH_SEGMENTS_MAX } from "./limits.ts";
import { fromJson, type RuleMap, type RuleValue } from "./value.ts";

/** Names that reach behind data in JavaScript; refused in sources, and as computed keys. */
const refused: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export function isRefusedName(name: string): boolean {
  return refused.has(name);
}

export function lookUp(data: JsonObject, name: string): JsonValue | undefined {
  const direct = data[name];
  // L1. Everything that plain objects inherit is a function, except `__proto__`, and data holds no functions.
  if (direct !== undefined && typeof direct !== "function" && name !== "__proto__") return direct;
  return lookUpSlowly(data, name);
}

function lookUpSlowly(data: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(data, name)) return data[name];
  const key = name.toLowerCase();
  for (const own in data) {
    if (own.length === key.length && own.toLowerCase() === key) return data[own];
  }
  return name.includes(".") ? lookUpPath(data, name) : undefined;
}

function lookUpPath(data: JsonObject, path: string): JsonValue | undefined {
  const segments = path.split(".", PATH_SEGMENTS_MAX + 1);
  if (segments.length > PATH_SEGMENTS_MAX) return undefined;
  let at: JsonValue | undefined = data;
  for (const segment of segments) {
    if (at === undefined || at === null || typeof at !== "object" || Array.isArray(at)) return undefined;
    at = lookUp(at, segment);
  }
  return at;
}

export function lookUpMember(map: RuleMap, name: string, meter: Meter): RuleValue {
  if (isRefusedName(name)) return null;
  switch (map.form) {
    case "json":
      return wrap(lookUp(map.members, name), meter);
    case "person":
      return wrap(lookUpDatum(map.members, name, meter), meter);
    case "rows":
      return wrap(lookUpRow(map.members, name, meter), meter);
    default:
      return unreachable(map);
  }
}

/** Whoever works in proportion to data takes it from here. */
export interface Meter {
  gas: number;
}

/** Data as a value of rules. Lists are copied, hence paid for. */
export function wrap(value: JsonValue | undefined, meter: Meter): RuleValue {
  if (typeof value === "object") meter.gas -= itemsOf(value);
  return fromJson(value);
}

function itemsOf(value: JsonValue): number {
  if (!Array.isArray(value)) return 0;
  let items = value.length;
  for (const item of value) items += itemsOf(item);
  return items;
}

function lookUpDatum(data: Person["data"], name: string, meter: Meter): JsonValue | undefined {
  if (Object.hasOwn(data, name)) return data[name]?.value;
  const key = name.toLowerCase();
  for (const own in data) {
    meter.gas--;
    if (own.toLowerCase() === key) return data[own]?.value;
  }
  return undefined;
}

/** Later rows win: they were written last. */
function lookUpRow(rows: readonly StepDatum[], name: string, meter: Meter): JsonValue | undefined {
  meter.gas -= rows.length;
  const key = name.toLowerCase();
  return (
    rows.findLast((row) => row.name === name)?.value ?? rows.findLast((row) => row.name.toLowerCase() === key)?.value
  );
}
