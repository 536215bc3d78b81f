// Steps of a person: the newest in its entry, older ones in immutable pages, totals over all (see model/person.ts, P1 and P2).

import { type Person, RECENT_STEP_WORDS, RECENT_STEPS_MAX, type Step, type StepTotal } from "../../model/person.ts";
import { ALL_CAMPAIGNS } from "../../rules/mod.ts";
import type { EngineContext, Turn } from "../context.ts";
import { STEPS_HOT_MAX, STEPS_PER_PAGE } from "../limits.ts";

type Memory = Pick<EngineContext, "texts">;

export function pageKey(personId: string, page: number): string {
  return `${personId}/${page.toString().padStart(8, "0")}`;
}

export function addStep(turn: Turn, person: Person, step: Step): void {
  countStep(turn.context, person, step);
  person.steps.push(step);
  spill(turn, person);
}

/** Steps from elsewhere (a merge) take their place by date of creation; the order of equals is: own first. */
export function insertSteps(turn: Turn, person: Person, steps: readonly Step[]): void {
  if (steps.length === 0) return;
  turn.state.hotSteps(person);
  person.steps.push(...steps);
  person.steps.sort((a, b) => a.createdMs - b.createdMs);
  spill(turn, person);
}

/** P2. Duplicates count nowhere. */
export function countStep(context: Memory, person: Person, step: Step): void {
  if (step.isDuplicate) return;
  countAt(person, totalKey(context, step.campaignId, step.name), step);
  countAt(person, totalKey(context, ALL_CAMPAIGNS, step.name), step);
}

export function totalKey({ texts }: Memory, campaignId: string, name: string): string {
  const key = name.toLowerCase();
  return texts === undefined ? `${campaignId}/${key}` : texts.path(campaignId, key);
}

function countAt(person: Person, key: string, step: Step): void {
  const total = person.stepTotals[key];
  if (total === undefined) person.stepTotals[key] = firstTotal(step);
  else count(total, step);
}

/** Most totals of most persons stay at one step: the array is written as a literal, since one that is pushed to takes room for twenty. */
function firstTotal(step: Step): StepTotal {
  const isLow = step.quality === "LOW";
  const value = step.value ?? 0;
  return {
    count: 1,
    countHigh: isLow ? 0 : 1,
    countLow: isLow ? 1 : 0,
    sums: value === 0 ? null : { all: value, high: isLow ? 0 : value, low: isLow ? value : 0 },
    recent: [step.eventMs, value, isLow ? 1 : 0],
  };
}

function count(total: StepTotal, step: Step): void {
  const isLow = step.quality === "LOW";
  const value = step.value ?? 0;
  total.count++;
  if (isLow) total.countLow++;
  else total.countHigh++;
  if (value !== 0) addValue(total, value, isLow);
  total.recent = remembering(total.recent, step.eventMs, [step.eventMs, value, isLow ? 1 : 0]);
}

function addValue(total: StepTotal, value: number, isLow: boolean): void {
  total.sums ??= { all: 0, high: 0, low: 0 };
  total.sums.all += value;
  if (isLow) total.sums.low += value;
  else total.sums.high += value;
}

/**
 * Keeps the newest by event time; a back-dated step finds its place or is too old to be kept. Made anew, since an array that is added to keeps room for
 * sixteen numbers more, and there are several totals a person.
 */
function remembering(recent: number[], eventMs: number, step: readonly number[]): number[] {
  let at = recent.length;
  while (at > 0 && (recent[at - RECENT_STEP_WORDS] ?? 0) > eventMs) at -= RECENT_STEP_WORDS;
  const isFull = recent.length === RECENT_STEPS_MAX * RECENT_STEP_WORDS;
  if (isFull && at === 0) return recent;
  const from = isFull ? RECENT_STEP_WORDS : 0;
  if (at === recent.length && from === 0) return recent.concat(step);
  return recent.slice(from, at).concat(step, recent.slice(at));
}

/** P1. Pages are full and never change. */
function spill(turn: Turn, person: Person): void {
  if (person.steps.length + (person.olderSteps?.count ?? 0) < STEPS_HOT_MAX) return;
  turn.state.hotSteps(person);
  while (person.steps.length >= STEPS_HOT_MAX) {
    turn.state.put("stepPage", pageKey(person.id, person.stepPages++), {
      steps: person.steps.splice(0, STEPS_PER_PAGE),
    });
  }
}
