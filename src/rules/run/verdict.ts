// Verdict of a check: true, false, or a fault where what it needs was never found out. Unknown is never fine.

import { fault, type RuleError } from "../value.ts";

export type Verdict = boolean | RuleError;

export function unknown(what: string): RuleError {
  return fault("unknown", `${what} is not known`);
}
