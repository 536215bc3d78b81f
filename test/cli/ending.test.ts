// A process that must not go on, with threads that write their stores without a pause.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";

/** How often threads are met in the middle of a transaction depends on chance. */
const rounds = isSoak ? 20 : 1;
const program = join(import.meta.dirname, "../../dist/test/support/ending_process.js");
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

test("ends with the code it was given, when its threads let go of their stores", {
  timeout: 30_000 + rounds * 10_000,
}, async () => {
  for (let round = 0; round < rounds; round++) expect(await endOf("lets_go")).toEqual({ code: 70, signal: null });
});

test("ends with 70 after an exception that reached nobody", async () => {
  expect(await endOf("bug")).toEqual({ code: 70, signal: null });
});

test("ends all the same when a thread does not let go", async () => {
  expect(await endOf("holds_on")).toEqual({ code: null, signal: "SIGKILL" });
});

function endOf(manner: string): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  const directory = mkdtempSync(join(tmpdir(), "laurel-ending-"));
  directories.push(directory);
  const child = spawn(process.execPath, [program, manner, directory]);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}
