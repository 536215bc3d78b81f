// Workbooks of codes: as spreadsheets write them, and as nobody should.

import { describe, expect, test } from "vitest";
import { codesInWorkbook, isArchive } from "../../src/api/management/workbook.ts";
import { foldZip } from "../../src/base/zip.ts";
import { book, type BookParts } from "../support/workbook.ts";

function lines(parts: BookParts): string[] | null {
  const read = codesInWorkbook(book(parts));
  return read === null ? null : read.toString("utf8").split("\n").slice(0, -1);
}

const rows = (...cells: string[]): string => cells.map((cell) => `<row>${cell}</row>`).join("");

describe("the first sheet", () => {
  test("gives its codes, whatever kind of cell they are in", () => {
    const sheet =
      rows(
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>',
        '<c r="A2" s="3" t="s"><v>2</v></c><c r="B2" t="inlineStr"><is><t>2030-01-01T00:00:00Z</t></is></c>',
        '<c r="A3"><v>10045</v></c><c r="B3"/>',
        '<c r="A4" t="str"><f>A3</f><v>FROM-F</v></c>',
      ) + '<row r="9" spans="1:2"/>';
    const shared =
      '<si><t>coupon_code</t></si><si><t xml:space="preserve"> expires_at </t></si>' +
      '<si><r><rPr><b/></rPr><t>A&amp;</t></r><r><t>B&#45;&#x31;</t></r><rPh sb="0" eb="1"><t>aloud</t></rPh></si>';
    expect(lines({ sheet, shared })).toEqual([
      '"coupon_code","expires_at"',
      '"A&B-1","2030-01-01T00:00:00Z"',
      '"10045",""',
      '"FROM-F",""',
    ]);
  });

  test("counts days as its workbook does", () => {
    const sheet = rows('<c t="inlineStr"><is><t>X</t></is></c><c><v>47484.5</v></c>');
    expect(lines({ sheet })).toEqual(['"X","2030-01-01T12:00:00.000Z"']);
    expect(lines({ sheet, workbook: ' date1904="1"' })).toEqual(['"X","2034-01-02T12:00:00.000Z"']);
  });

  test("is the one that the workbook names first, wherever it lies", () => {
    expect(lines({ sheet: rows("<c><v>1</v></c>"), target: "/xl/worksheets/sheet1.xml" })).toEqual(['"1",""']);
    expect(lines({ sheet: "", target: "worksheets/sheet2.xml" })).toEqual(['"9",""']);
  });

  test("with quotes and commas in a code stays one line a code", () => {
    const sheet = rows('<c t="inlineStr"><is><t>a,"b"</t></is></c>');
    expect(lines({ sheet })).toEqual(['"a,""b""",""']);
  });

  test("without rows has no codes", () => {
    expect(lines({ sheet: "" })).toEqual([]);
  });
});

describe("what is none", () => {
  test.each<[string, BookParts]>([
    ["a third column", { sheet: rows('<c r="A1"><v>1</v></c><c r="C1"><v>2</v></c>') }],
    ["a cell that is an error", { sheet: rows('<c t="e"><v>#REF!</v></c>') }],
    ["a shared text that is not there", { sheet: rows('<c t="s"><v>7</v></c>'), shared: "<si><t>x</t></si>" }],
    ["a line break in a code", { sheet: rows('<c t="inlineStr"><is><t>a\nb</t></is></c>') }],
    ["a cell that is not closed", { sheet: "<row><c><v>1</v></row>" }],
    ["a sheet that is not there", { sheet: "", target: "worksheets/sheet9.xml" }],
    [
      "too many files",
      {
        sheet: "",
        more: Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`xl/media/${n}`, "x"])),
      },
    ],
    ["too many bytes", { sheet: "", more: { "xl/media/large": "x".repeat(9 * 1024 * 1024) } }],
  ])("%s", (_what, parts) => {
    expect(lines(parts)).toBeNull();
  });

  test("an archive of something else, and one that is damaged", () => {
    expect(codesInWorkbook(Buffer.from(foldZip({ "readme.txt": Buffer.from("hello") })))).toBeNull();
    expect(codesInWorkbook(book({ sheet: "" }).subarray(0, 100))).toBeNull();
    expect(isArchive(book({ sheet: "" }))).toBe(true);
    expect(isArchive(Buffer.from("PK-1\nPK-2\n"))).toBe(false);
  });

  test("takes no longer for hostile text than for any other", () => {
    const hostile = ["<c ".repeat(400_000), "<row>".repeat(400_000), `<row>${"<c><t>".repeat(200_000)}</row>`];
    const shared = `<si>${"<rPh>".repeat(300_000)}</si>`;
    const startedMs = performance.now();
    for (const sheet of hostile) codesInWorkbook(book({ sheet, shared }));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
