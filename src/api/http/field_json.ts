// JSON in a field of a form: forms have only texts, so that an object comes as its text. It is read with the bounds of a body of JSON, which forms are not.

import { ok, type Result } from "../../base/result.ts";
import type { ApiError } from "../../model/errors.ts";
import type { JsonValue } from "../../model/json.ts";
import { defaultLimits } from "../limits.ts";
import { JsonGate } from "./json_gate.ts";

const gate = new JsonGate(defaultLimits);

/** Null: the text is no JSON at all. */
export function fieldJson(text: string): Result<JsonValue, ApiError> {
  const parsed = gate.parse(Buffer.from(text));
  const isNone = !parsed.ok && parsed.error.code === "invalid_json" && parsed.error.parameters["reason"] === undefined;
  return isNone ? ok(null) : parsed;
}
