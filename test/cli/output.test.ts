// Standard output that takes nothing: the node serves and stops all the same.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { freePort } from "../support/free_port.ts";
import { builtMain } from "../support/server_process.ts";

const directory = mkdtempSync(join(tmpdir(), "laurel-output-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A device without room. */
const FULL = "/dev/full";

test("what has room is written whole, and what has none is dropped", () => {
  const path = join(directory, "log");
  const file = openSync(path, "w");
  const full = openSync(FULL, "w");
  new Output(file).write("one\n");
  new Output(full).write("two\n");
  closeSync(full);
  new Output(full).write("three\n");
  closeSync(file);
  expect(readFileSync(path, "utf8")).toBe("one\n");
});

test("W2 when there is room again, a line says how many were lost", () => {
  const path = join(directory, "again");
  const full = openSync(FULL, "w");
  const output = new Output(full);
  output.write("one\n");
  output.write("two\n");
  closeSync(full);
  // The lowest number that is free.
  expect(openSync(path, "w")).toBe(full);
  output.write("three\n");
  output.write("four\n");
  closeSync(full);
  const [lost = "", ...lines] = readFileSync(path, "utf8").trim().split("\n");
  expect(JSON.parse(lost)).toMatchObject({ level: 40, lost: 2, msg: "log_lines_lost" });
  expect(lines).toEqual(["three", "four"]);
});

test("a node whose log has no room listens, and stops when it is told to", { timeout: 30_000 }, async () => {
  const port = await freePort();
  const full = openSync(FULL, "w");
  const environment = { LAUREL_DATA: join(directory, "data"), LAUREL_PORT: String(port), LAUREL_TOKEN: "token" };
  const node = spawn(process.execPath, [builtMain, "serve"], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", full, "inherit"],
  });
  closeSync(full);
  try {
    const ask = (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(ask, { timeout: 20_000 }).toBe(200);
    const ended = once(node, "exit");
    node.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  } finally {
    node.kill("SIGKILL");
  }
});
