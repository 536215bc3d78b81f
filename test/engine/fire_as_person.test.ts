// Stage 6, FIRE_AS_PERSON: a step of one person becomes an event of another, wherever she lives.

import { describe, expect, test } from "vitest";
import { EVENT_CHAIN_MAX } from "../../src/engine/limits.ts";
import type { JsonObject } from "../../src/model/json.ts";
import {
  action,
  CLIENT,
  condition,
  datum,
  dataOf,
  earn,
  emailsByPartition,
  fromEvent,
  on,
  onType,
  PARTITIONS,
  programme,
  rewardsOf,
  Story,
  supplier,
} from "../support/story.ts";

function fire(type: string, value: string, more: JsonObject = {}): ReturnType<typeof action> {
  const { partner_event_key, ...parameters } = more;
  const identification = {
    person_identification_type: type,
    value,
    ...(partner_event_key === undefined ? {} : { partner_event_key }),
  };
  return action("FIRE_AS_PERSON", {
    event_name: "friend_bought",
    as_person_identification: identification,
    ...parameters,
  });
}

const otherPerson = "javascript@runtime:context.getOtherPerson().getId()";

/** Whoever buys tells the person that the event names in `tell`. */
function tells(type: string, more: JsonObject = {}): Story {
  return new Story(
    programme(
      [
        on("registered", {
          data: [datum("advocate_code", "PARTNER_PROFILE_KEY"), datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")],
        }),
        on("bought", { actions: [fire(type, fromEvent("tell"), more)] }),
        onType("INTERNAL", "friend_bought", { data: [datum("order"), datum("n")], actions: [earn("CREDIT")] }),
      ],
      { suppliers: [supplier("CREDIT")] },
    ),
  );
}

const FRANK = { email: "frank@y.com" };
const APRIL = { email: "april@x.com", partner_user_id: "u-april", order_id: "A-1" };

describe("the other person is found", () => {
  test.each([
    ["EMAIL", " April@X.com ", {}],
    ["PARTNER_USER_ID", "u-april", {}],
    ["PARTNER_EVENT_ID", "A-1", { partner_event_key: "order_id" }],
  ])("by %s", (type, tell, more) => {
    const story = tells(type, more);
    story.happens("registered", APRIL);
    story.happens("bought", { ...FRANK, tell });
    expect(story.stepNames(story.who("april@x.com"))).toEqual(["registered NONE", "friend_bought NONE"]);
    expect(rewardsOf(story.who("april@x.com"))).toEqual(["CREDIT EARNED 25"]);
    expect(rewardsOf(story.who("frank@y.com"))).toEqual([]);
  });

  test("by PERSON_ID, in each partition from each partition", () => {
    const emails = emailsByPartition();
    const story = tells("PERSON_ID");
    for (const email of emails) story.happens("registered", { email });
    for (const from of emails) {
      for (const to of emails) story.happens("bought", { email: from, tell: story.who(to).id });
    }
    for (const email of emails) expect(story.who(email).stepTotals["*/friend_bought"]?.count).toBe(PARTITIONS);
  });

  test("as the other person of the event, the advocate of a purchase", () => {
    const story = new Story(
      programme([
        on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] }),
        on("bought", { actions: [action("FIRE_AS_PERSON", { event_name: "friend_bought", person_id: otherPerson })] }),
        onType("INTERNAL", "friend_bought"),
      ]),
    );
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    story.happens("bought", { ...FRANK, advocate_code: "APRIL" });
    expect(story.stepNames(story.who("april@x.com"))).toEqual(["registered NONE", "friend_bought NONE"]);
  });

  test("after she was forwarded, under her new self", () => {
    const story = tells("EMAIL");
    story.happens("registered", { email: "april@x.com" });
    story.happens("registered", { email: "april@work.com" });
    story.forward(story.who("april@x.com"), story.who("april@work.com"));
    story.happens("bought", { ...FRANK, tell: "april@x.com" });
    expect(story.who("april@work.com").stepTotals["*/friend_bought"]?.count).toBe(1);
  });

  test("an address that nobody had yet makes a person", () => {
    const story = tells("EMAIL");
    story.happens("bought", { ...FRANK, tell: "new@x.com" });
    expect(story.stepNames(story.who("new@x.com"))).toEqual(["friend_bought NONE"]);
  });

  test.each([
    ["EMAIL", "no address"],
    ["EMAIL", " "],
    ["PERSON_ID", "april"],
  ])("a %s of %j names nobody: the purchase counts and nobody is told", (type, tell) => {
    const story = tells(type);
    story.happens("bought", { ...FRANK, tell });
    expect(story.stepNames(story.who("frank@y.com"))).toEqual(["bought NONE"]);
    expect(story.logs.flat().filter((record) => record.kind === 3)).toEqual([]);
    expect(story.refusals()).toEqual([]);
  });

  test("a person id that nobody has is refused where it would live", () => {
    const story = tells("PERSON_ID");
    story.happens("registered", { email: "april@x.com" });
    const unknown = (BigInt(story.who("april@x.com").id) - 1n).toString();
    expect(story.happens("bought", { ...FRANK, tell: unknown }).errorCode).toBeNull();
    expect(story.refusals()).toEqual(["person_not_found"]);
  });

  test("a person who is blocked for events is not told", () => {
    const story = tells("EMAIL");
    story.happens("registered", { email: "april@x.com" });
    story.block(story.who("april@x.com"), "EVENTS");
    expect(story.happens("bought", { ...FRANK, tell: "april@x.com" }).errorCode).toBeNull();
    expect(story.stepNames(story.who("april@x.com"))).toEqual(["registered NONE"]);
    expect(story.refusals()).toEqual(["event_blocked"]);
  });

  test("a person may tell herself", () => {
    const story = tells("EMAIL");
    story.happens("bought", { ...FRANK, tell: "frank@y.com" });
    expect(story.stepNames(story.who("frank@y.com"))).toEqual(["bought NONE", "friend_bought NONE"]);
  });
});

describe("the event", () => {
  test("carries the data that the action names, and none of the friend's other data", () => {
    const story = tells("EMAIL", { data: { order: fromEvent("order_id"), n: 1 } });
    story.happens("bought", { ...FRANK, tell: "april@x.com", order_id: "A-1" });
    expect(dataOf(story.who("april@x.com").steps[0])).toEqual({ order: "A-1", n: 1 });
  });

  test("has the purchase as its root and the friend's step as its cause; container and time are the purchase's", () => {
    const story = tells("EMAIL");
    const { eventId } = story.happens(
      "bought",
      { ...FRANK, tell: "april@x.com", container: "test" },
      "2026-01-02T00:00:00Z",
    );
    expect(story.who("april@x.com").steps[0]).toMatchObject({
      rootEventId: eventId,
      container: "test",
      eventMs: Date.UTC(2026, 0, 2),
      createdMs: story.nowMs,
    });
  });

  test("tells the rules who fired it", () => {
    const who = { name: "who", value: "javascript@runtime:context.getOtherPerson().getEmail()" };
    const story = new Story(
      programme([
        on("bought", { actions: [fire("EMAIL", fromEvent("tell"))] }),
        onType("INTERNAL", "friend_bought", { data: [who] }),
      ]),
    );
    story.happens("bought", { ...FRANK, tell: "april@x.com" });
    expect(dataOf(story.who("april@x.com").steps[0])).toEqual({ who: "frank@y.com" });
  });

  test("is no INPUT event: its data name no person and start no relationship", () => {
    const story = tells("EMAIL", { data: { email: "mallory@x.com", advocate_email: "frank@y.com" } });
    story.happens("bought", { ...FRANK, tell: "april@x.com" });
    expect(story.stepNames(story.who("april@x.com"))).toEqual(["friend_bought NONE"]);
    expect(story.personBy("mallory@x.com")).toBeNull();
    expect(story.who("april@x.com").relationships).toEqual([]);
  });

  test("of a duplicate is not fired", () => {
    const story = new Story(
      programme([
        on("bought", {
          data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")],
          actions: [fire("EMAIL", "april@x.com")],
        }),
        onType("INTERNAL", "friend_bought"),
      ]),
    );
    for (let i = 0; i < 3; i++) story.happens("bought", { ...FRANK, order_id: "A-1" });
    expect(story.who("april@x.com").stepTotals["*/friend_bought"]?.count).toBe(1);
  });

  test("of a LOW step is not fired where the action is for HIGH", () => {
    const story = new Story(
      programme([
        on("bought", {
          triggers: [condition("QUALITY", "false")],
          actions: [fire("EMAIL", "april@x.com", { quality: "HIGH" })],
        }),
      ]),
    );
    story.happens("bought", FRANK);
    expect(story.personBy("april@x.com")).toBeNull();
  });

  test("keeps the order of the purchases", () => {
    const story = tells("EMAIL", { data: { n: fromEvent("n") } });
    for (let n = 0; n < 10; n++) story.arrives("bought", { ...FRANK, tell: "april@x.com", n });
    story.settle((ready) => ready.at(-1) ?? 0);
    const numbers = story.stepsOf(story.who("april@x.com")).map((step) => dataOf(step)["n"]);
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("chains", () => {
  test("of persons who tell each other end at the depth bound", () => {
    const partner = "javascript@runtime:context.getPerson().getData()['partner']";
    const story = new Story(
      programme([
        on("met", { data: [datum("partner", "NONE", { persist_types: ["PROFILE"] })] }),
        on("bought", { actions: [fire("EMAIL", partner)] }),
        onType("INTERNAL", "friend_bought", { actions: [fire("EMAIL", partner)] }),
      ]),
    );
    story.happens("met", { email: "ann@x.com", partner: "bob@x.com" });
    story.happens("met", { email: "bob@x.com", partner: "ann@x.com" });
    story.happens("bought", { email: "ann@x.com" });
    const told = ["ann@x.com", "bob@x.com"].map((email) => story.who(email).stepTotals["*/friend_bought"]?.count);
    expect(told).toEqual([EVENT_CHAIN_MAX / 2, EVENT_CHAIN_MAX / 2]);
    expect(story.refusals()).toEqual(["event_chain_max"]);
  });

  test("end with a reason that names the purchase", () => {
    const story = new Story(
      programme([
        on("bought", { actions: [fire("EMAIL", "april@x.com")] }),
        onType("INTERNAL", "friend_bought", { actions: [fire("EMAIL", "april@x.com")] }),
      ]),
    );
    const { eventId } = story.happens("bought", FRANK);
    const rejected = story.contexts.flatMap((_, partition) => {
      const answer = story.query(partition, { kind: "rejected" });
      return answer.kind === "rejected" ? answer.rejected : [];
    });
    expect(rejected).toMatchObject([{ eventId, reason: "event_chain_max" }]);
    expect(story.who("april@x.com")).toMatchObject({ client: CLIENT });
    expect(story.who("april@x.com").stepTotals["*/friend_bought"]?.count).toBe(EVENT_CHAIN_MAX);
  });
});
