// Archives that say of themselves what is not so.

import { expect, test } from "vitest";
import { unfoldZip } from "../../src/base/zip.ts";

test("an archive of some bytes that promises millions of files is given up at the bound", () => {
  const file = Buffer.alloc(200);
  const end = file.length - 22;
  file.writeUInt32LE(0x06054b50, end);
  file.writeUInt16LE(1, end + 8);
  // The form for many files: where its end is, how many there are, where their list is.
  file.writeUInt32LE(0x07064b50, end - 20);
  file.writeUInt32LE(0x06064b50, 0);
  file.writeUInt32LE(30_000_000, 32);
  file.writeUInt32LE(100, 48);
  const startedMs = performance.now();
  expect(unfoldZip(file, { bytesMax: 1_000, filesMax: 10 })).toBeNull();
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
