// Questions and commands to the partition that keeps a client's files and batches.

import { assert } from "../../base/assert.ts";
import { partitionOf } from "../../base/hash.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Batch } from "../../model/batch.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { FileAsset } from "../../model/file_asset.ts";
import type { RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";
import { PARTS_AT_ONCE } from "../limits.ts";
import { commandInOrder } from "../server/in_order.ts";

type Query = Parameters<RuntimeClient["query"]>[1];
type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;
type AnswerOf<K extends QueryAnswer["kind"]> = Extract<QueryAnswer, { readonly kind: K }>;

/** What the command answered with, or why it was refused. */
export async function commanded(runtime: RuntimeClient, command: RuntimeCommand): Promise<Result<unknown, ApiError>> {
  const { errorCode, value } = await runtime.command(command);
  return errorCode === null ? ok(value) : fail(refusalOf(errorCode));
}

/** Commands in their order, a few on their way at a time. The first refusal, behind which nothing more is sent. */
export async function commandedInOrder(
  runtime: RuntimeClient,
  commands: AsyncIterable<RuntimeCommand> | Iterable<RuntimeCommand>,
): Promise<ApiError | null> {
  const refused = await commandInOrder(runtime, commands, PARTS_AT_ONCE);
  return refused === null ? null : refusalOf(refused.errorCode);
}

function refusalOf(errorCode: string | null): ApiError {
  assert(
    errorCode !== null && isErrorCode(errorCode),
    `a command was refused with a code that is not in the catalogue: ${errorCode}`,
  );
  return apiError(errorCode);
}

export async function fileOf(runtime: RuntimeClient, client: string, fileId: string): Promise<FileAsset | null> {
  return (await asked(runtime, { kind: "file", client, fileId })).file;
}

/** The newest first. */
export async function filesOf(runtime: RuntimeClient, client: string): Promise<FileAsset[]> {
  const found: FileAsset[] = [];
  for (let beforeId: string | null = null; ; ) {
    const { files, isMore }: AnswerOf<"files"> = await asked(runtime, { kind: "files", client, beforeId });
    found.push(...files);
    beforeId = files.at(-1)?.id ?? null;
    if (!isMore || beforeId === null) return found;
  }
}

export async function batchOf(runtime: RuntimeClient, client: string, batchId: string): Promise<Batch | null> {
  return (await asked(runtime, { kind: "batch", client, batchId })).batch;
}

/** The newest first. */
export async function batchesOf(runtime: RuntimeClient, client: string): Promise<Batch[]> {
  const found: Batch[] = [];
  for (let beforeId: string | null = null; ; ) {
    const { batches, isMore }: AnswerOf<"batches"> = await asked(runtime, { kind: "batches", client, beforeId });
    found.push(...batches);
    beforeId = batches.at(-1)?.id ?? null;
    if (!isMore || beforeId === null) return found;
  }
}

export async function filePart(
  runtime: RuntimeClient,
  of: { readonly client: string; readonly fileId: string; readonly part: number },
): Promise<Uint8Array | null> {
  return (await asked(runtime, { kind: "file_part", ...of })).bytes;
}

export function batchPart(
  runtime: RuntimeClient,
  of: { readonly client: string; readonly batchId: string; readonly part: number },
): Promise<AnswerOf<"batch_part">> {
  return asked(runtime, { kind: "batch_part", ...of });
}

type FilesQuery = Extract<
  Query,
  { readonly kind: "files" | "file" | "file_part" | "batches" | "batch" | "batch_part" }
>;

async function asked<K extends FilesQuery["kind"]>(
  runtime: RuntimeClient,
  query: Extract<FilesQuery, { readonly kind: K }>,
): Promise<AnswerOf<K>> {
  const answer = await runtime.query(partitionOf(query.client, "files", runtime.partitions), query);
  assert(answer.kind === query.kind, `asked for ${query.kind}, answered ${answer.kind}`);
  return answer as AnswerOf<K>;
}
