// Tables in workbooks: the first sheet, as spreadsheets write it, and as nobody should.

import { describe, expect, test } from "vitest";
import { foldZip } from "../../../src/base/zip.ts";
import { book, type BookParts } from "../../support/workbook.ts";
import { faultOf, readTable } from "./slices_of.ts";

const text = (value: string, place = ""): string => `<c ${place} t="inlineStr"><is><t>${value}</t></is></c>`;
const row = (...cells: string[]): string => `<row>${cells.join("")}</row>`;
const table = (...rows: string[]): Buffer => book({ sheet: rows.join("") });

test("has rows under its header, whatever kind of cell they are in", async () => {
  const shared =
    '<si><t>email</t></si><si><t xml:space="preserve"> points </t></si><si><r><t>Ann</t></r><r><t>&amp;Co</t></r></si>';
  const sheet =
    '<row r="1"/>' +
    row('<c r="A1" t="s"><v>0</v></c>', '<c r="B1" t="s"><v>1</v></c>', text("name", 'r="C1"'), text("vip", 'r="D1"')) +
    row(
      text("ann@example.com"),
      '<c r="B2"><v>12.50</v></c>',
      '<c r="C2" t="s"><v>2</v></c>',
      '<c r="D2" t="b"><v>1</v></c>',
    ) +
    row('<c r="A3" s="1"/>', '<c r="B3"/>') +
    row('<c r="D4" t="b"><v>0</v></c>', '<c r="C4" t="str"><f>A1</f><v>two\nlines</v></c>', '<c r="Z4" s="2"/>') +
    row('<c r="B5"><v>1E-3</v></c>');
  const { columns, rows, fault } = await readTable(book({ sheet, shared }), "XLSX");
  expect(fault).toBeNull();
  expect(columns).toEqual(["email", "points", "name", "vip"]);
  expect(rows).toEqual([
    { email: "ann@example.com", points: "12.50", name: "Ann&Co", vip: "true" },
    { name: "two\nlines", vip: "false" },
    { points: "1E-3" },
  ]);
});

describe("a number in a style that shows dates is a date", () => {
  const styles =
    '<styleSheet><numFmts count="4"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="0.00\\ &quot;days&quot;"/>' +
    '<numFmt numFmtId="166" formatCode="[Red]0.0;[h]0"/><numFmt numFmtId="167" formatCode="[$-409]d\\.m\\.yy h:mm"/></numFmts>' +
    '<cellStyleXfs><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs><cellXfs count="8"><xf numFmtId="0"/><xf numFmtId="14"><alignment/></xf>' +
    '<xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="47"/><xf numFmtId="23"/></cellXfs>' +
    '<dxfs><dxf><numFmt numFmtId="165" formatCode="yyyy"/></dxf></dxfs></styleSheet>';
  const shown = async (style: number, value: string, workbook = ""): Promise<unknown> => {
    const sheet = row(text("at")) + row(`<c s="${style}"><v>${value}</v></c>`);
    const { rows } = await readTable(book({ sheet, workbook, more: { "xl/styles.xml": styles } }), "XLSX");
    return rows[0]?.["at"];
  };

  test.each([
    ["none", 0, "47484", "47484"],
    ["a date that every workbook knows", 1, "47484", "2030-01-01"],
    ["one with a time", 2, "47484.5", "2030-01-01T12:00:00Z"],
    ["one with a time that is not exact", 2, "47484.000011574", "2030-01-01T00:00:01Z"],
    ["a described date", 3, "47484", "2030-01-01"],
    ["letters in quotes", 4, "47484", "47484"],
    ["letters in brackets", 5, "47484", "47484"],
    ["a described date with a time", 6, "47484.25", "2030-01-01T06:00:00Z"],
    ["minutes and seconds", 7, "47484", "2030-01-01"],
    ["a number behind the dates", 8, "47484", "47484"],
    ["a style that is not there", 77, "47484", "47484"],
    ["a time of no day", 2, "0.5", "0.5"],
    ["the last day", 1, "2958465", "9999-12-31"],
    ["beyond the last day", 1, "2958466", "2958466"],
    ["beyond all time", 1, "1e300", "1e300"],
    ["no number", 1, "soon", "soon"],
  ])("%s", async (_what, style, value, expected) => {
    expect(await shown(style, value)).toBe(expected);
  });

  test("counted as its workbook does", async () => {
    expect(await shown(1, "47484", ' date1904="1"')).toBe("2034-01-02");
  });

  test("unless it is a text", async () => {
    const sheet = row(text("at")) + row(text("47484", 's="1"'));
    const { rows } = await readTable(book({ sheet, more: { "xl/styles.xml": styles } }), "XLSX");
    expect(rows).toEqual([{ at: "47484" }]);
  });
});

const unreadable = "0: The file is no workbook (xlsx), is damaged, or is too large for one; bring it as CSV.";
const head = row(text("a"), text("b"));

describe("is refused", () => {
  test.each<[string, Buffer, string]>([
    ["text", Buffer.from("a,b\n1,2\n"), unreadable],
    ["nothing", Buffer.alloc(0), unreadable],
    ["another archive", Buffer.from(foldZip({ "a.txt": Buffer.from("x") })), unreadable],
    ["half a workbook", table(head).subarray(0, 300), unreadable],
    [
      "a workbook that unfolds to too much",
      book({ sheet: "", more: { "xl/media/x": "x".repeat(9 << 20) } }),
      unreadable,
    ],
    ["no rows", table(), "0: The file has no header."],
    ["a gap in the header", table(row(text("a"), text("c", 'r="C1"'))), "0: Column 2 has no name in the header."],
    ["a name twice", table(row(text("a"), text("a"))), '0: Two columns have the name "a".'],
    ["a column far out", table(head, row(text("x", 'r="XFD2"'))), "1: The row has a cell beyond column 200."],
    [
      "one farther than sheets go",
      table(head, row(text("x", `r="${"Z".repeat(9_999)}2"`))),
      "1: The row has a cell beyond column 200.",
    ],
    [
      "a cell without a column",
      table(head, row(text("x", 'r="C2"'))),
      "1: The row has 3 cells where the header has 2.",
    ],
    [
      "an error",
      table(head, row(text("x")), row('<c t="e"><v>#REF!</v></c>')),
      "2: The cell in column 1 is an error of a formula, or damaged.",
    ],
    [
      "a text that is not there",
      table(head, row('<c t="s"><v>7</v></c>')),
      "1: The cell in column 1 is an error of a formula, or damaged.",
    ],
    ["NUL", table(head, row(text("x&#0;"))), "1: The cell in column 1 has a character that is none."],
    [
      "half a character",
      table(head, row("<c/>", text("&#xD800;"))),
      "1: The cell in column 2 has a character that is none.",
    ],
    ["an open cell", table(head, row(text("x")), "<row><c><v>1</v></row>"), "2: The row is damaged."],
    ["an open row", table(head, row(text("x")), "<row><c><v>1</v></c>"), "2: The row is damaged."],
    [
      "a long row",
      table(head, row(text("x".repeat(40_000)), text("x".repeat(40_000)))),
      "1: The row has more than 64 KiB; perhaps a quote or a bracket is not closed.",
    ],
    [
      "a row of nothing",
      table(head, `<row>${"<c/>".repeat(200_000)}</row>`),
      "1: The row has more than 64 KiB; perhaps a quote or a bracket is not closed.",
    ],
    [
      "too many rows",
      table(head, "<row/>".repeat(200_001)),
      "1: The table has more than 200000 rows, blank ones included.",
    ],
  ])("%s", async (_what, file, fault) => {
    expect(await faultOf(file, "XLSX")).toBe(fault);
  });

  test("one text in very many cells", async () => {
    const parts: BookParts = {
      sheet: head + row('<c t="s"><v>0</v></c>').repeat(2_000),
      shared: `<si><t>${"x".repeat(60_000)}</t></si>`,
    };
    const { rows, fault } = await readTable(book(parts), "XLSX");
    expect(rows.length).toBe(Math.floor((32 << 20) / 60_000));
    expect(fault?.what).toContain("more than 32 MiB of text");
  });
});

test("comes in slices", async () => {
  const rows = Array.from({ length: 450 }, (_, n) => row(`<c><v>${n}</v></c>`));
  const read = await readTable(table(head, ...rows), "XLSX");
  expect(read.sizes).toEqual([200, 200, 50]);
  expect(read.rows.map((each) => each["a"])).toEqual(Array.from({ length: 450 }, (_, n) => `${n}`));
});
