// The directory that a node keeps everything in: made where it is missing; where it cannot be used, the start ends with a sentence.
//
//   A1. Made level by level: told to make all levels at once, Node does not return where the file system makes none (/proc).

import { accessSync, constants, existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reasonOf } from "../base/caught.ts";
import { WrongSetting } from "../base/wrong_setting.ts";

/** A wrong setting, not a failed disk: nothing was read or written yet. */
class DataDirectoryUnusable extends WrongSetting {
  constructor(path: string, reason: string) {
    super(`LAUREL_DATA: ${path} cannot be used: ${reason}`);
  }
}

/** Returns what takes away again what was made, for a start that came to nothing and put nothing there. Throws `WrongSetting`. */
export function makeDataDirectory(path: string): () => void {
  const made: string[] = [];
  try {
    for (const level of missingLevels(path)) {
      mkdirSync(level);
      made.unshift(level);
    }
    if (!statSync(path).isDirectory()) throw new DataDirectoryUnusable(path, "it is no directory");
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return () => removeEmpty(made);
  } catch (error) {
    throw error instanceof DataDirectoryUnusable ? error : new DataDirectoryUnusable(path, reasonOf(error));
  }
}

/** Innermost first; what is not empty stays, and all around it. */
function removeEmpty(levels: readonly string[]): void {
  try {
    for (const level of levels) rmdirSync(level);
  } catch {
    // Somebody has put something there.
  }
}

/** Outermost first. */
function missingLevels(path: string): string[] {
  const missing: string[] = [];
  for (let level = resolve(path); !existsSync(level); level = dirname(level)) missing.unshift(level);
  return missing;
}
