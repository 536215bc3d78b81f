// Rows that are objects already: the first of them says what the columns are called.

import { fail, ok, type Result } from "../../base/result.ts";
import type { JsonObject } from "../../model/json.ts";
import { TABLE_COLUMN_LENGTH_MAX, TABLE_COLUMNS_MAX } from "../limits.ts";
import type { RowFault, RowIntake } from "./row_source.ts";

export class ObjectRows implements RowIntake<JsonObject> {
  readonly isBeforeRows = false;
  #columns: readonly string[] | null = null;

  get columns(): readonly string[] {
    return this.#columns ?? [];
  }

  rowOf(row: JsonObject): Result<JsonObject, RowFault> {
    const names = Object.keys(row);
    if (names.length > TABLE_COLUMNS_MAX)
      return fail({ of: "row", what: `The row has more than ${TABLE_COLUMNS_MAX} members.` });
    if (names.some((name) => name.length > TABLE_COLUMN_LENGTH_MAX))
      return fail({ of: "row", what: `A member's name has more than ${TABLE_COLUMN_LENGTH_MAX} characters.` });
    if (names.some((name) => name.trim() === "")) return fail({ of: "row", what: "A member of the row has no name." });
    this.#columns ??= names;
    return ok(row);
  }
}
