// The file that the server library is loaded from is made when the program is built, where this machine needs one.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { withOlderSymbols } from "../../src/native/glibc_symbols.ts";
import { loadUws } from "../../src/native/mod.ts";
import { binary, keepAdapted, keptBinary } from "../../src/native/uws_binary.ts";
import { builtMain } from "../support/server_process.ts";

const isNeeded = loadUws().build !== "current";
const adapted = (): Buffer =>
  withOlderSymbols(readFileSync(join(createRequire(import.meta.url).resolve("uws-current"), "..", binary)));

test("the program and its threads find the copy that was built, if one is needed here", () => {
  const beside = (file: string): string | null => keptBinary(pathToFileURL(join(builtMain, "..", file)).href);
  const found = [beside("main.js"), beside("fronts/thread.js")];
  if (isNeeded) for (const file of found) expect(readFileSync(file ?? "/nowhere").equals(adapted())).toBe(true);
  else expect(found).toEqual([null, null]);
});

test("it is made below the folder of what is built, whole, and nowhere else", () => {
  const folder = mkdtempSync(join(tmpdir(), "laurel-native-"));
  keepAdapted(folder);
  expect(readdirSync(folder, { recursive: true })).toEqual(isNeeded ? ["native", `native/${binary}`] : []);
  if (isNeeded) expect(readFileSync(join(folder, "native", binary)).equals(adapted())).toBe(true);
  rmSync(folder, { recursive: true });
});

test("where none was kept there is none", () => {
  expect(keptBinary(pathToFileURL(join(tmpdir(), "main.js")).href)).toBeNull();
});
