// What is built is launched with the code that was kept of it, and without where that is of no use.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "../../src/build/launch.ts";

const root = join(import.meta.dirname, "../..");
const built = (file: string): string => pathToFileURL(join(root, "dist", file)).href;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "laurel-launch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In a process of its own, as it is launched: what V8 takes depends on the flags of the process. Says what the script wrote. */
function run(script: string, environment: Readonly<Record<string, string>> = {}): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...environment },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** A bundle that says whether it was launched, what it can load, and from where. */
function writeBundle(name: string): string {
  const text = `const { basename } = require("node:path"); function say() { return basename(__filename); } exports.said = say();`;
  writeFileSync(join(folder, `${name}.cjs`), text);
  return pathToFileURL(join(folder, `${name}.js`)).href;
}

test.each(["main", "runtime/worker/worker", "runtime/checkpoints/store_writer_thread", "fronts/thread"])(
  "the code that was kept of %s is of use",
  (entry) => {
    const launcher = JSON.stringify(built(`laurel/${entry}.js`));
    const script = `import { isCodeOfUse } from ${JSON.stringify(built("src/build/launch.js"))}; console.log(isCodeOfUse(${launcher}));`;
    expect(run(script)).toBe("true\n");
  },
);

test("a bundle is launched with what it is given as a module", () => {
  expect(launch(writeBundle("plain"))).toEqual({ said: "plain.cjs" });
});

test("code is kept when that is asked for, once, and nothing else is left", () => {
  const launcher = writeBundle("kept");
  const script = `import { launch } from ${JSON.stringify(built("src/build/launch.js"))}; launch(${JSON.stringify(launcher)});`;
  run(script);
  expect(existsSync(join(folder, "kept.cjs.code"))).toBe(false);
  run(script, { BUNDLE_KEEP_CODE: "1" });
  const kept = readFileSync(join(folder, "kept.cjs.code"));
  run(script, { BUNDLE_KEEP_CODE: "1" });
  expect(readFileSync(join(folder, "kept.cjs.code"))).toEqual(kept);
  expect(readdirSync(folder).filter((file) => file.startsWith("kept"))).toEqual(["kept.cjs", "kept.cjs.code"]);
});

test.each([
  ["of no version of V8", Buffer.alloc(256, 7)],
  ["empty", Buffer.alloc(0)],
])("code that is %s is not used, and the bundle runs all the same", (_what, code) => {
  const launcher = writeBundle("odd");
  writeFileSync(join(folder, "odd.cjs.code"), code);
  expect(launch(launcher)).toEqual({ said: "odd.cjs" });
});

test("code of another bundle is not used, and that bundle runs all the same", () => {
  const from = `import { isCodeOfUse, launch } from ${JSON.stringify(built("src/build/launch.js"))};`;
  run(`${from} launch(${JSON.stringify(writeBundle("first"))});`, { BUNDLE_KEEP_CODE: "1" });
  const other = writeBundle("other");
  writeFileSync(join(folder, "other.cjs"), "exports.said = 1;");
  writeFileSync(join(folder, "other.cjs.code"), readFileSync(join(folder, "first.cjs.code")));
  expect(run(`${from} console.log(isCodeOfUse(${JSON.stringify(other)}));`)).toBe("false\n");
  expect(launch(other)).toEqual({ said: 1 });
});
