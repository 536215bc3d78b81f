// Cells of a CSV file, or of one with another delimiter. The only file that knows csv-parse.
//
//   C1. Where the file is cut into pieces changes nothing.
//   C2. A row that is too long is given up while it is read: neither an unclosed quote nor a line of delimiters is held until the end of the file.
//   C3. A row costs the same however many cells the one before had.

import { CsvError, Parser } from "csv-parse";
import { fail, ok } from "../../base/result.ts";
import { TABLE_ROW_BYTES_MAX } from "../limits.ts";
import { type RowGroup, tooLong } from "./row_source.ts";

/** Some milliseconds of work, whatever is in it. */
const PIECE_BYTES = 4 * 1024;
/** Bytes of a piece that the parser may keep until it has seen the next: as many as a quote and the end of a row, and no more than this. */
const BYTES_KEPT_MAX = 16;

const faults: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: "A quote is opened and never closed.",
  CSV_INVALID_CLOSING_QUOTE: "Behind a closing quote stands something else than the end of the cell.",
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: "Behind a closing quote stands something else than the end of the cell.",
  INVALID_OPENING_QUOTE: "A quote stands in a cell that does not begin with one.",
};

/** @param text valid UTF-8 without a byte order mark */
export async function* csvCells(
  text: Buffer,
  delimiter: string,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<RowGroup<readonly string[]>, void, undefined> {
  let rows: string[][] = [];
  let rowStart = 0;
  let hasLongRow = false;
  const parser = new Parser({
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    trim: true,
    relax_column_count: true,
    on_record: (cells: string[], { bytes: rowEnd }): null => {
      // C3. The library makes an error, with a stack, of every row that is not as wide as its first, also where it lets it pass.
      Object.assign(parser.info, { records: 0 });
      hasLongRow ||= rowEnd - rowStart > TABLE_ROW_BYTES_MAX;
      rowStart = rowEnd;
      if (!hasLongRow) rows.push(cells);
      return null;
    },
  });
  // Told by each step; without a listener it would end the process.
  parser.on("error", () => undefined);
  for (let at = 0; at < text.length; at += pieceBytes) {
    const end = Math.min(at + pieceBytes, text.length);
    const piece = text.subarray(at, end);
    const error = await errorOf((done) => parser.write(piece, done));
    yield ok(rows);
    rows = [];
    // C2.
    if (hasLongRow || end - rowStart > TABLE_ROW_BYTES_MAX + BYTES_KEPT_MAX) return yield fail(tooLong);
    if (error !== null) return yield fail({ of: "row", what: whatOf(error) });
  }
  const error = await errorOf((done) => parser.end(done));
  yield ok(rows);
  if (hasLongRow) yield fail(tooLong);
  else if (error !== null) yield fail({ of: "row", what: whatOf(error) });
}

function errorOf(run: (done: (error?: Error | null) => void) => unknown): Promise<Error | null> {
  return new Promise((resolve) => run((error) => resolve(error ?? null)));
}

function whatOf(error: Error): string {
  const what = error instanceof CsvError ? faults[error.code] : undefined;
  if (what === undefined) throw error;
  return what;
}
