// WrongSetting: what a setting says, or the file that it names, cannot be used. Starting again does not help: the operator has to change it.

import { reasonOf } from "./caught.ts";

export class WrongSetting extends Error {
  override name = "WrongSetting";
}

/** What `read` throws is the setting's fault. */
export function asSetting<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WrongSetting(reasonOf(error), { cause: error });
  }
}
