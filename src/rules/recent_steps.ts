// Windows over the recent steps of one name: velocity limits and "within the last day", without walking the history. Hot path.
//
//   R1. An answer is given only when it is exact, or when the count is already so high that more could not change the verdict.

import { type Person, RECENT_STEP_WORDS, RECENT_STEPS_MAX, type StepTotal } from "../model/person.ts";
import { countEnough, isInWindow, type PriorSteps, type Tally, windowStartMs } from "./prior.ts";
import type { RuleContext } from "./program.ts";

/** What a filter with `isRecent` counts, or null when the recent steps cannot tell (R1). */
export function recentTally(filter: PriorSteps, context: RuleContext): Tally | null {
  const name = filter.names?.[0] ?? "";
  const tally: Tally = { count: 0, sum: 0 };
  if (filter.scope === "CAMPAIGN") {
    const total = context.person.stepTotals[`${context.campaign.id}/${name}`];
    return total === undefined || addRecent(tally, filter, context, total) || isDecided(filter, tally) ? tally : null;
  }
  let isExact = true;
  for (const total of totalsOf(context.person, name)) isExact = addRecent(tally, filter, context, total) && isExact;
  return isExact || isDecided(filter, tally) ? tally : null;
}

function totalsOf(person: Person, name: string): StepTotal[] {
  const totals: StepTotal[] = [];
  const suffix = `/${name}`;
  for (const key in person.stepTotals) {
    const total = person.stepTotals[key];
    if (total !== undefined && key.endsWith(suffix) && key.indexOf("/") === key.length - suffix.length)
      totals.push(total);
  }
  return totals;
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
