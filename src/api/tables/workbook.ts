// Workbooks (xlsx): the cells of the first sheet. Read as far as that needs, and no further: no formulas, nothing from elsewhere.
//
//   X1. What it unfolds to is bounded, since it is read in one go: who has more brings a csv.
//   X2. Every search goes forward over the text: what is not closed ends the reading, whatever else is in the file.

import { unfoldZip } from "../../base/zip.ts";
import { WORKBOOK_BYTES_MAX, WORKBOOK_FILES_MAX } from "../limits.ts";
import { attribute, type Element, elements, elementsIn, textIn, unescaped } from "./workbook_xml.ts";

export interface SheetCell {
  /** From 0. */
  readonly column: number;
  /** `error`: it says that it is one, or points to a text that is not there. */
  readonly kind: "text" | "number" | "boolean" | "error";
  /** As it is written, trimmed. */
  readonly text: string;
  /** Its place in the list of styles. */
  readonly style: number;
}

/** Day 0 of numbers that are dates, as spreadsheets count. */
const FIRST_DAY_1900 = Date.UTC(1899, 11, 30);
const FIRST_DAY_1904 = Date.UTC(1904, 0, 1);
/** Letters of the last column that a sheet can have: XFD. */
const COLUMN_LETTERS_MAX = 3;

/** Null when there is none, or it is too much. */
export function firstSheetOf(file: Buffer): Sheet | null {
  const files = unfoldZip(file, { bytesMax: WORKBOOK_BYTES_MAX, filesMax: WORKBOOK_FILES_MAX });
  if (files === null) return null;
  const textOf = (path: string): string | null => {
    const bytes = files.get(path);
    return bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  };
  const workbook = textOf("xl/workbook.xml");
  const links = textOf("xl/_rels/workbook.xml.rels");
  const path = workbook === null || links === null ? null : firstPath(workbook, links);
  const xml = path === null ? null : textOf(path);
  const shared = sharedTexts(textOf("xl/sharedStrings.xml") ?? "");
  if (workbook === null || xml === null || shared === null) return null;
  const firstDayMs = /<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"/.test(workbook)
    ? FIRST_DAY_1904
    : FIRST_DAY_1900;
  return new Sheet({ xml, shared, firstDayMs, styles: textOf("xl/styles.xml") ?? "" });
}

interface SheetParts {
  readonly xml: string;
  readonly shared: readonly string[];
  readonly firstDayMs: number;
  readonly styles: string;
}

export class Sheet {
  readonly firstDayMs: number;
  /** The file that describes them. */
  readonly styles: string;
  readonly #xml: string;
  readonly #shared: readonly string[];

  constructor({ xml, shared, firstDayMs, styles }: SheetParts) {
    this.#xml = xml;
    this.#shared = shared;
    this.firstDayMs = firstDayMs;
    this.styles = styles;
  }

  /** What is in each row, for `cellsOf`; null: the rest cannot be read. */
  *rows(): Generator<string | null, void, undefined> {
    for (const row of elementsIn(this.#xml, "row")) yield row === null ? null : row.body;
  }

  /** Null when one cannot be read. Cells without a place come one after the other. */
  cellsOf(row: string): SheetCell[] | null {
    let next = 0;
    const cells = elements(row, "c");
    if (cells === null) return null;
    return cells.map((cell) => {
      const letters = /^[A-Z]+/.exec(attribute(cell.head, "r") ?? "")?.[0];
      const column = letters === undefined ? next : columnOf(letters);
      next = column + 1;
      return { column, style: Number(attribute(cell.head, "s") ?? "0"), ...this.#contentOf(cell) };
    });
  }

  #contentOf({ head, body }: Element): Pick<SheetCell, "kind" | "text"> {
    const type = attribute(head, "t") ?? "n";
    if (type === "inlineStr") return { kind: "text", text: textIn(body).trim() };
    const value = unescaped(elements(body, "v")?.[0]?.body ?? "").trim();
    if (type === "s") {
      const shared = value === "" ? undefined : this.#shared[Number(value)]?.trim();
      return shared === undefined ? { kind: "error", text: value } : { kind: "text", text: shared };
    }
    const kind = type === "n" ? "number" : type === "b" ? "boolean" : type === "e" ? "error" : "text";
    return { kind, text: value };
  }
}

/** The path of the sheet that comes first. */
function firstPath(workbook: string, links: string): string | null {
  const [sheet] = elements(workbook, "sheet") ?? [];
  const id = sheet === undefined ? null : attribute(sheet.head, "r:id");
  const link = elements(links, "Relationship")?.find(({ head }) => attribute(head, "Id") === id);
  const target = id === null || link === undefined ? null : attribute(link.head, "Target");
  if (target === null) return null;
  return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
}

function sharedTexts(xml: string): string[] | null {
  const items = elements(xml, "si");
  return items === null ? null : items.map(({ body }) => textIn(body));
}

/** Beyond the last that a sheet can have they are all one. */
function columnOf(letters: string): number {
  const counted = letters.length > COLUMN_LETTERS_MAX ? "ZZZZ" : letters;
  let column = 0;
  for (const letter of counted) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
