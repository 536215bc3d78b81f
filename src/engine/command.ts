// Commands: changes that the API asks for, as payloads of `command` records.

import { unreachable } from "../base/assert.ts";
import { originOf } from "../base/ids.ts";
import { configurationPartition, type KeptDocument } from "./configuration.ts";
import { packCommand, unpackCommand } from "./message.ts";

export type Command = ForwardPerson | ChangeConfiguration;

/** An operator says that one identified person is another. Answers with the person it now is. */
export interface ForwardPerson {
  readonly kind: "forward_person";
  readonly client: string;
  readonly personId: string;
  readonly toPersonId: string;
}

/** Documents written or removed together. Answers with a `ConfigurationReply`. */
export interface ChangeConfiguration {
  readonly kind: "change_configuration";
  readonly client: string;
  /** What the author of the change saw; it is made only if that is still the newest. */
  readonly expectedRevision: number;
  readonly documents: readonly KeptDocument[];
  /** The program that the configuration as changed compiles to, stored where every node finds it; null when it stays as it is. */
  readonly hash: string | null;
}

export function encodeCommand(
  command: Command,
  partitions: number,
): { readonly partition: number; readonly payload: Uint8Array } {
  return { partition: homeOf(command, partitions), payload: packCommand(command) };
}

/** Commands reach the log through `encodeCommand` only. */
export function decodeCommand(payload: Uint8Array): Command {
  return unpackCommand(payload) as Command;
}

function homeOf(command: Command, partitions: number): number {
  switch (command.kind) {
    case "forward_person": {
      // An id may name a partition that does not exist; any partition can say that there is no such person.
      const home = originOf(command.personId) ?? 0;
      return home < partitions ? home : 0;
    }
    case "change_configuration":
      return configurationPartition(command.client, partitions);
    default:
      return unreachable(command);
  }
}
