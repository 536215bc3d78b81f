// Which of several campaigns an event is for: priorities of journey entries, selectors of controllers, variants within a campaign.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CampaignDocument, Selector } from "../../src/model/campaign.ts";
import type { JsonObject, JsonValue } from "../../src/model/json.ts";
import { action, campaign, datum, entry, fromEvent, on, onType, programme, Story } from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const [ONE, TWO, THREE] = ["7078000000000000011", "7078000000000000012", "7078000000000000013"] as const;

function named(id: string, steps: CampaignDocument["steps"], more: Partial<CampaignDocument> = {}): CampaignDocument {
  return campaign(steps, { campaign_id: id, program_label: `program-${id.slice(-2)}`, ...more });
}

function story(campaigns: CampaignDocument[]): Story {
  return new Story(programme([], { campaigns }));
}

/** Last two digits of the campaigns of a person's journeys. */
function journeysOf(told: Story, email = "ann@x.com"): string[] {
  return told.who(email).journeys.map((own) => own.campaignId.slice(-2));
}

describe("journey entries with a priority compete", () => {
  const enters = (id: string, priority: JsonValue, more: Partial<CampaignDocument> = {}): CampaignDocument =>
    named(id, [entry("FRIEND", "clicked", { priority })], more);

  test.each<[JsonValue, JsonValue, string]>([
    ["2", "10", "11"],
    ["10", "2", "12"],
    ["1.10", "1.9", "12"],
    ["1", "1.0", "11"],
    ["1.0", "1", "12"],
    [3, 2, "12"],
    [1.5, "1.4", "12"],
    ["1", "1", "11"],
  ])("%s against %s: campaign %s is entered", (first, second, winner) => {
    const told = story([enters(ONE, first), enters(TWO, second)]);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual([winner]);
  });

  test("campaigns of one programme that are live beside one another share the people, whoever else comes", () => {
    const emails = Array.from({ length: 60 }, (_, n) => `p${n}@x.com`);
    const draws = (...others: CampaignDocument[]): string[] => {
      const beside = [ONE, TWO].map((id) => enters(id, "1", { program_label: "shop" }));
      const told = story([...beside, ...others]);
      for (const email of emails) for (let n = 0; n < 2; n++) told.happens("clicked", { email });
      return emails.map((email) => journeysOf(told, email).join());
    };
    const drawn = draws();
    for (const one of ["11", "12"]) expect(drawn.filter((own) => own === one).length).toBeGreaterThan(15);
    expect(draws(enters(THREE, "1"))).toEqual(drawn);
    expect(draws(enters(THREE, "1", { program_label: "shop" })).filter((own) => own === "13")).not.toEqual([]);
  });

  test("a device that was drawn for the other campaign of the programme joins its person in its own", () => {
    const beside = [ONE, TWO].map((id) => enters(id, "1", { program_label: "shop" }));
    const told = story(beside);
    const drawn = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const email = `p${n}@x.com`;
      told.happens("clicked", { email });
      const { personId } = told.happens("clicked", { noise: n });
      drawn.add(
        `${journeysOf(told, email).join()} ${told
          .withId(personId)
          .journeys.map((own) => own.campaignId)
          .join()}`,
      );
      const [own] = journeysOf(told, email);
      told.happens("clicked", { person_id: personId ?? "", email });
      expect(told.withId(personId).email).toBe(email);
      expect(journeysOf(told, email)).toEqual([own]);
    }
    expect(drawn.size).toBe(4);
  });

  test("one that is in the campaign after it takes that along: its person is in a campaign that was stopped", () => {
    const stop_date = new Date(new Story(programme([])).nowMs + 60_000).toISOString();
    const told = story([
      enters(ONE, "1", { program_label: "shop", stop_date }),
      named(TWO, [entry("FRIEND", "visited", { priority: "1" })], { program_label: "shop" }),
    ]);
    told.happens("clicked", ANN);
    told.passes(60_000);
    const { personId } = told.happens("visited", { noise: 1 });
    told.happens("visited", { person_id: personId ?? "", ...ANN });
    expect(journeysOf(told)).toEqual(["11", "12"]);
    expect(told.who("ann@x.com").journeys[1]?.entry).toMatchObject(told.entry(personId ?? "").journeys[0]?.entry ?? {});
  });

  test("an entry without a priority does not compete", () => {
    const told = story([enters(ONE, "2"), enters(TWO, null), enters(THREE, "1")]);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual(["12", "13"]);
  });

  test("only journeys of one name compete", () => {
    const told = story([enters(ONE, "1"), named(TWO, [entry("ADVOCATE", "clicked", { priority: "2" })])]);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual(["11", "12"]);
  });

  test("only entries that match do", () => {
    const told = story([named(ONE, [entry("FRIEND", "visited", { priority: "1" })]), enters(TWO, "2")]);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual(["12"]);
  });

  test("a person stays in the campaign that it is in, though a better one matches later", () => {
    const told = story([
      named(ONE, [entry("FRIEND", "clicked", { priority: "1" })]),
      named(TWO, [
        entry("FRIEND", "visited", { priority: "2" }),
        { ...entry("FRIEND", "clicked", { priority: "2" }), id: "again" },
      ]),
    ]);
    told.happens("visited", ANN);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual(["12"]);
  });

  test("of a campaign that was stopped, it moves on to the next", () => {
    const stop_date = new Date(new Story(programme([])).nowMs + 60_000).toISOString();
    const told = story([enters(ONE, "1", { stop_date }), enters(TWO, "2")]);
    told.happens("clicked", ANN);
    told.passes(60_000);
    told.happens("clicked", ANN);
    expect(journeysOf(told)).toEqual(["11", "12"]);
  });

  test.each<[JsonObject, string]>([
    [{}, "11"],
    [{ labels: "program-12" }, "12"],
    [{ labels: "other, Program-12" }, "12"],
    [{ required_labels: "program-12", labels: "program-11" }, "12"],
    [{ labels: "elsewhere" }, "11"],
    [{ target: `campaign_id:${TWO}` }, "12"],
    [{ campaign_id: TWO, labels: "program-11" }, "12"],
    [{ "journey.campaign_id": TWO }, "12"],
  ])("%j is directed at campaign %s", (data, winner) => {
    const told = story([enters(ONE, "1"), enters(TWO, "2")]);
    told.happens("clicked", { ...ANN, ...data });
    expect(journeysOf(told)).toEqual([winner]);
  });

  test("a pin outranks the journey that the person is in, a label does not", () => {
    const told = story([enters(ONE, "1"), enters(TWO, "2")]);
    told.happens("clicked", ANN);
    told.happens("clicked", { ...ANN, labels: "program-12" });
    expect(journeysOf(told)).toEqual(["11"]);
    told.happens("clicked", { ...ANN, campaign_id: TWO });
    expect(journeysOf(told)).toEqual(["11", "12"]);
  });

  test("a person that is in both by a pin is moved by neither", () => {
    const told = story([enters(ONE, "1"), enters(TWO, "2"), enters(THREE, "3")]);
    for (const data of [{}, { campaign_id: TWO }, {}, {}]) told.happens("clicked", { ...ANN, ...data });
    expect(journeysOf(told)).toEqual(["11", "12"]);
  });
});

describe("selectors", () => {
  const code = datum("advocate_code", "PARTNER_PROFILE_KEY");

  /** Two campaigns refer by the events `refer11` and `refer12`; both want `bought`, chosen as given. */
  function shops(selectors: Selector[], more: Partial<CampaignDocument> = {}): Story {
    const shop = (id: string): CampaignDocument =>
      named(
        id,
        [on(`joined${id.slice(-2)}`, { data: [code] }), on(`refer${id.slice(-2)}`), on("bought", { selectors })],
        more,
      );
    const told = story([shop(ONE), shop(TWO)]);
    told.happens("joined11", { email: "april@x.com", advocate_code: "APRIL" });
    told.happens("joined11", { email: "gus@x.com", advocate_code: "GUS" });
    return told;
  }
  const bought = (told: Story): string[] =>
    told
      .stepsOf(told.who("ann@x.com"))
      .filter((step) => step.name === "bought")
      .map((step) => step.campaignId.slice(-2));

  test("without any, and with MATCHING_CAMPAIGN, each campaign that matches takes the event", () => {
    for (const selectors of [[], ["MATCHING_CAMPAIGN"], ["TARGET", "MATCHING_CAMPAIGN"]] as Selector[][]) {
      const told = shops(selectors);
      told.happens("bought", ANN);
      expect(bought(told)).toEqual(["11", "12"]);
    }
  });

  test.each<[JsonObject, string[]]>([
    [{}, []],
    [{ target: `campaign_id:${TWO}` }, ["12"]],
    [{ campaign_id: ONE }, ["11"]],
    [{ labels: "program-12" }, ["12"]],
    [{ required_labels: "program-11", labels: "program-12" }, ["11"]],
    [{ labels: "program-11,program-12" }, ["11", "12"]],
    [{ campaign_id: "7" }, []],
  ])("TARGET takes what is directed at the campaign: %j", (data, campaigns) => {
    const told = shops(["TARGET"]);
    told.happens("bought", { ...ANN, ...data });
    expect(bought(told)).toEqual(campaigns);
  });

  test("BEST_REFERRAL takes the event where the person was referred last", () => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    told.happens("bought", ANN);
    told.happens("refer11", { ...ANN, advocate_code: "GUS" });
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["12", "11"]);
  });

  test("a referral that is repeated is the last again", () => {
    const told = shops(["BEST_REFERRAL"]);
    for (const [name, advocate_code] of [
      ["refer12", "APRIL"],
      ["refer11", "GUS"],
      ["refer12", "APRIL"],
    ] as const)
      told.happens(name, { ...ANN, advocate_code });
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["12"]);
  });

  test.each<[string, (told: Story) => void]>([
    [
      "has another e-mail",
      (told) => {
        const { id: personId } = told.who("april@x.com");
        const change = { kind: "identify", email: "spring@x.com" } as const;
        told.commands({ kind: "change_person", client: told.program.client, personId, change });
      },
    ],
    [
      "turns out to be somebody else",
      (told) => {
        told.happens("joined11", { email: "spring@x.com" });
        told.forward(told.who("april@x.com"), told.who("spring@x.com"));
      },
    ],
  ])("an advocate of before who %s refers nobody anew", (_, befalls) => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    told.happens("refer11", { ...ANN, advocate_code: "GUS" });
    befalls(told);
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["11"]);
    expect(told.who("ann@x.com").relationships.map((own) => own.otherEmail)).toEqual(["spring@x.com", "gus@x.com"]);
  });

  test("of two advocates who are one person, the later referral counts", () => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("joined11", { email: "may@x.com", advocate_code: "MAY" });
    for (const [name, advocate_code] of [
      ["refer12", "APRIL"],
      ["refer11", "GUS"],
      ["refer12", "MAY"],
    ] as const)
      told.happens(name, { ...ANN, advocate_code });
    told.forward(told.who("may@x.com"), told.who("april@x.com"));
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["12"]);
  });

  test("whom the person refers does not count, when it was referred itself", () => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("refer11", { ...ANN, advocate_code: "GUS" });
    told.happens("joined11", { ...ANN, advocate_code: "ANN" });
    told.happens("refer12", { email: "bob@x.com", advocate_code: "ANN" });
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["11"]);
  });

  test("who the event itself tells of wins over later referrals", () => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    told.happens("refer11", { ...ANN, advocate_code: "GUS" });
    told.happens("bought", { ...ANN, advocate_code: "APRIL" });
    expect(bought(told)).toEqual(["12"]);
  });

  test("a referral that begins with the event is of every campaign that matches", () => {
    const told = shops(["BEST_REFERRAL"]);
    told.happens("bought", { ...ANN, advocate_code: "APRIL" });
    expect(bought(told)).toEqual(["11", "12"]);
  });

  test("nobody referred: nobody is chosen", () => {
    for (const selectors of [["BEST_REFERRAL"], ["BEST_REFERRAL_SAME_PROGRAM"]] as Selector[][]) {
      const told = shops(selectors);
      told.happens("bought", ANN);
      expect(bought(told)).toEqual([]);
    }
  });

  test("BEST_REFERRAL_SAME_PROGRAM looks at referrals of the campaign's own programme", () => {
    const told = shops(["BEST_REFERRAL_SAME_PROGRAM"]);
    told.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    told.happens("refer11", { ...ANN, advocate_code: "GUS" });
    told.happens("bought", ANN);
    expect(bought(told)).toEqual(["11", "12"]);
    const oneProgramme = shops(["BEST_REFERRAL_SAME_PROGRAM"], { program_label: "shop" });
    oneProgramme.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    oneProgramme.happens("refer11", { ...ANN, advocate_code: "GUS" });
    oneProgramme.happens("bought", ANN);
    expect(bought(oneProgramme)).toEqual(["11"]);
  });

  test("an event that was fired as another person is for the campaign of that friend", () => {
    const tell = action("FIRE_AS_PERSON", {
      event_name: "friend_bought",
      person_id: "javascript@runtime:context.getOtherPerson().getId()",
    });
    const shop = (id: string): CampaignDocument =>
      named(id, [
        on(`joined${id.slice(-2)}`, { data: [code] }),
        on(`refer${id.slice(-2)}`, { actions: [tell] }),
        onType("INTERNAL", "friend_bought", { selectors: ["BEST_REFERRAL"] }),
      ]);
    const told = story([shop(ONE), shop(TWO)]);
    told.happens("joined11", { email: "april@x.com", advocate_code: "APRIL" });
    told.happens("refer12", { ...ANN, advocate_code: "APRIL" });
    const credited = told.stepsOf(told.who("april@x.com")).filter((step) => step.name === "friend_bought");
    expect(credited.map((step) => step.campaignId)).toEqual([TWO]);
  });
});

describe("send_policy FIRST_ONLY", () => {
  test("counts in each campaign for itself", () => {
    const once = (id: string): CampaignDocument => named(id, [on("bought", { send_policy: "FIRST_ONLY" })]);
    const told = story([once(ONE), once(TWO)]);
    for (let n = 0; n < 2; n++) told.happens("bought", ANN);
    expect(told.who("ann@x.com").steps.map((step) => step.campaignId)).toEqual([ONE, TWO]);
  });

  test("a first time of poor quality is the first time", () => {
    const told = story([
      named(ONE, [
        on("bought", {
          send_policy: "FIRST_ONLY",
          triggers: [
            {
              trigger_id: "q",
              trigger_type: "EXPRESSION",
              trigger_phase: "QUALITY",
              expression: `javascript@runtime:${fromEvent("good").slice("javascript@runtime:".length)} === "yes"`,
            },
          ],
        }),
      ]),
    ]);
    for (const good of ["no", "yes"]) told.happens("bought", { ...ANN, good });
    expect(told.stepNames(told.who("ann@x.com"))).toEqual(["bought LOW"]);
  });
});

describe("variants", () => {
  const variants = ["control", "green", "red"];
  const steps = [
    entry("FRIEND", "clicked"),
    { ...entry("ORDER", "ordered", { key: { name: "order", value: fromEvent("order") } }) },
    on("bought", { data: [{ name: "variant", value: "javascript@runtime:context.getVariant()" }] }),
  ];
  const tested = (more: Partial<CampaignDocument> = {}): Story => story([named(ONE, steps, { variants, ...more })]);
  const emails = Array.from({ length: 60 }, (_, n) => `p${n}@x.com`);

  test("by chance, each gets its part, and the same person the same one in every replay", () => {
    const drawn = [0, 1].map(() => {
      const told = tested();
      for (const email of emails) told.happens("clicked", { email });
      return emails.map((email) => told.who(email).journeys[0]?.variant);
    });
    expect(drawn[0]).toEqual(drawn[1]);
    for (const variant of variants) expect(drawn[0]?.filter((own) => own === variant).length).toBeGreaterThan(8);
  });

  test("one person has one variant in all journeys of a campaign, and rules see it", () => {
    const told = tested();
    told.happens("clicked", ANN);
    for (const order of ["1", "2", "3"]) told.happens("ordered", { ...ANN, order });
    told.happens("bought", ANN);
    const [first, ...others] = told.who("ann@x.com").journeys.map((own) => own.variant);
    expect(variants).toContain(first);
    expect(others).toEqual([first, first, first]);
    expect(told.who("ann@x.com").steps.at(-1)?.data).toEqual([{ name: "variant", value: first, scope: "PRIVATE" }]);
  });

  test("campaigns draw for themselves", () => {
    const told = story([ONE, TWO].map((id) => named(id, [entry("FRIEND", "clicked")], { variants })));
    for (const email of emails) told.happens("clicked", { email });
    const same = emails.filter((email) => new Set(told.who(email).journeys.map((own) => own.variant)).size === 1);
    expect(same.length).toBeGreaterThan(5);
    expect(same.length).toBeLessThan(40);
  });

  test("a selector decides, where it yields one of them; it is asked once", () => {
    const told = tested({ variant_selector: fromEvent("color") });
    told.happens("clicked", { ...ANN, color: "red" });
    told.happens("ordered", { ...ANN, color: "green", order: "1" });
    expect(told.who("ann@x.com").journeys.map((own) => own.variant)).toEqual(["red", "red"]);
    told.happens("clicked", { email: "bob@x.com", color: "blue" });
    expect(variants).toContain(told.who("bob@x.com").journeys[0]?.variant);
  });

  test("without variants there is none", () => {
    const told = story([named(ONE, steps)]);
    told.happens("clicked", ANN);
    expect(told.who("ann@x.com").journeys[0]?.variant).toBeNull();
  });

  test("a device that becomes a known person keeps what it was shown", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (n) => {
        const told = tested();
        const device = told.happens("clicked", { noise: n });
        const shown = told.withId(device.personId).journeys[0]?.variant;
        told.happens("bought", { person_id: device.personId, email: `n${n}@x.com` });
        told.happens("ordered", { email: `n${n}@x.com`, order: "1" });
        expect(told.who(`n${n}@x.com`).journeys.map((own) => own.variant)).toEqual([shown, shown]);
      }),
      { numRuns: 20 },
    );
  });
});
