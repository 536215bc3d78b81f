// Program directory: the files that clients begin with, as the operator names them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../base/caught.ts";
import type { ProgramDocument } from "../model/campaign.ts";

/** The programme documents of a directory, in order of file name. Compiling checks them; here they only have to be JSON with the members that all have. */
export function readPrograms(directory: string): ProgramDocument[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .toSorted();
  return files.map((file) => {
    const path = join(directory, file);
    const program = parsedFile(path);
    const missing = programLists.find((name) => !Array.isArray(Reflect.get(program, name)));
    if (typeof program.client !== "string") throw new Error(`${path} names no client`);
    if (missing !== undefined) throw new Error(`${path} has no list of ${missing}`);
    return program;
  });
}

const programLists = ["suppliers", "audiences", "campaigns"] as const;

function parsedFile(path: string): ProgramDocument {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null) return value as ProgramDocument;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${reasonOf(error)}`);
  }
  throw new Error(`${path} is no JSON object`);
}
