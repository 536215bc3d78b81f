// The script for pages, as it is built. What it does: `page.test.ts`, and in a real browser `test/browser`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const built = readFileSync(join(import.meta.dirname, "../../dist/src/sdk/core.js"));
const BYTES_MAX = 6 * 1024;

test("it is small: at most 6 kB compressed", () => {
  expect(gzipSync(built).length).toBeLessThanOrEqual(BYTES_MAX);
});

test("it is one script that asks for nothing else", () => {
  const text = built.toString("utf8");
  expect(text).toContain("createZone");
  expect(text).not.toMatch(/\b(import|require)\s*\(|^import\b/m);
});
