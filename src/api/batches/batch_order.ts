// What a batch is asked to be: the body of a request, checked.

import { fail, ok, type Result } from "../../base/result.ts";
import { rowReader } from "../../management/mod.ts";
import { type BatchColumn, type BatchOrder, columnPolicies } from "../../model/batch.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonValue } from "../../model/json.ts";
import type { Grant } from "../http/auth.ts";
import type { JsonSchema } from "../http/schema.ts";
import { BATCH_COLUMNS_MAX, BATCH_PATTERNS_MAX } from "../limits.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";
import type { EventGate } from "../server/event_gate.ts";
import { nameIn, tagsIn } from "./file_order.ts";

const text: JsonSchema = { type: "string" };
const texts: JsonSchema = { type: "array", items: text };
const column: JsonSchema = {
  type: "object",
  properties: {
    type: { enum: ["FULL_NAME_MATCH", "PATTERN_NAME_MATCH"] },
    name: text,
    /** A text, or a pattern as some SDKs write one. */
    name_pattern: { type: ["string", "object"] },
    prefix: text,
    validation_policy: { enum: [...columnPolicies] },
  },
  required: ["type"],
  additionalProperties: false,
};

export const batchSchema: JsonSchema = {
  type: "object",
  properties: {
    name: text,
    event_name: text,
    default_event_name: text,
    event_columns: texts,
    event_data: { type: "object", additionalProperties: text },
    columns: { type: "array", items: column, maxItems: BATCH_COLUMNS_MAX },
    data_source: {
      type: "object",
      properties: {
        type: { enum: ["AUDIENCE_LIST", "FILE_ASSET", "REPORT"] },
        file_asset_id: text,
        audience_list_id: text,
        report_id: text,
      },
      required: ["type"],
      additionalProperties: false,
    },
    scopes: texts,
    tags: texts,
  },
  required: ["data_source"],
  additionalProperties: false,
};

export const batchChangeSchema: JsonSchema = {
  type: "object",
  properties: { name: text, scopes: texts, tags: texts },
  additionalProperties: false,
};

/** Its name is empty where the request has none. */
export function batchOrder(body: unknown, grant: Grant, gate: EventGate): Result<BatchOrder, ApiError> {
  const name = textOf(body, "name");
  const named = name === null ? "" : nameIn(name);
  if (named === null) return fail(apiError("batch_job_name_invalid"));
  const [eventName, defaultEventName] = [textOf(body, "event_name"), textOf(body, "default_event_name")];
  for (const own of [eventName, defaultEventName])
    if (own !== null && gate.checkName(own) !== null) return fail(apiError("batch_job_event_name_invalid"));
  const tags = tagsIn(memberOf(body, "tags") ?? [], "batch_job_tag_invalid");
  if (!tags.ok) return tags;
  const scopes = scopesIn(memberOf(body, "scopes"), grant);
  if (!scopes.ok) return scopes;
  const source = sourceIn(memberOf(body, "data_source"));
  if (source === null) return fail(apiError("batch_job_data_source_empty"));
  const order: BatchOrder = {
    name: named,
    eventName: eventName?.trim() ?? null,
    defaultEventName: defaultEventName?.trim() ?? null,
    eventColumns: textsIn(memberOf(body, "event_columns")),
    eventData: objectOf(memberOf(body, "event_data")),
    columns: columnsIn(memberOf(body, "columns")),
    source,
    scopes: scopes.value,
    tags: tags.value,
    createdBy: grant.identity ?? "",
  };
  const patterns = order.columns.filter(({ type }) => type === "PATTERN_NAME_MATCH").length;
  if (patterns > BATCH_PATTERNS_MAX)
    return fail(apiError("invalid_parameter", { name: "columns", limit: BATCH_PATTERNS_MAX }));
  if (order.columns.some((column) => column.name === ""))
    return fail(apiError("invalid_parameter", { name: "columns.name" }));
  const reader = rowReader(order);
  return reader.ok ? ok(order) : fail(apiError("invalid_parameter", { name: "columns", reason: reader.error }));
}

/** Those that only their holders see the batch with; a token gives away none that it has not. */
export function scopesIn(value: JsonValue, grant: Grant): Result<readonly string[], ApiError> {
  const scopes = textsIn(value);
  const own: readonly string[] = grant.scopes;
  const isAllowed = scopes.every((scope) => batchScopes.includes(scope) && own.includes(scope));
  return isAllowed ? ok(scopes) : fail(apiError("batch_job_unauthorized_scopes"));
}

const batchScopes: readonly string[] = ["CLIENT_ADMIN", "CLIENT_SUPERUSER"];

/** Null: it names none. There are no reports, so none has rows. */
function sourceIn(value: JsonValue): BatchOrder["source"] | null {
  const type = textOf(value, "type");
  if (type !== "FILE_ASSET" && type !== "AUDIENCE_LIST") return null;
  const id = textOf(value, type === "FILE_ASSET" ? "file_asset_id" : "audience_list_id")?.trim() ?? "";
  return id === "" ? null : { type, id };
}

function columnsIn(value: JsonValue): BatchColumn[] {
  return (Array.isArray(value) ? value : []).map((given) => {
    const type = textOf(given, "type") === "PATTERN_NAME_MATCH" ? "PATTERN_NAME_MATCH" : "FULL_NAME_MATCH";
    const policy = textOf(given, "validation_policy");
    return {
      type,
      name: type === "FULL_NAME_MATCH" ? (textOf(given, "name") ?? "") : patternIn(memberOf(given, "name_pattern")),
      prefix: textOf(given, "prefix") ?? "",
      policy: columnPolicies.find((own) => own === policy) ?? "OPTIONAL",
    };
  });
}

function patternIn(value: JsonValue): string {
  return typeof value === "string" ? value : (textOf(value, "pattern") ?? "");
}

function textsIn(value: JsonValue): string[] {
  const texts = (Array.isArray(value) ? value : []).filter((item) => typeof item === "string");
  return [...new Set(texts)];
}
