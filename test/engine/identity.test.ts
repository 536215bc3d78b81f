// Stage 2 and the identity part of stage 3: whom is an event about?

import { describe, expect, test } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import {
  CLIENT,
  condition,
  datum,
  dataOf,
  emailsByPartition,
  fromEvent,
  on,
  PARTITIONS,
  programme,
  Story,
} from "../support/story.ts";

const visits = programme([on("visited")]);
const orders = programme([
  on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
  on("shipped", { data: [datum("order_id", "PARTNER_EVENT_KEY")] }),
]);

describe("by e-mail", () => {
  test("the first event of an address makes a person, the next one finds it", () => {
    const story = new Story(visits);
    const first = story.happens("visited", { email: "ann@x.com" });
    const second = story.happens("visited", { email: "ann@x.com" });
    expect(first.errorCode).toBeNull();
    expect(second.personId).toBe(first.personId);
    expect(story.who("ann@x.com")).toMatchObject({ id: first.personId, client: CLIENT, partnerUserId: null });
  });

  test("upper case and spaces around it do not make another person", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { email: "ann@x.com" });
    expect(story.happens("visited", { email: "  Ann@X.COM " }).personId).toBe(personId);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "visited NONE"]);
  });

  test("a plus-tag makes another person: the mailbox is compared by self-referral rules only", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { email: "ann@x.com" });
    expect(story.happens("visited", { email: "ann+1@x.com" }).personId).not.toBe(personId);
  });

  test.each(["", "   ", "ann", "@x.com", "ann@", "ann@b@x.com", `${"a".repeat(251)}@x.com`])(
    "%j is no address: the event is an anonymous person's",
    (email) => {
      const story = new Story(visits);
      const { personId, errorCode } = story.happens("visited", { email });
      expect(errorCode).toBeNull();
      expect(story.withId(personId)).toMatchObject({ email: null, partnerUserId: null });
    },
  );

  test("an address of 256 characters is still one", () => {
    const story = new Story(visits);
    const email = `${"a".repeat(250)}@x.com`;
    story.happens("visited", { email });
    expect(story.who(email).email).toBe(email);
  });
});

describe("by person id", () => {
  test("an anonymous person is found again by the id that its first event was answered with", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited");
    expect(story.happens("visited", { person_id: personId ?? "" }).personId).toBe(personId);
    expect(story.stepNames(story.withId(personId))).toEqual(["visited NONE", "visited NONE"]);
  });

  test("it is stronger than an e-mail", () => {
    const story = new Story(visits);
    const ann = story.happens("visited", { email: "ann@x.com" });
    const bob = story.happens("visited", { email: "bob@x.com" });
    const event = { person_id: ann.personId ?? "", email: "bob@x.com" };
    expect(story.happens("visited", event).personId).toBe(ann.personId);
    expect(story.who("bob@x.com").id).toBe(bob.personId);
    expect(story.who("ann@x.com").email).toBe("ann@x.com");
  });

  test("an id that nobody has is refused", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { email: "ann@x.com" });
    const unknown = (BigInt(personId ?? "0") - 1n).toString();
    expect(story.happens("visited", { person_id: unknown })).toMatchObject({
      personId: null,
      errorCode: "person_not_found",
    });
    expect(story.refusals()).toEqual(["person_not_found"]);
  });

  test("an id of a partition that does not exist is refused", () => {
    const wide = new Story(visits, 16);
    const email = emailsByPartition(16)[15] ?? "";
    const { personId } = wide.happens("visited", { email });
    expect(new Story(visits).happens("visited", { person_id: personId ?? "" }).errorCode).toBe("person_not_found");
  });

  test("text that is no person id counts as absent", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { person_id: "ann", email: "ann@x.com" });
    expect(story.who("ann@x.com").id).toBe(personId);
  });
});

describe("by partner user id", () => {
  test("it finds the person who holds it", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { partner_user_id: "u-22" });
    expect(story.happens("visited", { partner_user_id: " u-22 " }).personId).toBe(personId);
    expect(story.withId(personId)).toMatchObject({ email: null, partnerUserId: "u-22" });
  });

  test("a number is as good as its text", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { partner_user_id: 22 });
    expect(story.happens("visited", { partner_user_id: "22" }).personId).toBe(personId);
  });

  test("its case matters: it is the client's", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { partner_user_id: "u-22" });
    expect(story.happens("visited", { partner_user_id: "U-22" }).personId).not.toBe(personId);
  });

  test("with an e-mail it tags that person, who is found by either from then on", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { email: "ann@x.com", partner_user_id: "u-22" });
    expect(story.happens("visited", { partner_user_id: "u-22" }).personId).toBe(personId);
    expect(story.who("ann@x.com").partnerUserId).toBe("u-22");
  });

  test("one of more than 255 characters is no key", () => {
    const story = new Story(visits);
    const long = "u".repeat(256);
    const { personId } = story.happens("visited", { partner_user_id: long });
    expect(story.withId(personId).partnerUserId).toBeNull();
    expect(story.happens("visited", { partner_user_id: long }).personId).not.toBe(personId);
  });
});

describe("by order id", () => {
  test("a later event without other keys finds the person who ordered", () => {
    const story = new Story(orders);
    const { personId } = story.happens("ordered", { email: "ann@x.com", order_id: "A-1" });
    expect(story.happens("shipped", { order_id: "A-1" }).personId).toBe(personId);
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["ordered NONE", "shipped NONE"]);
  });

  test("an e-mail is stronger: the same order id under another address is another person's event", () => {
    const story = new Story(orders);
    story.happens("ordered", { email: "ann@x.com", order_id: "A-1" });
    const { personId } = story.happens("shipped", { email: "bob@x.com", order_id: "A-1" });
    expect(personId).toBe(story.who("bob@x.com").id);
  });

  test("an order of the test container is not one of production", () => {
    const story = new Story(orders);
    const { personId } = story.happens("ordered", { email: "ann@x.com", order_id: "A-1", container: "test" });
    expect(story.happens("shipped", { order_id: "A-1" }).personId).not.toBe(personId);
    expect(story.happens("shipped", { order_id: "A-1", container: "test" }).personId).toBe(personId);
  });

  test("an order that nobody knows makes an anonymous person, who is found by it once it was ordered", () => {
    const story = new Story(orders);
    const { personId } = story.happens("ordered", { order_id: "A-1" });
    expect(story.withId(personId).email).toBeNull();
    expect(story.happens("shipped", { order_id: "A-1" }).personId).toBe(personId);
  });
});

describe("by several order ids", () => {
  const both = programme([
    on("ordered", {
      data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("payment_id", "UNIQUE_PARTNER_EVENT_KEY")],
    }),
    on("shipped"),
  ]);

  test.each(["order_id", "payment_id"])("the one that somebody knows finds the person (%s)", (known) => {
    for (let n = 0; n < 2 * PARTITIONS; n++) {
      const story = new Story(both);
      const { personId } = story.happens("ordered", { email: "ann@x.com", [known]: `A-${n}` });
      const unknown = { order_id: `B-${n}`, payment_id: `P-${n}`, [known]: `A-${n}` };
      expect(story.happens("shipped", unknown).personId).toBe(personId);
    }
  });

  test("the first that is known decides, in the order of the campaign", () => {
    const story = new Story(both);
    story.happens("ordered", { email: "ann@x.com", payment_id: "P-1" });
    const { personId } = story.happens("ordered", { email: "bob@x.com", order_id: "A-1" });
    expect(story.happens("shipped", { payment_id: "P-1", order_id: "A-1" }).personId).toBe(personId);
  });

  test("when nobody knows any of them, it is a new person's event", () => {
    const story = new Story(both);
    const { personId, errorCode } = story.happens("ordered", { order_id: "A-1", payment_id: "P-1" });
    expect(errorCode).toBeNull();
    for (const key of [{ order_id: "A-1" }, { payment_id: "P-1" }]) {
      expect(story.happens("shipped", key).personId).toBe(personId);
    }
  });
});

describe("by a key of the client's own", () => {
  const cards = programme([
    on("registered", {
      data: [datum("card_number", "PARTNER_PROFILE_KEY"), datum("advocate_code", "PARTNER_PROFILE_KEY")],
    }),
    on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
    on("swiped"),
  ]);

  test("an event without a stronger key finds the person who registered it", () => {
    for (let n = 0; n < 2 * PARTITIONS; n++) {
      const story = new Story(cards);
      const { personId } = story.happens("registered", { email: `p${n}@x.com`, card_number: "4711" });
      expect(story.happens("swiped", { card_number: " 4711 " }).personId).toBe(personId);
      expect(story.stepNames(story.withId(personId))).toEqual(["registered NONE", "swiped NONE"]);
    }
  });

  test("an anonymous person is found by it, too", () => {
    const story = new Story(cards);
    const { personId } = story.happens("registered", { card_number: "4711" });
    expect(story.happens("swiped", { card_number: 4711 }).personId).toBe(personId);
  });

  test("one that nobody registered is a new person's, and stays free", () => {
    const story = new Story(cards);
    const { personId } = story.happens("swiped", { card_number: "4711" });
    expect(story.happens("swiped", { card_number: "4711" }).personId).not.toBe(personId);
    const ann = story.happens("registered", { email: "ann@x.com", card_number: "4711" }).personId;
    expect(story.happens("swiped", { card_number: "4711" }).personId).toBe(ann);
  });

  test.each([
    ["an e-mail", { email: "bob@x.com" }],
    ["a partner user id", { partner_user_id: "bob" }],
  ])("%s is stronger", (_case, key) => {
    const story = new Story(cards);
    story.happens("registered", { email: "ann@x.com", card_number: "4711" });
    const bob = story.happens("swiped", key).personId;
    expect(story.happens("swiped", { ...key, card_number: "4711" }).personId).toBe(bob);
  });

  test("it is stronger than an order id, which decides when the key is unknown", () => {
    const story = new Story(cards);
    const ann = story.happens("registered", { email: "ann@x.com", card_number: "4711" }).personId;
    const bob = story.happens("ordered", { email: "bob@x.com", order_id: "A-1" }).personId;
    expect(story.happens("swiped", { order_id: "A-1", card_number: "4711" }).personId).toBe(ann);
    expect(story.happens("swiped", { order_id: "A-1", card_number: "4712" }).personId).toBe(bob);
  });

  test("an advocate's code in an event is not the sender's own", () => {
    const story = new Story(cards);
    const april = story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" }).personId;
    expect(story.happens("swiped", { advocate_code: "APRIL" }).personId).not.toBe(april);
  });

  test("a campaign that calls an address such a key gives nobody another's address", () => {
    const story = new Story(
      programme([
        on("registered", { data: [datum("email", "PARTNER_PROFILE_KEY", { value: "victim@x.com" })] }),
        on("swiped"),
      ]),
    );
    const { personId } = story.happens("registered", { email: "ann@x.com" });
    expect(story.happens("swiped", { email: "victim@x.com" }).personId).not.toBe(personId);
  });

  test("of more keys than an event may be looked up by, the last are not looked at; the event is accepted", () => {
    const names = Array.from({ length: 20 }, (_, n) => `key${n}`);
    const data = names.slice(0, 10).map((name) => datum(name, "PARTNER_PROFILE_KEY"));
    const more = names.slice(10).map((name) => datum(name, "PARTNER_PROFILE_KEY"));
    const story = new Story(programme([on("registered", { data }), on("renewed", { data: more }), on("swiped")]));
    const ann = story.happens("renewed", { email: "ann@x.com", key19: "1" }).personId;
    const { personId, errorCode } = story.happens("swiped", Object.fromEntries(names.map((name) => [name, "1"])));
    expect(errorCode).toBeNull();
    expect(personId).not.toBe(ann);
    expect(story.happens("swiped", { key19: "1" }).personId).toBe(ann);
  });
});

describe("names of keys", () => {
  const cards = programme([
    on("registered", {
      data: [datum("card_number", "PARTNER_PROFILE_KEY"), datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")],
    }),
    on("clicked"),
  ]);

  test.each([
    ["Email", "ann@x.com"],
    ["EMAIL", "ann@x.com"],
    ["Partner_User_ID", "u-1"],
    ["Card_Number", "4711"],
    ["ORDER_ID", "A-1"],
  ])("may be written in any case: %s", (name, value) => {
    const story = new Story(cards);
    const { personId } = story.happens("registered", { [name.toLowerCase()]: value });
    expect(story.happens("clicked", { [name]: value }).personId).toBe(personId);
  });

  test("may be written in any case: Person_Id", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited");
    expect(story.happens("visited", { Person_Id: personId ?? "" }).personId).toBe(personId);
  });

  test("what is written as it is known wins; of others, the first", () => {
    const story = new Story(visits);
    const { personId } = story.happens("visited", { email: "ann@x.com" });
    expect(story.happens("visited", { EMAIL: "bob@x.com", email: "ann@x.com" }).personId).toBe(personId);
    expect(story.happens("visited", { Email: "ann@x.com", EMAIL: "bob@x.com" }).personId).toBe(personId);
  });

  test("the container and who referred are found as well", () => {
    const story = new Story(cards);
    story.happens("registered", { email: "april@x.com" });
    story.happens("clicked", { email: "ann@x.com", Advocate_Email: "april@x.com", Container: "test" });
    const ann = story.who("ann@x.com");
    expect(ann.steps).toMatchObject([{ container: "test" }]);
    expect(ann.relationships).toMatchObject([{ otherPersonId: story.who("april@x.com").id, reason: "ADVOCATE" }]);
  });

  test("rules find the datum in either case", () => {
    const story = new Story(programme([on("visited", { data: [{ name: "seen", value: fromEvent("Email") }] })]));
    story.happens("visited", { Email: "ann@x.com" });
    expect(dataOf(story.who("ann@x.com").steps[0])).toEqual({ seen: "ann@x.com" });
  });
});

describe("without a key", () => {
  test("each event is another anonymous person's", () => {
    const story = new Story(visits);
    const first = story.happens("visited");
    const second = story.happens("visited");
    expect(second.personId).not.toBe(first.personId);
    expect(story.withId(first.personId)).toMatchObject({ email: null, partnerUserId: null, block: "NONE" });
  });

  test("an event that no campaign listens to is accepted and has its person", () => {
    const story = new Story(visits);
    const { personId, errorCode } = story.happens("nobody_listens", { email: "ann@x.com" });
    expect(errorCode).toBeNull();
    expect(story.withId(personId)).toMatchObject({ email: "ann@x.com", steps: [], stepTotals: {} });
  });
});

describe("a key belongs to one person", () => {
  test("whoever comes first in the key's log has it; the other is told who won", () => {
    const story = new Story(visits);
    const ann = story.happens("visited", { email: "ann@x.com", partner_user_id: "u-22" });
    story.happens("visited", { email: "bob@x.com", partner_user_id: "u-22" });
    expect(story.who("bob@x.com").partnerUserId).toBeNull();
    expect(story.who("bob@x.com").identityHistory).toEqual([
      {
        kind: "SPLIT_LOSER",
        losingKeyValue: "u-22",
        winningPersonId: ann.personId,
        winningKeyValue: "u-22",
        atMs: story.nowMs,
      },
    ]);
    expect(story.personBy("u-22", "partner_user_id")?.id).toBe(ann.personId);
    expect(story.who("ann@x.com").identityHistory).toEqual([]);
  });

  test("losing the same key again is noted once", () => {
    const story = new Story(visits);
    story.happens("visited", { email: "ann@x.com", partner_user_id: "u-22" });
    for (let i = 0; i < 3; i++) story.happens("visited", { email: "bob@x.com", partner_user_id: "u-22" });
    expect(story.who("bob@x.com").identityHistory).toHaveLength(1);
  });

  test("the loser's event counts all the same", () => {
    const story = new Story(visits);
    story.happens("visited", { email: "ann@x.com", partner_user_id: "u-22" });
    story.happens("visited", { email: "bob@x.com", partner_user_id: "u-22" });
    expect(story.stepNames(story.who("bob@x.com"))).toEqual(["visited NONE"]);
  });

  const keyPartition = partitionOf(CLIENT, "partner_user_id/u-22", PARTITIONS);
  const others = [0, 1, 2, 3].filter((partition) => partition !== keyPartition);

  test.each(others)("of several at once, the one whose claim reached the key first has it (partition %i)", (quick) => {
    const story = new Story(visits);
    const emails = emailsByPartition().filter((_, partition) => partition !== keyPartition);
    for (const email of emails) story.arrives("visited", { email, partner_user_id: "u-22" });
    story.settle((ready) => (ready.includes(quick) ? quick : (ready[0] ?? 0)));
    const winner = emailsByPartition()[quick] ?? "";
    expect(story.personBy("u-22", "partner_user_id")?.email).toBe(winner);
    for (const email of emails) {
      const { partnerUserId, identityHistory } = story.who(email);
      expect(partnerUserId).toBe(email === winner ? "u-22" : null);
      expect(identityHistory.map(({ kind }) => kind)).toEqual(email === winner ? [] : ["SPLIT_LOSER"]);
    }
  });
});

describe("blocked persons", () => {
  test("all events of a person blocked for events are refused and leave nothing", () => {
    const story = new Story(visits);
    story.happens("visited", { email: "ann@x.com" });
    story.block(story.who("ann@x.com"), "EVENTS");
    expect(story.happens("visited", { email: "ann@x.com" })).toMatchObject({
      personId: null,
      errorCode: "event_blocked",
    });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE"]);
    expect(story.refusals()).toEqual(["event_blocked"]);
  });

  test("a person blocked for rewards goes on taking steps", () => {
    const story = new Story(visits);
    story.happens("visited", { email: "ann@x.com" });
    story.block(story.who("ann@x.com"), "REWARDS");
    expect(story.happens("visited", { email: "ann@x.com" }).errorCode).toBeNull();
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited NONE", "visited NONE"]);
  });

  test("rules can see that a person is blocked", () => {
    const story = new Story(
      programme([on("visited", { triggers: [condition("QUALITY", "!context.getPerson().isBlocked()")] })]),
    );
    story.happens("visited", { email: "ann@x.com" });
    story.block(story.who("ann@x.com"), "REWARDS");
    story.happens("visited", { email: "ann@x.com" });
    expect(story.stepNames(story.who("ann@x.com"))).toEqual(["visited HIGH", "visited LOW"]);
  });
});

describe("one person's events", () => {
  test("are applied in the order in which they arrived, also while an order id is being claimed elsewhere", () => {
    const story = new Story(orders);
    for (let n = 1; n <= 6; n++) {
      story.arrives(n % 2 === 0 ? "shipped" : "ordered", { email: "ann@x.com", order_id: `A-${n}` });
    }
    story.settle((ready) => ready.at(-1) ?? 0);
    const orderIds = story.stepsOf(story.who("ann@x.com")).map((step) => step.partnerEventId?.value);
    expect(orderIds).toEqual(["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"]);
    expect(story.who("ann@x.com").isWaiting).toBe(false);
  });
});
