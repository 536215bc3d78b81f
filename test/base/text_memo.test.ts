// TextMemo gives the text that the bytes say, whatever was read before.

import fc from "fast-check";
import { expect, test } from "vitest";
import { TextMemo } from "../../src/base/text_memo.ts";

test("texts of any kind are read as they were written, met again or not, and among others' bytes", () => {
  const memo = new TextMemo();
  const text = fc.oneof(
    fc.constantFrom("", "a", "b", "é", "Ã©", "ÿ", "campaign", "6910000000000000001", "x".repeat(32), "x".repeat(33)),
    fc.string({ unit: "grapheme", maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
      const bytes = Buffer.from(texts.join(""));
      let at = 0;
      for (const expected of texts) {
        const end = at + Buffer.byteLength(expected);
        expect(memo.textOf(bytes, at, end)).toBe(expected);
        expect(memo.textOf(bytes, at, end)).toBe(expected);
        at = end;
      }
    }),
    { numRuns: 300 },
  );
});

test("texts of the same place do not take each other's", () => {
  const memo = new TextMemo();
  const texts = Array.from({ length: 20_000 }, (_, n) => `text ${n}`);
  const bytes = texts.map((each) => Buffer.from(each));
  for (let round = 0; round < 2; round++) {
    const read = bytes.map((each) => memo.textOf(each, 0, each.length));
    expect(read).toEqual(texts);
  }
});

test("a path is its parts, however many there were before it", () => {
  const memo = new TextMemo();
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 70_000; n++) {
      const [parent, child] = [`parent${n % 300}`, `child${n}`];
      if (memo.path(parent, child) !== `${parent}/${child}`)
        expect(memo.path(parent, child)).toBe(`${parent}/${child}`);
    }
  }
  expect(memo.path("a/b", "c")).toBe(memo.path("a", "b/c"));
  expect(memo.path("", "")).toBe("/");
});
