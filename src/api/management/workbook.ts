// Workbooks (xlsx) that bring coupon codes: the first sheet, of which the first column has codes and the second may have expiries.

import { firstSheetOf, type Sheet, type SheetCell } from "../tables/workbook.ts";

/** Whether the bytes are an archive rather than text. */
export function isArchive(file: Buffer): boolean {
  return file.length > 4 && file.readUInt32BE(0) === 0x504b0304;
}

/** The first sheet's rows as lines of codes and expiries; null when it cannot be read, or is too much. */
export function codesInWorkbook(file: Buffer): Buffer | null {
  const sheet = firstSheetOf(file);
  const rows = sheet === null ? null : rowsOf(sheet);
  return rows === null ? null : Buffer.from(rows.map((row) => `${row.map(quoted).join(",")}\n`).join(""));
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

const DAY_MS = 86_400_000;
/** 9999-12-31. */
const LAST_DAY = 2_958_465;
const COLUMNS = 2;
const EXPIRY = 1;

/** Rows that have anything; null when one cannot be read. */
function rowsOf(sheet: Sheet): string[][] | null {
  const found: string[][] = [];
  for (const body of sheet.rows()) {
    const cells = body === null ? null : sheet.cellsOf(body);
    const row = cells === null ? null : rowOf(cells, sheet.firstDayMs);
    if (row === null) return null;
    if (row.some((cell) => cell !== "")) found.push(row);
  }
  return found;
}

/** Null: something lies where no code or expiry is, or cannot be read. */
function rowOf(cells: readonly SheetCell[], firstDayMs: number): string[] | null {
  const row: string[] = ["", ""];
  for (const cell of cells) {
    const text = cell.column === EXPIRY && cell.kind === "number" ? expiryText(cell.text, firstDayMs) : cell.text;
    if (cell.kind === "error" || /[\r\n]/.test(text)) return null;
    if (text === "") continue;
    if (cell.column >= COLUMNS) return null;
    row[cell.column] = text;
  }
  return row;
}

/** A number is a day, whatever its style. */
function expiryText(value: string, firstDayMs: number): string {
  const day = Number(value);
  const isDate = value !== "" && Number.isFinite(day) && day > 0 && day <= LAST_DAY;
  return isDate ? new Date(Math.round(firstDayMs + day * DAY_MS)).toISOString() : value;
}
