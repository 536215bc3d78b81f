// TableSlices: the bytes of a file -> its rows, some hundred at a time.
//
//   T1. Others run between two slices, and wherever reading takes longer than some milliseconds.
//   T2. All that is before the first fault is given, and nothing behind it.
//   T3. Texts are UTF-8 without NUL: what is kept must read back the same.

import { isUtf8 } from "node:buffer";
import { setImmediate as turn } from "node:timers/promises";
import { fail, ok, type Result } from "../../base/result.ts";
import { type FileFormat, fileFormats } from "../../model/file_asset.ts";
import type { JsonObject } from "../../model/json.ts";
import { TABLE_ROWS_MAX, TABLE_SLICE_ROWS } from "../limits.ts";
import { CellRows } from "./cell_rows.ts";
import { csvCells } from "./csv_cells.ts";
import { jsonItems, jsonLines } from "./json_rows.ts";
import { ObjectRows } from "./object_rows.ts";
import type { RowFault, RowGroup, RowIntake } from "./row_source.ts";
import { workbookCells } from "./workbook_cells.ts";

export interface TableSlice {
  /** Of CSV, PSV and XLSX the header; of JSON and JSONL the names of the first row. */
  readonly columns: readonly string[];
  readonly rows: readonly JsonObject[];
}

export interface TableFault {
  /** Counted from 1, without the header and without blank lines; 0: the file as a whole, or its header. */
  readonly row: number;
  /** One sentence for an operator. */
  readonly what: string;
}

/** About a millisecond of work. */
const CHECKED_BYTES = 1024 * 1024;

type SliceRead = Result<TableSlice, TableFault>;

/** By the extension of a file's name; null when it is another. */
export function formatOfName(name: string): FileFormat | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toUpperCase();
  return fileFormats.find((format) => format === extension) ?? null;
}

/** At least one slice, of no rows where there are none, or a fault. */
export async function* tableSlices(bytes: Buffer, format: FileFormat): AsyncGenerator<SliceRead, void, undefined> {
  if (format === "XLSX") return yield* sliced(workbookCells(bytes), new CellRows());
  const what = await textFault(bytes);
  if (what !== null) return yield fail({ row: 0, what });
  const text = behindMark(bytes);
  switch (format) {
    case "CSV":
      return yield* sliced(csvCells(text, ","), new CellRows());
    case "PSV":
      return yield* sliced(csvCells(text, "|"), new CellRows());
    case "JSON":
      return yield* sliced(jsonItems(text), new ObjectRows());
    case "JSONL":
      return yield* sliced(jsonLines(text), new ObjectRows());
  }
}

/** T3, a piece at a time. */
async function textFault(bytes: Buffer): Promise<string | null> {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = Math.min(at + CHECKED_BYTES, bytes.length);
    // A character has at most three bytes behind its first.
    for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--;
    const piece = bytes.subarray(at, end);
    if (!isUtf8(piece)) return "The file is not text in UTF-8.";
    if (piece.includes(0)) return "The file has a NUL character.";
    await turn();
  }
  return null;
}

/** Files of some editors begin with a mark of their encoding. */
function behindMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

type Groups<T> = Iterable<RowGroup<T>> | AsyncIterable<RowGroup<T>>;

async function* sliced<T>(groups: Groups<T>, intake: RowIntake<T>): AsyncGenerator<SliceRead, void, undefined> {
  const slicing = new Slicing(intake);
  let hasGiven = false;
  for await (const group of groups) {
    const items = group.ok ? group.value : [];
    if (!group.ok) slicing.stop(group.error);
    for (const item of items) {
      slicing.take(item);
      if (slicing.fault !== null) break;
      if (slicing.rows.length < TABLE_SLICE_ROWS) continue;
      yield ok(slicing.cut());
      hasGiven = true;
      await turn();
    }
    if (slicing.fault !== null) break;
    await turn();
  }
  const fault = slicing.fault ?? slicing.faultAtEnd;
  if (slicing.rows.length > 0 || (fault === null && !hasGiven)) yield ok(slicing.cut());
  // T2.
  if (fault !== null) yield fail(fault);
}

/** Rows on their way into a slice. */
class Slicing<T> {
  rows: JsonObject[] = [];
  fault: TableFault | null = null;
  readonly #intake: RowIntake<T>;
  #taken = 0;
  #counted = 0;

  constructor(intake: RowIntake<T>) {
    this.#intake = intake;
  }

  get faultAtEnd(): TableFault | null {
    return this.#intake.isBeforeRows ? { row: 0, what: "The file has no header." } : null;
  }

  take(item: T): void {
    const row = this.#intake.rowOf(item);
    if (!row.ok) return this.stop(row.error);
    if (++this.#taken > TABLE_ROWS_MAX + 1 || (row.value !== null && this.#counted >= TABLE_ROWS_MAX)) {
      const what = `The table has more than ${TABLE_ROWS_MAX} rows, blank ones included.`;
      return this.stop({ of: "row", what });
    }
    if (row.value === null) return;
    this.#counted++;
    this.rows.push(row.value);
  }

  stop({ of, what }: RowFault): void {
    this.fault = { row: of === "file" || this.#intake.isBeforeRows ? 0 : this.#counted + 1, what };
  }

  cut(): TableSlice {
    const { rows } = this;
    this.rows = [];
    return { columns: this.#intake.columns, rows };
  }
}
