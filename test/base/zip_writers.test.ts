// Archives as programs write them: each its own way to say sizes, names and what else there is.

import { expect, test } from "vitest";
import { unfoldZip } from "../../src/base/zip.ts";
import { zipBytes } from "../support/zip_bytes.ts";

/** Flags of how well it was deflated, and of names in UTF-8. */
const FAST = 0x0006;
const UTF8 = 0x0800;

const xml = (name: string): Buffer => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${name}/>`);

const archives: readonly { readonly by: string; readonly bytes: Buffer; readonly files: Record<string, string> }[] = [
  {
    by: "zip, to a file",
    bytes: Buffer.from(
      "UEsDBBQAAAAIAHUVgV0AiFkLCwAAABgAAAAFABwAYS50eHRVVAkAA140DmteNA5rdXgLAAEEAAAAAAQAAAAAy0jNyclXyEAnuQBQSwMECgAAAA" +
        "AAdRWBXQAAAAAAAAAAAAAAAAIAHABkL1VUCQADXjQOa140Dmt1eAsAAQQAAAAABAAAAABQSwMECgAAAAAAdRWBXcTyx/YCAAAAAgAAAAcAHABk" +
        "L2IudHh0VVQJAANeNA5rXjQOa3V4CwABBAAAAAAEAAAAAGIKUEsBAh4DFAAAAAgAdRWBXQCIWQsLAAAAGAAAAAUAGAAAAAAAAQAAAKSBAAAAAG" +
        "EudHh0VVQFAANeNA5rdXgLAAEEAAAAAAQAAAAAUEsBAh4DCgAAAAAAdRWBXQAAAAAAAAAAAAAAAAIAGAAAAAAAAAAQAO1BSgAAAGQvVVQFAANe" +
        "NA5rdXgLAAEEAAAAAAQAAAAAUEsBAh4DCgAAAAAAdRWBXcTyx/YCAAAAAgAAAAcAGAAAAAAAAQAAAKSBhgAAAGQvYi50eHRVVAUAA140Dmt1eA" +
        "sAAQQAAAAABAAAAABQSwUGAAAAAAMAAwDgAAAAyQAAAAAA",
      "base64",
    ),
    files: { "a.txt": "hello hello hello hello\n", "d/": "", "d/b.txt": "b\n" },
  },
  {
    by: "zip, to a pipe: sizes behind what is deflated",
    bytes: Buffer.from(
      "UEsDBBQACAAIAHUVgV0AAAAAAAAAABgAAAAFABwAYS50eHRVVAkAA140DmteNA5rdXgLAAEEAAAAAAQAAAAAy0jNyclXyEAnuQBQSwcIAIhZCw" +
        "sAAAAYAAAAUEsDBAoAAAAAAHUVgV0AAAAAAAAAAAAAAAACABwAZC9VVAkAA140DmteNA5rdXgLAAEEAAAAAAQAAAAAUEsDBBQACAAIAHUVgV0A" +
        "AAAAAAAAAAIAAAAHABwAZC9iLnR4dFVUCQADXjQOa140Dmt1eAsAAQQAAAAABAAAAABL4gIAUEsHCMTyx/YEAAAAAgAAAFBLAQIeAxQACAAIAH" +
        "UVgV0AiFkLCwAAABgAAAAFABgAAAAAAAEAAACkgQAAAABhLnR4dFVUBQADXjQOa3V4CwABBAAAAAAEAAAAAFBLAQIeAwoAAAAAAHUVgV0AAAAA" +
        "AAAAAAAAAAACABgAAAAAAAAAEADtQVoAAABkL1VUBQADXjQOa3V4CwABBAAAAAAEAAAAAFBLAQIeAxQACAAIAHUVgV3E8sf2BAAAAAIAAAAHAB" +
        "gAAAAAAAEAAACkgZYAAABkL2IudHh0VVQFAANeNA5rdXgLAAEEAAAAAAQAAAAAUEsFBgAAAAADAAMA4AAAAOsAAAAAAA==",
      "base64",
    ),
    files: { "a.txt": "hello hello hello hello\n", "d/": "", "d/b.txt": "b\n" },
  },
  {
    by: "zip, from a pipe: an end for large archives before the usual one",
    bytes: Buffer.from(
      "UEsDBC0AAAAIAHUVgV0AiFkL//////////8BABQALQEAEAAYAAAAAAAAAAsAAAAAAAAAy0jNyclXyEAnuQBQSwECHgMtAAAACAB1FYFdAIhZCw" +
        "sAAAAYAAAAAQAAAAAAAAABAAAAgBEAAAAALVBLBgYsAAAAAAAAAB4DLQAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAAAvAAAAAAAAAD4AAAAAAAAA" +
        "UEsGBwAAAABtAAAAAAAAAAEAAABQSwUGAAAAAAEAAQAvAAAAPgAAAAAA",
      "base64",
    ),
    files: { "-": "hello hello hello hello\n" },
  },
  {
    by: "jar: names in UTF-8, sizes behind",
    bytes: Buffer.from(
      "UEsDBBQACAgIAHUVgV0AAAAAAAAAAAAAAAAFAAQAYS50eHT+ygAAy0jNyclXyEAnuQBQSwcIAIhZCwsAAAAYAAAAUEsDBAoAAAgAAHUVgV0AAA" +
        "AAAAAAAAAAAAACAAAAZC9QSwMEFAAICAgAdRWBXQAAAAAAAAAAAAAAAAcAAABkL2IudHh0S+ICAFBLBwjE8sf2BAAAAAIAAABQSwECFAAUAAgI" +
        "CAB1FYFdAIhZCwsAAAAYAAAABQAEAAAAAAAAAAAAAAAAAAAAYS50eHT+ygAAUEsBAgoACgAACAAAdRWBXQAAAAAAAAAAAAAAAAIAAAAAAAAAAA" +
        "AAAAAAQgAAAGQvUEsBAhQAFAAICAgAdRWBXcTyx/YEAAAAAgAAAAcAAAAAAAAAAAAAAAAAYgAAAGQvYi50eHRQSwUGAAAAAAMAAwCcAAAAmwAA" +
        "AAAA",
      "base64",
    ),
    files: { "a.txt": "hello hello hello hello\n", "d/": "", "d/b.txt": "b\n" },
  },
  {
    by: "Python's zipfile, as they are, with a comment",
    bytes: Buffer.from(
      "UEsDBBQAAAAAAHYVgV32+YHtBgAAAAYAAAAFAAAAYS50eHRoZWxsbyBQSwECFAMUAAAAAAB2FYFd9vmB7QYAAAAGAAAABQAAAAAAAAAAAAAAgA" +
        "EAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAKQAAAAYAYSBub3Rl",
      "base64",
    ),
    files: { "a.txt": "hello " },
  },
  {
    by: "Python's zipfile, to a stream: sizes behind, one of them wide",
    bytes: Buffer.from(
      "UEsDBBQACAAIAHYVgV0AAAAAAAAAAAAAAAAFAAAAYS50eHTLSM3JyVfIIIsEAFBLBwjkTdBZCwAAADwAAABQSwMEFAAIAAgAdhWBXQAAAAAAAA" +
        "AAAAAAAAIAAABkLwMAUEsHCAAAAAACAAAAAAAAAFBLAwQUAAgICAB2FYFdAAAAAAAAAAAAAAAACAAAAGQvw7wudHh0qwAAUEsHCIMW3IwDAAAA" +
        "AQAAAFBLAwQtAAgACAAAACEAAAAAAP//////////AwAUAGJpZwEAEAAAAAAAAAAAAAAAAAAAAAAAq6oCAFBLBwihG9kkBAAAAAAAAAACAAAAAA" +
        "AAAFBLAQIUAxQACAAIAHYVgV3kTdBZCwAAADwAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLAQIUAxQACAAIAHYVgV0AAAAAAgAAAAAAAAAC" +
        "AAAAAAAAAAAAEAD9QT4AAABkL1BLAQIUAxQACAgIAHYVgV2DFtyMAwAAAAEAAAAIAAAAAAAAAAAAAACAAXAAAABkL8O8LnR4dFBLAQItAy0ACA" +
        "AIAAAAIQChG9kkBAAAAAIAAAADAAAAAAAAAAAAAACAAakAAABiaWdQSwUGAAAAAAQABADKAAAA+gAAAAAA",
      "base64",
    ),
    files: {
      "a.txt": "hello hello hello hello hello hello hello hello hello hello ",
      "d/": "",
      "d/ü.txt": "x",
      big: "zz",
    },
  },
  {
    by: "Commons Compress, always wide: sizes and places are in the extra field",
    bytes: Buffer.from(
      "UEsDBC0ACAgIAJYVgV0AAAAA//////////8FABQAYS50eHQBABAAAAAAAAAAAAAAAAAAAAAAAMtIzcnJV8hAkABQSwcIgIj55QoAAAAAAAAAEQ" +
        "AAAAAAAABQSwECLQAtAAgICACWFYFdgIj55f//////////BQAgAAAAAAAAAAAAAAD/////YS50eHQBABwAEQAAAAAAAAAKAAAAAAAAAAAAAAAA" +
        "AAAAAAAAAFBLBgYsAAAAAAAAAC0ALQAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAABTAAAAAAAAAFkAAAAAAAAAUEsGBwAAAACsAAAAAAAAAAEAAA" +
        "BQSwUGAAAAAAEAAQBTAAAAWQAAAAAA",
      "base64",
    ),
    files: { "a.txt": "hello hello hello" },
  },
  {
    by: "Excel: room that it keeps behind names",
    bytes: zipBytes([
      {
        name: "[Content_Types].xml",
        content: xml("Types"),
        flags: FAST,
        localExtra: Buffer.concat([Buffer.from("20a2040228a00002", "hex"), Buffer.alloc(512)]),
      },
      { name: "xl/workbook.xml", content: xml("workbook"), flags: FAST },
    ]),
    files: {
      "[Content_Types].xml": xml("Types").toString(),
      "xl/workbook.xml": xml("workbook").toString(),
    },
  },
  {
    by: "LibreOffice: names in UTF-8, sizes behind",
    bytes: zipBytes([
      { name: "_rels/.rels", content: xml("Relationships"), flags: UTF8, isDescribedBehind: true },
      { name: "xl/workbook.xml", content: xml("workbook"), flags: UTF8, isDescribedBehind: true },
    ]),
    files: {
      "_rels/.rels": xml("Relationships").toString(),
      "xl/workbook.xml": xml("workbook").toString(),
    },
  },
];

test.each(archives)("$by", ({ bytes, files }) => {
  const unfolded = unfoldZip(bytes, { bytesMax: 1_000, filesMax: 4 }) ?? [];
  expect([...unfolded].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual(
    Object.entries(files),
  );
});
