// Rows become events, as they would if each had come by itself, and are brought to their batch in parts.

import { rowReader, type RowReader } from "../../management/mod.ts";
import type { BatchFailure, BatchOrder, BatchRow } from "../../model/batch.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import { EventRefused, type RuntimeCommand } from "../../runtime/client.ts";
import type { TokenScope } from "../http/auth.ts";
import { BATCH_PART_BYTES_MAX, BATCH_PART_ROWS } from "../limits.ts";
import type { EventGate } from "../server/event_gate.ts";
import type { DescribeSender } from "../server/sender.ts";
import { type FoundSource, sourceSlices, type SourceParts } from "./batch_source.ts";
import { commanded, commandedInOrder } from "./file_desk.ts";

export interface FillingParts extends SourceParts {
  readonly gate: EventGate;
  readonly describeSender: DescribeSender;
}

export interface NewBatch {
  readonly client: string;
  readonly batchId: string;
  readonly order: BatchOrder;
  /** Of whoever orders the batch: its events are theirs. */
  readonly scopes: readonly TokenScope[];
}

/** Brings the rows; the batch begins, or has failed as a whole. Why it could not be told. */
export async function fillBatch(parts: FillingParts, batch: NewBatch, source: FoundSource): Promise<ApiError | null> {
  const { runtime } = parts;
  const { client, batchId } = batch;
  const end: { failure: BatchFailure | null } = { failure: null };
  const fail = (failure: BatchFailure): void => {
    end.failure = failure;
  };
  const error = await commandedInOrder(runtime, partsOf(parts, batch, source, fail));
  if (error !== null) return error;
  const ended = await commanded(runtime, { kind: "end_batch_rows", client, batchId, failure: end.failure });
  return ended.ok ? null : ended.error;
}

async function* partsOf(
  parts: FillingParts,
  batch: NewBatch,
  source: FoundSource,
  fail: (failure: BatchFailure) => void,
): AsyncGenerator<RuntimeCommand, void, undefined> {
  const { client, batchId, order } = batch;
  const reader = rowReader(order);
  if (!reader.ok) return fail({ code: "invalid_parameter", message: reader.error });
  let rows: BatchRow[] = [];
  let bytes = 0;
  let count = 0;
  let isFirst = true;
  for await (const slice of sourceSlices(parts, batch, source)) {
    if (!slice.ok) return fail({ code: "file_asset_file_processing_error", message: slice.error });
    const missing = isFirst ? reader.value.missingColumn(slice.value.columns) : null;
    if (missing !== null) return fail({ code: "missing_column", message: `There is no column ${missing}.` });
    isFirst = false;
    count += slice.value.rows.length;
    for (const given of slice.value.rows) {
      const row = rowOf(parts, batch, reader.value, given);
      if (rows.length > 0 && bytes + row.payload.length > BATCH_PART_BYTES_MAX) {
        yield { kind: "add_batch_rows", client, batchId, rows };
        [rows, bytes] = [[], 0];
      }
      rows.push(row);
      bytes += row.payload.length;
      if (rows.length < BATCH_PART_ROWS) continue;
      yield { kind: "add_batch_rows", client, batchId, rows };
      [rows, bytes] = [[], 0];
    }
  }
  if (rows.length > 0) yield { kind: "add_batch_rows", client, batchId, rows };
  if (count === 0) fail({ code: "batch_job_data_source_empty", message: "There are no rows." });
}

function rowOf(parts: FillingParts, { client, scopes }: NewBatch, reader: RowReader, given: JsonObject): BatchRow {
  const { runtime, gate, describeSender } = parts;
  const read = reader.read(given);
  if (!read.ok) return refusedRow(bodyOf({ data: given }), apiError("invalid_parameter", { name: read.error }));
  const { name, time, data } = read.value;
  const body = bodyOf({
    ...(name === null ? {} : { event_name: name }),
    ...(time === undefined ? {} : { event_time: time }),
    data,
  });
  const checked = gate.check(body, 0, body.length, "envelope");
  if (!checked.ok) return refusedRow(body, checked.error);
  const enrichment = describeSender(checked.value.data, scopes);
  try {
    const event = { client, form: "envelope", name: "", body, ...checked.value, enrichment, describeSender } as const;
    return { payload: runtime.payloadOf(event), refused: null };
  } catch (error) {
    if (error instanceof EventRefused) return refusedRow(body, error.error);
    throw error;
  }
}

/** Kept as it was read, so that the result can show it. */
function refusedRow(payload: Buffer, { code, parameters }: ApiError): BatchRow {
  const detail = Object.entries(parameters).map(([name, value]) => `${name}: ${String(value)}`);
  return { payload, refused: { code, detail: detail.join(", ") } };
}

function bodyOf(body: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(body));
}
