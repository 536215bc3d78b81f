// Steps of a person: the newest in its entry, older ones in immutable pages, totals over all (see model/person.ts, P1 and P2).

import { type Person, RECENT_STEP_WORDS, RECENT_STEPS_MAX, type Step, type StepTotal } from "../model/person.ts";
import type { PartitionState } from "../model/state.ts";
import { ALL_CAMPAIGNS, type RuleContext } from "../rules/mod.ts";
import type { EngineContext, Turn } from "./context.ts";
import { STEPS_HOT_MAX, STEPS_PER_PAGE } from "./limits.ts";

type Memory = Pick<EngineContext, "texts">;

export function pageKey(personId: string, page: number): string {
  return `${personId}/${page.toString().padStart(8, "0")}`;
}

/** What rules read steps with. */
export function stepsFor(state: PartitionState, person: Person): Pick<RuleContext, "hotSteps" | "stepPage"> {
  return {
    hotSteps: () => state.hotSteps(person),
    stepPage: (page) => state.find("stepPage", pageKey(person.id, page))?.steps ?? [],
  };
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
    sum: value,
    sumHigh: isLow ? 0 : value,
    sumLow: isLow ? value : 0,
    lastMs: step.createdMs,
    recent: [step.eventMs, value, isLow ? 1 : 0],
  };
}

function count(total: StepTotal, step: Step): void {
  const isLow = step.quality === "LOW";
  const value = step.value ?? 0;
  total.count++;
  total.sum += value;
  total.lastMs = Math.max(total.lastMs, step.createdMs);
  remember(total.recent, step.eventMs, value, isLow ? 1 : 0);
  if (isLow) {
    total.countLow++;
    total.sumLow += value;
  } else {
    total.countHigh++;
    total.sumHigh += value;
  }
}

/** Keeps the newest by event time; a back-dated step finds its place or is too old to be kept. */
function remember(recent: number[], eventMs: number, value: number, isLow: number): void {
  let at = recent.length;
  while (at > 0 && (recent[at - RECENT_STEP_WORDS] ?? 0) > eventMs) at -= RECENT_STEP_WORDS;
  if (at === recent.length) recent.push(eventMs, value, isLow);
  else recent.splice(at, 0, eventMs, value, isLow);
  if (recent.length > RECENT_STEPS_MAX * RECENT_STEP_WORDS) recent.splice(0, RECENT_STEP_WORDS);
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
