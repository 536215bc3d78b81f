// A JSON file of the operator.

import { readFileSync } from "node:fs";

/** @throws Error that names the file */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path} cannot be read as JSON`, { cause: error });
  }
}
