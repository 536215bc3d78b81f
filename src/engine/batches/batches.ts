// Batches: begun, filled with their rows, changed, canceled, expired. What they do is in `batch_rows.ts`.
//
//   B1. One batch of a client is in progress at a time; of those that are whole the oldest goes on next.
//   B2. A canceled batch sends nothing more; what is on its way arrives, and is told of.
//   B3. What the rows said, and what became of each, is gone with the batch's expiry; that it was there is known until there are too many.

import type { ErrorCode } from "../../model/errors.ts";
import type { Batch, BatchFailure, BatchOrder, BatchRow, BatchStatus, BatchVerb } from "../../model/batch.ts";
import type { LogRecord } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { dueKey } from "../due.ts";
import { BATCH_COMING_MS, BATCH_KEPT_MS, BATCHES_KEPT_MAX } from "../limits.ts";

export interface BatchReference {
  readonly client: string;
  readonly batchId: string;
}

/** Answers with the batch's id. */
export interface BeginBatch {
  readonly kind: "begin_batch";
  readonly client: string;
  readonly order: BatchOrder;
}

/** The next of its rows. */
export interface AddBatchRows extends BatchReference {
  readonly kind: "add_batch_rows";
  readonly rows: readonly BatchRow[];
}

/** Its rows are all there, or cannot be had. */
export interface EndBatchRows extends BatchReference {
  readonly kind: "end_batch_rows";
  readonly failure: BatchFailure | null;
}

/** Null members stay as they are. */
export interface ChangeBatch extends BatchReference {
  readonly kind: "change_batch";
  readonly name: string | null;
  readonly scopes: readonly string[] | null;
  readonly tags: readonly string[] | null;
}

export interface SteerBatch extends BatchReference {
  readonly kind: "steer_batch";
  readonly verb: BatchVerb;
}

export function batchKey({ client, batchId }: BatchReference): string {
  return `${client}/${batchId}`;
}

export function batchPartKey(of: BatchReference, part: number): string {
  return `${batchKey(of)}/${part.toString().padStart(6, "0")}`;
}

/** The newest first. */
export function batchesOf(state: PartitionState, client: string): Batch[] {
  const all = { prefix: `${client}/`, after: null, limit: BATCHES_KEPT_MAX, isReverse: true };
  return state.list("batch", all).map(({ value }) => value);
}

export function beginBatch(turn: Turn, record: LogRecord, { client, order }: BeginBatch): void {
  const id = idOf(record);
  if (!makeRoom(turn, client)) return refuse(turn, id, "too_many_requests");
  const batch: Batch = {
    id,
    order,
    createdMs: turn.nowMs,
    status: "PENDING",
    startedMs: null,
    endedMs: null,
    parts: 0,
    rows: 0,
    next: 0,
    sent: 0,
    done: 0,
    succeeded: 0,
    failed: 0,
    failure: null,
    dueMs: 0,
  };
  turn.state.put("batch", batchKey({ client, batchId: id }), batch);
  setBatchDue(turn, client, batch, turn.nowMs + BATCH_COMING_MS);
  reply(turn, id, { personId: null, errorCode: null, value: id });
}

export function addBatchRows(turn: Turn, record: LogRecord, command: AddBatchRows): void {
  const id = idOf(record);
  const batch = turn.state.edit("batch", batchKey(command));
  if (batch?.status !== "PENDING") return refuse(turn, id, "batch_job_invalid_state_transition");
  turn.state.put("batchRows", batchPartKey(command, batch.parts++), { rows: command.rows });
  batch.rows += command.rows.length;
  reply(turn, id, { personId: null, errorCode: null });
}

/** @param advance goes on with the client's batches */
export function endBatchRows(
  turn: Turn,
  record: LogRecord,
  command: EndBatchRows,
  advance: (turn: Turn, client: string) => void,
): void {
  const id = idOf(record);
  const batch = turn.state.edit("batch", batchKey(command));
  if (batch?.status !== "PENDING") return refuse(turn, id, "batch_job_invalid_state_transition");
  if (command.failure !== null) {
    dropRows(turn, command.client, batch);
    batch.failure = command.failure;
    endBatch(turn, command.client, batch, "FAILED");
  } else {
    batch.status = "QUEUED";
    batch.dueMs = 0;
    advance(turn, command.client);
  }
  reply(turn, id, { personId: null, errorCode: null, value: batch.id });
}

export function changeBatch(turn: Turn, record: LogRecord, command: ChangeBatch): void {
  const id = idOf(record);
  const batch = turn.state.edit("batch", batchKey(command));
  if (batch === undefined) return refuse(turn, id, "batch_job_not_found");
  const { order } = batch;
  const { name, scopes, tags } = command;
  batch.order = { ...order, name: name ?? order.name, scopes: scopes ?? order.scopes, tags: tags ?? order.tags };
  reply(turn, id, { personId: null, errorCode: null, value: batch.id });
}

export function steerBatch(
  turn: Turn,
  record: LogRecord,
  command: SteerBatch,
  advance: (turn: Turn, client: string) => void,
): void {
  const id = idOf(record);
  const { client, verb } = command;
  const batch = turn.state.edit("batch", batchKey(command));
  if (batch === undefined) return refuse(turn, id, "batch_job_not_found");
  const refusal = refusalOf(verb, batch.status);
  if (refusal !== null) return refuse(turn, id, refusal);
  if (verb === "cancel") {
    endBatch(turn, client, batch, "CANCELED");
    advance(turn, client);
  } else if (verb === "expire") expireBatch(turn, client, batch);
  else forget(turn, client, batch);
  reply(turn, id, { personId: null, errorCode: null, value: batch.id });
}

/** Its rows did not come. */
export function giveUpBatch(turn: Turn, client: string, batch: Batch): void {
  dropRows(turn, client, batch);
  batch.failure = { code: "batch_job_data_source_empty", message: "Its rows did not arrive." };
  endBatch(turn, client, batch, "FAILED");
}

/** Its rows stay until it expires. */
export function endBatch(turn: Turn, client: string, batch: Batch, status: "CANCELED" | "DONE" | "FAILED"): void {
  batch.status = status;
  batch.endedMs = turn.nowMs;
  setBatchDue(turn, client, batch, turn.nowMs + BATCH_KEPT_MS);
}

const ended: ReadonlySet<BatchStatus> = new Set(["CANCELED", "DONE", "EXPIRED", "FAILED"]);

/** Null: it may be done. */
function refusalOf(verb: BatchVerb, status: BatchStatus): ErrorCode | null {
  const hasEnded = ended.has(status);
  switch (verb) {
    case "cancel":
      return hasEnded ? "batch_job_invalid_state_transition" : null;
    case "expire":
      return hasEnded && status !== "EXPIRED" ? null : "batch_job_invalid_state_transition";
    case "delete":
      return hasEnded ? null : "batch_job_delete_not_allowed";
  }
}

/** B3. False when there is none. */
function makeRoom(turn: Turn, client: string): boolean {
  const batches = batchesOf(turn.state, client);
  if (batches.length < BATCHES_KEPT_MAX) return true;
  const oldest = batches.findLast(({ status }) => ended.has(status));
  if (oldest === undefined) return false;
  forget(turn, client, oldest);
  return true;
}

export function expireBatch(turn: Turn, client: string, batch: Batch): void {
  dropRows(turn, client, batch);
  batch.status = "EXPIRED";
  batch.dueMs = 0;
}

function forget(turn: Turn, client: string, batch: Batch): void {
  dropRows(turn, client, batch);
  turn.state.remove("batch", batchKey({ client, batchId: batch.id }));
}

function dropRows(turn: Turn, client: string, batch: Batch): void {
  for (let part = 0; part < batch.parts; part++) {
    const key = batchPartKey({ client, batchId: batch.id }, part);
    turn.state.remove("batchRows", key);
    turn.state.remove("batchEnds", key);
  }
  batch.parts = 0;
}

export function setBatchDue(turn: Turn, client: string, batch: Batch, dueMs: number): void {
  batch.dueMs = dueMs;
  turn.state.put("timer", dueKey(dueMs, `batch/${client}/${batch.id}`), { client, batchId: batch.id, dueMs });
}

function refuse(turn: Turn, id: string, errorCode: ErrorCode): void {
  reply(turn, id, { personId: null, errorCode });
}
