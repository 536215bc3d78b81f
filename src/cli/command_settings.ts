// Settings as a command sees them: file and environment, or the sentence that says what is wrong.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../base/caught.ts";
import { fail, type Result } from "../base/result.ts";
import { readSettings, type Settings } from "../config/mod.ts";

export function commandSettings(environment: NodeJS.ProcessEnv): Result<Settings, string> {
  const path = environment["LAUREL_CONFIG"];
  if (path === undefined) return readSettings({}, environment);
  if (!existsSync(path)) return fail(`LAUREL_CONFIG names ${path}, which does not exist.`);
  try {
    const file: unknown = JSON.parse(readFileSync(path, "utf8"));
    return readSettings(file, environment);
  } catch (error) {
    return fail(`LAUREL_CONFIG names ${path}, which is not JSON: ${reasonOf(error)}`);
  }
}

/** Where the log lies within the data directory. */
export function logDirectory(settings: Settings): string {
  return join(settings.data, "log");
}
