// Tables with delimiters: as spreadsheets and data bases write them, and as nobody should.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvCells } from "../../../src/api/tables/csv_cells.ts";
import { faultOf, readTable } from "./slices_of.ts";

describe("CSV", () => {
  test("has rows under its header, whatever the order of the columns", async () => {
    const file =
      "\uFEFFemail , first_name,note\r\n" +
      'ann@example.com,Ann,"says ""hi"", twice"\r\n' +
      "\r\n" +
      '  bob@example.com ,,"two\r\nlines"\n' +
      " , ,\n" +
      "cid@example.com\n" +
      'dee@example.com, "Dee" ,';
    const { columns, rows, sizes, fault } = await readTable(file, "CSV");
    expect(fault).toBeNull();
    expect(columns).toEqual(["email", "first_name", "note"]);
    expect(rows).toEqual([
      { email: "ann@example.com", first_name: "Ann", note: 'says "hi", twice' },
      { email: "bob@example.com", note: "two\r\nlines" },
      { email: "cid@example.com" },
      { email: "dee@example.com", first_name: "Dee" },
    ]);
    expect(sizes).toEqual([4]);
  });

  test("comes in slices, each with the columns", async () => {
    const lines = Array.from({ length: 401 }, (_, n) => `p${n}`);
    const { rows, sizes } = await readTable(`person\n${lines.join("\n")}\n`, "CSV");
    expect(sizes).toEqual([200, 200, 1]);
    expect(rows.map((row) => row["person"])).toEqual(lines);
  });

  test("without rows still says its columns", async () => {
    expect(await readTable("a,b\n", "CSV")).toEqual({ columns: ["a", "b"], rows: [], sizes: [0], fault: null });
  });

  test("may call its columns what it likes", async () => {
    const { rows } = await readTable("__proto__,constructor,toString\nx,y,z\n", "CSV");
    const [row = {}] = rows;
    expect(Object.entries(row)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["toString", "z"],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  test("PSV is the same with another delimiter", async () => {
    const { columns, rows } = await readTable('a|b\n1,5|"x|y"\n', "PSV");
    expect(columns).toEqual(["a", "b"]);
    expect(rows).toEqual([{ a: "1,5", b: "x|y" }]);
  });
});

const KiB = 1024;
const long = "The row has more than 64 KiB; perhaps a quote or a bracket is not closed.";

describe("is refused", () => {
  test.each<[string, string | Buffer, string]>([
    ["nothing", "", "0: The file has no header."],
    ["blank lines", "\n \n,,\n", "0: The file has no header."],
    ["a column without a name", "a,,c\n", "0: Column 2 has no name in the header."],
    ["a name twice", "a,b, a\n", '0: Two columns have the name "a".'],
    ["a long name", `a,${"b".repeat(201)}\n`, "0: The name of column 2 has more than 200 characters."],
    [
      "many columns",
      `${Array.from({ length: 201 }, (_, n) => `c${n}`).join(",")}\n`,
      "0: The row has more than 200 cells.",
    ],
    ["very many columns", `${Array.from({ length: 100_000 }, (_, n) => `c${n}`).join(",")}\n`, `0: ${long}`],
    ["a cell too many", "a,b\n1,2\n\n1,2,3\n", "2: The row has 3 cells where the header has 2."],
    ["an empty cell too many", "a,b\n1,2,\n", "1: The row has 3 cells where the header has 2."],
    ["a quote that is not closed", 'a\n1\n"2\n', "2: A quote is opened and never closed."],
    ["such a quote in the header", 'a,"b\n1\n', "0: A quote is opened and never closed."],
    ["text behind a quote", 'a\n"1"2\n', "1: Behind a closing quote stands something else than the end of the cell."],
    [
      "text behind a quote and a space",
      'a\n"1" 2\n',
      "1: Behind a closing quote stands something else than the end of the cell.",
    ],
    ["a quote within a cell", 'a\n5" pipe\n', "1: A quote stands in a cell that does not begin with one."],
    ["latin-1", Buffer.from("name\nJosé\n", "latin1"), "0: The file is not text in UTF-8."],
    ["a surrogate in UTF-8", Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), "0: The file is not text in UTF-8."],
    ["a cut character", Buffer.from([0x61, 0x0a, 0xe2, 0x82]), "0: The file is not text in UTF-8."],
    ["UTF-16", Buffer.from("\uFEFFa\nb\n", "utf16le"), "0: The file is not text in UTF-8."],
    ["NUL", "a\nb\0c\n", "0: The file has a NUL character."],
    ["a long row", `a\n1\n${"x".repeat(64 * KiB)}\n`, `2: ${long}`],
    ["a long last row", `a\n1\n${"x".repeat(64 * KiB + 1)}`, `2: ${long}`],
    ["a row of delimiters", `a\n${",".repeat(4 * KiB * KiB)}`, `1: ${long}`],
    ["a row of spaces", `a\n${" ".repeat(4 * KiB * KiB)}`, `1: ${long}`],
    ["a quote over everything", `a\n1\n"${"x\n".repeat(8 * KiB * KiB)}`, `2: ${long}`],
    [
      "too many rows",
      `a\n${"1\n".repeat(200_001)}`,
      "200001: The table has more than 200000 rows, blank ones included.",
    ],
    [
      "too many blank ones",
      `a\n${"\n".repeat(200_001)}`,
      "1: The table has more than 200000 rows, blank ones included.",
    ],
  ])("%s", async (_what, file, fault) => {
    expect(await faultOf(file, "CSV")).toBe(fault);
  });

  test("at the first fault, behind all the rows before it", async () => {
    const { rows, fault } = await readTable(`a\n${"1\n".repeat(250)}"2" 3\n4\n`, "CSV");
    expect(rows).toHaveLength(250);
    expect(fault?.row).toBe(251);
  });

  test("nothing that is within the bounds", async () => {
    const header = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(200, "x")).join(",");
    expect(await faultOf(`${header}\n`, "CSV")).toBeNull();
    expect(await faultOf(`a\n${"x".repeat(64 * KiB - 1)}\n`, "CSV")).toBeNull();
    expect(await faultOf(`a\n${"1\n".repeat(200_000)}`, "CSV")).toBeNull();
  });
});

describe("reading", () => {
  /** A characteristic of the library: an error, with a stack, for each row that is narrower than the first. */
  test("takes no longer for rows of different widths", async () => {
    const timeOf = async (file: string): Promise<number> => {
      const startedMs = performance.now();
      expect((await readTable(file, "CSV")).fault).toBeNull();
      return performance.now() - startedMs;
    };
    const even = `${"a,b,c\n"}${"1,2,3\n".repeat(60_000)}`;
    await timeOf(even);
    const evenMs = await timeOf(even);
    expect(await timeOf(`${"a,b,c\n"}${"1\n1,2\n1,2,3\n".repeat(20_000)}`)).toBeLessThan(evenMs * 4 + 200);
  });

  /** A file of some seconds of work: timers in between come when they are due, or nearly. */
  test("lets others run", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const file = `a,b,c\n${"1,2,3\n".repeat(100_000)}`;
    const startedMs = performance.now();
    await readTable(file, "CSV");
    clearInterval(timer);
    expect(turns).toBeGreaterThan((performance.now() - startedMs) / 50);
  });

  test("does not depend on where the file is cut", async () => {
    const bits = fc.constantFrom(
      '"',
      '""',
      ",",
      "\n",
      "\r\n",
      "\r",
      " ",
      "\u00a0",
      "\u2028",
      "\uFEFF",
      "a",
      "é",
      "漢",
      "😀",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bits, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (parts, piece) => {
        const file = Buffer.from(parts.join(""));
        expect(await cellsOf(file, piece)).toEqual(await cellsOf(file, 1 << 20));
      }),
      { numRuns: 1_000 },
    );
  });

  test("nor is a row longer or shorter for it", async () => {
    for (const bytes of [-1, 0, 1]) {
      const file = Buffer.from(`a\n${"x".repeat(64 * KiB - 1 + bytes)}\nb\n`);
      const whole = await cellsOf(file, 1 << 20);
      expect(whole.at(-1)).toBe(bytes > 0 ? long : "b");
      for (const piece of [64 * KiB, 64 * KiB + 1, 64 * KiB + 2, 1_000])
        expect(await cellsOf(file, piece)).toEqual(whole);
    }
  });
});

/** All rows, and what is wrong at the end. */
async function cellsOf(file: Buffer, pieceBytes: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const group of csvCells(file, ",", pieceBytes)) {
    if (group.ok) found.push(...group.value.map((cells) => cells.join("|")));
    else found.push(group.error.what);
  }
  return found;
}
