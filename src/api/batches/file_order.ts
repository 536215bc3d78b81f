// What is asked of a file: its name, format and tags.

import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError, type ErrorCode } from "../../model/errors.ts";
import { type FileFormat, fileFormats } from "../../model/file_asset.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import { fieldJson } from "../http/field_json.ts";
import type { ReceivedForm } from "../http/multipart.ts";
import { FILE_NAME_LENGTH_MAX, FILE_TAGS_MAX } from "../limits.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";
import { formatOfName } from "../tables/table_slices.ts";

export interface FileOrder {
  readonly name: string;
  /** Or it is what the file was called where it comes from. */
  readonly isNameGiven: boolean;
  readonly format: FileFormat;
  readonly tags: readonly string[];
}

/** In the form beside the file: as JSON under the contract's name, or as fields of their own. */
export function fileOrder({ fields, file }: ReceivedForm): Result<FileOrder, ApiError> {
  if (file === null || file.bytes.length === 0) return fail(apiError("file_asset_input_file_missing"));
  const said = fieldJson(fields.get("fileAssetMetadata") ?? "{}");
  if (!said.ok) return said;
  const metadata: JsonObject = objectOf(said.value);
  const given = textOf(metadata, "name") ?? fields.get("name") ?? null;
  const name = nameIn(given ?? file.name);
  if (name === null) return fail(apiError("file_asset_invalid_name", { limit: FILE_NAME_LENGTH_MAX }));
  const tags = tagsIn(memberOf(metadata, "tags") ?? fields.get("tags")?.split(",") ?? [], "file_asset_invalid_tags");
  if (!tags.ok) return tags;
  const wanted = textOf(metadata, "format") ?? fields.get("format") ?? null;
  const format = wanted === null ? formatOfName(file.name) : fileFormats.find((own) => own === wanted.toUpperCase());
  if (format === null || format === undefined)
    return fail(apiError("file_asset_file_processing_error", { formats: fileFormats.join(", ") }));
  return ok({ name, isNameGiven: given !== null, format, tags: tags.value });
}

/** Trimmed; null when it can be no name. */
export function nameIn(text: string): string | null {
  const name = text.trim();
  return name === "" || name.length > FILE_NAME_LENGTH_MAX || /[\p{Cc}\p{Cs}]/u.test(name) ? null : name;
}

/** Each once. */
export function tagsIn(value: JsonValue, code: ErrorCode): Result<readonly string[], ApiError> {
  const tags: string[] = [];
  for (const tag of Array.isArray(value) ? value : [value]) {
    const text = typeof tag === "string" ? nameIn(tag) : null;
    if (text === null) return fail(apiError(code));
    if (!tags.includes(text)) tags.push(text);
  }
  return tags.length > FILE_TAGS_MAX ? fail(apiError(code, { limit: FILE_TAGS_MAX })) : ok(tags);
}
