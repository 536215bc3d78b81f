// Windows over the recent steps of one name: velocity limits and "within the last day", without walking the history. Hot path.
//
//   R1. An answer is given only when it is exact, or when the count is already so high that more could not change the verdict.

import { RECENT_STEP_WORDS, RECENT_STEPS_MAX, type StepTotal } from "../model/person.ts";
import { countEnough, isInWindow, type PriorSteps, type Tally, windowStartMs } from "./prior.ts";
import type { RuleContext } from "./program.ts";

/** What the filter counts in the total of `key`, or null when the recent steps cannot tell (R1). */
export function recentTally(filter: PriorSteps, key: string, context: RuleContext): Tally | null {
  const tally: Tally = { count: 0, sum: 0 };
  const total = context.person.stepTotals[key];
  return total === undefined || addRecent(tally, filter, context, total) || isDecided(filter, tally) ? tally : null;
}

/** True when no step before the recent ones can lie in the window. */
function addRecent(tally: Tally, filter: PriorSteps, context: RuleContext, total: StepTotal): boolean {
  const { recent } = total;
  for (let at = recent.length - RECENT_STEP_WORDS; at >= 0; at -= RECENT_STEP_WORDS) {
    const isLow = recent[at + 2] === 1;
    if (filter.quality !== "ANY" && (filter.quality === "LOW") !== isLow) continue;
    if (!isInWindow(filter.window, recent[at] ?? 0, context.nowMs)) continue;
    tally.count++;
    tally.sum += recent[at + 1] ?? 0;
  }
  const isWhole = recent.length < RECENT_STEPS_MAX * RECENT_STEP_WORDS;
  return isWhole || (recent[0] ?? 0) < windowStartMs(filter.window, context.nowMs);
}

function isDecided(filter: PriorSteps, tally: Tally): boolean {
  return filter.bounds.sumMin === null && filter.bounds.sumMax === null && tally.count >= countEnough(filter.bounds);
}
