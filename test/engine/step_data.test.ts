// Stage 5: what a step keeps of its event, and what the values are for.

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { STEPS_HOT_MAX } from "../../src/engine/limits.ts";
import type { DataKeyType } from "../../src/model/campaign.ts";
import {
  action,
  campaign,
  CLIENT,
  condition,
  datum,
  dataOf,
  earn,
  entry,
  on,
  onStep,
  PARTITIONS,
  priorSteps,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

const ANN = { email: "ann@x.com" };
const BOB = { email: "bob@x.com" };

describe("a step", () => {
  test("names its campaign, its cause and its container", () => {
    const story = new Story(programme([on("bought", { scope: "PUBLIC" })]));
    const { eventId } = story.happens("bought", { ...ANN, container: "test" });
    expect(story.who("ann@x.com").steps).toMatchObject([
      {
        name: "bought",
        isPrimary: true,
        campaignId: "7078000000000000001",
        program: "refer",
        journeyName: null,
        journeyKey: null,
        causeEventId: eventId,
        rootEventId: eventId,
        container: "test",
        quality: "NONE",
        scope: "PUBLIC",
        value: null,
        partnerEventId: null,
        isDuplicate: false,
        data: [],
      },
    ]);
  });

  test("has one row for each alias, with the same data and the same event", () => {
    const story = new Story(
      programme([on("bought", { aliases: ["converted", "outcome"], data: [datum("cart", "VALUE")] })]),
    );
    story.happens("bought", { ...ANN, cart: "5" });
    const { steps } = story.who("ann@x.com");
    expect(steps.map(({ name, isPrimary, value }) => [name, isPrimary, value])).toEqual([
      ["bought", true, 5],
      ["converted", false, 5],
      ["outcome", false, 5],
    ]);
    expect(new Set(steps.map((step) => step.eventId)).size).toBe(1);
    expect(new Set(steps.map((step) => step.id)).size).toBe(3);
  });

  test("has no second row for an alias that repeats its name", () => {
    const story = new Story(programme([on("bought", { aliases: ["Bought", "outcome", "OUTCOME"] })]));
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps.map((step) => step.name)).toEqual(["bought", "outcome"]);
  });

  test("is counted under each of its names", () => {
    const story = new Story(
      programme([
        on("bought", { aliases: ["outcome"] }),
        on("asked", { triggers: [priorSteps("QUALIFYING", "outcome", { count_matches: [2] })] }),
      ]),
    );
    for (const name of ["bought", "asked", "bought", "asked"]) story.happens(name, ANN);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["bought NONE", "bought NONE", "asked NONE"]);
  });

  test("stays readable when many newer ones push it out of the person's entry", () => {
    const story = new Story(programme([on("bought", { data: [datum("n")] })]));
    for (let n = 0; n < 3 * STEPS_HOT_MAX; n++) story.happens("bought", { ...ANN, n });
    const ann = story.who("ann@x.com");
    expect(ann.steps.length).toBeLessThan(STEPS_HOT_MAX);
    expect(story.stepsOf(ann).map((step) => dataOf(step)["n"])).toEqual(
      Array.from({ length: 3 * STEPS_HOT_MAX }, (_, n) => n),
    );
    expect(ann.stepTotals["*/bought"]?.count).toBe(3 * STEPS_HOT_MAX);
  });
});

describe("data", () => {
  test("keep the name, the value as it was sent, and the scope", () => {
    const story = new Story(
      programme([
        on("bought", {
          data: [
            datum("items", "NONE", { scope: "PUBLIC" }),
            datum("gift", "NONE", { scope: "CLIENT" }),
            datum("note"),
          ],
        }),
      ]),
    );
    story.happens("bought", { ...ANN, items: [{ sku: "a", count: 2 }], gift: true, note: " x " });
    expect(story.who("ann@x.com").steps[0]?.data).toEqual([
      { name: "items", value: [{ sku: "a", count: 2 }], scope: "PUBLIC" },
      { name: "gift", value: true, scope: "CLIENT" },
      { name: "note", value: " x ", scope: "PRIVATE" },
    ]);
  });

  test("that the event lacks are left out, or have their default", () => {
    const story = new Story(
      programme([on("bought", { data: [datum("color"), datum("size", "NONE", { default_value: "M" })] })]),
    );
    story.happens("bought", ANN);
    story.happens("bought", { ...ANN, color: "red", size: "L" });
    expect(story.who("ann@x.com").steps.map(dataOf)).toEqual([{ size: "M" }, { color: "red", size: "L" }]);
  });

  test("whose expression fails are left out; the step counts", () => {
    const broken = { name: "reward", value: "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()" };
    const story = new Story(programme([on("bought", { data: [broken, datum("color")] })]));
    story.happens("bought", { ...ANN, color: "red" });
    expect(story.who("ann@x.com").steps.map(dataOf)).toEqual([{ color: "red" }]);
  });

  test("that are switched off are left out", () => {
    const story = new Story(programme([on("bought", { data: [datum("color", "NONE", { enabled: false })] })]));
    story.happens("bought", { ...ANN, color: "red" });
    expect(story.who("ann@x.com").steps.map(dataOf)).toEqual([{}]);
  });

  test("may be constants and templates of what the rules know", () => {
    const story = new Story(
      programme([
        on("bought", {
          data: [
            { name: "kind", value: "web" },
            { name: "who", value: "javascript@runtime:context.getPerson().getEmail()" },
          ],
        }),
      ]),
    );
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").steps.map(dataOf)).toEqual([{ kind: "web", who: "ann@x.com" }]);
  });

  test("go to the profile where the campaign says so; the latest value stands", () => {
    const story = new Story(
      programme([
        on("named", {
          data: [datum("first_name", "NONE", { persist_types: ["STEP", "PROFILE"], scope: "PUBLIC" }), datum("note")],
        }),
      ]),
    );
    story.happens("named", { ...ANN, first_name: "Anna", note: "x" });
    story.happens("named", { ...ANN, first_name: "Ann", note: "x" });
    story.happens("named", ANN);
    expect(Object.keys(story.who("ann@x.com").data)).toEqual(["first_name"]);
    expect(story.who("ann@x.com").data["first_name"]).toMatchObject({ value: "Ann", scope: "PUBLIC" });
  });

  test("go where the campaign says and nowhere else", () => {
    const story = new Story(
      programme([
        entry("LOYALTY", "bought"),
        on("bought", {
          journey_names: ["LOYALTY"],
          data: [
            datum("color", "NONE", { persist_types: ["JOURNEY"] }),
            datum("size", "NONE", { persist_types: ["PROFILE"] }),
            datum("note"),
          ],
        }),
      ]),
    );
    story.happens("bought", { ...ANN, color: "red", size: "M", note: "x" });
    const ann = story.who("ann@x.com");
    expect(ann.steps.map(dataOf)).toEqual([{ note: "x" }]);
    expect(ann.journeys[0]?.data.map(({ name }) => name)).toEqual(["color"]);
    expect(Object.keys(ann.data)).toEqual(["size"]);
  });

  test("are keys and values of the step wherever they go", () => {
    const elsewhere = { persist_types: ["PROFILE" as const] };
    const story = new Story(
      programme([
        on("bought", {
          data: [datum("cart", "VALUE", elsewhere), datum("order_id", "UNIQUE_PARTNER_EVENT_KEY", elsewhere)],
        }),
      ]),
    );
    for (let i = 0; i < 2; i++) story.happens("bought", { ...ANN, cart: "10", order_id: "A-1" });
    expect(story.who("ann@x.com").steps).toMatchObject([
      { value: 10, partnerEventId: { name: "order_id", value: "A-1" }, isDuplicate: false, data: [] },
      { isDuplicate: true },
    ]);
  });

  test("of an event that does not qualify do not reach the profile", () => {
    const story = new Story(
      programme([
        on("named", {
          data: [datum("first_name", "NONE", { persist_types: ["PROFILE"] })],
          triggers: [condition("QUALIFYING", "false")],
        }),
      ]),
    );
    story.happens("named", { ...ANN, first_name: "Ann" });
    expect(story.who("ann@x.com").data).toEqual({});
  });
});

describe("VALUE", () => {
  const valued = programme([on("bought", { data: [datum("cart", "VALUE")] })]);

  test.each([
    ["89.90", 89.9],
    [" 12 ", 12],
    [7, 7],
    ["-3", -3],
    ["1e3", 1000],
    ["0", 0],
    ["89,90", null],
    ["12 USD", null],
    ["", null],
    ["Infinity", null],
    ["NaN", null],
    [true, null],
  ])("%j is worth %j", (cart, value) => {
    const story = new Story(valued);
    story.happens("bought", { ...ANN, cart });
    expect(story.who("ann@x.com").steps.map((step) => step.value)).toEqual([value]);
  });

  test("values add up by name and by quality", () => {
    const story = new Story(
      programme([
        on("bought", {
          data: [datum("cart", "VALUE")],
          triggers: [condition("QUALITY", 'context.getCauseEvent().getData()["cart"] !== "1"')],
        }),
      ]),
    );
    for (const cart of ["10.5", "1", "4.5"]) story.happens("bought", { ...ANN, cart });
    expect(story.who("ann@x.com").stepTotals["*/bought"]).toMatchObject({
      sums: { all: 16, high: 15, low: 1 },
    });
  });
});

describe("PARTNER_EVENT_KEY", () => {
  const shipped = programme([on("shipped", { data: [datum("order_id", "PARTNER_EVENT_KEY")] })]);

  test("is the step's business id; several steps may share it", () => {
    const story = new Story(shipped);
    for (const person of [ANN, ANN, BOB]) story.happens("shipped", { ...person, order_id: " A-1 " });
    for (const email of ["ann@x.com", "bob@x.com"]) {
      for (const step of story.stepsOf(story.who(email))) {
        expect(step).toMatchObject({ partnerEventId: { name: "order_id", value: "A-1" }, isDuplicate: false });
      }
    }
    expect(story.who("ann@x.com").stepTotals["*/shipped"]?.count).toBe(2);
  });

  test("the first of several is the step's", () => {
    const story = new Story(
      programme([
        on("shipped", { data: [datum("order_id", "PARTNER_EVENT_KEY"), datum("parcel_id", "PARTNER_EVENT_KEY")] }),
      ]),
    );
    story.happens("shipped", { ...ANN, parcel_id: "P-1" });
    story.happens("shipped", { ...ANN, parcel_id: "P-1", order_id: "A-1" });
    expect(story.who("ann@x.com").steps.map((step) => step.partnerEventId?.value)).toEqual(["P-1", "A-1"]);
  });

  test.each<DataKeyType>(["PARTNER_EVENT_KEY", "UNIQUE_PARTNER_EVENT_KEY"])(
    "as %s, what is longer than 255 characters is data and no key",
    (keyType) => {
      const story = new Story(programme([on("shipped", { data: [datum("order_id", keyType)] })]));
      const order_id = "A".repeat(256);
      story.happens("shipped", { ...ANN, order_id });
      story.happens("shipped", { ...ANN, order_id });
      expect(story.who("ann@x.com").steps.map((step) => [step.partnerEventId, step.isDuplicate])).toEqual([
        [null, false],
        [null, false],
      ]);
      expect(dataOf(story.who("ann@x.com").steps[0])).toEqual({ order_id });
    },
  );
});

describe("UNIQUE_PARTNER_EVENT_KEY", () => {
  const bought = on("bought", {
    aliases: ["outcome"],
    data: [
      datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"),
      datum("cart", "VALUE"),
      datum("first_name", "NONE", { persist_types: ["STEP", "PROFILE"] }),
      datum("color", "NONE", { persist_types: ["STEP", "JOURNEY"] }),
    ],
    journey_names: ["LOYALTY"],
    actions: [earn("CREDIT"), action("CREATE_MEMBERSHIP", { audience_id: "gold" })],
  });
  const shop = programme([entry("LOYALTY", "bought"), bought, onStep("thanked", "bought")], {
    suppliers: [supplier("CREDIT")],
    audiences: [{ id: "gold", name: "Gold" }],
  });

  test("a second arrival is accepted and kept as a duplicate, and nothing follows from it", () => {
    const story = new Story(shop);
    const first = story.happens("bought", { ...ANN, order_id: "A-1", cart: "10" });
    const second = story.happens("bought", { ...ANN, order_id: "A-1", cart: "10" });
    expect(second).toMatchObject({ personId: first.personId, errorCode: null });
    expect(second.eventId).not.toBe(first.eventId);
    const ann = story.who("ann@x.com");
    expect(ann.steps.map((step) => [step.name, step.isDuplicate])).toEqual([
      ["bought", false],
      ["outcome", false],
      ["thanked", false],
      ["bought", true],
      ["outcome", true],
    ]);
    expect(rewardsOf(ann)).toEqual(["CREDIT EARNED 25"]);
  });

  test("a duplicate counts nowhere", () => {
    const story = new Story(shop);
    for (let i = 0; i < 3; i++) story.happens("bought", { ...ANN, order_id: "A-1", cart: "10" });
    const ann = story.who("ann@x.com");
    expect(ann.stepTotals["*/bought"]).toMatchObject({ count: 1, sums: { all: 10 } });
    expect(ann.stepTotals["*/outcome"]).toMatchObject({ count: 1, sums: { all: 10 } });
    expect(story.stepsOf(ann).filter((step) => step.name === "bought")).toHaveLength(1);
  });

  test("a duplicate merges profile data, and leaves the journey alone", () => {
    const story = new Story(shop);
    story.happens("bought", { ...ANN, order_id: "A-1", color: "red" });
    story.happens("bought", { ...ANN, order_id: "A-1", color: "blue", first_name: "Ann" });
    const ann = story.who("ann@x.com");
    expect(ann.data["first_name"]?.value).toBe("Ann");
    expect(ann.journeys.map((journey) => journey.data.map(({ value }) => value))).toEqual([["red"]]);
  });

  test("another person's event with the same order is a duplicate too", () => {
    const story = new Story(shop);
    story.happens("bought", { ...ANN, order_id: "A-1" });
    story.happens("bought", { ...BOB, order_id: "A-1" });
    expect(rewardsOf(story.who("ann@x.com"))).toEqual(["CREDIT EARNED 25"]);
    const bob = story.who("bob@x.com");
    expect(bob).toMatchObject({ rewards: [], memberships: [], stepTotals: {} });
    expect(bob.steps.map((step) => step.isDuplicate)).toEqual([true, true]);
  });

  test("each order counts by itself", () => {
    const story = new Story(shop);
    for (const order_id of ["A-1", "A-2", "a-1", "A-1 "]) story.happens("bought", { ...ANN, order_id });
    expect(story.who("ann@x.com").stepTotals["*/bought"]?.count).toBe(3);
  });

  test("an event without an order id is no duplicate of another without", () => {
    const story = new Story(shop);
    for (const order_id of ["", "  "]) story.happens("bought", { ...ANN, order_id });
    story.happens("bought", ANN);
    expect(story.who("ann@x.com").stepTotals["*/bought"]?.count).toBe(3);
  });

  test("test orders and real ones do not meet", () => {
    const story = new Story(shop);
    story.happens("bought", { ...ANN, order_id: "A-1", container: "test" });
    story.happens("bought", { ...ANN, order_id: "A-1" });
    expect(story.who("ann@x.com").stepTotals["*/bought"]?.count).toBe(2);
  });

  test("each controller may take the order once; in all campaigns a controller of one name is one", () => {
    const order = [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")];
    const other = campaign([on("bought", { name: "Paid", data: order })], { campaign_id: "7078000000000000002" });
    const story = new Story(
      programme([], {
        campaigns: [campaign([on("bought", { name: "paid", data: order }), on("returned", { data: order })]), other],
      }),
    );
    for (const name of ["bought", "returned", "bought"]) story.happens(name, { ...ANN, order_id: "A-1" });
    const { stepTotals } = story.who("ann@x.com");
    // One event, two campaigns: both took the order with it.
    expect(stepTotals["*/paid"]?.count).toBe(2);
    expect(stepTotals["*/returned"]?.count).toBe(1);
  });

  test("an event that does not qualify does not use up the order", () => {
    const isSigned = condition("QUALIFYING", 'context.getCauseEvent().getData()["signed"] === "yes"');
    const story = new Story(
      programme([on("bought", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")], triggers: [isSigned] })]),
    );
    for (const signed of ["no", "yes", "yes"]) story.happens("bought", { ...ANN, order_id: "A-1", signed });
    expect(story.who("ann@x.com").steps.map((step) => step.isDuplicate)).toEqual([false, true]);
  });

  test("of persons who race for one order, exactly one has it", () => {
    const story = new Story(shop);
    const people = Array.from({ length: 12 }, (_, n) => `p${n}@x.com`);
    for (const email of people) story.arrives("bought", { email, order_id: "A-1" });
    story.settle((ready) => ready.at(-1) ?? 0);
    const winners = people.filter((email) => story.who(email).rewards.length === 1);
    expect(winners).toHaveLength(1);
    const key = `${CLIENT}/production/order_id/A-1`;
    const holder = story.contexts[partitionOf(CLIENT, "event/order_id/A-1", PARTITIONS)]?.state.find(
      "partnerEvent",
      key,
    );
    expect(holder?.personId).toBe(story.who(winners[0] ?? "").id);
    expect(people.flatMap((email) => story.who(email).steps.filter((step) => step.isDuplicate))).toHaveLength(22);
  });
});

describe("PARTNER_PROFILE_KEY", () => {
  const registered = programme([
    on("registered", {
      data: [datum("card_number", "PARTNER_PROFILE_KEY"), datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")],
    }),
  ]);

  test("the person is listed under it from then on", () => {
    const story = new Story(registered);
    story.happens("registered", { ...ANN, card_number: " 4711 " });
    expect(story.personBy("4711", "card_number")?.id).toBe(story.who("ann@x.com").id);
    expect(story.personBy("4712", "card_number")).toBeNull();
  });

  test("a person may have several", () => {
    const story = new Story(registered);
    for (const card_number of ["1", "2"]) story.happens("registered", { ...ANN, card_number });
    expect(["1", "2"].map((value) => story.personBy(value, "card_number")?.email)).toEqual(["ann@x.com", "ann@x.com"]);
  });

  test("whoever has it first keeps it", () => {
    const story = new Story(registered);
    for (const person of [ANN, BOB]) story.happens("registered", { ...person, card_number: "4711" });
    expect(story.personBy("4711", "card_number")?.email).toBe("ann@x.com");
  });

  test("a duplicate registers nothing", () => {
    const story = new Story(registered);
    story.happens("registered", { ...ANN, order_id: "A-1" });
    story.happens("registered", { ...BOB, order_id: "A-1", card_number: "4711" });
    expect(story.personBy("4711", "card_number")).toBeNull();
  });
});
