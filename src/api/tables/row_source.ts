// What reads a file's rows gives: some of them at a time, as many as take some milliseconds, so that others run between.

import type { Result } from "../../base/result.ts";
import type { JsonObject } from "../../model/json.ts";
import { TABLE_ROW_BYTES_MAX } from "../limits.ts";

/** Of the row behind those that were given, or of the file as a whole. */
export interface RowFault {
  readonly of: "file" | "row";
  /** One sentence for an operator. */
  readonly what: string;
}

export type RowGroup<T> = Result<readonly T[], RowFault>;

export const tooLong: RowFault = {
  of: "row",
  what: `The row has more than ${TABLE_ROW_BYTES_MAX / 1024} KiB; perhaps a quote or a bracket is not closed.`,
};

/** What becomes of each row that a source gives. */
export interface RowIntake<T> {
  readonly columns: readonly string[];
  /** The header was not there yet. */
  readonly isBeforeRows: boolean;
  /** Null: it is the header, or blank. */
  rowOf(item: T): Result<JsonObject | null, RowFault>;
}
