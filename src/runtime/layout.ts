// Layout of the data directory: what was decided when it was created and cannot be changed by a setting, and which versions can go on with it.
//
//   L1. Before the first record that an earlier version could not apply, or would apply otherwise, is in the log, the format says so: stores say it with
//       their next checkpoint only, and a process may be killed before. A start that is refused has raised nothing.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../base/caught.ts";
import { syncDirectory } from "./configuration/program_files.ts";

/** Raise it when the version before could not go on with what this one writes into the log. It refuses the directory then. */
export const LAYOUT_FORMAT = 7;

/** Creates the directory, or checks that it was created for as many partitions. Throws with a sentence. */
export function openLayout(dataDirectory: string, partitions: number): void {
  mkdirSync(join(dataDirectory, "partitions"), { recursive: true });
  const path = pathIn(dataDirectory);
  const text = readIfThere(path);
  if (text === null) return writeLayout(dataDirectory, partitions);
  const layout = parsed(path, text);
  const found = (name: string): unknown =>
    typeof layout === "object" && layout !== null ? Reflect.get(layout, name) : undefined;
  const format = found("format");
  if (typeof format !== "number" || format < 1 || format > LAYOUT_FORMAT) {
    throw new Error(
      `${path}: format ${String(format)}, this version knows formats up to ${LAYOUT_FORMAT}: run the version that wrote it, or restore a copy ` +
        "from before the upgrade. Nothing was changed.",
    );
  }
  if (found("partitions") !== partitions) {
    throw new Error(
      `${dataDirectory} was created with ${String(found("partitions"))} partitions and cannot run with ${partitions}`,
    );
  }
}

/** L1. */
export function raiseLayout(dataDirectory: string, partitions: number): void {
  const path = pathIn(dataDirectory);
  const layout = parsed(path, readFileSync(path, "utf8"));
  const format: unknown = typeof layout === "object" && layout !== null ? Reflect.get(layout, "format") : undefined;
  if (format !== LAYOUT_FORMAT) writeLayout(dataDirectory, partitions);
}

function writeLayout(dataDirectory: string, partitions: number): void {
  const path = pathIn(dataDirectory);
  writeFileSync(`${path}.new`, `${JSON.stringify({ format: LAYOUT_FORMAT, partitions })}\n`, { flush: true });
  renameSync(`${path}.new`, path);
  syncDirectory(dataDirectory);
}

function pathIn(dataDirectory: string): string {
  return join(dataDirectory, "layout.json");
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
