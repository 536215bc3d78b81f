// Batches: tables of which every row becomes an event.

import type { JsonObject } from "./json.ts";

/** Of the contract; DISPATCHING has no use here. PENDING: its rows are still being brought. QUEUED: another batch of the client is in progress. */
export const batchStatuses = [
  "CANCELED",
  "DISPATCHING",
  "DONE",
  "EXPIRED",
  "FAILED",
  "IN_PROGRESS",
  "PENDING",
  "QUEUED",
] as const;
export type BatchStatus = (typeof batchStatuses)[number];

export const columnPolicies = ["OPTIONAL", "REQUIRED_COLUMN", "REQUIRED_VALUE"] as const;

/** What is asked of a column, and how its data are called. */
export interface BatchColumn {
  readonly type: "FULL_NAME_MATCH" | "PATTERN_NAME_MATCH";
  /** The column's name, or a pattern of names. */
  readonly name: string;
  /** Stands before the column's name in the event's data. */
  readonly prefix: string;
  readonly policy: (typeof columnPolicies)[number];
}

/** Where the rows come from. */
export interface BatchSource {
  readonly type: "AUDIENCE_LIST" | "FILE_ASSET";
  /** Of the audience, or the file. */
  readonly id: string;
}

/** What a batch is asked to be. */
export interface BatchOrder {
  readonly name: string;
  /** Of every event; null: rows say it. */
  readonly eventName: string | null;
  /** Of events of rows that say none; null: such a row is refused. */
  readonly defaultEventName: string | null;
  /** Columns that are taken; empty: all. */
  readonly eventColumns: readonly string[];
  /** Data of every event. */
  readonly eventData: JsonObject;
  readonly columns: readonly BatchColumn[];
  readonly source: BatchSource;
  readonly scopes: readonly string[];
  readonly tags: readonly string[];
  /** Who ordered it, as histories name operators; empty: nobody in particular. */
  readonly createdBy: string;
}

/** A client's, in the partition of its files. An actor that hands out one part of its rows at a time and waits for it. */
export interface Batch {
  readonly id: string;
  order: BatchOrder;
  readonly createdMs: number;
  status: BatchStatus;
  startedMs: number | null;
  /** When it was done, failed or was canceled. */
  endedMs: number | null;
  /** Parts that are there, numbered from 0, and rows in them. */
  parts: number;
  rows: number;
  /** The part that is handed out next. */
  next: number;
  /** Events sent, and how many of them were dealt with. */
  sent: number;
  done: number;
  succeeded: number;
  failed: number;
  /** Why it failed as a whole. */
  failure: BatchFailure | null;
  /** When it is given up (PENDING), goes on (IN_PROGRESS) or expires by itself (once it has ended), Unix ms; 0: not by time. */
  dueMs: number;
}

export interface BatchFailure {
  readonly code: string;
  readonly message: string;
}

/** Some of a batch's rows, in their order. */
export interface BatchRows {
  readonly rows: readonly BatchRow[];
}

export interface BatchRow {
  /** Of its event's record (`event_payload.ts`); of what is refused, the event as JSON text. */
  readonly payload: Uint8Array;
  /** Why there is no event; null: there is one. */
  readonly refused: RowRefusal | null;
}

/** Before there was an event. */
export interface RowRefusal {
  readonly code: string;
  /** What is wrong with which part of it, as far as the code does not say; empty: it does. */
  readonly detail: string;
}

/** What became of the rows of a part. */
export interface BatchEnds {
  readonly ends: RowEnd[];
}

/** Neither a person nor a code: on its way. */
export interface RowEnd {
  /** Of its event; null: there was none. */
  readonly eventId: string | null;
  personId: string | null;
  errorCode: string | null;
  /** Of a row that was refused before there was an event. */
  readonly detail: string;
}

/** Which row an event stands for. */
export interface RowReference {
  readonly batchId: string;
  readonly part: number;
  readonly at: number;
}

export type BatchVerb = "cancel" | "expire" | "delete";
