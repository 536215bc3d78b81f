// Relationships: who referred whom, known on both sides.

import { describe, expect, test } from "vitest";
import type { Person } from "../../src/model/person.ts";
import { randomOf } from "../simulation/simulation.ts";
import {
  action,
  campaign,
  CAMPAIGN,
  CLIENT,
  condition,
  datum,
  dataOf,
  on,
  onStep,
  PARTITIONS,
  programme,
  Story,
} from "../support/story.ts";

const registers = on("registered", {
  data: [
    datum("advocate_code", "PARTNER_PROFILE_KEY"),
    datum("coupon_code", "PARTNER_PROFILE_KEY"),
    datum("first_name", "NONE", { persist_types: ["PROFILE"] }),
  ],
});
const refer = programme([registers, on("clicked"), on("bought")]);
const APRIL = { email: "april@x.com", partner_user_id: "u-april", advocate_code: "APRIL" };

/** April can be pointed to by all that the platform knows. */
function aprilRegisters(story: Story): Person {
  story.happens("registered", { ...APRIL, coupon_code: "SAVE10", first_name: "April" });
  return story.who("april@x.com");
}

function lines(person: Person): string[] {
  return person.relationships.map((own) => `${own.myRole} ${own.otherEmail} ${own.reason}`);
}

describe("an event that points to an advocate", () => {
  test.each([
    ["advocate_code", "APRIL", "ADVOCATE_CODE"],
    ["coupon_code", "SAVE10", "COUPON_CODE"],
    ["advocate_email", " April@X.com", "ADVOCATE"],
    ["advocate_partner_user_id", "u-april", "ADVOCATE_PARTNER_USER_ID"],
  ])("by %s relates both persons", (name, value, reason) => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", [name]: value });
    expect(lines(story.who("frank@y.com"))).toEqual([`FRIEND april@x.com ${reason}`]);
    expect(lines(story.who("april@x.com"))).toEqual([`ADVOCATE frank@y.com ${reason}`]);
  });

  test.each([
    ["share_id", "SHARE_ID"],
    ["partner_share_id", "PARTNER_SHARE_ID"],
    ["PARTNER_SHARE_ID", "PARTNER_SHARE_ID"],
  ])("by the %s of her share relates both persons, and her own events do not", (name, reason) => {
    const story = new Story(programme([registers, on("clicked"), on("shared", { actions: [action("SHARE_EVENT")] })]));
    aprilRegisters(story);
    for (let n = 0; n < 2; n++) story.happens("shared", { email: "april@x.com", partner_share_id: "s-1" });
    const [share] = story.who("april@x.com").shares;
    story.happens("clicked", { email: "frank@y.com", [name]: name === "share_id" ? (share?.id ?? "") : "s-1" });
    expect(lines(story.who("frank@y.com"))).toEqual([`FRIEND april@x.com ${reason}`]);
    expect(lines(story.who("april@x.com"))).toEqual([`ADVOCATE frank@y.com ${reason}`]);
  });

  test("and bears an id of a share that nobody knows yet is decided by what it says besides", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", partner_share_id: "new", advocate_email: "april@x.com" });
    expect(lines(story.who("frank@y.com"))).toEqual(["FRIEND april@x.com ADVOCATE"]);
  });

  test("both sides tell the same of campaign, cause and time, and point to each other", () => {
    const story = new Story(refer);
    const april = aprilRegisters(story);
    const { eventId, personId } = story.happens("clicked", {
      email: "frank@y.com",
      advocate_code: "APRIL",
      container: "test",
    });
    const [friendSide] = story.who("frank@y.com").relationships;
    const [advocateSide] = story.who("april@x.com").relationships;
    expect(friendSide).toMatchObject({
      myRole: "FRIEND",
      otherPersonId: april.id,
      campaignId: CAMPAIGN,
      program: "refer",
      container: "test",
      causeEventId: eventId,
      rootEventId: eventId,
      isSelfReferral: false,
      createdMs: story.nowMs,
    });
    expect(advocateSide).toEqual({
      ...friendSide,
      myRole: "ADVOCATE",
      otherPersonId: personId,
      otherEmail: "frank@y.com",
    });
  });

  test("by several things is decided by the strongest", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    story.happens("clicked", { email: "frank@y.com", advocate_email: "may@x.com", advocate_code: "APRIL" });
    expect(lines(story.who("frank@y.com"))).toEqual(["FRIEND april@x.com ADVOCATE_CODE"]);
    expect(lines(story.who("may@x.com"))).toEqual([]);
  });

  test("whom nobody knows relates nobody; the step counts", () => {
    const story = new Story(refer);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "NOBODY" });
    expect(lines(story.who("frank@y.com"))).toEqual([]);
    expect(story.stepNames(story.who("frank@y.com"))).toEqual(["clicked NONE"]);
    expect(story.personBy("NOBODY", "advocate_code")).toBeNull();
  });

  test("whom nobody knows does not create that person", () => {
    const story = new Story(refer);
    story.happens("clicked", { email: "frank@y.com", advocate_email: "nobody@x.com" });
    expect(story.personBy("nobody@x.com")).toBeNull();
  });

  test("that no campaign takes relates nobody", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("nobody_listens", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(lines(story.who("frank@y.com"))).toEqual([]);
    expect(lines(story.who("april@x.com"))).toEqual([]);
  });

  test("to herself makes no relationship", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("clicked", { email: "april@x.com", advocate_code: "APRIL" });
    expect(lines(story.who("april@x.com"))).toEqual([]);
    expect(story.stepNames(story.who("april@x.com"))).toContain("clicked NONE");
  });
});

describe("two who become one", () => {
  test.each([1, PARTITIONS])(
    "by the very event that points to a device of hers make no relationship: %i",
    (partitions) => {
      const story = new Story(refer, partitions);
      story.happens("clicked", { email: "ann@x.com" });
      story.happens("registered", { partner_user_id: "d1", advocate_code: "MINE" });
      story.happens("clicked", { email: "ann@x.com", partner_user_id: "d1", advocate_code: "MINE" });
      expect(story.personBy("d1", "partner_user_id")?.email).toBe("ann@x.com");
      expect(lines(story.who("ann@x.com"))).toEqual([]);
    },
  );

  /** Frank clicks on April's link while an operator forwards somebody, in any order of arrival. */
  function clickAndForward(seed: number, from: string, to: string): Story {
    const random = randomOf(seed);
    const story = new Story(refer);
    aprilRegisters(story);
    for (const email of ["may@x.com", "frank@y.com"]) story.happens("registered", { email });
    const [personId, toPersonId] = [story.who(from).id, story.who(to).id];
    if (random(2) === 0) story.arrives("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    story.asks({ kind: "forward_person", client: CLIENT, personId, toPersonId });
    story.arrives("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    story.settle((ready) => ready[random(ready.length)] ?? 0);
    return story;
  }

  const seeds = Array.from({ length: 15 }, (_, seed) => seed);

  test.each([
    ["frank@y.com", "april@x.com"],
    ["april@x.com", "frank@y.com"],
  ])("while the advocate is still to be told make none: %s is %s", (from, to) => {
    const left = seeds.map((seed) => lines(clickAndForward(seed, from, to).who(to)));
    expect(left.flat()).toEqual([]);
  });

  test.each([1, PARTITIONS])(
    "in a third keep none, whoever becomes her first and whenever they are told: %i",
    (partitions) => {
      for (const seed of Array.from({ length: 40 }, (_, seed) => seed)) {
        const random = randomOf(seed);
        const story = new Story(refer, partitions);
        aprilRegisters(story);
        for (const email of ["may@x.com", "frank@y.com"]) story.happens("registered", { email });
        const toPersonId = story.who("may@x.com").id;
        const forwarded = [story.who("april@x.com").id, story.who("frank@y.com").id];
        if (random(2) === 0) forwarded.reverse();
        if (random(2) === 0) story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
        else story.arrives("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
        for (const personId of forwarded) story.asks({ kind: "forward_person", client: CLIENT, personId, toPersonId });
        story.settle((ready) => ready[random(ready.length)] ?? 0);
        expect(lines(story.who("may@x.com")), `seed ${seed}`).toEqual([]);
      }
    },
  );

  test("an advocate who is merged before she is told is known to the friend by whom she is now", () => {
    for (const seed of seeds) {
      const story = clickAndForward(seed, "april@x.com", "may@x.com");
      const [frank, may] = [story.who("frank@y.com"), story.who("may@x.com")];
      expect(frank.relationships).toMatchObject([{ otherPersonId: may.id, otherEmail: "may@x.com" }]);
      expect(lines(may)).toEqual(["ADVOCATE frank@y.com ADVOCATE_CODE"]);
    }
  });

  test("in one partition, where nothing is told between them, make none", () => {
    const story = new Story(refer, 1);
    aprilRegisters(story);
    story.arrives("clicked", { partner_user_id: "d1", advocate_code: "APRIL" });
    story.arrives("clicked", { partner_user_id: "d1", email: "april@x.com" });
    story.settle();
    expect(lines(story.who("april@x.com"))).toEqual([]);
  });
});

describe("once per campaign and pair", () => {
  test("further events of the pair update the relationship and add none", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    const createdMs = story.nowMs;
    story.nowMs += 60_000;
    story.happens("bought", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(story.who("frank@y.com").relationships).toMatchObject([{ createdMs, updatedMs: story.nowMs }]);
    expect(story.who("april@x.com").relationships).toHaveLength(1);
  });

  test("another campaign has a relationship of its own", () => {
    const other = campaign([on("clicked")], { campaign_id: "7078000000000000002", program_label: "loyalty" });
    const story = new Story(programme([], { campaigns: [campaign([registers, on("clicked")]), other] }));
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(story.who("frank@y.com").relationships.map((own) => own.program)).toEqual(["refer", "loyalty"]);
    expect(story.who("april@x.com").relationships.map((own) => own.program)).toEqual(["refer", "loyalty"]);
  });

  test("a friend may have several advocates, an advocate several friends", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    for (const advocate_code of ["APRIL", "MAY"]) story.happens("clicked", { email: "frank@y.com", advocate_code });
    story.happens("clicked", { email: "fred@y.com", advocate_code: "APRIL" });
    expect(lines(story.who("frank@y.com"))).toEqual([
      "FRIEND april@x.com ADVOCATE_CODE",
      "FRIEND may@x.com ADVOCATE_CODE",
    ]);
    expect(lines(story.who("april@x.com")).toSorted()).toEqual([
      "ADVOCATE frank@y.com ADVOCATE_CODE",
      "ADVOCATE fred@y.com ADVOCATE_CODE",
    ]);
  });

  test("two people may refer each other", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    story.happens("clicked", { email: "may@x.com", advocate_code: "APRIL" });
    story.happens("clicked", { email: "april@x.com", advocate_code: "MAY" });
    expect(lines(story.who("april@x.com"))).toEqual([
      "ADVOCATE may@x.com ADVOCATE_CODE",
      "FRIEND may@x.com ADVOCATE_CODE",
    ]);
    expect(lines(story.who("may@x.com"))).toEqual([
      "FRIEND april@x.com ADVOCATE_CODE",
      "ADVOCATE april@x.com ADVOCATE_CODE",
    ]);
  });
});

describe("self-referrals", () => {
  test.each([
    ["april@x.com", "april+1@x.com", true],
    ["a.pril@gmail.com", "april+x@googlemail.com", true],
    ["a.pril@x.com", "april@x.com", false],
    ["april@x.com", "april@y.com", false],
  ])("%s refers %s: marked %s on both sides", (advocate, friend, isSelfReferral) => {
    const story = new Story(refer);
    story.happens("registered", { email: advocate, advocate_code: "APRIL" });
    story.happens("clicked", { email: friend, advocate_code: "APRIL" });
    for (const email of [advocate, friend]) {
      expect(story.who(email).relationships.map((own) => own.isSelfReferral)).toEqual([isSelfReferral]);
    }
  });

  test("a friend without an e-mail is not suspected", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    const { personId } = story.happens("clicked", { advocate_code: "APRIL" });
    expect(story.withId(personId).relationships).toMatchObject([{ isSelfReferral: false, otherEmail: "april@x.com" }]);
    expect(story.who("april@x.com").relationships).toMatchObject([{ otherEmail: null, otherPersonId: personId }]);
  });

  test("rules can tell, and make the step LOW", () => {
    const isOther = condition(
      "QUALITY",
      "context.getOtherPerson().getNormalizedEmail() !== context.getPerson().getNormalizedEmail()",
    );
    const story = new Story(programme([registers, on("clicked", { triggers: [isOther] })]));
    aprilRegisters(story);
    story.happens("clicked", { email: "april+1@x.com", advocate_code: "APRIL" });
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(story.stepNames(story.who("april+1@x.com"))).toEqual(["clicked LOW"]);
    expect(story.stepNames(story.who("frank@y.com"))).toEqual(["clicked HIGH"]);
  });
});

describe("the other person of an event", () => {
  const referredBy = (name: string, value: string): ReturnType<typeof datum> =>
    datum(name, "NONE", { value: `javascript@runtime:context.getOtherPerson().${value}` });
  const tells = [referredBy("who", "getEmail()"), referredBy("name", "getFirstName()")];

  test("is whom the event points to", () => {
    const story = new Story(programme([registers, on("clicked", { data: tells })]));
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(dataOf(story.who("frank@y.com").steps[0])).toEqual({ who: "april@x.com", name: "April" });
  });

  test("is otherwise the latest advocate in the campaign's program", () => {
    const story = new Story(programme([registers, on("clicked"), on("bought", { data: tells })]));
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    for (const advocate_code of ["MAY", "APRIL"]) story.happens("clicked", { email: "frank@y.com", advocate_code });
    story.happens("bought", { email: "frank@y.com" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "april@x.com" });
  });

  test("is the advocate whose link was followed last, also where another was met later", () => {
    const story = new Story(programme([registers, on("clicked"), on("bought", { data: tells })]));
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    for (const advocate_code of ["APRIL", "MAY", "APRIL"])
      story.happens("clicked", { email: "frank@y.com", advocate_code });
    story.happens("bought", { email: "frank@y.com" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "april@x.com" });
  });

  test("is the advocate whose link was followed last, on the device or as the person it turned out to be", () => {
    const story = new Story(programme([registers, on("clicked"), on("bought", { data: tells })]));
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    const person_id = story.happens("clicked", { advocate_code: "APRIL" }).personId ?? "";
    story.passes(1000);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "MAY" });
    story.happens("bought", { person_id, email: "frank@y.com" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "may@x.com" });
  });

  test("is the advocate whose link the device followed last, also where the person had met both", () => {
    const story = new Story(programme([registers, on("clicked"), on("bought", { data: tells })]));
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    for (const advocate_code of ["APRIL", "MAY"]) {
      story.happens("clicked", { email: "frank@y.com", advocate_code });
      story.passes(1000);
    }
    const person_id = story.happens("clicked", { advocate_code: "APRIL" }).personId ?? "";
    story.happens("bought", { person_id, email: "frank@y.com" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "april@x.com" });
  });

  test("an advocate of another program is none of this one's", () => {
    const other = campaign([on("bought", { data: tells })], {
      campaign_id: "7078000000000000002",
      program_label: "loyalty",
    });
    const story = new Story(programme([], { campaigns: [campaign([registers, on("clicked")]), other] }));
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    story.happens("bought", { email: "frank@y.com" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toEqual({});
  });

  test("what an event points to wins over what is known", () => {
    const story = new Story(programme([registers, on("clicked"), on("bought", { data: tells })]));
    aprilRegisters(story);
    story.happens("registered", { email: "may@x.com", advocate_code: "MAY" });
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    story.happens("bought", { email: "frank@y.com", advocate_code: "MAY" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "may@x.com" });
  });

  test("is known to the steps that follow from the event", () => {
    const story = new Story(programme([registers, on("clicked"), onStep("after", "clicked", { data: tells })]));
    aprilRegisters(story);
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(dataOf(story.who("frank@y.com").steps.at(-1))).toMatchObject({ who: "april@x.com" });
  });

  test("an advocate who was merged is found under her new self", () => {
    const story = new Story(refer);
    const device = story.happens("registered", { advocate_code: "APRIL" }).personId ?? "";
    story.happens("bought", { person_id: device, email: "april@x.com" });
    story.happens("clicked", { email: "frank@y.com", advocate_code: "APRIL" });
    expect(lines(story.who("frank@y.com"))).toEqual(["FRIEND april@x.com ADVOCATE_CODE"]);
    expect(lines(story.who("april@x.com"))).toEqual(["ADVOCATE frank@y.com ADVOCATE_CODE"]);
  });

  test("an advocate whose friends were visitors first is not written anew for each", () => {
    const story = new Story(refer);
    aprilRegisters(story);
    const visitors = Array.from({ length: 100 }, () => {
      story.passes(1_000);
      return story.happens("clicked", { advocate_code: "APRIL" }).personId ?? "";
    });
    const before = story.who("april@x.com").relationships;
    const others = before.map((own) => own);
    story.happens("bought", { person_id: visitors[40] ?? "", email: "frank@y.com" });
    const after = story.who("april@x.com").relationships;
    // What is kept beside the list, and its bytes, are those of the same list and the same members.
    expect(after).toBe(before);
    expect(after.filter((own, place) => own !== others[place])).toEqual([
      { ...others[40], otherPersonId: story.who("frank@y.com").id, otherEmail: "frank@y.com" },
    ]);
  });
});
