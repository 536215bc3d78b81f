// Rows as a file: what is given back to whoever uploaded one, and downloads.

import { memberOf } from "../../base/members.ts";
import type { FileFormat } from "../../model/file_asset.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import { csvText } from "./csv_text.ts";

/** Workbooks are read and not written. */
export type WrittenFormat = Exclude<FileFormat, "XLSX">;

/** @param columns which members CSV and PSV show, in which order; JSON and JSONL have all that a row has */
export function tableText(columns: readonly string[], rows: readonly JsonObject[], format: WrittenFormat): string {
  switch (format) {
    case "CSV":
      return delimitedText(columns, rows, ",");
    case "PSV":
      return delimitedText(columns, rows, "|");
    case "JSON":
      return rows.length === 0 ? "[]\n" : `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;
    case "JSONL":
      return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  }
}

function delimitedText(columns: readonly string[], rows: readonly JsonObject[], delimiter: string): string {
  const lines = rows.map((row) => columns.map((column) => cellText(memberOf(row, column))));
  return csvText([columns, ...lines], delimiter);
}

function cellText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
