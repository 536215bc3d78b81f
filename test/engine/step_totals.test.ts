// P2 of model/person.ts: each step is counted in its campaign and in all campaigns together, once.

import { expect, test } from "vitest";
import fc from "fast-check";
import { RECENT_STEP_WORDS, RECENT_STEPS_MAX, type StepTotal } from "../../src/model/person.ts";
import { countStep } from "../../src/engine/person/steps.ts";
import { person, step } from "../rules/fixtures.ts";

test("P2 a step counts in its campaign and in all campaigns together; duplicates count nowhere", () => {
  const of = person();
  countStep({}, of, step({ eventId: "1", campaignId: "a", value: 2, eventMs: 20 }));
  countStep({}, of, step({ eventId: "2", campaignId: "b", name: "Converted", value: 3, eventMs: 10, quality: "LOW" }));
  countStep({}, of, step({ eventId: "3", campaignId: "b", value: 3, isDuplicate: true }));
  countStep({}, of, step({ eventId: "4", campaignId: "b", name: "a/converted" }));
  const counts = Object.entries(of.stepTotals).map(([key, total]: [string, StepTotal]) => [
    key,
    total.count,
    total.sums?.all ?? 0,
  ]);
  expect(counts).toEqual([
    ["a/converted", 1, 2],
    ["*/converted", 2, 5],
    ["b/converted", 1, 3],
    ["b/a/converted", 1, 0],
    ["*/a/converted", 1, 0],
  ]);
  // By event time, oldest first.
  expect(of.stepTotals["*/converted"]).toMatchObject({ countHigh: 1, countLow: 1, recent: [10, 3, 1, 20, 2, 0] });
});

test("the recent steps of a total are the newest by event time, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(5)), { maxLength: 80 }), (steps) => {
      const of = person();
      for (const [eventMs, value] of steps) countStep({}, of, step({ campaignId: "a", value, eventMs }));
      const sorted = steps.toSorted(([a], [b]) => a - b);
      const newest = sorted.slice(-RECENT_STEPS_MAX).map(([eventMs]) => eventMs);
      const recent = of.stepTotals["a/converted"]?.recent ?? [];
      expect(recent.filter((_, at) => at % RECENT_STEP_WORDS === 0)).toEqual(newest);
      // Of those of one time the later ones stand later, so only the oldest time may be cut.
      const sure = sorted
        .filter(([eventMs]) => eventMs > (newest[0] ?? 0))
        .flatMap(([eventMs, value]) => [eventMs, value, 0]);
      expect(recent.slice(recent.length - sure.length)).toEqual(sure);
    }),
  );
});
