// What a partition answers about the files and batches of its clients. Read only.

import type { Batch, BatchRow, RowEnd } from "../../model/batch.ts";
import type { FileAsset } from "../../model/file_asset.ts";
import type { PartitionState } from "../../model/state.ts";
import type { EngineContext } from "../context.ts";
import { bodyIn } from "../event/event_payload.ts";
import { BATCHES_ANSWER_LENGTH, FILES_PER_ANSWER } from "../limits.ts";
import { batchesOf, batchKey, batchPartKey } from "./batches.ts";
import { fileKey, filePartKey, filesOf } from "./file_assets.ts";

export type BatchQuery =
  /** The newest first, those before `beforeId`; null: all. Answers some of them. */
  | { readonly kind: "files"; readonly client: string; readonly beforeId: string | null }
  | { readonly kind: "file"; readonly client: string; readonly fileId: string }
  | { readonly kind: "file_part"; readonly client: string; readonly fileId: string; readonly part: number }
  /** As files. */
  | { readonly kind: "batches"; readonly client: string; readonly beforeId: string | null }
  | { readonly kind: "batch"; readonly client: string; readonly batchId: string }
  | { readonly kind: "batch_part"; readonly client: string; readonly batchId: string; readonly part: number };

export type BatchAnswer =
  | { readonly kind: "files"; readonly files: readonly FileAsset[]; readonly isMore: boolean }
  | { readonly kind: "file"; readonly file: FileAsset | null }
  /** Null: it is there no more. */
  | { readonly kind: "file_part"; readonly bytes: Uint8Array | null }
  | { readonly kind: "batches"; readonly batches: readonly Batch[]; readonly isMore: boolean }
  | { readonly kind: "batch"; readonly batch: Batch | null }
  /** The events of the rows, as JSON, none when they are there no more; what became of them, none when they were not handed out yet. */
  | { readonly kind: "batch_part"; readonly bodies: readonly string[]; readonly ends: readonly RowEnd[] };

export function answerBatchQuery({ state }: EngineContext, query: BatchQuery): BatchAnswer {
  switch (query.kind) {
    case "files":
      return listFiles(state, query.client, query.beforeId);
    case "file": {
      const file = state.find("fileAsset", fileKey(query));
      return { kind: "file", file: file === undefined || file.state === "COMING" ? null : file };
    }
    case "file_part":
      return { kind: "file_part", bytes: state.find("filePart", filePartKey(query, query.part))?.bytes ?? null };
    case "batches":
      return listBatches(state, query.client, query.beforeId);
    case "batch":
      return { kind: "batch", batch: state.find("batch", batchKey(query)) ?? null };
    case "batch_part": {
      const key = batchPartKey(query, query.part);
      const bodies = (state.find("batchRows", key)?.rows ?? []).map(bodyOf);
      return { kind: "batch_part", bodies, ends: state.find("batchEnds", key)?.ends ?? [] };
    }
  }
}

function bodyOf({ payload, refused }: BatchRow): string {
  return refused === null ? bodyIn(payload) : Buffer.from(payload).toString("utf8");
}

function listFiles(state: PartitionState, client: string, beforeId: string | null): BatchAnswer {
  const wanted = filesOf(state, client).filter(
    (file) => file.state !== "COMING" && (beforeId === null || file.id < beforeId),
  );
  return { kind: "files", files: wanted.slice(0, FILES_PER_ANSWER), isMore: wanted.length > FILES_PER_ANSWER };
}

function listBatches(state: PartitionState, client: string, beforeId: string | null): BatchAnswer {
  const wanted = batchesOf(state, client).filter(({ id }) => beforeId === null || id < beforeId);
  const batches: Batch[] = [];
  let length = 0;
  for (const batch of wanted) {
    length += JSON.stringify(batch).length;
    if (batches.length > 0 && length > BATCHES_ANSWER_LENGTH) break;
    batches.push(batch);
  }
  return { kind: "batches", batches, isMore: batches.length < wanted.length };
}
