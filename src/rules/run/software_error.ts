// What to make of an exception out of the machinery of rules. Evaluating only reads, so a bug in it costs the rule and nothing else: it is a fault
// like those that rules cause themselves, the same on every node and in every replay, and whoever decides about the event hears of it.

import { AssertionError } from "../../base/assert.ts";
import type { RuleContext } from "../program.ts";
import { fault, type RuleError } from "../value.ts";

/** Throws what is no bug, or not the same everywhere: a damaged store, or a stack that was nearly full before the rule began. */
export function softwareError(error: unknown, context: RuleContext): RuleError {
  if (!isBug(error)) throw error;
  context.failures?.push({ eventId: context.event.id, error: error.stack ?? error.message });
  return fault("software", error.message);
}

const bugs = [AssertionError, TypeError, RangeError, ReferenceError, SyntaxError] as const;
const STACK_OVERFLOW = "Maximum call stack size exceeded";

function isBug(error: unknown): error is Error {
  return bugs.some((kind) => error instanceof kind) && error instanceof Error && error.message !== STACK_OVERFLOW;
}
