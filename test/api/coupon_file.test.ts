// Files of coupon codes, line by line.

import { describe, expect, test } from "vitest";
import { type CouponFileOptions, countCodes, couponBatches } from "../../src/api/management/coupon_file.ts";

const open: CouponFileOptions = { allowsRestricted: true, allowsExpired: true, defaultExpiresMs: null, nowMs: 0 };

/** Codes and expiries as they come, then the refusal, if any. */
function read(text: string): unknown[] {
  const read: unknown[] = [];
  for (const batch of couponBatches(Buffer.from(text), open)) {
    if (!batch.ok) read.push(batch.error.code);
    else for (const [at, code] of batch.value.codes.entries()) read.push([code, batch.value.expires?.[at] ?? null]);
  }
  return read;
}

const DATE = "2030-01-01T00:00:00Z";
const DATE_MS = Date.parse(DATE);

test.each([
  [
    "A\r\nB\r\n",
    [
      ["A", null],
      ["B", null],
    ],
  ],
  ["\ufeffcode,expires\nA\n", [["A", null]]],
  [
    `A,${DATE}\nB`,
    [
      ["A", DATE_MS],
      ["B", null],
    ],
  ],
  [`"A" , "${DATE}"`, [["A", DATE_MS]]],
  ['"A, B"', [["A, B", null]]],
  ['"say ""yes""",', [['say "yes"', null]]],
  ["A\n\nB", ["coupon_code_blank"]],
  ['A"B', ["invalid_file_line"]],
  ['"A', ["invalid_file_line"]],
  ['"A" B', ["invalid_file_line"]],
  ["A,,", ["invalid_file_line"]],
])("%j", (text, expected) => {
  expect(read(text)).toEqual(expected);
});

describe("a line that is none", () => {
  // Read in every way in which it could be split, the first took a minute.
  test.each([`A${" ".repeat(800)}"B`, `"${'""'.repeat(1_000)}A`, `"${'"" '.repeat(600)}A`])(
    "costs no more than its length",
    (line) => {
      expect(read(line)).toEqual(["invalid_file_line"]);
      expect(countCodes(Buffer.from(line))).toBe(1);
    },
  );
});
