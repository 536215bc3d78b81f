// Layout of the data directory: what was decided when it was created and cannot be changed by a setting.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../base/caught.ts";
import { syncDirectory } from "./configuration/program_files.ts";

const LAYOUT_FORMAT = 1;

/** Creates the directory, or checks that it was created for as many partitions. Throws with a sentence. */
export function openLayout(dataDirectory: string, partitions: number): void {
  const path = join(dataDirectory, "layout.json");
  mkdirSync(join(dataDirectory, "partitions"), { recursive: true });
  const text = readIfThere(path);
  if (text === null) {
    writeFileSync(`${path}.new`, `${JSON.stringify({ format: LAYOUT_FORMAT, partitions })}\n`, { flush: true });
    renameSync(`${path}.new`, path);
    return syncDirectory(dataDirectory);
  }
  const layout = parsed(path, text);
  const found = (name: string): unknown =>
    typeof layout === "object" && layout !== null ? Reflect.get(layout, name) : undefined;
  if (found("format") !== LAYOUT_FORMAT) {
    throw new Error(`${path}: format ${String(found("format"))}, this version reads ${LAYOUT_FORMAT}`);
  }
  if (found("partitions") !== partitions) {
    throw new Error(
      `${dataDirectory} was created with ${String(found("partitions"))} partitions and cannot run with ${partitions}`,
    );
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is damaged: it is not JSON. Put it back from a copy.`, { cause: error });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
