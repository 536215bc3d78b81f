// Words for the members of parts, as JSON Schema: what an operator may write where. A value may be given literally or, where the contract allows, as an
// expression that is evaluated when the campaign is built (b), or for each event (r), or either.

import type { ErrorCode } from "../model/errors.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";

export interface Field {
  readonly schema: JsonObject;
  /** Answered when a new part does not have it; null: it may be absent. */
  readonly missing: ErrorCode | null;
  /** Where an expression may stand that is evaluated when the object is built, and at no other time: what it must yield. */
  readonly literal?: JsonObject;
}

export type Fields = { readonly [name: string]: Field };

const EXPRESSION = "^(javascript|handlebars|spel)@(buildtime|runtime|installtime):";
const BUILDTIME = "^(javascript|handlebars)@buildtime:";
const RUNTIME = "^(javascript|handlebars)@runtime:";
const EITHER = "^(javascript|handlebars)@(buildtime|runtime):";

export const text: JsonObject = { type: "string", maxLength: 10_000 };
export const flag: JsonObject = { type: "boolean" };
export const integer: JsonObject = { type: "integer" };
export const number: JsonObject = { type: "number" };
/** Whatever JSON has. */
export const anything: JsonObject = { type: ["string", "number", "boolean", "object", "array", "null"] };
export const idOrName: JsonObject = { type: ["string", "number"] };

export function oneOf(...values: readonly string[]): JsonObject {
  return { type: "string", enum: [...values] };
}

export function listOf(items: JsonObject): JsonObject {
  return { type: "array", items, maxItems: 1000 };
}

export function mapOf(values: JsonObject): JsonObject {
  return { type: "object", additionalProperties: values, maxProperties: 1000 };
}

export function plain(schema: JsonObject): Field {
  return { schema, missing: null };
}

/** Or an expression, evaluated when the campaign is built. */
export function built(schema: JsonObject): Field {
  return { schema: orExpression(schema, BUILDTIME), missing: null, literal: schema };
}

/** Or an expression, evaluated for each event. */
export function atRuntime(schema: JsonObject): Field {
  return { schema: orExpression(schema, RUNTIME), missing: null };
}

export function builtOrAtRuntime(schema: JsonObject): Field {
  return { schema: orExpression(schema, EITHER), missing: null };
}

export function required(missing: ErrorCode, field: Field): Field {
  return { ...field, missing };
}

/** Values of `data`: by name, each a value or an expression. */
export const dataMap: Field = plain(mapOf(orExpression(anything, EITHER)));

function orExpression(schema: JsonObject, pattern: string): JsonObject {
  const literal: JsonObject =
    schema["type"] === "string" && schema["enum"] === undefined ? { ...schema, not: { pattern: EXPRESSION } } : schema;
  return { anyOf: [literal, { type: "string", pattern, maxLength: 10_000 }] };
}

export interface BodyOptions {
  /** Changes: every member may be null, which clears it. */
  readonly isPartial: boolean;
}

/** The schema of a request with these members and no others. */
export function bodySchema(fields: Fields, { isPartial }: BodyOptions): JsonObject {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, { schema }]) => [
      name,
      isPartial ? { anyOf: [schema, { type: "null" }] } : schema,
    ]),
  );
  return { type: "object", properties, additionalProperties: false };
}

/** The code of the first member that a new part lacks; null when it has all. */
export function missingMember(fields: Fields, part: JsonObject): ErrorCode | null {
  for (const [name, { missing }] of Object.entries(fields)) {
    if (missing !== null && isBlank(part[name])) return missing;
  }
  return null;
}

function isBlank(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.length === 0;
}

/** `before` with the given members in place; a null takes one away. */
export function merged(before: JsonObject, given: JsonObject): JsonObject {
  const after: JsonObject = { ...before };
  for (const [name, value] of Object.entries(given)) {
    if (value === null) delete after[name];
    else after[name] = value;
  }
  return after;
}

const componentReference: JsonObject = {
  type: "object",
  properties: { component_id: text, socket_names: listOf(text) },
  required: ["component_id"],
  additionalProperties: false,
};

/** Every part may say which component it belongs to. */
export const componentFields: Fields = {
  component_ids: plain(listOf(text)),
  component_references: plain(listOf(componentReference)),
};
