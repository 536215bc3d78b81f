// Where the rows of a batch come from: a file, or the members of an audience.

import { fail, ok, type Result } from "../../base/result.ts";
import { audienceError } from "../../management/mod.ts";
import type { BatchOrder, BatchSource } from "../../model/batch.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { FileAsset } from "../../model/file_asset.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { BATCH_PART_ROWS, MEMBERS_EXPORTED_MAX } from "../limits.ts";
import { listMembers, type Member } from "../management/member_scan.ts";
import { tableSlices, type TableSlice } from "../tables/table_slices.ts";
import { bytesOf } from "./file_content.ts";
import { fileOf } from "./file_desk.ts";

export interface SourceParts {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
}

/** A source that is there, and what a batch without a name of its own is called. */
export type FoundSource =
  | { readonly kind: "file"; readonly name: string; readonly file: FileAsset }
  | { readonly kind: "audience"; readonly name: string; readonly audienceId: string };

/** What is wrong with the rows, as the batch keeps it. */
export type SourceFault = string;

export async function findSource(
  { runtime, configuration }: SourceParts,
  client: string,
  { type, id }: BatchSource,
): Promise<Result<FoundSource, ApiError>> {
  if (type === "AUDIENCE_LIST") {
    const current = await configuration.read(client);
    const error = audienceError(current, id);
    return error === null ? ok({ kind: "audience", name: id, audienceId: id }) : fail(error);
  }
  const file = await fileOf(runtime, client, id);
  if (file === null) return fail(apiError("file_asset_not_found", { file_asset_id: id }));
  if (file.state !== "AVAILABLE") return fail(apiError("file_asset_expired", { file_asset_id: id }));
  return file.rows === 0 ? fail(apiError("batch_job_data_source_empty")) : ok({ kind: "file", name: file.name, file });
}

export async function* sourceSlices(
  { runtime }: SourceParts,
  { client, order }: { readonly client: string; readonly order: BatchOrder },
  source: FoundSource,
): AsyncGenerator<Result<TableSlice, SourceFault>, void, undefined> {
  if (source.kind === "audience") {
    yield* memberSlices(runtime, { client, audienceId: source.audienceId, shown: order.eventColumns });
    return;
  }
  const bytes = await bytesOf(runtime, client, source.file);
  if (bytes === null) return yield fail("The file has expired.");
  for await (const slice of tableSlices(bytes, source.file.format)) {
    yield slice.ok ? slice : fail(`Row ${slice.error.row}: ${slice.error.what}`);
  }
}

/** Each member as a row: who it is, and of its data the columns that are asked for. */
async function* memberSlices(
  runtime: RuntimeClient,
  of: { readonly client: string; readonly audienceId: string; readonly shown: readonly string[] },
): AsyncGenerator<Result<TableSlice, SourceFault>, void, undefined> {
  const bounds = { skip: 0, limit: MEMBERS_EXPORTED_MAX + 1, lookedMax: MEMBERS_EXPORTED_MAX };
  const found = await listMembers(runtime, { ...of, isReverse: false, has: [], ...bounds });
  if (found === "too_many" || found.length > MEMBERS_EXPORTED_MAX)
    return yield fail(`The audience has more than ${MEMBERS_EXPORTED_MAX} members.`);
  for (let from = 0; from < found.length; from += BATCH_PART_ROWS)
    yield ok({ columns: ["person_id", ...of.shown], rows: found.slice(from, from + BATCH_PART_ROWS).map(rowOf) });
}

function rowOf({ id, data }: Member): JsonObject {
  const own = Object.entries(data).map(([name, datum]) => [name, datum.value] as const);
  return { ...Object.fromEntries(own), person_id: id };
}
