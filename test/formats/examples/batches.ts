// Examples of files and batches: entries, and what is said of them.

import { type BatchOrder, batchStatuses, columnPolicies, type RowReference } from "../../../src/model/batch.ts";
import { fileFormats } from "../../../src/model/file_asset.ts";
import type { EntryKinds } from "../../../src/model/state.ts";
import { type Filled, words } from "../filled.ts";

export const row: Filled<RowReference> = { batchId: "91", part: 2, at: 3 };

export const batchOrder: Filled<BatchOrder> = {
  name: "b",
  eventName: "bought",
  defaultEventName: "seen",
  eventColumns: ["email"],
  eventData: { source: "s" },
  columns: [
    {
      type: words(["FULL_NAME_MATCH", "PATTERN_NAME_MATCH"]),
      name: "tier",
      prefix: "x_",
      policy: words(columnPolicies),
    },
  ],
  source: { type: words(["AUDIENCE_LIST", "FILE_ASSET"]), id: "90" },
  scopes: ["CLIENT_ADMIN"],
  tags: ["t"],
  createdBy: "7",
};

export const fileAsset: Filled<EntryKinds["fileAsset"]> = {
  id: "90",
  name: "n.csv",
  isNameGiven: true,
  format: words(fileFormats),
  tags: ["t"],
  bytes: 3,
  rows: 1,
  createdBy: "7",
  createdMs: 1_000,
  updatedMs: 1_001,
  state: words(["COMING", "AVAILABLE", "EXPIRED"]),
  parts: 1,
  dueMs: 2_000,
};

export const filePart: Filled<EntryKinds["filePart"]> = { bytes: Uint8Array.of(1, 2, 3) };

export const batch: Filled<EntryKinds["batch"]> = {
  id: "91",
  order: batchOrder,
  createdMs: 1_000,
  status: words(batchStatuses),
  startedMs: 1_001,
  endedMs: 1_002,
  parts: 1,
  rows: 2,
  next: 1,
  sent: 2,
  done: 1,
  succeeded: 1,
  failed: 1,
  failure: { code: "c", message: "m" },
  dueMs: 2_000,
};

export const batchRows: Filled<EntryKinds["batchRows"]> = {
  rows: [{ payload: Uint8Array.of(1, 2), refused: { code: "invalid_parameter", detail: "name: tier" } }],
};

export const batchEnds: Filled<EntryKinds["batchEnds"]> = {
  ends: [{ eventId: "20", personId: "1", errorCode: "person_not_found", detail: "name: tier" }],
};
