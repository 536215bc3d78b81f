// Files of programs that are not what a record of the log names.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ProgramGone } from "../../src/engine/mod.ts";
import { openProgramLookup, programPath } from "../../src/runtime/configuration/program_files.ts";
import { newDirectory, removeDirectory } from "./open_node.ts";

const directory = newDirectory();
afterEach(() => removeDirectory(directory));

test.each([
  ["missing", null],
  ["damaged: it is not JSON", "{"],
])("G2 a program whose file is %s is gone, and the file is named", (what, text) => {
  const path = programPath(directory, "abc");
  mkdirSync(join(directory, "programs"), { recursive: true });
  if (text !== null) writeFileSync(path, text);
  const found = (): unknown => openProgramLookup(directory).find("abc");
  expect(found).toThrow(ProgramGone);
  expect(found).toThrow(`${path} is ${what}`);
});
