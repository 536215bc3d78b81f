// A JSON file of the operator.

import { readFileSync } from "node:fs";
import { WrongSetting } from "../base/wrong_setting.ts";

/** @throws WrongSetting that names the file */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new WrongSetting(`${path} cannot be read as JSON`, { cause: error });
  }
}
