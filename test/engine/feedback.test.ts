// The feedback loop: what a step leaves with its journey and its person is seen by the next event of that person, always.

import fc from "fast-check";
import { test, expect } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { dataOf, datum, entry, fromEvent, on, programme, Story } from "../support/story.ts";

const steps = [
  entry("VISIT", "began", { key: { name: "visit", value: fromEvent("visit") } }),
  on("began"),
  on("said", {
    journey_names: ["VISIT"],
    data: [
      datum("word", "NONE", { persist_types: ["STEP", "JOURNEY", "PROFILE"] }),
      { name: "before_here", value: 'javascript@runtime:context.getJourney().getData()["word"]' },
      { name: "before", value: 'javascript@runtime:context.getPerson().getData()["word"]' },
      {
        name: "count",
        value: 'javascript@runtime:context.getPerson().getSteps().filter(s => s.getStepName() === "said").length',
      },
    ],
  }),
];

const people = ["ann@x.com", "bob@x.com"];
const happening = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constant("began"),
      who: fc.constantFrom(...people),
      visit: fc.constantFrom("1", "2"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constant("said"),
      who: fc.constantFrom(...people),
      visit: fc.constantFrom("1", "2"),
      word: fc.option(fc.constantFrom("red", "green", "blue")),
    }),
  },
);

test("each event sees what the one before it left, of its journey and of its person, one record at a time or many at once", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (happenings, isAtOnce) => {
      const story = new Story(programme(steps));
      const said: { [who: string]: JsonObject[] } = {};
      const words: { [place: string]: string } = {};
      const journeys = new Set<string>();
      for (const one of happenings) {
        const data: JsonObject = { email: one.who, visit: one.visit };
        if ("word" in one && one.word !== null) data["word"] = one.word;
        if (isAtOnce) story.arrives(one.name, data);
        else story.happens(one.name, data);
        const place = `${one.who}/${one.visit}`;
        if (!("word" in one)) {
          journeys.add(place);
          continue;
        }
        const isIn = journeys.has(place);
        (said[one.who] ??= []).push({
          ...(one.word === null ? {} : { word: one.word }),
          ...(isIn && words[place] !== undefined ? { before_here: words[place] } : {}),
          ...(words[one.who] === undefined ? {} : { before: words[one.who] }),
          count: said[one.who]?.length ?? 0,
        });
        if (one.word === null) continue;
        words[one.who] = one.word;
        if (isIn) words[place] = one.word;
      }
      story.settle();
      for (const [who, expected] of Object.entries(said)) {
        const own = story.stepsOf(story.who(who)).filter((step) => step.name === "said");
        expect(own.map(dataOf)).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});
