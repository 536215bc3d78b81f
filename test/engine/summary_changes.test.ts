// A page of older rewards remembers what it was before each record, as far as it says so.

import fc from "fast-check";
import { expect, test } from "vitest";
import { SUMMARY_CHANGES_MAX } from "../../src/engine/limits.ts";
import { noteMoved, noteRemoved, pageBefore } from "../../src/engine/rewards/summary_changes.ts";
import { type RewardSummary, SUMMARIES_PER_PAGE } from "../../src/model/person.ts";
import { rewardStates } from "../../src/model/reward.ts";
import type { SummaryPage } from "../../src/model/state.ts";

function summary(n: number): RewardSummary {
  return {
    id: `r${n}`,
    name: null,
    state: "EARNED",
    isFulfilFailed: false,
    faceValue: n,
    faceValueType: "USD",
    supplierId: "CREDIT",
    campaignId: "13",
    program: "refer",
    journeyName: null,
    tags: [],
    slots: [],
    data: {},
    causeEventId: "32",
    partnerRewardId: null,
    earnedMs: 1_000,
    redeemedMs: null,
  };
}

const change = fc.record({
  at: fc.nat({ max: SUMMARIES_PER_PAGE - 1 }),
  isRemoval: fc.nat({ max: 15 }).map((roll) => roll === 0),
  state: fc.constantFrom(...rewardStates),
  partnerRewardId: fc.constantFrom(null, "p1", "p2"),
  /** The same record may change several. */
  isNextRecord: fc.boolean(),
});

test("what a page was before each record that changed it", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: SUMMARY_CHANGES_MAX + 20 }), (changes) => {
      const page: SummaryPage = {
        summaries: Array.from({ length: SUMMARIES_PER_PAGE }, (_, n) => summary(n)),
        changes: [],
        forgotten: 0,
      };
      const before = new Map<number, readonly RewardSummary[]>([[1, [...page.summaries]]]);
      let sequence = 1;
      for (const { at, isRemoval, state, partnerRewardId, isNextRecord } of changes) {
        if (isNextRecord) before.set(++sequence, [...page.summaries]);
        const now = page.summaries[at];
        if (now === undefined) continue;
        const changed = { ...now, state, partnerRewardId };
        if (isRemoval) noteRemoved(page, { sequence, at, before: now });
        else noteMoved(page, { sequence, at, before: now }, changed);
        if (isRemoval) page.summaries.splice(at, 1);
        else page.summaries[at] = changed;
      }
      expect(page.changes.length).toBeLessThanOrEqual(SUMMARY_CHANGES_MAX);
      for (const [of, summaries] of before) {
        const { page: then, isKnown } = pageBefore(page, of);
        expect(isKnown).toBe(of > page.forgotten);
        if (isKnown) expect(then.summaries).toEqual(summaries);
      }
      expect(pageBefore(page, sequence + 1).page).toBe(page);
    }),
  );
});

test("what is told a second time is no change", () => {
  const page: SummaryPage = { summaries: [summary(0)], changes: [], forgotten: 0 };
  noteMoved(page, { sequence: 1, at: 0, before: summary(0) }, summary(0));
  expect(page.changes).toEqual([]);
});
