// The same law for devices: anonymous persons that turn out to be somebody on the way.
//
// A device's stream is everything that names it, and is applied in its order, wherever the device has gone meanwhile. The e-mail that it turns out to
// be is a stream of its own until then: how the two mix is decided by arrival, and so are rules that look at what was before. What is counted is not.

import fc from "fast-check";
import { expect, test } from "vitest";
import { randomOf } from "../simulation/simulation.ts";
import { isSoak } from "../support/profile.ts";
import { datum, earn, on, priorSteps, programme, Story, supplier } from "../support/story.ts";

const RUNS = isSoak ? 300 : 40;

/** What a step decides here depends on everything that the person did before it. */
const shop = programme(
  [
    on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
    on("visited"),
    on("clicked"),
    on("identified"),
    on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")], actions: [earn("CREDIT")] }),
    on("second", {
      triggers: [
        priorSteps("MATCHING", "second", { count_max: 0 }),
        priorSteps("MATCHING", "visited", { count_min: 2 }),
      ],
    }),
    on("returned", { triggers: [priorSteps("MATCHING", "bought", { count_min: 1 })], actions: [earn("CREDIT")] }),
  ],
  { suppliers: [supplier("CREDIT")] },
);
const DEVICES = 3;

const events = fc.array(
  fc.record({
    device: fc.nat(DEVICES - 1),
    name: fc.constantFrom("visited", "clicked", "identified", "bought", "second", "returned"),
    hasEmail: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20, size: "max" },
);

interface Happening {
  readonly device: number;
  readonly name: string;
  readonly hasEmail: boolean;
}

/** What becomes of each device, whatever person it is by then. */
function outcome(stream: readonly Happening[], seed: number): unknown {
  const random = randomOf(seed);
  const story = new Story(shop);
  story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
  const ids = Array.from({ length: DEVICES }, () => story.happens("visited").personId ?? "");
  stream.forEach(({ device, name, hasEmail }, i) => {
    story.arrives(name, {
      person_id: ids[device] ?? "",
      order_id: `order-${i}`,
      ...(name === "clicked" ? { advocate_code: "APRIL" } : {}),
      ...(hasEmail ? { email: `device${device}@x.com` } : {}),
    });
  });
  story.settle((ready) => ready[random(ready.length)] ?? 0);
  return ids.map((id) => {
    const person = story.withId(id);
    return {
      email: person.email,
      steps: story.stepNames(person).toSorted(),
      rewards: person.rewards.map((own) => `${own.supplierId} ${own.state}`),
      relationships: person.relationships.map((own) => `${own.myRole} ${own.otherEmail}`),
    };
  });
}

test("a device's events end in the same state however other partitions interleave with them, before and after it is somebody", () => {
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(), (stream, one, other) => {
      expect(outcome(stream, one)).toEqual(outcome(stream, other));
    }),
    { numRuns: RUNS },
  );
});

/** What it decides depends on nothing that came before. */
const counter = programme(
  [on("visited"), on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")], actions: [earn("CREDIT")] })],
  { suppliers: [supplier("CREDIT")] },
);

const ANN = "ann@x.com";
const ways = {
  device0: (ids: readonly string[]) => ({ person_id: ids[0] ?? "" }),
  device1: (ids: readonly string[]) => ({ person_id: ids[1] ?? "" }),
  account: () => ({ partner_user_id: "ann-7" }),
  email: () => ({ email: ANN }),
  deviceWithEmail: (ids: readonly string[]) => ({ person_id: ids[0] ?? "", email: ANN }),
  otherDeviceWithEmail: (ids: readonly string[]) => ({ person_id: ids[1] ?? "", email: ANN }),
  accountWithEmail: () => ({ partner_user_id: "ann-7", email: ANN }),
} as const;

const mixed = fc.array(
  fc.record({
    way: fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[])),
    name: fc.constantFrom("visited", "bought"),
  }),
  { minLength: 1, maxLength: 16, size: "max" },
);

/** Two devices, an account and an e-mail of one woman, who is known by all of them in the end. */
function sum(stream: readonly { way: keyof typeof ways; name: string }[], seed: number): unknown {
  const random = randomOf(seed);
  const story = new Story(counter);
  const ids = [0, 1].map(() => story.happens("visited").personId ?? "");
  story.happens("visited", ways.account());
  stream.forEach(({ way, name }, i) => story.arrives(name, { ...ways[way](ids), order_id: `order-${i}` }));
  story.settle((ready) => ready[random(ready.length)] ?? 0);
  for (const way of ["deviceWithEmail", "otherDeviceWithEmail", "accountWithEmail"] as const) {
    story.happens("visited", ways[way](ids));
  }
  const ann = story.who(ANN);
  expect([...ids.map((id) => story.withId(id).id), story.personBy("ann-7", "partner_user_id")?.id]).toEqual([
    ann.id,
    ann.id,
    ann.id,
  ]);
  return { steps: story.stepNames(ann).toSorted(), rewards: ann.rewards.length, stash: story.refusals() };
}

test("devices, an account and an e-mail of one person: how they mix loses nothing, doubles nothing, and leaves nobody waiting", () => {
  fc.assert(
    fc.property(mixed, fc.nat(), (stream, seed) => {
      const bought = stream.filter(({ name }) => name === "bought").length;
      const visited = stream.length - bought + 6;
      const steps = [
        ...Array.from({ length: bought }, () => "bought NONE"),
        ...Array.from({ length: visited }, () => "visited NONE"),
      ];
      expect(sum(stream, seed)).toEqual({ steps, rewards: bought, stash: [] });
    }),
    { numRuns: RUNS },
  );
});
