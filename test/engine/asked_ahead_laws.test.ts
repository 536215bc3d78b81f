// Laws of asking ahead: only when questions are asked changes, whatever partitions do first and whatever is lost.

import fc from "fast-check";
import { expect, test } from "vitest";
import { textOf } from "../../src/engine/1_route.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { randomOf } from "../simulation/simulation.ts";
import { allSteps, bought, given, holders, Losing, orderId, stepsOf } from "../support/busy_person.ts";
import { isSoak } from "../support/profile.ts";
import {
  CLIENT,
  condition,
  datum,
  earn,
  listener,
  on,
  priorSteps,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

type Random = (below: number) => number;

const RUNS = isSoak ? 3_000 : 40;
const HOT = "guest@shop.com";
const PEOPLE = [HOT, HOT, HOT, "a@x.com", "b@x.com"];
const CODES = ["ANN", "BOB", "CAT"];

function alsoBought(name: string, more: Parameters<typeof listener>[2]): ReturnType<typeof listener> {
  return listener(name, [trigger("EVENT", { event_names: ["bought"], event_type: "INPUT" })], {
    data: [orderId],
    ...more,
  });
}

const plain = [
  on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
  on("opened"),
  { ...bought, actions: [earn("CREDIT")] },
  given,
  on("paired", { data: [orderId, datum("payment_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
];
const suppliers = [supplier("CREDIT")];

/** Ids are wanted by several, and some by two together. */
const simple = programme(plain, { suppliers });

/** What is taken depends on what came before. */
const capricious = programme(
  [
    ...plain,
    alsoBought("first", { send_policy: "FIRST_ONLY" }),
    alsoBought("early", { triggers: [priorSteps("QUALIFYING", "bought", { count_max: 2 })] }),
    alsoBought("late", { triggers: [priorSteps("QUALIFYING", "opened", { count_min: 1 })] }),
    alsoBought("referred", { triggers: [condition("QUALIFYING", "context.getOtherPerson() !== null")] }),
  ],
  { suppliers },
);

const streams = fc.array(
  fc.record(
    {
      name: fc.constantFrom("bought", "bought", "bought", "given", "opened", "paired"),
      order_id: fc.constantFrom("1", "2", "3", "4", "5", "6", "7", "8"),
      payment_id: fc.constantFrom("1", "2", "3"),
      advocate_code: fc.constantFrom(...CODES, "NOBODY"),
    },
    { requiredKeys: ["name", "order_id"] },
  ),
  { minLength: 1, maxLength: 30, size: "max" },
);

function begin<S extends Story>(story: S): S {
  for (const code of CODES) story.happens("registered", { email: `${code}@x.com`, advocate_code: code });
  for (const email of PEOPLE) story.happens("looked", { email });
  return story;
}

/** As after the first answer to what was asked ahead: before it, events ask at their turn as well, and I1 of `claimed_ahead.ts` has an exception. */
function hasAskedAhead(story: Story): Story {
  for (const { state } of story.contexts) {
    const meta = state.edit("meta", "meta");
    if (meta === undefined) throw new Error("every partition has its own entry");
    meta.aheadSince = 0;
  }
  return story;
}

function stepSome(story: Story, random: Random): void {
  for (let left = random(4); left > 0; left--) {
    const ready = story.contexts.flatMap((_, partition) => (story.hasNext(partition) ? [partition] : []));
    const next = ready[random(Math.max(1, ready.length))];
    if (next !== undefined) story.step(next);
  }
}

function settle(story: Story, random: Random): void {
  story.settle((ready) => ready[random(ready.length)] ?? 0);
}

test.each([Story, Losing])(
  "events of one person end as if each waited until the one before was done: %o",
  {
    timeout: 600_000,
  },
  (Kind) => {
    fc.assert(
      fc.property(streams, fc.nat(), (stream, seed) => {
        const random = randomOf(seed);
        const oneByOne = begin(new Story(capricious));
        const atOnce = begin(new Kind(capricious));
        const before = stream.map(({ name, ...data }) => oneByOne.happens(name, { email: HOT, ...data }).eventId);
        const eventIds = stream.map(({ name, ...data }) => {
          const eventId = atOnce.arrives(name, { email: HOT, ...data });
          stepSome(atOnce, random);
          return eventId;
        });
        settle(atOnce, random);
        expect(stepsOf(atOnce, HOT, eventIds)).toEqual(stepsOf(oneByOne, HOT, before));
        expect(holders(atOnce, eventIds)).toEqual(holders(oneByOne, before));
      }),
      { numRuns: RUNS },
    );
  },
);

/** In the middle of it. */
interface Disturbance {
  readonly document: ProgramDocument;
  readonly disturb: (story: Story, random: Random) => void;
}

/** Somebody is said to be somebody else, whose past changes what is taken: while an event waits, too. */
const merges: Disturbance = {
  document: simple,
  disturb(story, random) {
    const [from, to] = [story.who(oneOf(PEOPLE, random)), story.who(oneOf(PEOPLE, random))];
    if (random(3) === 0) return blocks.disturb(story, random);
    story.asks({ kind: "forward_person", client: CLIENT, personId: from.id, toPersonId: to.id });
  },
};

const blocks: Disturbance = {
  document: capricious,
  disturb: (story, random) => story.block(story.who(oneOf(PEOPLE, random)), random(2) === 0 ? "EVENTS" : "NONE"),
};

test.each([merges, blocks])(
  "of persons who want the same ids, none is kept that counts nowhere, and none counts twice: %#",
  {
    timeout: 600_000,
  },
  ({ document, disturb }) => {
    fc.assert(
      fc.property(streams, fc.nat(), (stream, seed) => {
        const random = randomOf(seed);
        const story = hasAskedAhead(begin(new Story(document)));
        const eventIds = stream.map(({ name, ...data }) => {
          if (random(12) === 0) disturb(story, random);
          const eventId = story.arrives(name, { email: oneOf(PEOPLE, random), ...data });
          stepSome(story, random);
          return eventId;
        });
        settle(story, random);
        const everybody = PEOPLE.map((email) => story.who(email));
        expect(everybody.filter(({ isWaiting }) => isWaiting)).toEqual([]);
        const ids = new Set(everybody.map(({ id }) => id));
        const counted = [...ids].flatMap((id) => countedOf(story, id, eventIds));
        expect(holders(story, eventIds)).toEqual(counted.toSorted());
      }),
      { numRuns: RUNS },
    );
  },
);

function oneOf(list: readonly string[], random: Random): string {
  return list[random(list.length)] ?? HOT;
}

/** As `holders` has them. */
function countedOf(story: Story, personId: string, eventIds: readonly string[]): string[] {
  return allSteps(story, story.withId(personId))
    .filter(({ isDuplicate, isPrimary }) => isPrimary && !isDuplicate)
    .flatMap(({ rootEventId, name, data }) =>
      data
        .filter((own) => own.name === "order_id" || own.name === "payment_id")
        .map(({ value }) => `${textOf(value)}/${name}/${eventIds.indexOf(rootEventId)}`),
    );
}
