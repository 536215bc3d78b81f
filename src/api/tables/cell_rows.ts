// Rows of cells under a header: the first line with anything in it names the columns, in any order.
//
//   H1. What a column is called does no harm: rows have members of their own, whatever the name.

import { fail, ok, type Result } from "../../base/result.ts";
import type { JsonObject } from "../../model/json.ts";
import { shownName } from "../http/json_gate.ts";
import { TABLE_COLUMN_LENGTH_MAX, TABLE_COLUMNS_MAX } from "../limits.ts";
import type { RowFault, RowIntake } from "./row_source.ts";

export class CellRows implements RowIntake<readonly string[]> {
  #columns: readonly string[] | null = null;

  get columns(): readonly string[] {
    return this.#columns ?? [];
  }

  get isBeforeRows(): boolean {
    return this.#columns === null;
  }

  rowOf(cells: readonly string[]): Result<JsonObject | null, RowFault> {
    if (cells.length > TABLE_COLUMNS_MAX)
      return fail({ of: "row", what: `The row has more than ${TABLE_COLUMNS_MAX} cells.` });
    const texts = cells.map((cell) => cell.trim());
    if (texts.every((text) => text === "")) return ok(null);
    if (this.#columns !== null) return rowUnder(this.#columns, texts);
    const what = headerFault(texts);
    if (what !== null) return fail({ of: "file", what });
    this.#columns = texts;
    return ok(null);
  }
}

function headerFault(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    if (name === "") return `Column ${at + 1} has no name in the header.`;
    if (name.length > TABLE_COLUMN_LENGTH_MAX)
      return `The name of column ${at + 1} has more than ${TABLE_COLUMN_LENGTH_MAX} characters.`;
    if (seen.has(name)) return `Two columns have the name "${shownName(name)}".`;
    seen.add(name);
  }
  return null;
}

/** H1. Empty cells are no members. */
function rowUnder(columns: readonly string[], texts: readonly string[]): Result<JsonObject, RowFault> {
  if (texts.length > columns.length) {
    const what = `The row has ${texts.length} cells where the header has ${columns.length}.`;
    return fail({ of: "row", what });
  }
  const members: [string, string][] = [];
  for (const [at, column] of columns.entries()) {
    const text = texts[at] ?? "";
    if (text !== "") members.push([column, text]);
  }
  return ok(Object.fromEntries(members));
}
