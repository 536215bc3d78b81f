// The bytes of a file asset: brought in and read back in parts.

import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { FileAsset } from "../../model/file_asset.ts";
import type { RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";
import { FILE_PART_BYTES } from "../limits.ts";
import { tableSlices } from "../tables/table_slices.ts";
import { commanded, commandedInOrder, filePart } from "./file_desk.ts";
import type { FileOrder } from "./file_order.ts";

/** The id of the new file. It is read before anything is kept: what is no table is refused with the first row that is none. */
export async function bringFile(
  runtime: RuntimeClient,
  of: { readonly client: string; readonly createdBy: string },
  order: FileOrder,
  bytes: Buffer,
): Promise<Result<string, ApiError>> {
  if (isEncrypted(bytes)) return fail(apiError("decryption_error"));
  const rows = await countRows(bytes, order);
  if (!rows.ok) return rows;
  const begin = { kind: "begin_file", ...of, ...order, bytes: bytes.length, rows: rows.value } as const;
  const begun = await commanded(runtime, begin);
  if (!begun.ok) return begun;
  const fileId = String(begun.value);
  const { client } = of;
  const error = await commandedInOrder(runtime, partsOf({ client, fileId }, bytes));
  if (error !== null) return fail(error);
  const ended = await commanded(runtime, { kind: "end_file", client, fileId });
  return ended.ok ? ok(fileId) : ended;
}

/** Null: they are there no more. */
export async function bytesOf(runtime: RuntimeClient, client: string, file: FileAsset): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  for (let part = 0; part < file.parts; part++) {
    const bytes = await filePart(runtime, { client, fileId: file.id, part });
    if (bytes === null) return null;
    parts.push(bytes);
  }
  return file.state === "AVAILABLE" ? Buffer.concat(parts) : null;
}

function* partsOf(of: { readonly client: string; readonly fileId: string }, bytes: Buffer): Iterable<RuntimeCommand> {
  for (let from = 0; from < bytes.length; from += FILE_PART_BYTES)
    yield { kind: "add_file_part", ...of, bytes: bytes.subarray(from, from + FILE_PART_BYTES) };
}

async function countRows(bytes: Buffer, { format }: FileOrder): Promise<Result<number, ApiError>> {
  let rows = 0;
  for await (const slice of tableSlices(bytes, format)) {
    if (!slice.ok) return fail(apiError("file_asset_file_processing_error", { ...slice.error }));
    rows += slice.value.rows.length;
  }
  return ok(rows);
}

/** As text; what is encrypted as bytes is no text, and is refused as such. */
function isEncrypted(bytes: Buffer): boolean {
  return bytes.subarray(0, PGP_HEAD.length).equals(PGP_HEAD);
}

const PGP_HEAD = Buffer.from("-----BEGIN PGP MESSAGE-----");
