// Key check: which keys a data directory was kept under, so that another one in their place is noticed at the start and not secret by secret, when none opens any more.
//
//     secrets.check    one line a key: what is derived of it, and says nothing of it
//
//   C1. One of the keys from last time has to be among those of this time: a new one goes in front of it, and it may be left out once nothing is sealed under it.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../base/caught.ts";
import { WrongSetting } from "../base/wrong_setting.ts";
import { keysFor } from "./token_keys.ts";

const FILE = "secrets.check";
const PURPOSE = "key check";
const MARK_BYTES = 16;

type Keys = readonly [Buffer, ...Buffer[]];

/** Throws `WrongSetting` where the keys are none of those that the directory was kept under (C1). @param source where they come from */
export function checkKeys(keys: Keys, dataDirectory: string, source: string): void {
  const path = join(dataDirectory, FILE);
  const marks = marksOf(keys);
  const known = knownMarks(path);
  if (known !== null && !marks.some((mark) => known.includes(mark))) {
    throw new WrongSetting(
      `${source}: this is not the key under which the secrets in ${dataDirectory} are kept, and none of them would open. Put that key back, or put it behind ` +
        `the new one after a comma; to go on without those secrets, remove ${path}.`,
    );
  }
  rememberKeys(keys, dataDirectory);
}

/** Whatever was known before. */
export function rememberKeys(keys: Keys, dataDirectory: string): void {
  const path = join(dataDirectory, FILE);
  const marks = marksOf(keys);
  if (knownMarks(path)?.join() !== marks.join()) write(path, `${marks.join("\n")}\n`);
}

function marksOf(keys: Keys): string[] {
  return keysFor(PURPOSE, keys).map((derived) => derived.subarray(0, MARK_BYTES).toString("hex"));
}

/** Null: nothing was kept here yet. */
function knownMarks(path: string): string[] | null {
  try {
    return readFileSync(path, "utf8").trim().split("\n");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Whole or not at all. */
function write(path: string, text: string): void {
  const made = `${path}.${process.pid}.new`;
  writeFileSync(made, text, { mode: 0o600, flush: true });
  renameSync(made, path);
  const directory = openSync(join(path, ".."), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
