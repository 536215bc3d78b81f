// Filters and bounds of HAS_PRIOR_STEP and HAS_PRIOR_REWARD, as the machine reads them.

import type { FULFILL_FAILED, RewardState } from "../model/reward.ts";
import type { QualityFilter, StepScope } from "../model/trigger.ts";

/** In the place of a campaign id in keys of `Person.stepTotals`: all campaigns together. */
export const ALL_CAMPAIGNS = "*";

/** Whether a campaign may be called so: keys of `Person.stepTotals` are `${campaign}/${name}`, and must tell which is which. */
export function isCampaignId(id: string): boolean {
  return id !== ALL_CAMPAIGNS && !id.includes("/");
}

/** Inclusive; null means not given. A count or sum must satisfy all that are given. */
export interface Bounds {
  readonly countMin: number | null;
  readonly countMax: number | null;
  /** The count must be one of these; null means any. */
  readonly countMatches: readonly number[] | null;
  readonly sumMin: number | null;
  readonly sumMax: number | null;
}

/** ATTRIBUTED is CLIENT in this release: attribution is not kept on steps. */
export type PriorScope = Exclude<StepScope, "ATTRIBUTED">;

/** In ms, inclusive, against the time of the step's event or of the reward's earning. */
export interface Window {
  readonly ageMinMs: number | null;
  readonly ageMaxMs: number | null;
  readonly dateMinMs: number | null;
  readonly dateMaxMs: number | null;
}

/** A list that an expression yields when the trigger runs; on the stack in this order. */
const dynamicLists = ["havingAllNames", "campaignIds", "programLabels"] as const;
export type DynamicList = (typeof dynamicLists)[number];

export interface PriorSteps {
  /** Lower case; null means any. */
  readonly names: readonly string[] | null;
  readonly havingAllNames: readonly string[] | null;
  readonly campaignIds: readonly string[] | null;
  readonly programLabels: readonly string[] | null;
  readonly dynamic: readonly DynamicList[];
  readonly scope: PriorScope;
  readonly quality: QualityFilter;
  readonly partnerEventName: string | null;
  readonly partnerEventValue: string | null;
  readonly window: Window;
  readonly valueMin: number | null;
  readonly valueMax: number | null;
  /** Code of the filter expressions: all must yield true. */
  readonly expressions: readonly number[];
  readonly bounds: Bounds;
  /** Keys in `Person.stepTotals` of all rows under the names; null when they may have any name. */
  readonly rowKeys: readonly string[] | null;
  /** Keys in `Person.stepTotals` that answer, a list a campaign; null when they cannot tell, or a filter needs the rows themselves. */
  readonly totalKeys: readonly (readonly string[])[] | null;
  /** Where nothing is asked but one name, scope, quality and a window: the key in `Person.stepTotals` whose `recent` may answer. */
  readonly recentKey: string | null;
}

/** The most frequent form: one name in one campaign or in all, counted. */
export interface StepTotalTest {
  /** Key in `Person.stepTotals`. */
  readonly key: string;
  readonly countMin: number;
  readonly countMax: number;
}

export interface PriorRewards {
  /** Lower case; null means any. */
  readonly names: readonly string[] | null;
  readonly tags: readonly string[] | null;
  readonly states: readonly (RewardState | typeof FULFILL_FAILED)[] | null;
  readonly scope: PriorScope;
  readonly supplierIds: readonly string[] | null;
  readonly faceValueTypes: readonly string[] | null;
  readonly window: Window;
  /** Starts of the tax years, ascending: only rewards of the running one count. Null when not asked for. */
  readonly taxYearStartsMs: readonly number[] | null;
  readonly expressions: readonly number[];
  readonly bounds: Bounds;
}

/** What was counted. */
export interface Tally {
  count: number;
  sum: number;
}

export function isWithin(bounds: Bounds, tally: Tally): boolean {
  const { countMin, countMax, countMatches, sumMin, sumMax } = bounds;
  if (countMin !== null && tally.count < countMin) return false;
  if (countMax !== null && tally.count > countMax) return false;
  if (countMatches !== null && !countMatches.includes(tally.count)) return false;
  if (sumMin !== null && tally.sum < sumMin - slackOf(sumMin)) return false;
  return sumMax === null || tally.sum <= sumMax + slackOf(sumMax);
}

/** Adding amounts with cents as doubles ends this much beside their sum at most; amounts differ by more, up to a hundred million. */
const SUM_SLACK = 2 ** -34;

/** What a sum of amounts may be beside `bound` and still equal it. */
export function slackOf(bound: number): number {
  return (1 + Math.abs(bound)) * SUM_SLACK;
}

/** The count from which on counting further cannot change the verdict; Infinity when there is none. */
export function countEnough(bounds: Bounds): number {
  if (bounds.countMatches !== null) return Math.max(0, ...bounds.countMatches) + 1;
  if (bounds.countMax !== null) return bounds.countMax + 1;
  if (bounds.sumMin !== null || bounds.sumMax !== null) return Number.POSITIVE_INFINITY;
  return bounds.countMin ?? 1;
}

export function isInWindow(window: Window, atMs: number, nowMs: number): boolean {
  const { ageMinMs, ageMaxMs, dateMinMs, dateMaxMs } = window;
  if (ageMinMs !== null && nowMs - atMs < ageMinMs) return false;
  if (ageMaxMs !== null && nowMs - atMs > ageMaxMs) return false;
  if (dateMinMs !== null && atMs < dateMinMs) return false;
  return dateMaxMs === null || atMs <= dateMaxMs;
}

/** The earliest time that the window can hold. */
export function windowStartMs(window: Window, nowMs: number): number {
  const fromAge = window.ageMaxMs === null ? Number.NEGATIVE_INFINITY : nowMs - window.ageMaxMs;
  return Math.max(fromAge, window.dateMinMs ?? Number.NEGATIVE_INFINITY);
}
