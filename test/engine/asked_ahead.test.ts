// What stashed events ask before their turn: fewer round trips, the same decisions, and nothing kept that nobody uses.

import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { partitionOfPartnerEvent } from "../../src/engine/1_route.ts";
import { decodeMessage, messageIdentity } from "../../src/engine/message.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { recordKinds } from "../../src/model/record.ts";
import {
  allSteps,
  bought,
  given,
  holders,
  isAskedAhead,
  Losing,
  orderId,
  stepsOf,
  turnsToRest,
} from "../support/busy_person.ts";
import { explainWell } from "../support/explaining.ts";
import { CLIENT, datum, emailsByPartition, on, priorSteps, programme, Story } from "../support/story.ts";

const HOT = "guest@shop.com";
const ADVOCATES = emailsByPartition();
const registered = on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY")] });

/** With the hot person, and an advocate in each partition. */
function begin(story: Story): Story {
  for (const email of ADVOCATES) story.happens("registered", { email, advocate_code: `CODE-${email}` });
  story.happens("looked", { email: HOT });
  return story;
}

function buys(story: Story, count: number, data: JsonObject = {}): string[] {
  return Array.from({ length: count }, (_, n) => story.arrives("bought", { email: HOT, order_id: `${n}`, ...data }));
}

describe("many events of one person", () => {
  const shop = programme([registered, bought]);

  test("claim their ids in few round trips", () => {
    const story = begin(new Story(shop));
    let eventIds: string[] = [];
    const turns = turnsToRest(story, () => {
      eventIds = buys(story, 300);
    });
    expect(turns).toBeLessThan(20);
    expect(stepsOf(story, HOT, eventIds)).toEqual(eventIds.map((_, n) => `${n}/bought`));
  });

  test("and so do those that say who referred them, and repeat an id", () => {
    const story = begin(new Story(shop));
    let eventIds: string[] = [];
    const turns = turnsToRest(story, () => {
      eventIds = ADVOCATES.flatMap((email) => buys(story, 50, { advocate_code: `CODE-${email}` }));
    });
    expect(turns).toBeLessThan(20);
    expect(stepsOf(story, HOT, eventIds)).toEqual(eventIds.map((_, n) => `${n}/bought${n < 50 ? "" : " again"}`));
  });

  test("H3 do not wait for answers that never come, before there was one", () => {
    const story = new Losing(shop);
    begin(story);
    const eventIds = buys(story, 50, { advocate_code: `CODE-${ADVOCATES[0]}` });
    story.settle();
    expect(story.lost).toBeGreaterThan(40);
    expect(stepsOf(story, HOT, eventIds)).toEqual(eventIds.map((_, n) => `${n}/bought`));
  });

  test("H3 ask ahead behind all other messages of a record", () => {
    const card = datum("card", "PARTNER_PROFILE_KEY");
    const story = begin(new Story(programme([registered, on("bought", { data: [orderId, card] })])));
    for (let n = 0; n < 300; n++) story.arrives("bought", { email: HOT, order_id: `${n}`, card: `${n}` });
    story.settle();
    const byCause = new Map<string, boolean[]>();
    for (const record of story.logs.flat()) {
      if (record.kind !== recordKinds.message) continue;
      const { source, sequence, n } = messageIdentity(record.payload);
      const sent = byCause.get(`${source}/${sequence}`) ?? [];
      byCause.set(`${source}/${sequence}`, sent);
      sent[n] = isAskedAhead(record);
    }
    const mixed = [...byCause.values()].filter((sent) => new Set(sent).size > 1);
    expect(mixed.length).toBeGreaterThan(0);
    for (const sent of mixed) expect(sent.indexOf(true)).toBeGreaterThan(sent.lastIndexOf(false));
  });

  test("are explained as they were decided", () => {
    const story = begin(new Story(shop));
    const home = originOf(story.who(HOT).id);
    const elsewhere = Array.from({ length: 60 }, (_, n) => `${n}`).filter(
      (id) => partitionOfPartnerEvent(CLIENT, "order_id", id, story.partitions) !== home,
    );
    const eventIds = elsewhere.map((id) =>
      story.arrives("bought", { email: HOT, order_id: id, advocate_code: `CODE-${ADVOCATES[0]}` }),
    );
    story.settle();
    for (const eventId of eventIds) {
      const told = explainWell(story, story.who(HOT).id, eventId);
      if (told.kind !== "explained") throw new Error(`${eventId} is ${told.kind}`);
      expect(told.explanation.isExact).toBe(true);
      expect(told.explanation.events[0]?.controllers.map(({ outcome }) => outcome)).toEqual(["fired"]);
    }
  });
});

describe("an id that was granted ahead and is not used", () => {
  test("is free when the event has been processed", () => {
    const story = begin(
      new Story(programme([registered, on("bought", { data: [orderId], send_policy: "FIRST_ONLY" })])),
    );
    const eventIds = buys(story, 20);
    story.settle();
    expect(story.messages().some(({ kind }) => kind === "release_claim")).toBe(true);
    expect(stepsOf(story, HOT, eventIds)).toEqual(["0/bought"]);
    expect(holders(story, eventIds)).toEqual(["0/bought/0"]);
    for (let n = 1; n < 20; n++) {
      const { personId } = story.happens("bought", { email: `friend${n}@x.com`, order_id: `${n}` });
      expect(allSteps(story, story.withId(personId)).map(({ isDuplicate }) => isDuplicate)).toEqual([false]);
    }
  });

  test.each(ADVOCATES)("I2 is the next one's behind it that wants it: %s", (email) => {
    const first = priorSteps("QUALIFYING", "bought", { count_max: 0 });
    const story = new Story(programme([on("bought", { triggers: [first], data: [orderId] }), given]));
    story.happens("looked", { email });
    for (let n = 0; n < 8; n++) {
      const own = { email: `${n}${email}` };
      story.happens("looked", own);
      const events = [
        story.arrives("bought", { ...own, order_id: `${n}/1` }),
        story.arrives("bought", { ...own, order_id: `${n}/2` }),
        story.arrives("given", { ...own, order_id: `${n}/2` }),
      ];
      story.settle();
      expect(stepsOf(story, own.email, events)).toEqual(["0/bought", "2/bought"]);
    }
  });

  test("is free where the event is refused, since its person was blocked meanwhile", () => {
    const story = begin(new Story(programme([registered, bought])));
    const eventIds = buys(story, 10);
    const home = originOf(story.who(HOT).id) ?? 0;
    story.settle((ready) => {
      const elsewhere = ready.find((partition) => partition !== home);
      if (elsewhere === undefined && holders(story, eventIds).length > 5) story.block(story.who(HOT), "EVENTS");
      return elsewhere ?? home;
    });
    expect(story.refusals()).toContain("event_blocked");
    expect(holders(story, eventIds)).toHaveLength(stepsOf(story, HOT, eventIds).length);
  });
});

test("I3 an event that left for somebody who is blocked gives its id back by way of the partition that claimed it", () => {
  const story = begin(new Story(programme([registered, bought])));
  const from = story.who(HOT);
  const home = originOf(from.id) ?? 0;
  const to = ADVOCATES.map((email) => story.who(email)).find(({ id }) => originOf(id) !== home) ?? from;
  story.block(to, "EVENTS");
  const eventIds = buys(story, 30);
  while (story.hasNext(home)) story.step(home);
  story.asks({ kind: "forward_person", client: CLIENT, personId: from.id, toPersonId: to.id });
  while (story.hasNext(home)) story.step(home);
  story.settle((ready) => ready.find((partition) => partition === originOf(to.id)) ?? ready[0] ?? 0);
  const sources = story.logs.flat().flatMap(({ kind, payload }) => {
    if (kind !== recordKinds.message) return [];
    const { identity, message } = decodeMessage(payload);
    return message.kind === "release_claim" ? [identity.source === home ? "by home" : "to home"] : [];
  });
  expect(new Set(sources)).toEqual(new Set(["to home", "by home"]));
  expect(story.refusals()).toContain("event_blocked");
  const counted = [from, to].flatMap((person) => [...allSteps(story, person)]);
  const isOfStream = counted.filter(({ rootEventId }) => eventIds.includes(rootEventId));
  expect(holders(story, eventIds)).toHaveLength(new Set(isOfStream.map(({ rootEventId }) => rootEventId)).size);
});

test.each(ADVOCATES)(
  "I2 of two events that want one id the first gets it, where only the second was likely to: %s",
  (email) => {
    const opened = priorSteps("QUALIFYING", "opened", { count_min: 1 });
    const late = on("bought", { triggers: [opened], data: [orderId] });
    const story = new Story(programme([on("opened"), on("paid", { data: [orderId] }), late, given]));
    for (let n = 0; n < 8; n++) {
      const own = { email: `${n}${email}` };
      story.happens("looked", own);
      const events = [
        story.arrives("paid", { ...own, order_id: `${n}/1` }),
        story.arrives("opened", own),
        story.arrives("bought", { ...own, order_id: `${n}/2` }),
        story.arrives("given", { ...own, order_id: `${n}/2` }),
      ];
      story.settle();
      expect(stepsOf(story, own.email, events)).toEqual(["0/paid", "1/opened", "2/bought", "3/bought again"]);
    }
  },
);
