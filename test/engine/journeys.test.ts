// Journeys: a person's participation in a campaign.

import { describe, expect, test } from "vitest";
import {
  action,
  campaign,
  CAMPAIGN,
  condition,
  datum,
  dataOf,
  entry,
  fromEvent,
  on,
  onType,
  programme,
  Story,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const OTHER = "7078000000000000002";
const keyed = entry("ORDER", "ordered", { key: { name: "order_id", value: fromEvent("order_id") } });

function journeysOf(story: Story): (string | undefined)[][] {
  return story.who("ann@x.com").journeys.map((own) => [own.name, own.key?.value]);
}

describe("entering", () => {
  test("the first matching event opens the journey, dated by its arrival", () => {
    const story = new Story(programme([entry("FRIEND", "clicked")]));
    story.happens("clicked", ANN, "2026-01-02T00:00:00Z");
    expect(story.who("ann@x.com").journeys).toMatchObject([
      {
        campaignId: CAMPAIGN,
        program: "refer",
        name: "FRIEND",
        key: null,
        container: "production",
        data: [],
        createdMs: story.nowMs,
        updatedMs: story.nowMs,
      },
    ]);
  });

  test("a person is in a journey without a key once", () => {
    const story = new Story(programme([entry("FRIEND", "clicked")]));
    for (let i = 0; i < 3; i++) story.happens("clicked", ANN);
    expect(journeysOf(story)).toEqual([["FRIEND", undefined]]);
  });

  test("with a key, once for each of its values", () => {
    const story = new Story(programme([keyed]));
    for (const order_id of ["A-1", "A-2", " A-1 "]) story.happens("ordered", { ...ANN, order_id });
    expect(journeysOf(story)).toEqual([
      ["ORDER", "A-1"],
      ["ORDER", "A-2"],
    ]);
  });

  test("an event that lacks the key opens none", () => {
    const story = new Story(programme([keyed]));
    story.happens("ordered", ANN);
    story.happens("ordered", { ...ANN, order_id: " " });
    expect(journeysOf(story)).toEqual([]);
  });

  test("each campaign has journeys of its own", () => {
    const other = campaign([entry("FRIEND", "clicked")], { campaign_id: OTHER });
    const story = new Story(programme([], { campaigns: [campaign([entry("FRIEND", "clicked")]), other] }));
    story.happens("clicked", ANN);
    expect(story.who("ann@x.com").journeys.map((own) => own.campaignId)).toEqual([CAMPAIGN, OTHER]);
  });

  test("an event that does not match opens none", () => {
    const story = new Story(
      programme([
        entry("FRIEND", "clicked", {
          triggers: [
            ...entry("FRIEND", "clicked").triggers,
            condition("MATCHING", 'context.getCauseEvent().getData()["channel"] === "mail"'),
          ],
        }),
      ]),
    );
    story.happens("clicked", ANN);
    expect(journeysOf(story)).toEqual([]);
    story.happens("clicked", { ...ANN, channel: "mail" });
    expect(journeysOf(story)).toEqual([["FRIEND", undefined]]);
  });

  test("the event of one person opens none for another", () => {
    const story = new Story(programme([entry("FRIEND", "clicked")]));
    story.happens("clicked", { email: "bob@x.com" });
    story.happens("visited", ANN);
    expect(journeysOf(story)).toEqual([]);
  });
});

describe("steps in a journey", () => {
  const steps = [
    entry("FRIEND", "clicked"),
    on("clicked", { journey_names: ["FRIEND"] }),
    on("bought", { journey_names: ["ADVOCATE", "FRIEND"] }),
  ];

  test("the step of the event that enters already belongs to the journey", () => {
    const story = new Story(programme(steps));
    story.happens("clicked", ANN);
    expect(story.who("ann@x.com").steps).toMatchObject([{ name: "clicked", journeyName: "FRIEND", journeyKey: null }]);
  });

  test("a later step belongs to the journey that the person is in, of those that the controller names", () => {
    const story = new Story(programme(steps));
    for (const name of ["clicked", "bought"]) story.happens(name, ANN);
    expect(story.who("ann@x.com").steps.map((step) => step.journeyName)).toEqual(["FRIEND", "FRIEND"]);
  });

  test("a controller that names no journey writes steps outside of journeys", () => {
    const story = new Story(programme([entry("FRIEND", "clicked"), on("clicked")]));
    story.happens("clicked", ANN);
    expect(story.who("ann@x.com").steps.map((step) => step.journeyName)).toEqual([null]);
  });

  test("a person who is in none of them takes the step all the same", () => {
    const story = new Story(programme(steps));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps).toMatchObject([{ name: "bought", journeyName: null }]);
  });

  test("a journey of another campaign is none of this one's", () => {
    const other = campaign([on("bought", { journey_names: ["FRIEND"] })], { campaign_id: OTHER });
    const story = new Story(programme([], { campaigns: [campaign([entry("FRIEND", "clicked")]), other] }));
    for (const name of ["clicked", "bought"]) story.happens(name, ANN);
    expect(story.who("ann@x.com").steps).toMatchObject([{ name: "bought", campaignId: OTHER, journeyName: null }]);
  });

  test("the step of a new order carries the new order's key", () => {
    const story = new Story(programme([keyed, on("ordered", { journey_names: ["ORDER"] })]));
    for (const order_id of ["A-1", "A-2"]) story.happens("ordered", { ...ANN, order_id });
    expect(story.who("ann@x.com").steps.map((step) => step.journeyKey)).toEqual([
      { name: "order_id", value: "A-1" },
      { name: "order_id", value: "A-2" },
    ]);
  });

  test("rules see the journey", () => {
    const isFriend = condition("QUALITY", 'context.getJourneyName() === "FRIEND"');
    const story = new Story(
      programme([entry("FRIEND", "clicked"), on("bought", { journey_names: ["FRIEND"], triggers: [isFriend] })]),
    );
    for (const name of ["bought", "clicked", "bought"]) story.happens(name, ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought LOW", "bought HIGH"]);
  });
});

describe("data of a journey", () => {
  const journeyDatum = datum("channel", "NONE", { persist_types: ["STEP", "JOURNEY"] });
  const campaignSteps = [
    entry("FRIEND", "clicked"),
    on("clicked", { journey_names: ["FRIEND"], data: [journeyDatum, datum("page")] }),
    on("bought", {
      journey_names: ["FRIEND"],
      data: [{ name: "came_by", value: 'javascript@runtime:context.getJourney().getData()["channel"]' }],
    }),
  ];

  test("are those that the campaign wants kept there", () => {
    const story = new Story(programme(campaignSteps));
    story.happens("clicked", { ...ANN, channel: "mail", page: "home" });
    expect(story.who("ann@x.com").journeys.map((own) => own.data)).toEqual([
      [{ name: "channel", value: "mail", scope: "PRIVATE" }],
    ]);
  });

  test("a later value replaces an earlier one, and the journey notes when", () => {
    const story = new Story(programme(campaignSteps));
    story.happens("clicked", { ...ANN, channel: "mail" });
    const createdMs = story.nowMs;
    story.nowMs += 60_000;
    story.happens("clicked", { ...ANN, channel: "sms" });
    expect(story.who("ann@x.com").journeys).toMatchObject([
      { data: [{ name: "channel", value: "sms" }], createdMs, updatedMs: story.nowMs },
    ]);
  });

  test("an event without the value leaves it as it was", () => {
    const story = new Story(programme(campaignSteps));
    story.happens("clicked", { ...ANN, channel: "mail" });
    story.happens("clicked", ANN);
    expect(story.who("ann@x.com").journeys[0]?.data.map(({ value }) => value)).toEqual(["mail"]);
  });

  test("later rules can use them", () => {
    const story = new Story(programme(campaignSteps));
    story.happens("clicked", { ...ANN, channel: "mail" });
    story.happens("bought", ANN);
    expect(dataOf(story.who("ann@x.com").steps.at(-1))).toEqual({ came_by: "mail" });
  });

  test("a scheduled event finds the journey again", () => {
    const story = new Story(
      programme([
        entry("FRIEND", "clicked"),
        on("clicked", {
          journey_names: ["FRIEND"],
          actions: [action("SCHEDULE", { schedule_name: "later", delays: ["PT1H"] })],
        }),
        onType("SCHEDULED", "later", { name: "reminded", journey_names: ["FRIEND"] }),
      ]),
    );
    story.happens("clicked", ANN);
    story.passes(3_600_000);
    expect(story.who("ann@x.com").steps.at(-1)).toMatchObject({ name: "reminded", journeyName: "FRIEND" });
  });
});
