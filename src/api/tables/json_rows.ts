// Rows that are JSON objects: one a line (JSONL), or the items of one list (JSON). Both are cut on the bytes, and each row is parsed by itself, with what
// bodies of events are held to.
//
//   R1. No row is looked at further than a row may be long.

import { fail, ok, type Result } from "../../base/result.ts";
import type { ApiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { JsonGate } from "../http/json_gate.ts";
import { defaultLimits, TABLE_ROW_BYTES_MAX } from "../limits.ts";
import { type RowFault, type RowGroup, tooLong } from "./row_source.ts";

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
/** Some milliseconds of work. */
const GROUP_BYTES = 32 * 1024;

const gate = new JsonGate(defaultLimits);
const noList: RowFault = { of: "file", what: "The file is no JSON list of objects." };
const cutOff: RowFault = { of: "file", what: "The file ends before its list does." };

export function* jsonLines(text: Buffer): Generator<RowGroup<JsonObject>, void, undefined> {
  let rows: JsonObject[] = [];
  let groupStart = 0;
  for (let at = 0; at < text.length; ) {
    const lineFeed = text.indexOf(LINE_FEED, at);
    const end = lineFeed < 0 ? text.length : lineFeed;
    const line = text.subarray(at, end);
    at = end + 1;
    if (!isBlank(line)) {
      const row = rowOf(line);
      if (!row.ok) {
        yield ok(rows);
        return yield row;
      }
      rows.push(row.value);
    }
    if (at - groupStart < GROUP_BYTES) continue;
    yield ok(rows);
    rows = [];
    groupStart = at;
  }
  yield ok(rows);
}

export function* jsonItems(text: Buffer): Generator<RowGroup<JsonObject>, void, undefined> {
  const start = behindSpace(text, 0) + 1;
  if (text[start - 1] !== BRACKET_OPEN) return yield fail(noList);
  let rows: JsonObject[] = [];
  let groupStart = start;
  for (let at = start, isLast = false; !isLast; ) {
    const end = itemEnd(text, at);
    isLast = text[end] === BRACKET_CLOSE;
    const row = rowAt(text, at, end);
    if (!row.ok && !(isLast && at === start && isBlank(text.subarray(at, end)))) {
      yield ok(rows);
      return yield row;
    }
    if (row.ok) rows.push(row.value);
    at = end + 1;
    if (!isLast && at - groupStart < GROUP_BYTES) continue;
    yield ok(rows);
    rows = [];
    groupStart = at;
    if (isLast && behindSpace(text, at) < text.length) yield fail(noList);
  }
}

function rowAt(text: Buffer, from: number, end: number): Result<JsonObject, RowFault> {
  const row = rowOf(text.subarray(from, end));
  if (end - from > TABLE_ROW_BYTES_MAX) return row;
  if (end === text.length) return fail(cutOff);
  return row.ok && text[end] === BRACE_CLOSE ? fail(noList) : row;
}

/** Where the list goes on or ends behind the item that begins here, whatever it is; R1. The end of the text when there is no such place. */
function itemEnd(text: Buffer, from: number): number {
  const stop = Math.min(text.length, from + TABLE_ROW_BYTES_MAX + 1);
  let depth = 0;
  for (let at = from; at < stop; at++) {
    const byte = text[at];
    if (byte === QUOTE) at = closingQuote(text, at + 1, stop);
    else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) depth++;
    else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      if (depth === 0) return at;
      depth--;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return stop;
}

function closingQuote(text: Buffer, from: number, stop: number): number {
  for (let at = from; at < stop; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === QUOTE) return at;
  }
  return stop;
}

function rowOf(bytes: Buffer): Result<JsonObject, RowFault> {
  if (bytes.length > TABLE_ROW_BYTES_MAX) return fail(tooLong);
  const parsed = gate.parse(bytes);
  if (!parsed.ok) return fail({ of: "row", what: whatOf(parsed.error) });
  return isJsonObject(parsed.value) ? ok(parsed.value) : fail({ of: "row", what: NO_OBJECT });
}

const NO_OBJECT = "The row is no JSON object.";

function whatOf({ parameters }: ApiError): string {
  const { reason, name, limit } = parameters;
  if (typeof reason === "string")
    return `The row cannot be taken: ${reason}${typeof name === "string" ? ` (${name})` : ""}.`;
  if (name === "depth") return `The row is nested more than ${limit} deep.`;
  if (name === "members") return `The row and what it holds have more than ${limit} members.`;
  return NO_OBJECT;
}

function isBlank(bytes: Buffer): boolean {
  return behindSpace(bytes, 0) === bytes.length;
}

/** R1. */
function behindSpace(text: Buffer, from: number): number {
  const stop = Math.min(text.length, from + TABLE_ROW_BYTES_MAX);
  let at = from;
  while (at < stop && isSpace(text[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}
