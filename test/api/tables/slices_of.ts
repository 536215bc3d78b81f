// A table's slices put together: what somebody who takes them one after the other has in the end.

import { type TableFault, tableSlices } from "../../../src/api/tables/table_slices.ts";
import type { FileFormat } from "../../../src/model/file_asset.ts";
import type { JsonObject } from "../../../src/model/json.ts";

export interface ReadTable {
  columns: readonly string[];
  rows: JsonObject[];
  sizes: number[];
  fault: TableFault | null;
}

export async function readTable(file: string | Buffer, format: FileFormat): Promise<ReadTable> {
  const table: ReadTable = { columns: [], rows: [], sizes: [], fault: null };
  for await (const slice of tableSlices(typeof file === "string" ? Buffer.from(file) : file, format)) {
    if (table.fault !== null) throw new Error("something came behind a fault");
    if (!slice.ok) {
      table.fault = slice.error;
      continue;
    }
    table.columns = slice.value.columns;
    table.sizes.push(slice.value.rows.length);
    for (const row of slice.value.rows) table.rows.push(row);
  }
  return table;
}

export async function faultOf(file: string | Buffer, format: FileFormat): Promise<string | null> {
  const { fault } = await readTable(file, format);
  return fault === null ? null : `${fault.row}: ${fault.what}`;
}
