// Batch rows: the events that a batch sends, and what becomes of them.
//
//   R1. A part begins when little of the one before is on its way: what a batch has there is bounded, however long it is, and events from outside wait
//       behind no more than that. Each begins with a tick: they are held back while there is much to do, none come while the server stops, and none before it has started.
//   R2. Each row is an event as if it had come from outside under an id of its own: a record of its own in its person's trail.
//   R3. Every row is told of once, as a person or a code, when its event was processed or refused (`EventInFlight.row`).

import { idHalvesOf } from "../../base/ids.ts";
import type { Batch, BatchRow, RowEnd, RowReference } from "../../model/batch.ts";
import type { BatchTimer } from "../../model/timer.ts";
import type { EventInFlight } from "../../model/in_flight.ts";
import { type KeyNames, routeEvent } from "../1_route.ts";
import { newId, programOf, send, type Turn } from "../context.ts";
import { decodeEventPayload } from "../event/event_payload.ts";
import { BATCH_ROWS_AHEAD } from "../limits.ts";
import {
  batchesOf,
  batchKey,
  batchPartKey,
  type BatchReference,
  endBatch,
  expireBatch,
  giveUpBatch,
  setBatchDue,
} from "./batches.ts";
import { partitionOfFiles } from "./file_assets.ts";

/** An event of a row was dealt with. */
export interface RowDone {
  readonly client: string;
  readonly row: RowReference;
  readonly personId: string | null;
  readonly errorCode: string | null;
}

/** Begins with the next batch of the client, if none is in progress (B1). */
export function beginNextBatch(turn: Turn, client: string): void {
  const batches = batchesOf(turn.state, client);
  if (batches.some(({ status }) => status === "IN_PROGRESS")) return;
  const oldest = batches.findLast(({ status }) => status === "QUEUED");
  const batch = oldest === undefined ? undefined : turn.state.edit("batch", batchKey({ client, batchId: oldest.id }));
  if (batch === undefined) return;
  batch.status = "IN_PROGRESS";
  batch.startedMs = turn.nowMs;
  setBatchDue(turn, client, batch, turn.nowMs);
}

export function batchDue(turn: Turn, { client, batchId, dueMs }: BatchTimer): void {
  const batch = turn.state.edit("batch", batchKey({ client, batchId }));
  if (batch?.dueMs !== dueMs) return;
  if (batch.status === "PENDING") giveUpBatch(turn, client, batch);
  else if (batch.status === "IN_PROGRESS") beginPart(turn, { client, batchId }, batch);
  else expireBatch(turn, client, batch);
}

/** R3. */
export function rowDone(turn: Turn, { client, row, personId, errorCode }: RowDone): void {
  const of = { client, batchId: row.batchId };
  const batch = turn.state.edit("batch", batchKey(of));
  if (batch === undefined) return;
  batch.done++;
  if (errorCode === null) batch.succeeded++;
  else batch.failed++;
  const end = turn.state.edit("batchEnds", batchPartKey(of, row.part))?.ends[row.at];
  if (end !== undefined) {
    end.personId = personId;
    end.errorCode = errorCode;
  }
  goOn(turn, client, batch);
}

/** Tells the batch, if the event is one of its rows, how it ended. */
export function tellBatch(turn: Turn, { client, row }: EventInFlight, end: Omit<RowDone, "client" | "row">): void {
  if (row === undefined) return;
  send(turn, partitionOfFiles(client, turn.context.partitions), { kind: "row_done", client, row, ...end });
}

/** R1. */
function goOn(turn: Turn, client: string, batch: Batch): void {
  if (batch.status !== "IN_PROGRESS" || batch.dueMs !== 0) return;
  const onTheWay = batch.sent - batch.done;
  if (onTheWay > (batch.next < batch.parts ? BATCH_ROWS_AHEAD : 0)) return;
  if (batch.next < batch.parts) return setBatchDue(turn, client, batch, turn.nowMs);
  endBatch(turn, client, batch, "DONE");
  beginNextBatch(turn, client);
}

/** There may be no event of a part. */
function beginPart(turn: Turn, of: BatchReference, batch: Batch): void {
  batch.dueMs = 0;
  if (batch.next < batch.parts) handOut(turn, of, batch);
  goOn(turn, of.client, batch);
}

function handOut(turn: Turn, of: BatchReference, batch: Batch): void {
  const part = batch.next++;
  const key = batchPartKey(of, part);
  const rows = turn.state.find("batchRows", key)?.rows ?? [];
  const names = programOf(turn, of.client) ?? noNames;
  const ends: RowEnd[] = [];
  for (const [at, row] of rows.entries()) {
    if (row.refused === null) {
      const eventId = sendRow(turn, of.client, { row, names, reference: { batchId: of.batchId, part, at } });
      ends.push({ eventId, personId: null, errorCode: null, detail: "" });
      batch.sent++;
      continue;
    }
    ends.push({ eventId: null, personId: null, errorCode: row.refused.code, detail: row.refused.detail });
    batch.failed++;
  }
  turn.state.put("batchEnds", key, { ends });
}

const noNames: KeyNames = { profileKeyNames: [], partnerEventKeyNames: [] };

/** R2. The id of the event. */
function sendRow(
  turn: Turn,
  client: string,
  { row, names, reference }: { readonly row: BatchRow; readonly names: KeyNames; readonly reference: RowReference },
): string {
  const { payload } = row;
  const { partitions } = turn.context;
  const eventId = newId(turn);
  const { data } = decodeEventPayload(payload);
  const { partition } = routeEvent({ client, data, partitions, names, eventId });
  const { high: idHigh, low: idLow } = idHalvesOf(eventId);
  const input = { idHigh, idLow, receivedMs: turn.nowMs, wantsReply: false, payload };
  send(turn, partition, { kind: "input", target: { kind: "sender" }, hops: 0, input, row: reference });
  return eventId;
}
