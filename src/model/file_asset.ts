// File assets: tables that back ends upload, for batches and lists of members to be made from.

/** What is read. Of the contract. */
export const fileFormats = ["CSV", "JSON", "JSONL", "PSV", "XLSX"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** COMING: still being brought; nobody sees it. The others are of the contract. */
export type FileState = "COMING" | "AVAILABLE" | "EXPIRED";

export const fileStatuses = ["AVAILABLE", "EXPIRED"] as const;

/** A client's, in the partition of the client's files. Its bytes lie in parts beside it as long as it is available. */
export interface FileAsset {
  readonly id: string;
  name: string;
  readonly isNameGiven: boolean;
  readonly format: FileFormat;
  tags: readonly string[];
  readonly bytes: number;
  /** Rows of the table. */
  readonly rows: number;
  /** Who brought it, as histories name operators; empty: nobody in particular. */
  readonly createdBy: string;
  readonly createdMs: number;
  updatedMs: number;
  state: FileState;
  /** Parts that are there, numbered from 0. */
  parts: number;
  /** When it is given up (COMING) or expires by itself (AVAILABLE), Unix ms. */
  dueMs: number;
}

export interface FilePart {
  readonly bytes: Uint8Array;
}
