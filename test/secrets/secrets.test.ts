// Secrets at rest: they open at their place under their key and nowhere else; the key's file is its owner's alone.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { WrongSetting } from "../../src/base/wrong_setting.ts";
import { AesSealer, openMasterKeys } from "../../src/secrets/mod.ts";

const key = (letter: string): Buffer => Buffer.alloc(32, letter);

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "laurel-secrets-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("a secret opens at its place, under its key", () => {
  const sealer = new AesSealer([key("a")]);
  const sealed = sealer.seal("geheim 🔑", "demo/1/key");
  expect(sealed).not.toContain("geheim");
  expect(sealer.open(sealed, "demo/1/key")).toBe("geheim 🔑");
  expect(sealer.seal("geheim 🔑", "demo/1/key")).not.toBe(sealed);
});

test("S1 it opens at no other place, under no other key, and not when a bit of it changed", () => {
  const sealer = new AesSealer([key("a")]);
  const sealed = sealer.seal("geheim", "demo/1/key");
  expect(() => sealer.open(sealed, "other/1/key")).toThrow();
  expect(() => new AesSealer([key("b")]).open(sealed, "demo/1/key")).toThrow("not here");
  const [version, name, encoded = ""] = sealed.split(".");
  for (let i = 0; i < encoded.length - 1; i++) {
    const changed = `${encoded.slice(0, i)}${encoded[i] === "A" ? "B" : "A"}${encoded.slice(i + 1)}`;
    expect(() => sealer.open(`${version}.${name}.${changed}`, "demo/1/key")).toThrow();
  }
  expect(() => sealer.open("geheim", "demo/1/key")).toThrow("form");
});

test("after a change of keys old secrets open, and new ones are sealed under the new key", () => {
  const old = new AesSealer([key("a")]).seal("geheim", "p");
  const changed = new AesSealer([key("b"), key("a")]);
  expect(changed.open(old, "p")).toBe("geheim");
  expect(new AesSealer([key("b")]).open(changed.seal("neu", "p"), "p")).toBe("neu");
});

test("a node alone makes a file that only its owner reads, once", () => {
  const dataDirectory = directory();
  const told: string[] = [];
  const onMade = (path: string): void => void told.push(path);
  const made = openMasterKeys({ setting: null, dataDirectory, isShared: false, onMade });
  expect(statSync(join(dataDirectory, "secrets.key")).mode & 0o777).toBe(0o600);
  expect(openMasterKeys({ setting: null, dataDirectory, isShared: false, onMade })).toEqual(made);
  expect(told).toEqual([join(dataDirectory, "secrets.key")]);
  expect(readFileSync(join(dataDirectory, "secrets.key"), "utf8").trim()).toHaveLength(44);
});

test("the setting is base64 or hex, wins over the file, and is needed in a cluster", () => {
  const dataDirectory = directory();
  const base64 = key("a").toString("base64");
  const setting = `${base64}, ${key("b").toString("hex")}`;
  expect(openMasterKeys({ setting, dataDirectory, isShared: true })).toEqual([key("a"), key("b")]);
  expect(openMasterKeys({ setting: null, dataDirectory, isShared: true })).toBeNull();
  for (const wrong of ["", "c2hvcnQ=", `${base64},`, "x".repeat(64)])
    expect(() => openMasterKeys({ setting: wrong, dataDirectory, isShared: false })).toThrow("LAUREL_SECRETS_KEY");
});

test("of two processes that begin in one directory, both have the key that is kept, and what was cut off is begun anew", () => {
  const dataDirectory = directory();
  writeFileSync(join(dataDirectory, "secrets.key.1.new"), "");
  const open = (): readonly Buffer[] | null => openMasterKeys({ setting: null, dataDirectory, isShared: false });
  const first = open();
  expect(open()).toEqual(first);
  expect(readdirSync(dataDirectory).toSorted()).toEqual(["secrets.check", "secrets.key", "secrets.key.1.new"]);
});

test("a wrong setting is told from a key file that is damaged", () => {
  const dataDirectory = directory();
  const opened = (setting: string | null) => () => openMasterKeys({ setting, dataDirectory, isShared: false });
  expect(opened("short")).toThrow(WrongSetting);
  writeFileSync(join(dataDirectory, "secrets.key"), "short");
  expect(opened(null)).toThrow("secrets.key must hold keys");
  expect(opened(null)).not.toThrow(WrongSetting);
});

test("a key that took the place of the one that secrets are kept under is refused with a sentence, and a new one in front of it is not", () => {
  const dataDirectory = directory();
  const path = join(dataDirectory, "secrets.key");
  const base64 = (letter: string): string => key(letter).toString("base64");
  const opened = (setting: string | null) => () => openMasterKeys({ setting, dataDirectory, isShared: false });
  writeFileSync(path, base64("a"));
  expect(opened(null)()).toEqual([key("a")]);
  writeFileSync(path, base64("b"));
  expect(opened(null)).toThrow(WrongSetting);
  expect(opened(null)).toThrow(`${path}: this is not the key`);
  expect(opened(base64("b"))).toThrow("LAUREL_SECRETS_KEY: this is not the key");
  expect(opened(`${base64("b")},${base64("a")}`)()).toEqual([key("b"), key("a")]);
  // Nothing is sealed under the older one any more, whoever leaves it out says.
  expect(opened(null)()).toEqual([key("b")]);
  writeFileSync(path, base64("a"));
  expect(opened(null)).toThrow(WrongSetting);
  rmSync(join(dataDirectory, "secrets.check"));
  expect(opened(null)()).toEqual([key("a")]);
});

test("a key that was lost and is made anew is the one from then on, and the check says nothing of it", () => {
  const dataDirectory = directory();
  const open = (): readonly Buffer[] | null => openMasterKeys({ setting: null, dataDirectory, isShared: false });
  open();
  rmSync(join(dataDirectory, "secrets.key"));
  const made = open();
  expect(open()).toEqual(made);
  const check = readFileSync(join(dataDirectory, "secrets.check"), "utf8");
  expect(check).toMatch(/^[0-9a-f]{32}\n$/);
  expect(made?.[0]?.toString("hex")).not.toContain(check.trim());
});
