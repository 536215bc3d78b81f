// Summaries of a person's rewards: the newest in its entry, older ones in pages (see model/person.ts, P3), so that an event costs as much with ten thousand
// rewards as with ten.
//
//   O1. Pages are filled in the order in which rewards came, and a reward stays in its page. What becomes of it later changes the page.
//   O2. Whoever looks for a reward by its id reads the pages that have its mark, nearly always one; who looks for one that is not there, nearly always none.

import { type OlderRewards, type Person, type RewardSummary, SUMMARIES_PER_PAGE } from "../../model/person.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Turn } from "../context.ts";
import { SUMMARIES_HOT_MAX } from "../limits.ts";
import { noteMoved, noteRemoved } from "./summary_changes.ts";

/** Where a person has the summary of a reward. */
export interface OwnSummary {
  /** Null: in the person's entry. */
  readonly page: number | null;
  readonly at: number;
  readonly summary: RewardSummary;
}

const MARK_LENGTH = 2;
const MARKS_PER_PAGE = SUMMARIES_PER_PAGE * MARK_LENGTH;

export function summaryKey(personId: string, page: number): string {
  return `${personId}/${page.toString().padStart(8, "0")}`;
}

export function summariesIn(state: PartitionState, personId: string, page: number): readonly RewardSummary[] {
  return state.find("summaryPage", summaryKey(personId, page))?.summaries ?? [];
}

export function pagesOf({ olderRewards }: Person): number {
  return olderRewards === null ? 0 : olderRewards.latestMs.length;
}

/** Of that page and all behind it, oldest first. */
export function* summariesFrom(state: PartitionState, person: Person, page: number): Generator<RewardSummary> {
  for (let next = page; next < pagesOf(person); next++) yield* summariesIn(state, person.id, next);
  yield* person.rewards;
}

export function findOwn(state: PartitionState, person: Person, rewardId: string): OwnSummary | undefined {
  const { rewards, olderRewards } = person;
  // Most are those of rewards that were just earned.
  const hot = rewards.findLastIndex(({ id }) => id === rewardId);
  const found = rewards[hot];
  if (found !== undefined) return { page: null, at: hot, summary: found };
  if (olderRewards === null) return undefined;
  for (const page of pagesMarked(olderRewards, rewardId)) {
    const summaries = summariesIn(state, person.id, page);
    const at = summaries.findIndex(({ id }) => id === rewardId);
    const summary = summaries[at];
    if (summary !== undefined) return { page, at, summary };
  }
  return undefined;
}

/** O2. Pages in which the id may be. */
export function* pagesMarked({ marks }: OlderRewards, rewardId: string): Generator<number> {
  const mark = markOf(rewardId);
  for (let at = marks.indexOf(mark); at >= 0; at = marks.indexOf(mark, at + 1))
    if (at % MARK_LENGTH === 0) yield Math.floor(at / MARKS_PER_PAGE);
}

/** The last four digits of an id, which is a hash. */
function markOf(rewardId: string): string {
  const digits = Number.parseInt(rewardId.slice(-4), 16);
  return String.fromCharCode((digits >> 8) & 0xff, digits & 0xff);
}

export function addSummary(state: PartitionState, person: Person, summary: RewardSummary): void {
  person.rewards.push(summary);
  spillSummaries(state, person);
}

/** O1. An earlier version kept all of them in the person. */
export function spillSummaries(state: PartitionState, person: Person): void {
  const { rewards } = person;
  if (rewards.length < SUMMARIES_HOT_MAX) return;
  const older = (person.olderRewards ??= { count: 0, latestMs: [], marks: "" });
  let from = 0;
  for (; rewards.length - from >= SUMMARIES_HOT_MAX; from += SUMMARIES_PER_PAGE) {
    const summaries = rewards.slice(from, from + SUMMARIES_PER_PAGE);
    state.put("summaryPage", summaryKey(person.id, older.latestMs.length), { summaries, changes: [], forgotten: 0 });
    older.count += summaries.length;
    older.latestMs.push(Math.max(...summaries.map(({ earnedMs }) => earnedMs)));
    older.marks += summaries.map(({ id }) => markOf(id)).join("");
  }
  rewards.splice(0, from);
}

export function replaceOwn(turn: Turn, person: Person, { page, at }: OwnSummary, changed: RewardSummary): void {
  if (page === null) {
    person.rewards[at] = changed;
    return;
  }
  const kept = turn.state.edit("summaryPage", summaryKey(person.id, page));
  const before = kept?.summaries[at];
  if (kept === undefined || before === undefined) return;
  noteMoved(kept, { sequence: turn.sequence, at, before }, changed);
  kept.summaries[at] = changed;
}

export function removeOwn(turn: Turn, person: Person, { page, at }: OwnSummary): void {
  if (page === null || person.olderRewards === null) {
    person.rewards.splice(at, 1);
    return;
  }
  const kept = turn.state.edit("summaryPage", summaryKey(person.id, page));
  const before = kept?.summaries[at];
  if (kept === undefined || before === undefined) return;
  noteRemoved(kept, { sequence: turn.sequence, at, before });
  kept.summaries.splice(at, 1);
  person.olderRewards.count--;
}
