// Names of a client's documents and of an event's data are names like any other, whatever JavaScript objects inherit under them.

import { expect, test } from "vitest";
import { pack, unpack } from "../../src/base/msgpack.ts";
import type { CampaignDocument } from "../../src/model/campaign.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { fc } from "../store/property.ts";
import {
  action,
  campaign,
  coupons,
  datum,
  earn,
  entry,
  fromEvent,
  on,
  onStep,
  onType,
  programme,
  Story,
  supplier,
  trigger,
} from "../support/story.ts";

const inherited = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "toJSON",
  "then",
  "length",
];
const ORDINARY = "Ordinary_Name";

function documentOf(name: string): CampaignDocument {
  const value = fromEvent("v");
  const everywhere = { value, persist_types: ["STEP" as const, "JOURNEY" as const, "PROFILE" as const] };
  const tell = { event_name: "told", data: { [name]: value }, extra_data: { [name]: "x" } };
  return campaign([
    entry(name, "bought", { key: { name, value } }),
    on("bought", {
      name,
      aliases: [`${name}_alias`],
      journey_names: [name],
      triggers: [trigger("EVENT_TARGETING", { targeting_attributes: { [name]: "1" } })],
      data: [datum(name, "UNIQUE_PARTNER_EVENT_KEY", everywhere)],
      actions: [
        earn(name, { data: { [name]: value } }),
        earn(`${name}_pool`),
        action("CREATE_MEMBERSHIP", { audience_id: name }),
        action("SCHEDULE", { schedule_name: name, delays: ["P1D"], data: { [name]: value } }),
        action("FIRE_AS_PERSON", {
          ...tell,
          as_person_identification: { person_identification_type: "EMAIL", value: "bob@x.com" },
        }),
      ],
    }),
    onStep("followed", name),
    onType("SCHEDULED", name, { name: "reminded" }),
    onType("INTERNAL", "told", {
      data: [{ name: "seen", value: "javascript@runtime:context.getCauseEvent().getData()" }],
    }),
    on("registered", { data: [datum(`${name}_card`, "PARTNER_PROFILE_KEY", { value })] }),
    on("swiped"),
  ]);
}

/** All that is left of the story, without what differs from run to run. */
function storyWith(name: string): unknown {
  const story = new Story(
    programme([], {
      campaigns: [documentOf(name)],
      suppliers: [supplier(name), coupons(`${name}_pool`, ["C-1"])],
      audiences: [{ id: name, name }],
    }),
  );
  const sent = (data: JsonObject): JsonObject => ({ email: "ann@x.com", ...data });
  const found: (string | null)[] = [];
  story.happens("bought", sent({ v: "1", [name]: "1" }));
  story.happens("bought", sent({ v: "1", [name]: "1" }));
  story.happens("bought", sent({ v: "2" }));
  story.happens("registered", sent({ v: "4711" }));
  found.push(story.happens("swiped", { [name]: "1" }).personId);
  found.push(story.happens("swiped", { [`${name}_card`]: "4711" }).personId);
  const device = story.happens("bought", { v: "3", [name]: "1" }).personId;
  story.happens("swiped", sent({ person_id: device ?? "" }));
  story.passes(86_400_000);
  const people = ["ann@x.com", "bob@x.com"].map((email) => story.who(email));
  const stored = people.map((person) => unpack(pack(person)));
  expect(stored).toEqual(people);
  return people.map((person) => ({
    isFound: found.map((id) => id === person.id),
    totals: Object.entries(person.stepTotals).map(([key, { count }]) => [key, count]),
    steps: person.steps.map((step) => [step.name, step.isDuplicate, step.journeyName, step.journeyKey, step.data]),
    journeys: person.journeys.map((own) => [own.name, own.key, own.data]),
    profile: Object.entries(person.data),
    memberships: person.memberships.map((own) => own.audienceId),
    rewards: person.rewards.map((own) => [own.name, own.supplierId, own.state, Object.entries(own.data)]),
    refusals: story.refusals(),
  }));
}

function renamed(story: unknown, from: string, to: string): unknown {
  const names = (text: string): string =>
    text.replaceAll(from, () => to).replaceAll(from.toLowerCase(), () => to.toLowerCase());
  return JSON.parse(names(JSON.stringify(story)));
}

const ordinary = storyWith(ORDINARY);

test("the story is one of steps, journeys, data, claims, memberships, rewards, timers and messages", () => {
  const told = ["told", false, null, null, [{ name: "seen", value: { [ORDINARY]: "x" } }]];
  expect(ordinary).toMatchObject([
    { isFound: [true, true], profile: [[ORDINARY, { value: "3" }]], memberships: [ORDINARY], refusals: [] },
    { steps: [told, told] },
  ]);
  expect(JSON.stringify(ordinary)).toContain('"reminded"');
});

test.each(inherited)("%s changes nothing but the name", (name) => {
  expect(storyWith(name)).toEqual(renamed(ordinary, ORDINARY, name));
});

test("nor does any other name", () => {
  const names = fc.stringMatching(/^[A-Za-z_$][A-Za-z0-9_$]{2,20}$/).filter((name) => /[^a-z_]/.test(name));
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(!JSON.stringify(ordinary).toLowerCase().includes(name.toLowerCase()));
      expect(storyWith(name)).toEqual(renamed(ordinary, ORDINARY, name));
    }),
    { numRuns: 20 },
  );
});
