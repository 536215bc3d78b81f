// Commands: changes that the API asks for, as payloads of `command` records. Applied in commands/.

import { originOf } from "../base/ids.ts";
import { packCommand, unpackCommand } from "./message.ts";

export type Command = {
  readonly kind: "forward_person";
  readonly client: string;
  readonly personId: string;
  readonly toPersonId: string;
};

export function encodeCommand(command: Command): { readonly partition: number; readonly payload: Uint8Array } {
  return { partition: originOf(command.personId) ?? 0, payload: packCommand(command) };
}

/** Commands reach the log through `encodeCommand` only. */
export function decodeCommand(payload: Uint8Array): Command {
  return unpackCommand(payload) as Command;
}
