// Forms as senders write them: what a part is called, whatever library wrote it, and what is no form.

import { describe, expect, test } from "vitest";
import { fileIn, formIn } from "../../src/api/http/multipart.ts";
import { FORM_PARTS_MAX, PART_HEAD_BYTES_MAX } from "../../src/api/limits.ts";

const TYPE = "multipart/form-data; boundary=b-1";

function formOf(...parts: readonly (readonly [head: string, body: string])[]): Buffer {
  return Buffer.from(`${parts.map(([head, body]) => `--b-1\r\n${head}\r\n\r\n${body}\r\n`).join("")}--b-1--\r\n`);
}

const quoted = 'Content-Disposition: form-data; name="file"; filename="codes.csv"';

describe("a file", () => {
  test.each([
    ["in quotes", quoted, "codes.csv"],
    [
      "of .NET",
      "Content-Disposition: form-data; name=file; filename=codes.csv; filename*=utf-8''codes.csv",
      "codes.csv",
    ],
    ["of Jersey", 'Content-Disposition: form-data; filename="codes.csv"; size=4; name="file"', "codes.csv"],
    ["of aiohttp", "Content-Disposition: form-data; name=\"file\"; filename*=utf-8''c%C3%B6des.csv", "cödes.csv"],
    ["of a browser", 'Content-Disposition: form-data; name="file"; filename="c%22ö.csv"', 'c"ö.csv'],
    ["of curl", 'Content-Disposition: form-data; name="file"; filename="c\\"d.csv"', 'c"d.csv'],
    ["of Windows", 'Content-Disposition: form-data; name="file"; filename="C:\\dir\\codes.csv"', "C:\\dir\\codes.csv"],
    ["with a name that cannot be read", `${quoted}; filename*=utf-8''%ff`, "codes.csv"],
    ["without spaces, in any case", "CONTENT-DISPOSITION:Form-Data;NAME=file;FILENAME=codes.csv", "codes.csv"],
    ["behind other headers", `Content-Length: 4\r\nContent-Type: text/csv\r\n${quoted}`, "codes.csv"],
  ])("%s", (_sender, head, name) => {
    const form = formIn(formOf([head, "A\r\nB"]), TYPE);
    expect(form).toMatchObject({ file: { name, bytes: Buffer.from("A\r\nB") } });
    expect(form?.fields.size).toBe(0);
    expect(fileIn(formOf([head, "A\r\nB"]), TYPE)).toEqual(Buffer.from("A\r\nB"));
  });

  test("is what is called so, or the first that there is", () => {
    const other = quoted.replace('"file"', '"other"');
    expect(fileIn(formOf([other, "A"], [quoted, "B"]), TYPE)).toEqual(Buffer.from("B"));
    expect(fileIn(formOf([other, "A"], [other, "B"]), TYPE)).toEqual(Buffer.from("A"));
    expect(fileIn(formOf(['Content-Disposition: form-data; name="file"', "A"]), TYPE)).toBeNull();
  });

  test("may come as base64, be empty, and hold lines that look like the boundary", () => {
    expect(fileIn(formOf([`${quoted}\r\nContent-Transfer-Encoding: base64`, "QUJD"]), TYPE)).toEqual(
      Buffer.from("ABC"),
    );
    expect(fileIn(formOf([quoted, ""]), TYPE)).toEqual(Buffer.alloc(0));
    const body = "a\n--b-1\r\n--b-12\r\n--b-1 c\r\n";
    expect(fileIn(formOf([quoted, body]), TYPE)).toEqual(Buffer.from(body));
  });
});

test("texts beside it, of one name the last", () => {
  const text = (name: string): string => `Content-Disposition: form-data; name=${name}`;
  const typed = `${text('"asset"')}\r\nContent-Type: application/json`;
  const form = formIn(formOf([text("a"), "1"], [typed, "{}"], [text('"a"'), "ü"], [text('""'), ""]), TYPE);
  expect(form).toEqual({
    fields: new Map([
      ["a", "ü"],
      ["asset", "{}"],
      ["", ""],
    ]),
    file: null,
  });
});

test("the boundary may stand in quotes, with text before the first and behind the last, and spaces behind each", () => {
  const body = `before\r\n${formOf([quoted, "A"]).toString().replaceAll("b-1", "b 1")}behind`.replace(
    "b 1\r",
    "b 1 \t\r",
  );
  expect(fileIn(Buffer.from(body), 'multipart/form-data; charset=x; Boundary="b 1"')).toEqual(Buffer.from("A"));
});

test.each([
  ["without a boundary in its type", formOf([quoted, "A"]), "multipart/form-data; x=y"],
  ["with another boundary", formOf([quoted, "A"]), "multipart/form-data; boundary=c"],
  ["that is cut off", formOf([quoted, "A"]).subarray(0, -6), TYPE],
  ["that is cut off in a head", Buffer.from(`--b-1\r\n${quoted}`), TYPE],
  ["of lines that end otherwise", Buffer.from(formOf([quoted, "A"]).toString().replaceAll("\r", "")), TYPE],
  ["with a part that has no name", formOf([quoted.replace('name="file"; ', ""), "A"]), TYPE],
  ["with a part of another kind", formOf([quoted.replace("form-data", "attachment"), "A"]), TYPE],
  ["with a part without a head", Buffer.from("--b-1\r\n\r\n\r\n--b-1--"), TYPE],
  ["with a head that has no end", formOf([`${quoted}\r\nX: ${"x".repeat(PART_HEAD_BYTES_MAX)}`, "A"]), TYPE],
  ["of too many parts", formOf(...Array.from({ length: FORM_PARTS_MAX + 1 }, () => [quoted, "A"] as const)), TYPE],
  ["that is empty", Buffer.alloc(0), TYPE],
])("a body %s is none", (_what, bytes, type) => {
  expect(formIn(bytes, type)).toBeNull();
  expect(fileIn(bytes, type)).toBeNull();
});
