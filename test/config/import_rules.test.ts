// The import rules of .oxlintrc.json, each with a planted violation: a check that cannot fail is worse than none.
//
// All plants lie in one temporary tree and are linted in one run; the legal neighbours show that the rules refuse what they should and not everything.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Generous for a busy machine; the run itself takes under a second. */
const LINT_TIMEOUT_MS = 30_000;

const imports = "no-restricted-imports";
const globals = "no-restricted-globals";
const properties = "no-restricted-properties";

const use = (path: string): string => `import { it } from "${path}";\nexport const used: unknown = it;\n`;
const useType = (path: string): string => `import type { It } from "${path}";\nexport type Used = It;\n`;
const hold = (expression: string): string => `export const held: unknown = ${expression};\n`;

/** Folder, code, the rule that must see it. */
const violations: readonly (readonly [string, string, string])[] = [
  ["src/base", use("../model/record.ts"), imports],
  ["src/base", use("node:fs"), imports],
  ["src/sdk", use("../model/record.ts"), imports],
  ["src/base", use("fs"), imports],
  ["src/base", use("fflate"), imports],
  ["src/base", use("node:zlib"), imports],
  ["src/base", use("@node-rs/crc32"), imports],
  ["src/model", use("../engine/mod.ts"), imports],
  ["src/model", useType("../config/mod.ts"), imports],
  ["src/rules", use("../engine/mod.ts"), imports],
  ["src/rules", use("acorn"), imports],
  ["src/rules", use("re2js"), imports],
  ["src/api/server", use("isbot"), imports],
  ["src/api/consumer", use("jose"), imports],
  ["src/providers", use("maxmind"), imports],
  ["src/providers", use("../runtime/mod.ts"), imports],
  ["src/fulfillment", use("../runtime/mod.ts"), imports],
  ["src/fulfillment", use("../engine/mod.ts"), imports],
  ["src/secrets", use("../runtime/mod.ts"), imports],
  ["src/api/management", use("fflate"), imports],
  ["src/api/tables", use("csv-parse"), imports],
  ["src/api/tables", use("../server/routes.ts"), imports],
  ["src/api/server", use("disposable-email-domains-js"), imports],
  ["src/rules", use("ipaddr.js"), imports],
  ["src/rules", use("handlebars"), imports],
  ["src/rules/parse", use("../run/vm.ts"), imports],
  ["src/rules/parse", use("acorn"), imports],
  ["src/rules/context_api", use("../emit/expression.ts"), imports],
  ["src/rules/run", use("../emit/expression.ts"), imports],
  ["src/rules/run", use("../../engine/mod.ts"), imports],
  ["src/rules/emit", use("../run/vm.ts"), imports],
  ["src/rules/documents", use("../triggers/trigger_kinds.ts"), imports],
  ["src/rules/triggers", use("../actions/action_kinds.ts"), imports],
  ["src/rules/actions", use("../compile/controller.ts"), imports],
  ["src/rules/compile", use("../link/link.ts"), imports],
  ["src/rules", hold("new Date()"), globals],
  ["src/rules/run", hold("new Date()"), globals],
  ["src/engine", use("../store/mod.ts"), imports],
  ["src/engine", use("../log/mod.ts"), imports],
  ["src/engine", use("../rules/run/vm.ts"), imports],
  ["src/engine", use("node:crypto"), imports],
  ["src/engine/coupons", use("node:crypto"), imports],
  ["src/engine/rewards", use("../../store/mod.ts"), imports],
  ["src/engine/jobs", use("../../rules/run/vm.ts"), imports],
  ["src/engine/person", hold("Date.now()"), globals],
  ["src/engine", `export { it } from "../runtime/mod.ts";\n`, imports],
  ["src/engine", hold(`import("../log/mod.ts")`), imports],
  ["src/engine", hold("Date.now()"), globals],
  ["src/engine", hold("new Date()"), globals],
  ["src/engine", hold("globalThis.Date"), globals],
  ["src/engine", hold("setTimeout"), globals],
  ["src/engine", hold("process"), globals],
  ["src/engine", hold("crypto"), globals],
  ["src/engine", hold("performance.now()"), globals],
  ["src/engine", hold("Math.random()"), properties],
  ["src/engine", "const { random } = Math;\nexport const held: unknown = random;\n", properties],
  ["src/log", use("../engine/mod.ts"), imports],
  ["src/log", use("../store/mod.ts"), imports],
  ["src/log", use("@nats-io/jetstream"), imports],
  ["src/log/jetstream", use("../../engine/mod.ts"), imports],
  ["src/log/jetstream", use("lmdb"), imports],
  ["src/nats", use("../log/mod.ts"), imports],
  ["src/cluster", use("../runtime/mod.ts"), imports],
  ["src/runtime/cluster", use("../../api/mod.ts"), imports],
  ["src/runtime/cluster", use("../../cluster/mod.ts"), imports],
  ["src/store", use("../log/mod.ts"), imports],
  ["src/store", use("lmdb"), imports],
  ["src/runtime", use("../api/mod.ts"), imports],
  ["src/runtime", use("../engine/apply.ts"), imports],
  ["src/runtime", use("../fulfillment/mod.ts"), imports],
  ["src/runtime", use("lmdb"), imports],
  ["src/runtime/worker", use("../../api/mod.ts"), imports],
  ["src/runtime/flow", use("../../engine/apply.ts"), imports],
  ["src/api", use("../runtime/mod.ts"), imports],
  ["src/api", use("../engine/mod.ts"), imports],
  ["src/api", use("../config/mod.ts"), imports],
  ["src/api/http", use("../../log/mod.ts"), imports],
  ["src/api/http", use("../../store/mod.ts"), imports],
  ["src/api/http", use("../../rules/mod.ts"), imports],
  ["src/api/http", use("../server/routes.ts"), imports],
  ["src/api/http", use("uws-current"), imports],
  ["src/api/server", use("../../engine/mod.ts"), imports],
  ["src/api/server", hold(`import("uws-current")`), imports],
  ["src/fronts", use("../log/mod.ts"), imports],
  ["src/runtime/fronts", use("../../store/mod.ts"), imports],
  ["src/build", use("../base/ids.ts"), imports],
  ["src/native", use("../api/mod.ts"), imports],
  ["src/api/management", use("../../native/mod.ts"), imports],
  ["src/cli", use("lmdb"), imports],
  ["src/node", use("prom-client"), imports],
  ["src/cli", `export function say(): void {\n  console.log("x");\n}\n`, "no-console"],
];

const legal: readonly (readonly [string, string])[] = [
  ["src/model", use("../base/ids.ts")],
  ["src/rules", use("../model/person.ts")],
  ["src/rules/parse", useType("acorn")],
  ["src/rules", use("./run/vm.ts")],
  ["src/rules/triggers", use("../documents/compilation.ts")],
  ["src/rules/run", use("../../model/person.ts")],
  ["src/engine/person", use("../jobs/deliveries.ts")],
  ["src/engine/person", use("../3_ask.ts")],
  ["src/engine/rewards", use("../../rules/mod.ts")],
  ["src/engine", use("../rules/mod.ts")],
  ["src/log", use("node:fs/promises")],
  ["src/log/jetstream", use("../mod.ts")],
  ["src/log/jetstream", use("../../nats/mod.ts")],
  ["src/nats", use("@nats-io/transport-node")],
  ["src/cluster", use("../nats/mod.ts")],
  ["src/runtime/cluster", use("../flow/outbox.ts")],
  ["src/runtime/worker", use("../../store/mod.ts")],
  ["src/log/jetstream", use("@nats-io/jetstream")],
  ["src/runtime", use("../store/mod.ts")],
  ["src/api", use("../runtime/client.ts")],
  ["src/api/server", useType("../../engine/mod.ts")],
  ["src/api/server", use("../../runtime/client.ts")],
  ["src/api/server", use("../http/route.ts")],
  ["src/api/server", use("../tables/table_slices.ts")],
  ["src/api/management", use("../tables/csv_text.ts")],
];

const nameOf = (kind: string, i: number, folder: string): string => `${folder}/${kind}_${i}.ts`;
let directory = "";
/** By file: the rules that saw something. */
const seen = new Map<string, string[]>();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "laurel-lint-"));
  copyFileSync(join(root, ".oxlintrc.json"), join(directory, ".oxlintrc.json"));
  violations.forEach(([folder, code], i) => plant(nameOf("violation", i, folder), code));
  legal.forEach(([folder, code], i) => plant(nameOf("legal", i, folder), code));
  plant("src/base/zip.ts", use("node:zlib"));
  plant("src/runtime/cycle_a.ts", use("./cycle_b.ts"));
  plant("src/runtime/cycle_b.ts", `import { used } from "./cycle_a.ts";\nexport const it: unknown = used;\n`);
  const { stdout, error } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format=unix", "src"], {
    cwd: directory,
    encoding: "utf8",
    timeout: LINT_TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  for (const [, file = "", rule = ""] of stdout.matchAll(/^(src\/\S+?):\d+:\d+: .*\[\w+\/\w+\(([\w-]+)\)\]$/gm)) {
    seen.set(file, [...(seen.get(file) ?? []), rule]);
  }
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("refused", () => {
  test.each(violations.map(([folder, code, rule], i) => ({ folder, code: code.split("\n")[0], rule, i })))(
    "$folder: $code",
    ({ folder, rule, i }) => {
      expect(seen.get(nameOf("violation", i, folder)) ?? []).toContain(rule);
    },
  );

  test("more of zlib than what unfolds up to a bound, where that is used", () => {
    expect(seen.get("src/base/zip.ts") ?? []).toContain(imports);
  });

  test("a cycle between two files", () => {
    expect(seen.get("src/runtime/cycle_a.ts") ?? []).toContain("no-cycle");
  });
});

describe("allowed", () => {
  test.each(legal.map(([folder, code], i) => ({ folder, code: code.split("\n")[0], i })))(
    "$folder: $code",
    ({ folder, i }) => {
      expect(seen.get(nameOf("legal", i, folder)) ?? []).toEqual([]);
    },
  );
});

function plant(file: string, code: string): void {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
