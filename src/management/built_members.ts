// What expressions of build time yield must be of the type that the member has when it is written literally.

import { fail, ok, type Result } from "../base/result.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { builtDocument } from "../rules/mod.ts";
import type { Fields } from "./part_fields.ts";

/** With its place, where it is one of the expression and not of what it yields. */
export interface BuildError {
  readonly parameter: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** The object with what its expressions yield. Templates yield text, also of numbers and of true and false. */
export function builtMembers(fields: Fields, object: JsonObject): Result<JsonObject, BuildError> {
  const built = builtDocument(object);
  if (!built.ok) {
    const { parameter, message, line, column } = built.error;
    return fail({ parameter: parameter ?? "", message, line, column });
  }
  const members: { [name: string]: JsonValue } = { ...built.value };
  for (const [name, { literal }] of Object.entries(fields)) {
    const value = members[name];
    const isYielded = value !== undefined && value !== null && value !== object[name];
    if (literal === undefined || !isYielded) continue;
    const typed = valueOf(literal, value);
    if (typed === null) return fail({ parameter: name, message: `${name} must be ${wordsOf(literal)}` });
    members[name] = typed;
  }
  return ok(members);
}

/** Null: it is of another type. */
function valueOf(schema: JsonObject, value: JsonValue): JsonValue {
  const { type, enum: names, items } = schema;
  if (Array.isArray(names)) return names.includes(value) ? value : null;
  const types = Array.isArray(type) ? type : [type];
  const typed = types.map((each) => valueOfType(each, value)).find((each) => each !== null) ?? null;
  if (!Array.isArray(typed) || !isJsonObject(items)) return typed;
  const each = typed.map((item) => valueOf(items, item));
  return each.includes(null) ? null : each;
}

function valueOfType(type: JsonValue | undefined, value: JsonValue): JsonValue {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : null;
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      return typeof value === "boolean" ? value : null;
    case "integer":
      return Number.isSafeInteger(numberOf(value)) ? numberOf(value) : null;
    case "number":
      return numberOf(value);
    case "array":
      return Array.isArray(value) ? value : null;
    default:
      return typeof value === "object" && !Array.isArray(value) ? value : null;
  }
}

function numberOf(value: JsonValue): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : null;
}

function wordsOf({ type, enum: names }: JsonObject): string {
  if (Array.isArray(names)) return `one of ${names.map(String).join(", ")}`;
  switch (Array.isArray(type) ? type[0] : type) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "integer":
      return "a whole number";
    case "number":
      return "a number";
    case "array":
      return "a list of what it may hold";
    default:
      return "of its type";
  }
}
