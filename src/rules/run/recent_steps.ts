// Windows over the recent steps of one name: velocity limits and "within the last day", without walking the history. Hot path.
//
//   R1. A verdict is given only when it is that of the whole history: the recent steps are all that the window can hold, or whatever the
//       older ones add, from nothing to all of them, changes nothing.

import { RECENT_STEP_WORDS, RECENT_STEPS_MAX, type StepTotal } from "../../model/person.ts";
import { type Bounds, isInWindow, isWithin, type PriorSteps, type Tally, windowStartMs } from "../prior.ts";
import type { RuleContext } from "../program.ts";

/** Whether what the filter counts in the total of `key` is within its bounds, or null when the recent steps cannot tell (R1). */
export function recentVerdict(filter: PriorSteps, key: string, context: RuleContext): boolean | null {
  const { bounds } = filter;
  const tally: Tally = { count: 0, sum: 0 };
  const total = context.person.stepTotals[key];
  if (total === undefined || addRecent(tally, filter, context, total)) return isWithin(bounds, tally);
  if (bounds.sumMin !== null || bounds.sumMax !== null) return null;
  return verdictBetween(bounds, tally.count, tally.count + total.count - total.recent.length / RECENT_STEP_WORDS);
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

/** The verdict that all counts from `least` to `most` have in common; null when they differ. */
function verdictBetween({ countMin, countMax, countMatches }: Bounds, least: number, most: number): boolean | null {
  const min = countMin ?? 0;
  const max = countMax ?? Number.POSITIVE_INFINITY;
  if (most < min || least > max) return false;
  if (countMatches === null) return least >= min && most <= max ? true : null;
  return countMatches.some((count) => count >= least && count <= most) ? null : false;
}
