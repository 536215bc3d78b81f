// Workbooks (xlsx) that bring coupon codes: the first sheet, of which the first column has codes and the second may have expiries. Read as far as that needs, and
// no further: no formulas, no styles, nothing from elsewhere.
//
//   X1. What it unfolds to is bounded, since it is read in one go: who has more brings a csv.
//   X2. Every search goes forward over the text: what is not closed ends the reading, whatever else is in the file.

import { unfoldZip } from "../../base/zip.ts";
import { WORKBOOK_BYTES_MAX, WORKBOOK_FILES_MAX } from "../limits.ts";

/** Whether the bytes are an archive rather than text. */
export function isArchive(file: Buffer): boolean {
  return file.length > 4 && file.readUInt32BE(0) === 0x504b0304;
}

/** The first sheet's rows as lines of codes and expiries; null when it cannot be read, or is too much. */
export function codesInWorkbook(file: Buffer): Buffer | null {
  const files = unfoldZip(file, { bytesMax: WORKBOOK_BYTES_MAX, filesMax: WORKBOOK_FILES_MAX });
  if (files === null) return null;
  const textOf = (path: string): string | null => {
    const bytes = files.get(path);
    return bytes === undefined ? null : Buffer.from(bytes).toString("utf8");
  };
  const workbook = textOf("xl/workbook.xml");
  const links = textOf("xl/_rels/workbook.xml.rels");
  const sheet = workbook === null || links === null ? null : firstSheet(workbook, links);
  const cells = sheet === null ? null : textOf(sheet);
  const shared = sharedTexts(textOf("xl/sharedStrings.xml") ?? "");
  if (workbook === null || cells === null || shared === null) return null;
  const firstDayMs = /<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"/.test(workbook)
    ? FIRST_DAY_1904
    : FIRST_DAY_1900;
  const rows = rowsOf(cells, { shared, firstDayMs });
  return rows === null ? null : Buffer.from(rows.map((row) => `${row.map(quoted).join(",")}\n`).join(""));
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** Day 0 of numbers that are dates, as spreadsheets count. */
const FIRST_DAY_1900 = Date.UTC(1899, 11, 30);
const FIRST_DAY_1904 = Date.UTC(1904, 0, 1);
const DAY_MS = 86_400_000;
/** 9999-12-31. */
const LAST_DAY = 2_958_465;
const COLUMNS = ["A", "B"] as const;

/** The path of the sheet that comes first. */
function firstSheet(workbook: string, links: string): string | null {
  const [sheet] = elements(workbook, "sheet") ?? [];
  const id = sheet === undefined ? null : attribute(sheet.head, "r:id");
  const link = elements(links, "Relationship")?.find(({ head }) => attribute(head, "Id") === id);
  const target = id === null || link === undefined ? null : attribute(link.head, "Target");
  if (target === null) return null;
  return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
}

interface Element {
  /** The tag without its name. */
  readonly head: string;
  readonly body: string;
}

/** All elements of a name, in order; none of them lies in another of the same name. Null when one is not closed. */
function elements(xml: string, name: string): Element[] | null {
  const found: Element[] = [];
  const close = `</${name}>`;
  for (let at = xml.indexOf(`<${name}`); at >= 0; at = xml.indexOf(`<${name}`, at)) {
    const from = at + name.length + 1;
    if (!/[\s/>]/.test(xml[from] ?? "")) {
      at = from;
      continue;
    }
    const headEnd = xml.indexOf(">", from);
    if (headEnd < 0) return null;
    if (xml[headEnd - 1] === "/") {
      found.push({ head: xml.slice(from, headEnd - 1), body: "" });
      at = headEnd;
      continue;
    }
    const bodyEnd = xml.indexOf(close, headEnd);
    if (bodyEnd < 0) return null;
    found.push({ head: xml.slice(from, headEnd), body: xml.slice(headEnd + 1, bodyEnd) });
    at = bodyEnd;
  }
  return found;
}

function attribute(head: string, name: string): string | null {
  const mark = ` ${name}="`;
  const spaced = ` ${head.replaceAll(/\s+/g, " ")}`;
  const at = spaced.indexOf(mark);
  const end = at < 0 ? -1 : spaced.indexOf('"', at + mark.length);
  return end < 0 ? null : unescaped(spaced.slice(at + mark.length, end));
}

function sharedTexts(xml: string): string[] | null {
  const items = elements(xml, "si");
  return items === null ? null : items.map(({ body }) => textIn(body));
}

/** Of a text with formats its runs; what says how to read it aloud is no part of it. */
function textIn(body: string): string {
  const own = body.includes("<rPh") ? withoutSpoken(body) : body;
  return (elements(own, "t") ?? []).map(({ body: text }) => unescaped(text)).join("");
}

function withoutSpoken(body: string): string {
  const [first = "", ...spoken] = body.split("<rPh");
  const close = "</rPh>";
  return (
    first + spoken.map((part) => (part.includes(close) ? part.slice(part.indexOf(close) + close.length) : "")).join("")
  );
}

const entities: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w{2,4}));/g, (whole, hex, decimal, name) => {
    if (typeof name === "string") return entities[name] ?? whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

interface Reading {
  readonly shared: readonly string[];
  readonly firstDayMs: number;
}

/** Rows that have anything; null when one cannot be read. */
function rowsOf(sheet: string, reading: Reading): string[][] | null {
  const rows = elements(sheet, "row");
  if (rows === null) return null;
  const found: string[][] = [];
  for (const { body } of rows) {
    const cells = elements(body, "c");
    const row = cells === null ? null : rowOf(cells, reading);
    if (row === null) return null;
    if (row.some((cell) => cell !== "")) found.push(row);
  }
  return found;
}

/** Cells without a place come one after the other. Null: something lies where no code or expiry is, or cannot be read. */
function rowOf(cells: readonly Element[], reading: Reading): string[] | null {
  const row: string[] = ["", ""];
  let next = 0;
  for (const cell of cells) {
    const letters = /^[A-Z]+/.exec(attribute(cell.head, "r") ?? "")?.[0];
    const column = letters === undefined ? next : COLUMNS.findIndex((each) => each === letters);
    next = column < 0 ? COLUMNS.length : column + 1;
    const text = cellText(cell, column, reading);
    if (text === null || /[\r\n]/.test(text)) return null;
    if (text === "") continue;
    if (column < 0 || column >= COLUMNS.length) return null;
    row[column] = text;
  }
  return row;
}

function cellText({ head, body }: Element, column: number, { shared, firstDayMs }: Reading): string | null {
  const type = attribute(head, "t") ?? "n";
  if (type === "inlineStr") return textIn(body).trim();
  const value = unescaped(elements(body, "v")?.[0]?.body ?? "").trim();
  if (type === "s") return value === "" ? null : (shared[Number(value)]?.trim() ?? null);
  if (type === "e") return null;
  if (type !== "n" || column !== 1 || value === "") return value;
  const day = Number(value);
  const isDate = Number.isFinite(day) && day > 0 && day <= LAST_DAY;
  return isDate ? new Date(Math.round(firstDayMs + day * DAY_MS)).toISOString() : value;
}
