// Command: what an EXPRESSION action wants done. Expressions build one with builders; `send` hands it in, and the engine carries it out when the
// expression has ended. Each step of a builder is a value of its own: nothing that an expression holds ever changes.

import type { JsonObject } from "../../model/json.ts";

const commandKinds = [
  "internal_event",
  "step_signal",
  "earn_reward",
  "fulfill_reward",
  "redeem_reward",
  "fail_reward",
  "create_membership",
  "remove_membership",
] as const;
export type CommandKind = (typeof commandKinds)[number];

export interface RuleCommand {
  readonly kind: CommandKind;
  /** By name; what a kind has is said by its builder in `api_commands.ts`. */
  readonly members: JsonObject;
}

/** Commands that one expression may hand in: more than that is a mistake. */
export const COMMANDS_MAX = 16;
