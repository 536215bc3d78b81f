// JSON Schemas as data, and the one validator of the process. For low-rate routes and tests; events have a hand-written check.

import { Ajv, type ValidateFunction } from "ajv";
import { apiError, type ApiError } from "../../model/errors.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Stops at the first error and never reads `$data`: both keep hostile input cheap. */
// The schemas are ours and tested: checking them against the meta-schema would take a tenth of a second of every start. What Ajv would polish, V8 does as well.
const ajv = new Ajv({
  allErrors: false,
  strict: true,
  allowUnionTypes: true,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
});
/** Those of routes, as long as there are routes, and what they say: several routes, and the same route of several fronts, may say the same. */
const compiled = new WeakMap<JsonSchema, ValidateFunction>();
const compiledTexts = new Map<string, ValidateFunction>();

/** Null when `value` follows `schema`. */
export function schemaError(schema: JsonSchema, value: unknown): ApiError | null {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return null;
  const first = validate.errors?.[0];
  const path = first?.instancePath ?? "";
  if (path !== "" && valueAt(value, path) === null) return apiError("invalid_null", { name: path.slice(1) });
  return apiError("validation_error", { description: `body${path} ${first?.message ?? "is not valid"}`.slice(0, 300) });
}

/** Bounded by the number of routes: schemas are constants. */
function compile(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiledTexts.get(text);
  if (known !== undefined) return known;
  const validate = ajv.compile(schema);
  compiledTexts.set(text, validate);
  return validate;
}

/** @param path a JSON pointer of the validator, which leads to something */
function valueAt(value: unknown, path: string): unknown {
  const names = path
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>((at, name) => Object.entries(at ?? {}).find(([own]) => own === name)?.[1], value);
}
