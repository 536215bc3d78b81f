// Files of coupon codes: one code a line, perhaps with its expiry behind it. Read a batch at a time, so that a large file holds up nobody else.

import { isUtf8 } from "node:buffer";
import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError, type ErrorCode } from "../../model/errors.ts";
import {
  COUPON_BATCH_CHARACTERS_MAX,
  COUPON_CODE_LENGTH_MAX,
  COUPON_LINE_BYTES_MAX,
  COUPON_LINES_PER_BATCH,
} from "../limits.ts";
import { parseEventTime } from "../server/event_time.ts";

export interface CouponFileOptions {
  /** Any character that can be printed, not only those that survive being typed and put into links. */
  readonly allowsRestricted: boolean;
  readonly allowsExpired: boolean;
  /** Of codes whose line has none; null: they do not expire. */
  readonly defaultExpiresMs: number | null;
  readonly nowMs: number;
}

export interface CouponBatch {
  readonly codes: string[];
  /** Null: none of the codes expires. */
  readonly expires: (number | null)[] | null;
}

/** What is wrong with a line, counted from 1. */
export type LineError = ApiError;

const NEWLINE = 10;
const headers = new Set(["code", "coupon", "coupon_code", "coupon code"]);
const plainCode = /^[A-Za-z0-9._~-]+$/;
const printable = /^[^\p{Cc}\p{Cs}]+$/u;

/** A date with its zone; the zone's name behind it adds nothing. Null when it is none. */
export function dateMs(text: string): number | null {
  return parseEventTime(text.replace(/\[[^\]]{1,64}\]$/, ""));
}

/** Lines with a code: neither a header nor what follows the last line break. */
export function countCodes(file: Buffer): number {
  let lines = 0;
  for (let at = startOf(file); at < file.length; lines++) {
    const newline = file.indexOf(NEWLINE, at);
    at = newline < 0 ? file.length : newline + 1;
  }
  return hasHeader(file) ? lines - 1 : lines;
}

function hasHeader(file: Buffer): boolean {
  const [first = ""] = file.toString("utf8", startOf(file), COUPON_LINE_BYTES_MAX).split("\n");
  return headers.has(headerOf(first.trim()));
}

export function isText(file: Buffer): boolean {
  return isUtf8(file) && !file.includes(0);
}

/** Batches until the end, or until a line that is none. */
export function* couponBatches(
  file: Buffer,
  options: CouponFileOptions,
): Generator<Result<CouponBatch, LineError>, void, undefined> {
  let batch = newBatch();
  let row = 0;
  for (let at = startOf(file); at < file.length; ) {
    const newline = file.indexOf(NEWLINE, at);
    const end = newline < 0 ? file.length : newline;
    row++;
    if (end - at > COUPON_LINE_BYTES_MAX) {
      yield fail(apiError("invalid_file_line", { row }));
      return;
    }
    const line = file.toString("utf8", at, end).trim();
    at = end + 1;
    // The last line ends with the file; a header says what a table is of.
    const isSkipped = (line === "" && at >= file.length) || (row === 1 && headers.has(headerOf(line)));
    if (isSkipped) continue;
    const error = takeLine(line, row, batch, options);
    if (error !== null) {
      yield fail(error);
      return;
    }
    if (batch.codes.length < COUPON_LINES_PER_BATCH && batch.characters < COUPON_BATCH_CHARACTERS_MAX) continue;
    yield ok(finished(batch));
    batch = newBatch();
  }
  if (batch.codes.length > 0) yield ok(finished(batch));
}

interface OpenBatch {
  characters: number;
  readonly codes: string[];
  readonly expires: (number | null)[];
}

function newBatch(): OpenBatch {
  return { characters: 0, codes: [], expires: [] };
}

function finished({ codes, expires }: OpenBatch): CouponBatch {
  return { codes, expires: expires.every((each) => each === null) ? null : expires };
}

/** Behind the mark that some editors begin a file with. */
function startOf(file: Buffer): number {
  return file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? 3 : 0;
}

function headerOf(line: string): string {
  return (cellsOf(line)?.[0] ?? "").toLowerCase();
}

function takeLine(line: string, row: number, batch: OpenBatch, options: CouponFileOptions): LineError | null {
  const cells = cellsOf(line);
  if (cells === null || cells.length > 2) return apiError("invalid_file_line", { row });
  const [code = "", expiry = ""] = cells;
  const wrong = codeError(code, options.allowsRestricted);
  if (wrong !== null) return apiError(wrong, { row });
  const expiresMs = expiry === "" ? options.defaultExpiresMs : dateMs(expiry);
  if (expiry !== "" && expiresMs === null) return apiError("invalid_expiration_date", { row });
  if (expiresMs !== null && expiresMs <= options.nowMs && !options.allowsExpired)
    return apiError("invalid_expiration_date", { row });
  batch.codes.push(code);
  batch.characters += code.length;
  batch.expires.push(expiresMs);
  return null;
}

function codeError(code: string, allowsRestricted: boolean): ErrorCode | null {
  if (code === "") return "coupon_code_blank";
  if (code.length > COUPON_CODE_LENGTH_MAX) return "coupon_code_too_long";
  return (allowsRestricted ? printable : plainCode).test(code) ? null : "coupon_code_invalid";
}

/** Each reads one cell and what ends it. Neither can read the same text in two ways, so a line costs no more than its length. */
const quotedCell = /\s*"((?:[^"]|"")*)"\s*(,|$)/y;
const plainCell = /([^",]*)(,|$)/y;

/** Cells of a line, trimmed; null when its quotes do not match. */
function cellsOf(line: string): string[] | null {
  if (!line.includes('"')) return line.split(",").map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const cell = matchAt(quotedCell, line, at) ?? matchAt(plainCell, line, at);
    if (cell === null) return null;
    const [whole, text = "", end = ""] = cell;
    cells.push(text.replaceAll('""', '"').trim());
    if (end === "") return cells;
    at += whole.length;
  }
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
