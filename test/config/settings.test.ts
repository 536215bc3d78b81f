import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkClusterSettings } from "../../src/cluster/settings.ts";
import { readSettings, settingKinds } from "../../src/config/mod.ts";
import { clusterSettings } from "../../src/node/join.ts";
import { defaultNatsSettings } from "../../src/nats/mod.ts";

const config = join(import.meta.dirname, "../../config");
const kinds = Object.entries(settingKinds);

test("config/default.json holds every setting with its default, and is accepted", () => {
  const file: unknown = JSON.parse(readFileSync(join(config, "default.json"), "utf8"));
  expect(file).toEqual(Object.fromEntries(kinds.map(([name, kind]) => [name, kind.default])));
  expect(readSettings(file, {})).toEqual(readSettings({}, {}));
});

test("config/README.md lists every setting with default, unit and sentence", () => {
  const text = readFileSync(join(config, "README.md"), "utf8");
  for (const [name, { environment, default: value, unit, sentence }] of kinds) {
    expect(text).toContain(
      `| \`${name}\` | \`${environment}\` | ${value === null ? "" : value} | ${unit} | ${sentence} |`,
    );
  }
});

test("the environment wins over the file, the file over the defaults", () => {
  const read = readSettings({ port: 1000, host: "::1" }, { LAUREL_PORT: "2000" });
  expect(read.ok && read.value).toMatchObject({ port: 2000, host: "::1", partitions: 16 });
});

test.each([
  ["an unknown variable", {}, { LAUREL_PROT: "1" }, "LAUREL_PROT"],
  ["a number that is none", {}, { LAUREL_PORT: "80x" }, "LAUREL_PORT"],
  ["a number out of range", {}, { LAUREL_PORT: "70000" }, "LAUREL_PORT"],
  ["a word that is not offered", {}, { LAUREL_SYNC: "sometimes" }, "always, interval, never"],
  ["an unknown member of the file", { prot: 1 }, {}, "prot"],
  ["a member of the wrong type", { port: "8080" }, {}, "LAUREL_PORT"],
  ["a file that is a list", [], {}, "JSON object"],
])("S1 %s is refused by name", (_title, file, environment, named) => {
  const read = readSettings(file, environment);
  expect(read.ok).toBe(false);
  expect(!read.ok && read.error).toContain(named);
});

test("every lease that may be set makes settings that a cluster takes", () => {
  for (const leaseMs of ["200", "2000", "60000"]) {
    const read = readSettings({}, { LAUREL_LEASE_MS: leaseMs, LAUREL_NATS_URL: "nats://127.0.0.1:4222" });
    if (!read.ok) throw new Error(read.error);
    expect(() => checkClusterSettings(clusterSettings(defaultNatsSettings, read.value))).not.toThrow();
  }
});
