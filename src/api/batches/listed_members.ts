// Members of a list that came as a file: each row a person by its e-mail, the other columns what the list says of the person.

import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { LISTED_MEMBERS_BYTES_MAX, LISTED_MEMBERS_MAX } from "../limits.ts";
import type { GivenMember } from "../management/given_member.ts";
import { tableSlices } from "../tables/table_slices.ts";
import { bytesOf } from "./file_content.ts";
import { fileOf } from "./file_desk.ts";

export async function membersInFile(
  runtime: RuntimeClient,
  client: string,
  fileId: string,
): Promise<Result<readonly GivenMember[], ApiError>> {
  const file = await fileOf(runtime, client, fileId);
  const bytes = file === null ? null : await bytesOf(runtime, client, file);
  if (file === null || bytes === null) return fail(apiError(codes.notFound, { file_asset_id: fileId }));
  if (file.rows === 0) return fail(apiError(codes.empty));
  const members: GivenMember[] = [];
  let length = 0;
  for await (const slice of tableSlices(bytes, file.format)) {
    if (!slice.ok) return fail(apiError("file_asset_file_processing_error", { ...slice.error }));
    const column = slice.value.columns.find((name) => name.toLowerCase() === "email");
    if (column === undefined) return fail(apiError(codes.unsupported, { missing: "email" }));
    for (const row of slice.value.rows) {
      members.push(memberOf(row, column));
      length += JSON.stringify(row).length;
      if (members.length > LISTED_MEMBERS_MAX || length > LISTED_MEMBERS_BYTES_MAX)
        return fail(apiError("request_too_large", { limit: LISTED_MEMBERS_BYTES_MAX, rows: LISTED_MEMBERS_MAX }));
    }
  }
  return ok(members);
}

const codes = {
  notFound: "modification_audience_operation_file_asset_data_source_file_asset_not_found",
  empty: "modification_audience_operation_file_asset_data_source_empty_file_asset",
  unsupported: "modification_audience_operation_file_asset_data_source_unsupported_file_asset_format",
} as const;

function memberOf(row: JsonObject, column: string): GivenMember {
  const { [column]: email = "", ...data } = row;
  return { email: typeof email === "string" ? email : "", data };
}
