// What is written is read again.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatOfName } from "../../../src/api/tables/table_slices.ts";
import { fileFormats } from "../../../src/model/file_asset.ts";
import { tableText } from "../../../src/api/tables/table_text.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { readTable } from "./slices_of.ts";

test.each([
  ["persons.csv", "CSV"],
  ["Persons.2026.JSONL", "JSONL"],
  ["a.json", "JSON"],
  ["a.psv", "PSV"],
  ["a b.Xlsx", "XLSX"],
  ["csv", null],
  ["a.csv.zip", null],
  ["a.txt", null],
  ["", null],
])("the format of %j is %s", (name, format) => {
  expect(formatOfName(name)).toBe(format);
});

test("each format is an extension", () => {
  expect(fileFormats.map((format) => formatOfName(`a.${format.toLowerCase()}`))).toEqual(fileFormats);
});

const rows: JsonObject[] = [
  { email: "ann@example.com", points: 5, note: 'a, "b"|c', more: { x: [1] } },
  { email: null, note: "=1+1", vip: false },
];

describe("rows are written", () => {
  test("as CSV, in which no text is a formula", () => {
    expect(tableText(["note", "email", "points", "more", "vip"], rows, "CSV")).toBe(
      'note,email,points,more,vip\r\n"a, ""b""|c",ann@example.com,5,"{""x"":[1]}",\r\n\'=1+1,,,,false\r\n',
    );
  });

  test("as PSV", () => {
    expect(tableText(["note", "points"], rows, "PSV")).toBe('note|points\r\n"a, ""b""|c"|5\r\n\'=1+1|\r\n');
    expect(tableText(["a"], [{ a: "x|y" }], "PSV")).toBe('a\r\n"x|y"\r\n');
  });

  test("as JSON and JSONL, with all that they have", () => {
    const texts = rows.map((row) => JSON.stringify(row));
    expect(tableText(["note"], rows, "JSONL")).toBe(`${texts[0]}\n${texts[1]}\n`);
    expect(JSON.parse(tableText(["note"], rows, "JSON"))).toEqual(rows);
    expect(JSON.parse(tableText(["note"], [], "JSON"))).toEqual([]);
  });

  test("and what objects inherit is no cell", () => {
    expect(tableText(["constructor", "__proto__"], [{}], "CSV")).toBe("constructor,__proto__\r\n,\r\n");
  });
});

/** What survives being a cell: no space around it, nothing that a spreadsheet would compute. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('"', ",", "|", "\n", "\r", "'", " ", "a"),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  })
  .filter((each) => each.trim() === each && each !== "" && !/^[=+\-@]/.test(each) && !/[\0\p{Surrogate}]/u.test(each));
const name = text.filter((each) => !["__proto__", "constructor", "prototype"].includes(each));

test.each(["CSV", "PSV", "JSON", "JSONL"] as const)("%s: what is written is read again", async (format) => {
  const table = fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).chain((columns) =>
    fc.tuple(
      fc.constant(columns),
      fc.array(fc.array(fc.option(text), { minLength: columns.length, maxLength: columns.length }), {
        maxLength: 300,
      }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(table, async ([columns, cells]) => {
      const given = cells
        .map((row) =>
          Object.fromEntries(columns.flatMap((column, at) => (typeof row[at] === "string" ? [[column, row[at]]] : []))),
        )
        .filter((row) => Object.keys(row).length > 0);
      const read = await readTable(tableText(columns, given, format), format);
      expect(read.fault).toBeNull();
      expect(read.rows).toEqual(given);
    }),
    { numRuns: 60 },
  );
});
