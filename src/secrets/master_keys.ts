// Master keys: from the setting, or from a file that is made at the first start of a node alone.

import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { errorCode } from "../base/caught.ts";
import { asSetting } from "../base/wrong_setting.ts";
import { checkKeys, rememberKeys } from "./key_check.ts";

const KEY_BYTES = 32;
const FILE = "secrets.key";

type Keys = readonly [Buffer, ...Buffer[]];

export interface MasterKeyOptions {
  /** `LAUREL_SECRETS_KEY`. */
  readonly setting: string | null;
  readonly dataDirectory: string;
  /** Nodes of a cluster have no file in common. */
  readonly isShared: boolean;
  /** Told when a key is made: what was sealed in this directory before, if anything was, does not open any more. */
  readonly onMade?: (path: string) => void;
}

/** Null in a cluster without the setting. Throws a sentence for the operator. */
export function openMasterKeys({ setting, dataDirectory, isShared, onMade }: MasterKeyOptions): Keys | null {
  if (setting !== null) {
    const keys = asSetting(() => keysOf(setting, "LAUREL_SECRETS_KEY"));
    // What is sealed in a cluster is in the log, not in this directory.
    if (!isShared) checkKeys(keys, dataDirectory, "LAUREL_SECRETS_KEY");
    return keys;
  }
  return isShared ? null : keysOfFile(join(dataDirectory, FILE), dataDirectory, onMade);
}

function keysOfFile(path: string, dataDirectory: string, onMade: MasterKeyOptions["onMade"]): Keys {
  const known = readIfThere(path);
  if (known !== null) {
    const keys = keysOf(known, path);
    checkKeys(keys, dataDirectory, path);
    return keys;
  }
  writeNew(path, `${randomBytes(KEY_BYTES).toString("base64")}\n`);
  onMade?.(path);
  const keys = keysOf(readFileSync(path, "utf8"), path);
  rememberKeys(keys, dataDirectory);
  return keys;
}

function keysOf(text: string, source: string): Keys {
  const keys = text.split(",").map((part) => keyOf(part.trim(), source));
  const [first, ...others] = keys;
  if (first === undefined) throw new Error(`${source} holds no key`);
  return [first, ...others];
}

function keyOf(text: string, source: string): Buffer {
  const key = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? "hex" : "base64");
  if (key.length !== KEY_BYTES)
    throw new Error(
      `${source} must hold keys of ${KEY_BYTES} bytes as base64 or hex (openssl rand -base64 32), separated by commas`,
    );
  return key;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Whole, and durable before the first secret is sealed under it. Of two processes that begin here at once, one makes the key of both. */
function writeNew(path: string, text: string): void {
  const made = `${path}.${process.pid}.new`;
  try {
    writeFileSync(made, text, { mode: 0o600, flush: true });
    linkSync(made, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(made, { force: true });
  }
  const directory = openSync(join(path, ".."), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
