// A store's file that is damaged: refused by its name before LMDB maps it, which would end the process by a signal.

import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { kindNumbers } from "../../src/store/keys.ts";
import { checkStoreFile } from "../../src/store/lmdb_file.ts";
import { storePath } from "../../src/store/mod.ts";
import { openTemporaryStore, PARTITION } from "./open_stores.ts";
import { rawBatch } from "./raw_batch.ts";

const PAGE_BYTES = 4096;
const ENTRIES = 3_000;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Of a store whose tree has inner pages. It stays open: what is damaged is a copy. */
function copyOfFile(): string {
  const { store, directory, remove } = openTemporaryStore();
  cleanups.push(remove);
  const change = (number: number, text: string) => ({
    kind: kindNumbers.timer,
    key: `key-${number}`,
    bytes: Buffer.from(text.repeat(100)),
  });
  const numbers = Array.from({ length: ENTRIES }, (_, number) => number);
  store.writeBatch(
    rawBatch(
      numbers.map((number) => change(number, "a")),
      1,
    ),
  );
  const copy = join(directory, "copy.mdb");
  writeFileSync(copy, readFileSync(join(storePath(directory, PARTITION), "data.mdb")));
  return copy;
}

test("a whole file, an empty one and none pass", () => {
  const file = copyOfFile();
  checkStoreFile(file);
  truncateSync(file, 0);
  checkStoreFile(file);
  checkStoreFile(`${file}.none`);
});

test("pages that are free may be missing at the end", () => {
  const file = copyOfFile();
  const bytes = readFileSync(file);
  // As if the newest transaction had taken a page and given it back: its number counts, and nothing leads to it.
  for (const meta of [0, PAGE_BYTES]) bytes.writeBigUInt64LE(bytes.readBigUInt64LE(meta + 144) + 1n, meta + 144);
  writeFileSync(file, bytes);
  checkStoreFile(file);
});

test.each([
  ["random bytes", (file: string) => patch(file, 0, statSync(file).size)],
  ["a first meta page that is none", (file: string) => patch(file, 0, PAGE_BYTES)],
  ["a second meta page that is none", (file: string) => patch(file, PAGE_BYTES, PAGE_BYTES)],
  ["a meta page alone", (file: string) => truncateSync(file, PAGE_BYTES)],
  ["meta pages alone", (file: string) => truncateSync(file, 2 * PAGE_BYTES)],
  ["half of its pages", (file: string) => truncateSync(file, statSync(file).size / 2)],
  ["a hundred bytes", (file: string) => truncateSync(file, 100)],
  ["zeros", (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
])("I1 a file with %s is refused by its name", (_what, damage) => {
  const file = copyOfFile();
  damage(file);
  expect(() => checkStoreFile(file)).toThrow(`${file} is damaged`);
});

function patch(file: string, offset: number, length: number): void {
  const bytes = readFileSync(file);
  for (let each = offset; each < offset + length; each++) bytes[each] = (each * 31 + 7) % 251;
  writeFileSync(file, bytes);
}
