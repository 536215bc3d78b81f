// Tables of JSON objects, one a line or in one list.

import { describe, expect, test } from "vitest";
import type { FileFormat } from "../../../src/model/file_asset.ts";
import { faultOf, readTable } from "./slices_of.ts";

const KiB = 1024;
const long = "The row has more than 64 KiB; perhaps a quote or a bracket is not closed.";
const noObject = "The row is no JSON object.";
const noList = "The file is no JSON list of objects.";
const cutOff = "The file ends before its list does.";
const deep = (levels: number): string => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

test("JSONL has an object a line", async () => {
  const file =
    '\uFEFF{"email":"ann@example.com","points":5,"vip":true}\r\n\n  \n {"tags":["a","b"],"of":{"x":null}} \n{"email":"é"}';
  const { columns, rows, fault } = await readTable(file, "JSONL");
  expect(fault).toBeNull();
  expect(columns).toEqual(["email", "points", "vip"]);
  expect(rows).toEqual([
    { email: "ann@example.com", points: 5, vip: true },
    { tags: ["a", "b"], of: { x: null } },
    { email: "é" },
  ]);
});

test("JSON has them in a list", async () => {
  const file = '\uFEFF \n[ {"a":"x,]}\\"\\\\","b":[1,{"c":[2]}]} ,\n{"d":{}}\t,{}\r\n] \n';
  const { columns, rows, fault } = await readTable(file, "JSON");
  expect(fault).toBeNull();
  expect(columns).toEqual(["a", "b"]);
  expect(rows).toEqual([{ a: 'x,]}"\\', b: [1, { c: [2] }] }, { d: {} }, {}]);
});

test("neither needs rows", async () => {
  const none = { columns: [], rows: [], sizes: [0], fault: null };
  for (const file of ["[]", " [ \n ] "]) expect(await readTable(file, "JSON")).toEqual(none);
  for (const file of ["", "\n \n"]) expect(await readTable(file, "JSONL")).toEqual(none);
});

test("both come in slices", async () => {
  const rows = Array.from({ length: 1_001 }, (_, n) => ({ n, text: "x".repeat(100) }));
  const sizes = [200, 200, 200, 200, 200, 1];
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  expect(await readTable(lines, "JSONL")).toEqual({ columns: ["n", "text"], rows, sizes, fault: null });
  expect(await readTable(JSON.stringify(rows), "JSON")).toEqual({ columns: ["n", "text"], rows, sizes, fault: null });
});

describe("of either, a row is refused", () => {
  test.each([
    ["no object", "[1]", noObject],
    ["null", "null", noObject],
    ["half an object", '{"a":1]', noObject],
    ["two objects", '{"a":1}{"a":1}', noObject],
    ["no JSON", "{a:1}", noObject],
    ["too deep", deep(11), "The row is nested more than 10 deep."],
    ["far too deep", deep(30_000), "The row is nested more than 10 deep."],
    ["__proto__", '{"__proto__":{"x":1}}', "The row cannot be taken: this name is reserved (__proto__)."],
    [
      "__proto__ in escapes",
      '{"a":{"__pr\\u006fto__":1}}',
      "The row cannot be taken: this name is reserved (__proto__).",
    ],
    ["a member twice", '{"a":1,"a":2}', "The row cannot be taken: a member occurs twice."],
    ["a lone surrogate", '{"a":"\\ud800"}', "The row cannot be taken: a text has a lone surrogate or NUL."],
    ["an escaped NUL", '{"a":"\\u0000"}', "The row cannot be taken: a text has a lone surrogate or NUL."],
    [
      "a number that is not exact",
      '{"a":9007199254740993}',
      "The row cannot be taken: a number is too large to be exact: send it as text.",
    ],
    ["many members", JSON.stringify(named(201)), "The row has more than 200 members."],
    [
      "many members below",
      JSON.stringify({ a: named(2_000) }),
      "The row and what it holds have more than 2000 members.",
    ],
    ["a long name", `{"${"a".repeat(201)}":1}`, "A member's name has more than 200 characters."],
    ["a blank name", '{" ":1}', "A member of the row has no name."],
    ["long", JSON.stringify({ a: "x".repeat(64 * KiB) }), long],
  ])("%s", async (_what, row, what) => {
    expect(await faultOf(`{"a":1}\n\n${row}\n{"a":1}`, "JSONL")).toBe(`2: ${what}`);
    expect(await faultOf(`[{"a":1},${row},{"a":1}]`, "JSON")).toBe(`2: ${what}`);
  });
});

test.each<[string, string, string]>([
  ["an object with a list", '{"rows":[{"a":1}]}', `0: ${noList}`],
  ["nothing", "", `0: ${noList}`],
  ["only spaces", " ".repeat(200_000), `0: ${noList}`],
  ["lines", '{"a":1}\n{"a":2}', `0: ${noList}`],
  ["no end", '[{"a":1},{"a":2}', `0: ${cutOff}`],
  ["no end behind a comma", '[{"a":1},', `0: ${cutOff}`],
  ["only a beginning", "[", `0: ${cutOff}`],
  ["a text without an end", '[{"a":1},{"a":"x]', `0: ${cutOff}`],
  ["a comma too many", '[{"a":1},]', `2: ${noObject}`],
  ["a comma before the first", '[,{"a":1}]', `1: ${noObject}`],
  ["something behind it", '[{"a":1}] x', `0: ${noList}`],
  ["a second list", "[][]", `0: ${noList}`],
  ["a bracket of another kind", '[{"a":1}}', `0: ${noList}`],
  ["a bracket of another kind, and more", '[{"a":1}},{"a":1}]', `0: ${noList}`],
  ["brackets", "[".repeat(1 << 20), `1: ${long}`],
  ["one endless text", `["${"x".repeat(1 << 20)}`, `1: ${long}`],
])("JSON is no table with %s", async (_what, file, fault) => {
  expect(await faultOf(file, "JSON")).toBe(fault);
});

test.each<FileFormat>(["JSON", "JSONL"])("%s is text", async (format) => {
  expect(await faultOf(Buffer.from('[{"a":"é"}]', "latin1"), format)).toBe("0: The file is not text in UTF-8.");
  expect(await faultOf('[{"a":"\0"}]', format)).toBe("0: The file has a NUL character.");
});

test("UTF-8 is looked at across the borders of pieces", async () => {
  for (let before = 0; before <= 4; before++) {
    const begin = '{"a":"';
    const text = `${"\n".repeat(1024 * KiB - before - begin.length)}${begin}😀"}`;
    expect((await readTable(text, "JSONL")).rows).toEqual([{ a: "😀" }]);
    const cut = Buffer.from(text);
    cut[cut.length - 3] = 0x20;
    expect(await faultOf(cut, "JSONL")).toBe("0: The file is not text in UTF-8.");
  }
});

test("there is an end to rows", async () => {
  const fault = "200001: The table has more than 200000 rows, blank ones included.";
  expect(await faultOf("{}\n".repeat(200_001), "JSONL")).toBe(fault);
  expect(await faultOf("{}\n".repeat(200_000), "JSONL")).toBeNull();
});

test("blank lines cost next to nothing", async () => {
  const startedMs = performance.now();
  expect(await faultOf("\n".repeat(2 << 20), "JSONL")).toBeNull();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

function named(members: number): { [name: string]: number } {
  return Object.fromEntries(Array.from({ length: members }, (_, n) => [`m${n}`, n]));
}
