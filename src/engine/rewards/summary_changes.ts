// Changes of a page of older rewards, kept with it: a page as it was before a record, for explaining what rules saw in it.

import type { RewardSummary } from "../../model/person.ts";
import type { SummaryChange, SummaryPage } from "../../model/state.ts";
import { SUMMARY_CHANGES_MAX } from "../limits.ts";

interface Changing {
  /** Of the record that changes it. */
  readonly sequence: number;
  readonly at: number;
  readonly before: RewardSummary;
}

/** What is told a second time changes nothing. */
export function noteMoved(page: SummaryPage, { sequence, at, before }: Changing, after: RewardSummary): void {
  const { state, isFulfilFailed, partnerRewardId, redeemedMs } = before;
  const isSame = state === after.state && isFulfilFailed === after.isFulfilFailed;
  if (isSame && partnerRewardId === after.partnerRewardId && redeemedMs === after.redeemedMs) return;
  note(page, { kind: "moved", sequence, at, state, isFulfilFailed, partnerRewardId, redeemedMs });
}

export function noteRemoved(page: SummaryPage, { sequence, at, before }: Changing): void {
  note(page, { kind: "removed", sequence, at, summary: before });
}

function note(page: SummaryPage, change: SummaryChange): void {
  page.changes.push(change);
  if (page.changes.length > SUMMARY_CHANGES_MAX) page.forgotten = page.changes.shift()?.sequence ?? page.forgotten;
}

/** The page before that record; the page itself where nothing changed since. `isKnown`: no change since is forgotten. */
export function pageBefore(
  page: SummaryPage,
  sequence: number,
): { readonly page: SummaryPage; readonly isKnown: boolean } {
  const isKnown = page.forgotten < sequence;
  const kept = page.changes.filter((change) => change.sequence < sequence);
  if (kept.length === page.changes.length) return { page, isKnown };
  const summaries = [...page.summaries];
  for (const change of page.changes.slice(kept.length).reverse()) {
    const { at } = change;
    const now = summaries[at];
    if (change.kind === "removed") summaries.splice(at, 0, change.summary);
    else if (now !== undefined) summaries[at] = undone(now, change);
  }
  return { page: { summaries, changes: kept, forgotten: page.forgotten }, isKnown };
}

function undone(now: RewardSummary, change: Extract<SummaryChange, { readonly kind: "moved" }>): RewardSummary {
  const { state, isFulfilFailed, partnerRewardId, redeemedMs } = change;
  return { ...now, state, isFulfilFailed, partnerRewardId, redeemedMs };
}
