// Windows over the newest steps of one name: answered without walking the history wherever that cannot change the verdict.

import { describe, expect, test } from "vitest";
import { RECENT_STEPS_MAX, type Step } from "../../src/model/person.ts";
import { DAY_MS, match, NOW_MS, person, step, trigger } from "./fixtures.ts";

/** Forty within the last day, eight more than are remembered as recent; the oldest twenty on a page. */
const all = Array.from({ length: RECENT_STEPS_MAX + 8 }, (_, at) =>
  step({
    eventId: `e${at}`,
    name: "converted",
    eventMs: NOW_MS - DAY_MS / 2 + at,
    createdMs: NOW_MS - DAY_MS / 2 + at,
  }),
);
const older = all.slice(0, 20);
const frequent = person({ steps: all.slice(20), stepPages: 1 }, older);

function verdictOf(bounds: { [name: string]: number | number[] | string }): { verdict: unknown; pagesRead: number } {
  let pagesRead = 0;
  const stepPage = (): Step[] => {
    pagesRead++;
    return older;
  };
  const limit = trigger("HAS_PRIOR_STEP", {
    filter_names: ["converted"],
    filter_scope: "CLIENT",
    filter_max_age: "P1D",
    ...bounds,
  });
  return { verdict: match([limit], { person: frequent, stepPage }), pagesRead };
}

describe("R1 of a person with more steps than are remembered as recent", () => {
  test.each([
    ["more than the limit already", { count_max: 10 }, false],
    ["the limit is beyond all steps there are", { count_max: all.length }, true],
    ["enough already, and without an upper limit", { count_min: 20 }, true],
    ["more is wanted than all steps there are", { count_min: all.length + 1 }, false],
    ["no wanted count lies between the recent and all", { count_matches: [3, 90] }, false],
  ])("%s: decided without the history", (_, bounds, verdict) => {
    expect(verdictOf(bounds)).toEqual({ verdict, pagesRead: 0 });
  });

  test.each([
    ["the limit lies between the recent and all", { count_max: all.length - 1 }, false],
    ["the least does", { count_min: all.length }, true],
    ["a wanted count does", { count_matches: [all.length] }, true],
    ["another count does", { count_matches: [all.length - 1] }, false],
    ["a sum is asked for", { sum_of_value_max: 0 }, true],
  ])("%s: the history decides", (_, bounds, verdict) => {
    expect(verdictOf(bounds)).toEqual({ verdict, pagesRead: 1 });
  });
});
