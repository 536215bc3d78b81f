// A store that was refused a write: want of room is told from a disk that fails.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isWantOfRoom, openPartitionStore } from "../../src/store/mod.ts";
import { openPowerCutDisk, type PowerCutDisk } from "../support/power_cut.ts";
import { rawBatch } from "./raw_batch.ts";

const batch = { entries: 10, bytes: new Uint8Array(1_000) };
let roomy = "";
let disk: PowerCutDisk | null = null;

beforeEach(() => {
  roomy = mkdtempSync(join(tmpdir(), "laurel-room-"));
});

afterEach(() => {
  rmSync(roomy, { recursive: true });
  disk?.dispose();
  disk = null;
});

test("what LMDB says of a full disk is want of room there, and the disk's failure where there is room", async () => {
  disk = openPowerCutDisk(24);
  const { path } = disk;
  const store = openPartitionStore({ dataDirectory: path, partition: 0 });
  expect(() =>
    execFileSync("dd", ["if=/dev/zero", `of=${join(path, "filler")}`, "bs=64k"], { stdio: "pipe" }),
  ).toThrow();
  const large = rawBatch([{ kind: 1, key: "p", bytes: new Uint8Array(4 << 20) }], 1);
  let refusal: unknown = null;
  try {
    store.writeBatch(large);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code: constants.errno.EIO });
  expect(isWantOfRoom(refusal, path, large)).toBe(true);
  expect(isWantOfRoom(refusal, roomy, large)).toBe(false);
  await store.close();
});

describe("by code", () => {
  test.each([
    ["ENOSPC", true],
    ["EDQUOT", true],
    [constants.errno.ENOSPC, true],
    [constants.errno.EDQUOT, true],
    [constants.errno.EROFS, false],
    ["EACCES", false],
    // LMDB gave the environment up: a write of its head failed.
    [-30_795, false],
  ])("%s: %s", (code, isExpected) => {
    expect(isWantOfRoom(Object.assign(new Error("refused"), { code }), roomy, batch)).toBe(isExpected);
  });

  test("an error without one is no want of room", () => {
    expect(isWantOfRoom(new Error("refused"), roomy, batch)).toBe(false);
  });
});
