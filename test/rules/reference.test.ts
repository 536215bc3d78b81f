// The machine against the plain interpreter, on random documents, persons and events.

import fc from "fast-check";
import { expect, test } from "vitest";
import { isRuleError } from "../../src/rules/mod.ts";
import { isSoak } from "../support/profile.ts";
import { eventData, eventNames, persons, triggers } from "./documents.ts";
import { CAMPAIGN_ID, context, event, matchingVerdict, NOW_MS, programOf } from "./fixtures.ts";
import { verdictOf } from "./reference.ts";

const RUNS = isSoak ? 100_000 : 800;

test("the machine's verdict is the interpreter's", { timeout: 600_000 }, () => {
  const seen = { true: 0, false: 0, fault: 0 };
  const property = fc.property(
    triggers,
    persons,
    eventData,
    fc.constantFrom(...eventNames),
    (documents, generated, data, name) => {
      const program = programOf(documents.triggers);
      const happening = event({ name, data });
      const { person, pages, steps } = generated;
      const verdict = matchingVerdict(
        program,
        context(program, { event: happening, person, stepPage: (page) => pages[page] ?? [] }),
      );
      const world = {
        nowMs: NOW_MS,
        event: happening,
        person,
        steps,
        campaignId: CAMPAIGN_ID,
        program: "refer",
        conditions: documents.conditions,
      };
      const expected = verdictOf(documents.triggers, world);
      seen[`${expected}`]++;
      expect(isRuleError(verdict) ? "fault" : verdict).toBe(expected);
    },
  );
  fc.assert(property, { numRuns: RUNS });
  // A generator that yields one verdict only would prove little.
  expect(Math.min(seen.true, seen.false, seen.fault)).toBeGreaterThan(RUNS / 500);
});
