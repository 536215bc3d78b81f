// Operations on batches: ordered, followed, renamed, canceled, expired; and the file with what became of their rows.

import { type Batch, type BatchColumn, batchStatuses, type BatchVerb } from "../../model/batch.ts";
import { apiError } from "../../model/errors.ts";
import type { Grant } from "../http/auth.ts";
import { QueryReader } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { BATCH_ORDER_BYTES_MAX } from "../limits.ts";
import { isNamed } from "../management/name_filter.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { lists, oneOf, paging, texts } from "../server/parameters.ts";
import { anyObject, date, exactly, listOf, number, text, textOrNull } from "../server/schema_words.ts";
import { eventScopes, readScopes } from "../server/scopes.ts";
import { type FillingParts, fillBatch } from "./batch_filling.ts";
import { batchChangeSchema, batchOrder, batchSchema, scopesIn } from "./batch_order.ts";
import { resultOf } from "./batch_result.ts";
import { findSource } from "./batch_source.ts";
import { batchesOf, batchOf, commanded } from "./file_desk.ts";
import { nameIn, tagsIn } from "./file_order.ts";

const path = "/v6/batches";
const one = `${path}/{batchId}`;

const dateOrNull: JsonSchema = { anyOf: [date, { type: "null" }] };

const batchView: JsonSchema = exactly({
  id: text,
  name: text,
  event_name: text,
  default_event_name: text,
  event_columns: listOf(text),
  event_data: anyObject,
  columns: listOf(anyObject),
  status: { enum: [...batchStatuses] },
  created_date: date,
  started_date: dateOrNull,
  completed_date: dateOrNull,
  tags: listOf(text),
  scopes: listOf(text),
  user_id: text,
  data_source: anyObject,
  rows: number,
  success_rows: number,
  failed_rows: number,
  download_uri: text,
  topic_name: text,
  error_code: textOrNull,
  error_message: textOrNull,
  debug_message: textOrNull,
});

const batchParameters: readonly QueryParameter[] = [
  ...texts("name", "event_name", "user_id"),
  ...lists("tags"),
  { name: "status", schema: oneOf(batchStatuses) },
  ...paging,
];

export function batchRoutes(parts: FillingParts): AnswerRoute[] {
  const { runtime } = parts;
  const read = { kind: "answer", method: "GET", scopes: readScopes, query: [], request: null } as const;
  const write = { kind: "answer", scopes: eventScopes, query: [], response: batchView } as const;
  const ofBatch = (work: (call: Call, batch: Batch) => Promise<Answer> | Answer) => async (call: Call) => {
    const batch = await batchOf(runtime, call.grant.client, call.params[0] ?? "");
    return batch === null || !isSeen(batch, call.grant) ? notFound : work(call, batch);
  };
  const steering = (operation: string, verb: BatchVerb, summary: string): AnswerRoute => ({
    ...write,
    operation,
    ...(verb === "delete" ? { method: "DELETE", path: one } : { method: "POST", path: `${one}/${verb}` }),
    summary,
    request: null,
    run: ofBatch((call, batch) => steered(parts, call, batch, verb)),
  });
  return [
    {
      ...read,
      query: batchParameters,
      operation: "listBatches",
      path,
      summary: "List batches, the newest first",
      response: listOf(batchView),
      run: (call) => listed(parts, call),
    },
    {
      ...write,
      operation: "createBatch",
      method: "POST",
      path,
      summary: "Make an event of every row of a file, or for every member of an audience",
      request: batchSchema,
      bodyBytesMax: BATCH_ORDER_BYTES_MAX,
      run: (call) => ordered(parts, call),
    },
    {
      ...read,
      operation: "getBatch",
      path: one,
      summary: "Read what a batch is, and how far",
      response: batchView,
      run: ofBatch((_call, batch) => answerJson(viewOf(batch))),
    },
    {
      ...write,
      operation: "updateBatch",
      method: "PUT",
      path: one,
      summary: "Rename a batch, or give it other tags and scopes",
      request: batchChangeSchema,
      run: ofBatch((call, batch) => changed(parts, call, batch)),
    },
    steering("deleteBatch", "delete", "Forget a batch that has ended"),
    steering("cancelBatch", "cancel", "Send no more events of a batch"),
    steering("expireBatch", "expire", "Forget the rows of a batch that has ended"),
    {
      ...read,
      operation: "downloadBatch",
      path: `${one}/download`,
      summary: "The rows of a batch with what became of each, as CSV",
      response: null,
      run: ofBatch((call, batch) => download(parts, call, batch)),
    },
  ];
}

const notFound = answerError(apiError("batch_job_not_found"));

/** A batch that is for some scopes is there for nobody else. */
function isSeen({ order }: Batch, grant: Grant): boolean {
  const own: readonly string[] = grant.scopes;
  return order.scopes.length === 0 || order.scopes.some((scope) => own.includes(scope));
}

async function ordered(parts: FillingParts, { grant, body }: Call): Promise<Answer> {
  const { client, scopes } = grant;
  const wanted = batchOrder(body, grant, parts.gate);
  if (!wanted.ok) return answerError(wanted.error);
  const source = await findSource(parts, client, wanted.value.source);
  if (!source.ok) return answerError(source.error);
  const order = { ...wanted.value, name: wanted.value.name === "" ? source.value.name : wanted.value.name };
  const begun = await commanded(parts.runtime, { kind: "begin_batch", client, order });
  if (!begun.ok) return answerError(begun.error);
  const batchId = String(begun.value);
  const error = await fillBatch(parts, { client, batchId, order, scopes }, source.value);
  return error === null ? answerBatch(parts, client, batchId) : answerError(error);
}

async function listed({ runtime }: FillingParts, { grant, query: given }: Call): Promise<Answer> {
  const query = new QueryReader(given);
  const [name, eventName, userId] = [query.text("name"), query.text("event_name"), query.text("user_id")];
  const tags = query.list("tags");
  const statuses = query.oneOf("status", batchStatuses, "invalid_parameter");
  const { limit, offset } = query.page();
  if (query.error !== null) return answerError(query.error);
  const found = (await batchesOf(runtime, grant.client)).filter(
    (batch) =>
      isSeen(batch, grant) &&
      (name === null || isNamed(batch.order.name, name)) &&
      (eventName === null || isNamed(batch.order.eventName ?? "", eventName)) &&
      (userId === null || batch.order.createdBy === userId) &&
      tags.every((tag) => batch.order.tags.includes(tag)) &&
      (statuses.length === 0 || statuses.includes(batch.status)),
  );
  return answerJson(found.slice(offset, offset + limit).map(viewOf));
}

async function changed(parts: FillingParts, { grant, body }: Call, { id }: Batch): Promise<Answer> {
  const given = textOf(body, "name");
  const name = given === null ? null : nameIn(given);
  if (given !== null && name === null) return answerError(apiError("batch_job_name_invalid"));
  const [wantedTags, wantedScopes] = [memberOf(body, "tags"), memberOf(body, "scopes")];
  const tags = wantedTags === null ? null : tagsIn(wantedTags, "batch_job_tag_invalid");
  if (tags !== null && !tags.ok) return answerError(tags.error);
  const scopes = wantedScopes === null ? null : scopesIn(wantedScopes, grant);
  if (scopes !== null && !scopes.ok) return answerError(scopes.error);
  const change = { name, tags: tags?.value ?? null, scopes: scopes?.value ?? null };
  const done = await commanded(parts.runtime, { kind: "change_batch", client: grant.client, batchId: id, ...change });
  return done.ok ? answerBatch(parts, grant.client, id) : answerError(done.error);
}

async function steered(
  parts: FillingParts,
  { grant: { client } }: Call,
  batch: Batch,
  verb: BatchVerb,
): Promise<Answer> {
  const done = await commanded(parts.runtime, { kind: "steer_batch", client, batchId: batch.id, verb });
  if (!done.ok) return answerError(done.error);
  return verb === "delete" ? answerJson(viewOf(batch)) : answerBatch(parts, client, batch.id);
}

async function download({ runtime }: FillingParts, { grant: { client } }: Call, batch: Batch): Promise<Answer> {
  const csv = await resultOf(runtime, client, batch);
  return csv === null ? answerError(apiError("batch_job_invalid_state_transition")) : savedAs(batch, csv);
}

async function answerBatch({ runtime }: FillingParts, client: string, batchId: string): Promise<Answer> {
  const batch = await batchOf(runtime, client, batchId);
  return batch === null ? notFound : answerJson(viewOf(batch));
}

function savedAs({ id }: Batch, csv: string): Answer {
  return {
    kind: "raw",
    status: 200,
    body: csv,
    contentType: "text/csv; charset=utf-8",
    headers: [
      ["content-disposition", `attachment; filename="${id}.csv"`],
      ["x-content-type-options", "nosniff"],
    ],
  };
}

function viewOf({ id, order, createdMs, status, startedMs, endedMs, rows, succeeded, failed, failure }: Batch): object {
  const { type, id: sourceId } = order.source;
  return {
    id,
    name: order.name,
    event_name: order.eventName ?? "",
    default_event_name: order.defaultEventName ?? "",
    event_columns: order.eventColumns,
    event_data: order.eventData,
    columns: order.columns.map(columnView),
    status,
    created_date: new Date(createdMs).toISOString(),
    started_date: startedMs === null ? null : new Date(startedMs).toISOString(),
    completed_date: endedMs === null ? null : new Date(endedMs).toISOString(),
    tags: order.tags,
    scopes: order.scopes,
    user_id: order.createdBy,
    data_source: type === "FILE_ASSET" ? { type, file_asset_id: sourceId } : { type, audience_list_id: sourceId },
    rows,
    success_rows: succeeded,
    failed_rows: failed,
    download_uri: `${path}/${id}/download`,
    topic_name: "",
    error_code: failure?.code ?? null,
    error_message: failure?.message ?? null,
    debug_message: null,
  };
}

function columnView({ type, name, prefix, policy }: BatchColumn): object {
  const by = type === "FULL_NAME_MATCH" ? { name } : { name_pattern: name };
  return { type, ...by, prefix, validation_policy: policy };
}
