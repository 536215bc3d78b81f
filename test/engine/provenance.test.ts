// Provenance of journeys: what led a person in stays, what touched the journey last follows. And events fired for a journey.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import {
  action,
  condition,
  datum,
  entry,
  fromEvent,
  on,
  onStep,
  onType,
  programme,
  Story,
  trigger,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const code = datum("advocate_code", "PARTNER_PROFILE_KEY");

const shop = programme([
  on("joined", { data: [code] }),
  entry("FRIEND", "clicked"),
  on("clicked", { journey_names: ["FRIEND"] }),
  on("bought", { journey_names: ["FRIEND"] }),
  onStep("thanked", "bought", { journey_names: ["FRIEND"] }),
]);

describe("of events from outside", () => {
  test("the first is the entry for ever, the newest is the last", () => {
    const story = new Story(shop);
    const april = story.happens("joined", { email: "april@x.com", advocate_code: "APRIL" });
    const first = story.happens("clicked", {
      ...ANN,
      advocate_code: "APRIL",
      share_id: "s-1",
      Shareable_Id: "link-1",
      labels: "refer",
      source: "zone:landing_page",
      promotable_code: "SUMMER",
    });
    const entered = {
      consumer_event_id: first.eventId,
      reason: "clicked",
      advocate_code: "APRIL",
      share_id: "s-1",
      shareable_id: "link-1",
      label: "refer",
      zone: "landing_page",
      promotable_code: "SUMMER",
      referral_reason: "ADVOCATE_CODE",
      profile_id: april.personId,
    };
    expect(story.who("ann@x.com").journeys).toMatchObject([{ entry: entered, last: entered }]);
    const second = story.happens("bought", { ...ANN, coupon_code: "NOBODYS", source: "link:direct" });
    expect(story.who("ann@x.com").journeys[0]?.entry).toEqual(entered);
    expect(story.who("ann@x.com").journeys[0]?.last).toEqual({
      consumer_event_id: second.eventId,
      reason: "bought",
      coupon_code: "NOBODYS",
    });
  });

  test("an event that fires no controller of the journey does not touch it", () => {
    const story = new Story(shop);
    story.happens("clicked", ANN);
    const before = story.who("ann@x.com").journeys;
    story.happens("joined", { ...ANN, advocate_code: "ANN" });
    expect(story.who("ann@x.com").journeys).toEqual(before);
  });
});

describe("of events fired as another person", () => {
  function tells(as_person_journey: JsonObject, more: JsonObject = {}): Story {
    const story = new Story(
      programme([
        entry("ORDER", "ordered", { key: { name: "order_id", value: fromEvent("order_id") } }),
        entry("WISH", "ordered"),
        on("told", {
          actions: [
            action("FIRE_AS_PERSON", {
              event_name: "heard",
              as_person_identification: { person_identification_type: "EMAIL", value: "ann@x.com" },
              as_person_journey,
              ...more,
            }),
          ],
        }),
        onType("INTERNAL", "heard", {
          journey_names: ["ORDER", "WISH"],
          data: [datum("labels"), datum("journey.campaign_id")],
        }),
      ]),
    );
    for (const order_id of ["A-1", "A-2"]) story.happens("ordered", { ...ANN, order_id });
    return story;
  }
  const stepOf = (story: Story): unknown => story.stepsOf(story.who("ann@x.com")).at(-1);

  test.each([
    [{ journey_name: "WISH" }, { journeyName: "WISH", journeyKey: null }],
    [{ journey_type: "ORDER" }, { journeyName: "ORDER", journeyKey: { name: "order_id", value: "A-2" } }],
    [
      { journey_name: "ORDER", key: { name: "order_id", value: "A-1" } },
      { journeyName: "ORDER", journeyKey: { name: "order_id", value: "A-1" } },
    ],
    [
      { journey_name: "ORDER", key: { name: "order_id", value: "A-9" } },
      { journeyName: null, journeyKey: null },
    ],
    [{ journey_name: fromEvent("which") }, { journeyName: "WISH" }],
    [{ journey_name: "OTHER" }, { journeyName: null }],
  ])("the journey is the one it was fired for: %j", (journey, expected) => {
    const story = tells(journey);
    story.happens("told", { email: "bob@x.com", which: "WISH" });
    expect(stepOf(story)).toMatchObject({ name: "heard", ...expected });
  });

  test("what the action says of it touches the journey", () => {
    const said = {
      advocate_code: "BOB",
      advocate_partner_user_id: "u-bob",
      coupon_code: "TEN",
      label: "refer",
      promotable_code: "SUMMER",
      reason: "friend bought",
      share_id: "s-1",
      shareable_id: "link-1",
      zone: "landing_page",
    };
    const story = tells({ ...said, journey_name: "WISH", referral_reason: "SHARE_ID" });
    const { eventId, personId } = story.happens("told", { email: "bob@x.com" });
    const wish = story.who("ann@x.com").journeys.find(({ name }) => name === "WISH");
    expect(wish?.last).toEqual({
      ...said,
      referral_reason: "SHARE_ID",
      profile_id: personId,
      consumer_event_id: eventId,
    });
    expect(wish?.entry).toMatchObject({ reason: "ordered" });
  });

  test("its campaign and the labels are data that direct the event, its container the event's", () => {
    const story = tells({ campaign_id: "7078", container: "test" }, { labels: ["refer", "loyalty"] });
    story.happens("told", { email: "bob@x.com" });
    expect(stepOf(story)).toMatchObject({
      container: "test",
      data: [
        { name: "labels", value: "refer,loyalty" },
        { name: "journey.campaign_id", value: "7078" },
      ],
    });
  });

  test("what the action's own data says of them stands", () => {
    const story = tells({ campaign_id: "7078" }, { labels: ["refer"], data: { labels: "mine" } });
    story.happens("told", { email: "bob@x.com" });
    expect(stepOf(story)).toMatchObject({ data: [{ value: "mine" }, { value: "7078" }] });
  });

  test("TARGETING refuses one that is pinned elsewhere", () => {
    const story = new Story(
      programme([
        on("told", {
          actions: [
            action("FIRE_AS_PERSON", {
              event_name: "heard",
              as_person_identification: { person_identification_type: "EMAIL", value: "ann@x.com" },
              as_person_journey: { campaign_id: fromEvent("campaign") },
            }),
          ],
        }),
        onType("INTERNAL", "heard", { triggers: [trigger("TARGETING"), condition("QUALIFYING", "true")] }),
      ]),
    );
    story.happens("told", { email: "bob@x.com", campaign: "7" });
    expect(story.who("ann@x.com").steps).toEqual([]);
    story.happens("told", { email: "bob@x.com", campaign: "7078000000000000001" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["heard NONE"]);
  });

  test("it is dated as the action says", () => {
    const story = tells({}, { event_time: fromEvent("when") });
    story.happens("told", { email: "bob@x.com", when: "2026-01-02T03:04:05Z" });
    expect(stepOf(story)).toMatchObject({ eventMs: Date.parse("2026-01-02T03:04:05Z"), createdMs: story.nowMs });
  });
});
