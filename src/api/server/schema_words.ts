// Words of which the schemas of requests and answers are made.

import type { JsonSchema } from "../http/schema.ts";

export const text: JsonSchema = { type: "string" };
export const flag: JsonSchema = { type: "boolean" };
export const number: JsonSchema = { type: "number" };
export const textOrNull: JsonSchema = { type: ["string", "null"] };
export const numberOrNull: JsonSchema = { type: ["number", "null"] };
export const anyObject: JsonSchema = { type: "object" };
export const date: JsonSchema = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$" };

/** All members are required, and there are no others: what we answer is exact. */
export function exactly(properties: { readonly [name: string]: JsonSchema }): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

export function mapOf(value: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: value };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** A body of which these members are read; others are nobody's business. */
export function open(properties: { readonly [name: string]: JsonSchema }): JsonSchema {
  return { type: "object", properties, additionalProperties: true };
}
