// Cells of a workbook's first sheet as texts: the rows of a table.
//
//   W1. What a table comes to is bounded, too: many cells may show one text that is in the file once.

import { fail, ok } from "../../base/result.ts";
import { TABLE_COLUMNS_MAX, TABLE_ROW_BYTES_MAX, TABLE_WORKBOOK_BYTES_MAX } from "../limits.ts";
import { type RowFault, type RowGroup, tooLong } from "./row_source.ts";
import { firstSheetOf, type Sheet, type SheetCell } from "./workbook.ts";
import { dateStyles, dayText } from "./workbook_dates.ts";

/** Characters of the sheet's file that are read at a time, some milliseconds of work. */
const GROUP_CHARACTERS = 64 * 1024;
const ROW_TAG_CHARACTERS = 16;
/** Of one row: its cells, each with some dozens around it, and characters that are written as six. */
const ROW_CHARACTERS_MAX = 8 * TABLE_ROW_BYTES_MAX;
const notPlain = /\0|\p{Surrogate}/u;

const unreadable: RowFault = {
  of: "file",
  what: "The file is no workbook (xlsx), is damaged, or is too large for one; bring it as CSV.",
};

export function* workbookCells(file: Buffer): Generator<RowGroup<readonly string[]>, void, undefined> {
  const sheet = firstSheetOf(file);
  if (sheet === null) return yield fail(unreadable);
  yield ok([]);
  const reader = new RowReader(sheet);
  let rows: string[][] = [];
  let characters = 0;
  for (const body of sheet.rows()) {
    const row = reader.read(body);
    if (!Array.isArray(row)) {
      yield ok(rows);
      return yield fail(row);
    }
    rows.push(row);
    characters += ROW_TAG_CHARACTERS + (body?.length ?? 0);
    if (characters < GROUP_CHARACTERS) continue;
    yield ok(rows);
    rows = [];
    characters = 0;
  }
  yield ok(rows);
}

class RowReader {
  readonly #sheet: Sheet;
  readonly #dates: ReadonlySet<number>;
  #bytes = 0;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
    this.#dates = dateStyles(sheet.styles);
  }

  read(body: string | null): string[] | RowFault {
    if (body === null) return { of: "row", what: "The row is damaged." };
    if (body.length > ROW_CHARACTERS_MAX) return tooLong;
    const cells = this.#sheet.cellsOf(body);
    if (cells === null) return { of: "row", what: "The row is damaged." };
    const row: string[] = [];
    let bytes = 0;
    for (const cell of cells) {
      const text = this.#textOf(cell);
      if (text === "" && cell.kind !== "error") continue;
      const what = faultOf(cell, text);
      if (what !== null) return { of: "row", what };
      while (row.length < cell.column) row.push("");
      row[cell.column] = text;
      bytes += Buffer.byteLength(text);
    }
    if (bytes > TABLE_ROW_BYTES_MAX) return tooLong;
    this.#bytes += bytes;
    // W1.
    return this.#bytes > TABLE_WORKBOOK_BYTES_MAX ? { of: "row", what: TOO_MUCH } : row;
  }

  #textOf({ kind, text, style }: SheetCell): string {
    if (kind === "boolean") return text === "" ? "" : text === "1" ? "true" : "false";
    return kind === "number" && this.#dates.has(style) ? dayText(text, this.#sheet.firstDayMs) : text;
  }
}

const TOO_MUCH = `All rows up to here have more than ${TABLE_WORKBOOK_BYTES_MAX / 1024 / 1024} MiB of text; bring them as CSV, in several files.`;

function faultOf({ column, kind }: SheetCell, text: string): string | null {
  if (column >= TABLE_COLUMNS_MAX) return `The row has a cell beyond column ${TABLE_COLUMNS_MAX}.`;
  if (kind === "error") return `The cell in column ${column + 1} is an error of a formula, or damaged.`;
  return notPlain.test(text) ? `The cell in column ${column + 1} has a character that is none.` : null;
}
