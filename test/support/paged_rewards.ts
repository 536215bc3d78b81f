// Persons with all their rewards, wherever the state keeps them.

import { expect } from "vitest";
import { findOwn, summariesFrom, summaryKey } from "../../src/engine/rewards/summary_pages.ts";
import { SUMMARIES_HOT_MAX, SUMMARY_CHANGES_MAX } from "../../src/engine/limits.ts";
import { type Person, SUMMARIES_PER_PAGE } from "../../src/model/person.ts";
import type { PartitionState } from "../../src/model/state.ts";

/** As a reader outside knows the person: itself where it has no pages. */
export function withAllRewards(state: PartitionState, person: Person): Person {
  if (person.olderRewards === null) return person;
  return { ...person, rewards: [...summariesFrom(state, person, 0)], olderRewards: null };
}

/** What the person says of its pages is what is in them, and each of its rewards is found. */
export function checkPages(state: PartitionState, person: Person, where: string): void {
  expect(person.rewards.length, `${where}: rewards in the entry`).toBeLessThan(SUMMARIES_HOT_MAX);
  const { olderRewards } = person;
  const pages = state.list("summaryPage", { prefix: `${person.id}/`, after: null, limit: 100_000, isReverse: false });
  const latestMs = olderRewards?.latestMs ?? [];
  expect(
    pages.map(({ key }) => key),
    `${where}: pages`,
  ).toEqual(latestMs.map((_, page) => summaryKey(person.id, page)));
  const inPages = pages.reduce((sum, { value }) => sum + value.summaries.length, 0);
  expect(olderRewards?.count ?? 0, `${where}: older rewards`).toBe(inPages);
  for (const [page, { value }] of pages.entries()) {
    expect(value.summaries.length, `${where}: page ${page}`).toBeLessThanOrEqual(SUMMARIES_PER_PAGE);
    expect(value.changes.length, `${where}: changes of page ${page}`).toBeLessThanOrEqual(SUMMARY_CHANGES_MAX);
    for (const { id, earnedMs } of value.summaries) {
      expect(findOwn(state, person, id), `${where}: reward ${id}`).toMatchObject({ page, summary: { id } });
      expect(earnedMs, `${where}: reward ${id}`).toBeLessThanOrEqual(latestMs[page] ?? 0);
    }
  }
}
