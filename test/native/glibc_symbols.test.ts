import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withOlderSymbols } from "../../src/native/glibc_symbols.ts";

const folder = join(createRequire(import.meta.url).resolve("uws-current"), "..");
const binaryOf = (processor: string, modules: number): Buffer =>
  readFileSync(join(folder, `uws_linux_${processor}_${modules}.node`));

/** How many bytes differ, and in how many places of at most eight bytes. */
function differences(before: Buffer, after: Buffer): { readonly bytes: number; readonly places: number } {
  let bytes = 0;
  let places = 0;
  let last = -8;
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] === after[at]) continue;
    bytes += 1;
    if (at - last >= 8) places += 1;
    last = at;
  }
  return { bytes, places };
}

describe.each(["x64", "arm64"])("the current build for %s", (processor) => {
  test.each([115, 127, 137, 141])("G2 ABI %d: names and releases change, and nothing else", (modules) => {
    const before = binaryOf(processor, modules);
    const after = withOlderSymbols(before);
    expect(after.length).toBe(before.length);
    const { bytes, places } = differences(before, after);
    // Two or three functions, and the release's hash and name.
    expect(places).toBeGreaterThanOrEqual(3);
    expect(places).toBeLessThanOrEqual(5);
    expect(bytes).toBeLessThanOrEqual(20);
  });
});

describe("G1 a file is refused", () => {
  test("that needs another function of the newer release", () => {
    const file = Buffer.from(binaryOf("x64", 115));
    const at = file.indexOf("__isoc23_strtoul\0");
    file.write("__isoc23_strfrom", at, "latin1");
    expect(() => withOlderSymbols(file)).toThrow("it needs __isoc23_strfrom of GLIBC_2.38");
  });

  test("that was changed already, or is for another processor", () => {
    expect(() => withOlderSymbols(withOlderSymbols(binaryOf("x64", 115)))).toThrow("does not need GLIBC_2.38");
    const file = Buffer.from(binaryOf("x64", 115));
    file.writeUInt16LE(40, 18);
    expect(() => withOlderSymbols(file)).toThrow("is for another processor");
  });

  test.each([
    ["no ELF", Buffer.alloc(4096)],
    ["too short", Buffer.from("\x7fELF")],
  ])("that is %s", (_what, file) => {
    expect(() => withOlderSymbols(file)).toThrow("not a 64-bit little-endian ELF file");
  });
});
