// HAS_PRIOR_STEP at run time.
//
//   S1. A row counts once an event. The rows of one event (its step and the aliases) lie side by side, so the last counted event is compared; where S5
//       holds all counted events are.
//   S2. Duplicates never count.
//   S3. Totals answer only where they are exact: no filter on rows, and no event can have been counted under two of the names.
//   S4. A walk ends early only when no older row can change the verdict: bounds are decided, all rows of the names were seen, or the rows
//       left arrived so early that their events lie before the window (an event is at most EVENT_AHEAD_MS_MAX ahead of its arrival).
//   S5. Each run of rows, the hot ones or those of a page, is in order, and one run follows the other but for what merges brought: what is older than the
//       newest page makes pages of its own on top of it. So what came before the last merge is looked at run by run.

import { isOfProgram } from "../program_labels.ts";
import { unreachable } from "../../base/assert.ts";
import type { Person, Step } from "../../model/person.ts";
import { EVENT_AHEAD_MS_MAX, MERGE_MS_MAX, PAGE_GAS } from "../limits.ts";
import {
  type Bounds,
  countEnough,
  isInWindow,
  isWithin,
  type PriorSteps,
  type Tally,
  windowStartMs,
} from "../prior.ts";
import type { Frame, RuleContext } from "../program.ts";
import { recentVerdict } from "./recent_steps.ts";
import { fault, isRuleError, type RuleError, type RuleValue } from "../value.ts";

/** Runs a filter expression on a candidate. */
export type StepFilter = (pc: number, step: Step) => RuleValue;

/** True or false, or the fault of a filter expression. `filter` has its dynamic lists filled in. */
export function hasPriorSteps(filter: PriorSteps, frame: Frame, runFilter: StepFilter): boolean | RuleError {
  const total = filter.totalKeys === null ? null : totalOf(filter, filter.totalKeys, frame.context.person);
  if (total !== null) return isWithin(filter.bounds, total);
  const verdict = filter.recentKey === null ? null : recentVerdict(filter, filter.recentKey, frame.context);
  if (verdict !== null) return verdict;
  const walk = new StepWalk(filter, frame, runFilter);
  walk.run();
  if (walk.failure !== null) return walk.failure;
  return walk.hasAllNames() && isWithin(filter.bounds, walk);
}

/** For tracing: what is counted, to the end. */
export function tallySteps(filter: PriorSteps, frame: Frame, runFilter: StepFilter): Tally | RuleError {
  const unbounded: Bounds = { countMin: null, countMax: null, countMatches: null, sumMin: 0, sumMax: null };
  const walk = new StepWalk({ ...filter, bounds: unbounded, havingAllNames: null }, frame, runFilter);
  walk.run();
  return walk.failure ?? { count: walk.count, sum: walk.sum };
}

/** S3. Null when the totals cannot tell. */
function totalOf(filter: PriorSteps, keysByCampaign: readonly (readonly string[])[], person: Person): Tally | null {
  const tally: Tally = { count: 0, sum: 0 };
  for (const keys of keysByCampaign) {
    let namesSeen = 0;
    for (const key of keys) {
      if (!addTotal(tally, filter, person, key)) continue;
      if (++namesSeen > 1) return null;
    }
  }
  return tally;
}

/** Whether the key has any rows at all. */
function addTotal(tally: Tally, filter: PriorSteps, person: Person, key: string): boolean {
  const total = person.stepTotals[key];
  if (total === undefined) return false;
  tally.count += filter.quality === "ANY" ? total.count : filter.quality === "HIGH" ? total.countHigh : total.countLow;
  if (total.sums !== null)
    tally.sum +=
      filter.quality === "ANY" ? total.sums.all : filter.quality === "HIGH" ? total.sums.high : total.sums.low;
  return total.count > 0;
}

/** One walk over the history, newest first. */
class StepWalk implements Tally {
  count = 0;
  sum = 0;
  failure: RuleError | null = null;
  readonly #filter: PriorSteps;
  readonly #frame: Frame;
  readonly #runFilter: StepFilter;
  readonly #enough: number;
  readonly #createdMinMs: number;
  readonly #missing: Set<string>;
  /** Rows under the names that are still to come; Infinity when unknown. */
  #rowsLeft: number;
  #lastEventId = "";
  /** S5. Null where rows lie in order. */
  readonly #countedIds: Set<string> | null;
  /** S5. Whether an older run may have rows in the window although this one has some before it. */
  readonly #isWindowMixed: boolean;

  constructor(filter: PriorSteps, frame: Frame, runFilter: StepFilter) {
    this.#filter = filter;
    this.#frame = frame;
    this.#runFilter = runFilter;
    this.#enough = countEnough(filter.bounds);
    this.#createdMinMs = windowStartMs(filter.window, frame.context.nowMs) - EVENT_AHEAD_MS_MAX;
    this.#missing = new Set(filter.havingAllNames);
    const { person } = frame.context;
    this.#rowsLeft = filter.rowKeys === null ? Number.POSITIVE_INFINITY : rowsOf(person, filter.rowKeys);
    const mixedMs = mixedUntilMs(person);
    this.#countedIds = mixedMs === Number.NEGATIVE_INFINITY ? null : new Set();
    this.#isWindowMixed = mixedMs >= this.#createdMinMs;
  }

  hasAllNames(): boolean {
    return this.#missing.size === 0;
  }

  run(): void {
    const { person } = this.#frame.context;
    if (this.#isDone() || !this.#scan(this.#frame.context.hotSteps())) return;
    for (let page = person.stepPages - 1; page >= 0; page--) {
      this.#frame.gas -= PAGE_GAS;
      if (!this.#scan(this.#frame.context.stepPage(page))) return;
    }
  }

  /** S4. */
  #isDone(): boolean {
    return this.#rowsLeft <= 0 || (this.count >= this.#enough && this.#missing.size === 0);
  }

  /** False when older runs need not be seen. */
  #scan(steps: readonly Step[]): boolean {
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (step === undefined) continue;
      if (--this.#frame.gas < 0) {
        this.failure = fault("gas", "counting steps took more gas than an evaluation has");
        return false;
      }
      if (step.createdMs < this.#createdMinMs) return this.#isWindowMixed;
      this.#take(step);
      if (this.failure !== null || this.#isDone()) return false;
    }
    return true;
  }

  #take(step: Step): void {
    if (step.isDuplicate) return;
    const name = step.name.toLowerCase();
    if (this.#filter.names !== null) {
      if (!this.#filter.names.includes(name)) return;
      this.#rowsLeft--;
    }
    if (!passes(this.#filter, step, this.#frame.context)) return;
    for (const pc of this.#filter.expressions) {
      const verdict = this.#runFilter(pc, step);
      if (isRuleError(verdict)) this.failure = verdict;
      if (verdict !== true) return;
    }
    this.#missing.delete(name);
    if (step.eventId === this.#lastEventId || this.#countedIds?.has(step.eventId) === true) return;
    this.#lastEventId = step.eventId;
    this.#countedIds?.add(step.eventId);
    this.count++;
    this.sum += step.value ?? 0;
  }
}

/**
 * S5. Rows that were made later lie in order. History notes the merges of a person, and of all it ever noted the newest; pages of who was merged may come after
 * that. Without pages there is one run.
 */
function mixedUntilMs({ stepPages, identityHistory }: Person): number {
  const newest = identityHistory.findLast(({ kind }) => kind === "IDENTITY_SHIFT") ?? identityHistory[0];
  return stepPages === 0 || newest === undefined ? Number.NEGATIVE_INFINITY : newest.atMs + MERGE_MS_MAX;
}

function rowsOf(person: Person, keys: readonly string[]): number {
  let rows = 0;
  for (const key of keys) rows += person.stepTotals[key]?.count ?? 0;
  return rows;
}

function passes(filter: PriorSteps, step: Step, context: RuleContext): boolean {
  return (
    isInScope(filter, step, context) &&
    (filter.campaignIds === null || filter.campaignIds.includes(step.campaignId)) &&
    (filter.programLabels === null || filter.programLabels.includes(step.program)) &&
    (filter.quality === "ANY" || (filter.quality === "LOW") === (step.quality === "LOW")) &&
    isInWindow(filter.window, step.eventMs, context.nowMs) &&
    hasValueInRange(filter, step) &&
    hasPartnerEvent(filter, step)
  );
}

function isInScope(filter: PriorSteps, step: Step, context: RuleContext): boolean {
  switch (filter.scope) {
    case "CLIENT":
      return true;
    case "CAMPAIGN":
      return step.campaignId === context.campaign.id;
    case "PROGRAM":
      return isOfProgram(context.campaign, step.program);
    case "JOURNEY": {
      const { journey } = context;
      if (journey === null || step.campaignId !== journey.campaignId || step.journeyName !== journey.name) return false;
      return step.journeyKey?.name === journey.key?.name && step.journeyKey?.value === journey.key?.value;
    }
    default:
      return unreachable(filter.scope);
  }
}

/** A step without a value is in no range. */
function hasValueInRange(filter: PriorSteps, step: Step): boolean {
  if (filter.valueMin === null && filter.valueMax === null) return true;
  if (step.value === null) return false;
  return (
    (filter.valueMin === null || step.value >= filter.valueMin) &&
    (filter.valueMax === null || step.value <= filter.valueMax)
  );
}

function hasPartnerEvent(filter: PriorSteps, step: Step): boolean {
  const { partnerEventName, partnerEventValue } = filter;
  if (partnerEventName !== null && step.partnerEventId?.name.toLowerCase() !== partnerEventName.toLowerCase())
    return false;
  return partnerEventValue === null || step.partnerEventId?.value === partnerEventValue;
}
