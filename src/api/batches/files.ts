// Operations on file assets: brought as a form, listed, read back, renamed, expired.

import { apiError } from "../../model/errors.ts";
import { type FileAsset, fileFormats, fileStatuses } from "../../model/file_asset.ts";
import type { JsonObject } from "../../model/json.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import type { ReceivedForm } from "../http/multipart.ts";
import { QueryReader, wholePages } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { FILE_BYTES_MAX, FILE_NAME_LENGTH_MAX, FORM_BYTES_BESIDE_MAX } from "../limits.ts";
import { isNamed } from "../management/name_filter.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { lists, oneOf, paging, texts } from "../server/parameters.ts";
import { date, exactly, listOf, number, text, textOrNull } from "../server/schema_words.ts";
import { eventScopes, readScopes } from "../server/scopes.ts";
import { tableSlices } from "../tables/table_slices.ts";
import { tableText } from "../tables/table_text.ts";
import { commanded, fileOf, filesOf } from "./file_desk.ts";
import { bringFile, bytesOf } from "./file_content.ts";
import { fileOrder, nameIn, tagsIn } from "./file_order.ts";

const path = "/v6/files";
const one = `${path}/{fileId}`;

const fileSchema: JsonSchema = exactly({
  id: text,
  name: text,
  format: { enum: [...fileFormats] },
  status: { enum: [...fileStatuses] },
  tags: listOf(text),
  size: number,
  rows: number,
  user_id: text,
  created_date: date,
  updated_date: date,
  expiration_date: textOrNull,
  download_uri: text,
});

const fileParameters: readonly QueryParameter[] = [
  ...texts("name", "user_id"),
  ...lists("tags"),
  { name: "statuses", schema: oneOf(fileStatuses) },
  ...paging,
];

export function fileRoutes(runtime: RuntimeClient): AnswerRoute[] {
  const read = { kind: "answer", method: "GET", scopes: readScopes, query: [], request: null } as const;
  const write = { kind: "answer", scopes: eventScopes, query: [], response: fileSchema } as const;
  const ofFile = (work: (call: Call, file: FileAsset) => Promise<Answer> | Answer) => async (call: Call) => {
    const file = await fileOf(runtime, call.grant.client, call.params[0] ?? "");
    return file === null ? answerError(apiError("file_asset_not_found")) : work(call, file);
  };
  const steering = (operation: string, verb: "expire" | "delete", summary: string): AnswerRoute => ({
    ...write,
    operation,
    ...(verb === "expire" ? { method: "POST", path: `${one}/expire` } : { method: "DELETE", path: one }),
    summary,
    request: null,
    run: ofFile((call, file) => steered(runtime, call, file, verb)),
  });
  return [
    {
      ...read,
      query: fileParameters,
      operation: "listFiles",
      path,
      summary: "List files, the newest first",
      response: listOf(fileSchema),
      run: (call) => listed(runtime, call),
    },
    {
      ...write,
      operation: "createFile",
      method: "POST",
      path,
      summary: "Bring a table as a form: a file, and what it is to be called",
      request: { type: "object" },
      bodyBytesMax: FILE_BYTES_MAX + FORM_BYTES_BESIDE_MAX,
      run: async () => answerError(apiError("unsupported_media_type")),
      runForm: (call, form) => brought(runtime, call, form),
    },
    {
      ...read,
      operation: "getFile",
      path: one,
      summary: "Read what a file is",
      response: fileSchema,
      run: ofFile((_call, file) => answerJson(fileView(file))),
    },
    {
      ...write,
      operation: "updateFile",
      method: "PUT",
      path: one,
      summary: "Rename a file, or give it other tags",
      request: { type: "object", properties: { name: text, tags: listOf(text) }, additionalProperties: false },
      run: ofFile((call, file) => changed(runtime, call, file)),
    },
    steering("expireFile", "expire", "Forget what a file says"),
    steering("deleteFile", "delete", "Forget a file"),
    {
      ...read,
      operation: "downloadFile",
      query: paging,
      path: `${one}/download`,
      summary: "A file as it was brought, or some of its rows",
      response: null,
      run: ofFile((call, file) => download(runtime, call, file)),
    },
  ];
}

async function brought(runtime: RuntimeClient, { grant }: Call, form: ReceivedForm): Promise<Answer> {
  const order = fileOrder(form);
  if (!order.ok) return answerError(order.error);
  const bytes = form.file?.bytes ?? Buffer.alloc(0);
  if (bytes.length > FILE_BYTES_MAX) return answerError(apiError("request_too_large", { limit: FILE_BYTES_MAX }));
  const { client, identity: createdBy = "" } = grant;
  const file = await bringFile(runtime, { client, createdBy }, order.value, bytes);
  return file.ok ? answerFile(runtime, client, file.value) : answerError(file.error);
}

async function steered(
  runtime: RuntimeClient,
  { grant: { client } }: Call,
  file: FileAsset,
  verb: "expire" | "delete",
): Promise<Answer> {
  const done = await commanded(runtime, { kind: "steer_file", client, fileId: file.id, verb });
  if (!done.ok) return answerError(done.error);
  return verb === "expire" ? answerFile(runtime, client, file.id) : answerJson(fileView(file));
}

async function listed(runtime: RuntimeClient, { grant, query: given }: Call): Promise<Answer> {
  const query = new QueryReader(given);
  const [name, userId, tags] = [query.text("name"), query.text("user_id"), query.list("tags")];
  const statuses = query.oneOf("statuses", fileStatuses, "invalid_parameter");
  const { limit, offset } = query.page();
  if (query.error !== null) return answerError(query.error);
  const found = (await filesOf(runtime, grant.client)).filter(
    (file) =>
      (name === null || isNamed(file.name, name)) &&
      (userId === null || file.createdBy === userId) &&
      tags.every((tag) => file.tags.includes(tag)) &&
      (statuses.length === 0 || statuses.includes(file.state)),
  );
  return answerJson(found.slice(offset, offset + limit).map(fileView));
}

async function changed(runtime: RuntimeClient, { grant: { client }, body }: Call, { id }: FileAsset): Promise<Answer> {
  const given = textOf(body, "name");
  const name = given === null ? null : nameIn(given);
  if (given !== null && name === null)
    return answerError(apiError("file_asset_invalid_name", { limit: FILE_NAME_LENGTH_MAX }));
  const wanted = memberOf(body, "tags");
  const tags = wanted === null ? null : tagsIn(wanted, "file_asset_invalid_tags");
  if (tags !== null && !tags.ok) return answerError(tags.error);
  const done = await commanded(runtime, { kind: "change_file", client, fileId: id, name, tags: tags?.value ?? null });
  return done.ok ? answerFile(runtime, client, id) : answerError(done.error);
}

async function answerFile(runtime: RuntimeClient, client: string, fileId: string): Promise<Answer> {
  const file = await fileOf(runtime, client, fileId);
  return file === null ? answerError(apiError("file_asset_not_found")) : answerJson(fileView(file));
}

async function download(runtime: RuntimeClient, { grant, query: given }: Call, file: FileAsset): Promise<Answer> {
  const query = new QueryReader(given);
  const isOfRows = query.text("limit") !== null || query.text("offset") !== null;
  const { limit, offset } = query.page(wholePages);
  if (query.error !== null) return answerError(query.error);
  const bytes = await bytesOf(runtime, grant.client, file);
  if (bytes === null) return answerError(apiError("file_asset_expired"));
  return saved(file, isOfRows ? Buffer.from(await rowsOf(file, bytes, { limit, offset })) : bytes);
}

/** Of a workbook as CSV. */
async function rowsOf(
  { format }: FileAsset,
  bytes: Buffer,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<string> {
  const rows: JsonObject[] = [];
  const columns = new Set<string>();
  let at = 0;
  for await (const slice of tableSlices(bytes, format)) {
    if (!slice.ok) break;
    const from = Math.max(0, offset - at);
    for (const row of slice.value.rows.slice(from, from + limit - rows.length)) rows.push(row);
    for (const name of slice.value.columns) columns.add(name);
    at += slice.value.rows.length;
    if (rows.length === limit) break;
  }
  return tableText([...columns], rows, format === "XLSX" ? "CSV" : format);
}

const contentTypes = {
  CSV: "text/csv; charset=utf-8",
  JSON: "application/json",
  JSONL: "application/x-ndjson",
  PSV: "text/plain; charset=utf-8",
  XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const;

/** To be saved, never to be shown in the place of a page of ours. */
function saved({ id, format }: FileAsset, body: Buffer): Answer {
  return {
    kind: "raw",
    status: 200,
    body,
    contentType: contentTypes[format],
    headers: [
      ["content-disposition", `attachment; filename="${id}.${format.toLowerCase()}"`],
      ["x-content-type-options", "nosniff"],
    ],
  };
}

function fileView(file: FileAsset): object {
  const { id, name, format, state, tags, bytes, rows, createdBy, createdMs, updatedMs, dueMs } = file;
  return {
    id,
    name,
    format,
    status: state,
    tags,
    size: bytes,
    rows,
    user_id: createdBy,
    created_date: new Date(createdMs).toISOString(),
    updated_date: new Date(updatedMs).toISOString(),
    expiration_date: dueMs === 0 ? null : new Date(dueMs).toISOString(),
    download_uri: `${path}/${id}/download`,
  };
}
