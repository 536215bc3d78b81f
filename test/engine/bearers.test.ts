// Events that come with a consumer's token: whose they are, what an e-mail in them does, and how a token ends.

import { describe, expect, test } from "vitest";
import { partitionOfBearer } from "../../src/engine/mod.ts";
import type { Bearer, Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import {
  CLIENT,
  datum,
  emailsByPartition,
  on,
  onType,
  type Outcome,
  programme,
  Story,
  trigger,
} from "../support/story.ts";

const [ANN = "", BOB = "", CARL = ""] = emailsByPartition();
const forVerified = trigger("ACCESS", { trigger_phase: "QUALIFYING", trusted_scopes: ["VERIFIED_CONSUMER"] });
const DEVICE: Bearer = { device: "device-1", personId: null };

const steps = [
  on("visited"),
  on("ordered", { data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY")] }),
  onType("IDENTIFIED", "identified"),
];

function open(): Story {
  return new Story(programme(steps));
}

function happens(story: Story, bearer: Bearer, name: string, data: JsonObject = {}): Outcome {
  return story.happens(name, data, undefined, { scopes: ["UPDATE_PROFILE"], bearer });
}

function shapes(story: Story, email: string): string[] {
  return story.who(email).identityHistory.map((entry) => (entry.kind === "IDENTITY_SHIFT" ? entry.shape : entry.kind));
}

describe("an anonymous device", () => {
  test("has one person for all its events, and another device another", () => {
    const story = open();
    const first = happens(story, DEVICE, "visited");
    expect(happens(story, DEVICE, "visited").personId).toBe(first.personId);
    expect(happens(story, { device: "device-2", personId: null }, "visited").personId).not.toBe(first.personId);
    expect(first.value).toEqual({ isIdentified: false });
    expect(story.stepNames(story.withId(first.personId))).toEqual(["visited NONE", "visited NONE"]);
  });

  test.each([ANN, BOB, CARL])(
    "that names %s becomes that person, who has its history, and campaigns hear of it",
    (email) => {
      const story = open();
      const { personId } = happens(story, DEVICE, "visited");
      const identified = happens(story, DEVICE, "visited", { email });
      expect(identified).toMatchObject({
        personId: story.who(email).id,
        errorCode: null,
        value: { isIdentified: true },
      });
      expect(story.withId(personId).id).toBe(identified.personId);
      expect(story.stepNames(story.who(email)).toSorted()).toEqual(["identified NONE", "visited NONE", "visited NONE"]);
      expect(shapes(story, email)).toEqual(["DEVICE_WITH_KEY"]);
    },
  );

  test("that names somebody known is folded into that person", () => {
    const story = open();
    const known = story.happens("visited", { email: ANN });
    happens(story, DEVICE, "visited");
    expect(happens(story, DEVICE, "visited", { email: ANN }).personId).toBe(known.personId);
    expect(shapes(story, ANN)).toEqual(["DEVICE_NO_KEY_IDENTITY_WITH_KEY"]);
    expect(happens(story, DEVICE, "visited")).toMatchObject({
      personId: known.personId,
      value: { isIdentified: true },
    });
  });

  test("cannot speak for a person by an id in its data, however that is written", () => {
    const story = open();
    const { personId } = story.happens("visited", { email: ANN });
    for (const name of ["person_id", "Person_Id", "PERSON_ID"]) {
      expect(happens(story, DEVICE, "visited", { [name]: personId ?? "" }).personId).not.toBe(personId);
    }
    expect(story.stepNames(story.who(ANN))).toEqual(["visited NONE"]);
  });
});

describe("a device that is bound to a person", () => {
  test.each([ANN, BOB, CARL])("goes over to %s without a merge", (other) => {
    const story = open();
    const anns = story.happens("visited", { email: "first@x.com" });
    const bearer = { device: "device-1", personId: anns.personId };
    const next = happens(story, bearer, "visited", { email: other });
    expect(next.personId).toBe(story.who(other).id);
    expect(next.personId).not.toBe(anns.personId);
    expect(story.stepNames(story.who("first@x.com"))).toEqual(["visited NONE"]);
    expect(story.entry(anns.personId ?? "").forwardedTo).toBeNull();
    expect(story.who(other).identityHistory).toMatchObject([
      { shape: "DEVICE_WITH_DIFFERENT_KEY", oldKeyValue: "first@x.com" },
    ]);
    expect(happens(story, bearer, "visited").personId).toBe(anns.personId);
  });

  test("stays with its person when the e-mail is its own, or that of somebody who was forwarded to it", () => {
    const story = open();
    const kept = story.happens("visited", { email: ANN });
    story.happens("visited", { email: BOB });
    expect(story.forward(story.who(BOB), story.who(ANN))).toBeNull();
    const bearer = { device: "device-1", personId: kept.personId };
    expect(happens(story, bearer, "visited", { email: ANN }).personId).toBe(kept.personId);
    expect(happens(story, bearer, "visited", { email: BOB }).personId).toBe(kept.personId);
    expect(shapes(story, ANN)).not.toContain("DEVICE_WITH_DIFFERENT_KEY");
  });

  test("of another client is nobody's", () => {
    const story = open();
    const stranger = story.commands({ kind: "create_person", client: "rival", email: ANN, seed: "" });
    const refused = happens(story, { device: "device-1", personId: stranger.personId }, "visited");
    expect(refused).toMatchObject({ personId: null, errorCode: "person_not_found" });
  });
});

describe("a partner user id without an e-mail", () => {
  const isTagged = (story: Story, id: string | null): string | null => story.entry(id ?? "").partnerUserId;

  test.each(["u-1", "u-2", "u-3", "u-4"])("leads a device to whom has %s, and merges nobody", (id) => {
    const story = open();
    const known = story.happens("visited", { partner_user_id: id });
    const device = happens(story, DEVICE, "visited");
    const led = happens(story, DEVICE, "visited", { partner_user_id: id });
    expect(led).toMatchObject({ personId: known.personId, value: { isIdentified: true, isOther: true } });
    expect(happens(story, DEVICE, "visited")).toMatchObject({ personId: device.personId });
    expect(story.entry(device.personId ?? "").forwardedTo).toBeNull();
    expect(story.stepNames(story.withId(known.personId))).toEqual(["visited NONE", "visited NONE"]);
    expect(story.stepNames(story.withId(device.personId))).toEqual(["visited NONE", "visited NONE"]);
  });

  test("of nobody becomes the device's own, and leads the next device there", () => {
    const story = open();
    const first = happens(story, DEVICE, "visited", { partner_user_id: "u-1" });
    expect(isTagged(story, first.personId)).toBe("u-1");
    expect(first.value).toEqual({ isIdentified: false });
    const second = happens(story, { device: "device-2", personId: null }, "visited", { partner_user_id: "u-1" });
    expect(second).toMatchObject({ personId: first.personId, value: { isOther: true } });
    expect(happens(story, DEVICE, "visited", { email: ANN }).personId).toBe(story.who(ANN).id);
    expect(story.who(ANN).partnerUserId).toBe("u-1");
    expect(story.withId(second.personId).id).toBe(story.who(ANN).id);
  });

  test("other than the person's own is somebody else's, known or new", () => {
    const story = open();
    const ann = story.happens("visited", { email: ANN, partner_user_id: "u-ann" });
    const bearer: Bearer = { device: "device-1", personId: ann.personId };
    const next = happens(story, bearer, "visited", { partner_user_id: "u-new" });
    expect(next.personId).not.toBe(ann.personId);
    expect(isTagged(story, ann.personId)).toBe("u-ann");
    expect(isTagged(story, next.personId)).toBe("u-new");
    expect(happens(story, bearer, "visited", { partner_user_id: "u-ann" })).toMatchObject({
      personId: ann.personId,
      value: { isIdentified: true },
    });
    expect(story.withId(next.personId).identityHistory).toMatchObject([
      { shape: "DEVICE_WITH_DIFFERENT_KEY", oldKeyValue: ANN },
    ]);
  });

  test.each([ANN, BOB, CARL])(
    "gives nobody what another person did, until the client says that both are %s",
    (email) => {
      const story = open();
      const victim = story.happens("ordered", { partner_user_id: "u-1", order_id: "A-1" });
      const led: Bearer = { device: "device-1", personId: victim.personId };
      for (const bearer of [DEVICE, led]) {
        const named = happens(story, bearer, "visited", { partner_user_id: "u-1", email });
        expect(named.personId).toBe(story.who(email).id);
        happens(story, bearer, "visited", { email });
        expect(story.entry(victim.personId ?? "").forwardedTo).toBeNull();
      }
      expect(story.stepNames(story.who(email))).not.toContain("ordered NONE");
      const signed = { ...DEVICE, proves: email, provesPartnerUserId: "u-1" };
      happens(story, signed, "visited", { partner_user_id: "u-1", email });
      expect(story.stepNames(story.who(email))).toContain("ordered NONE");
      expect(story.withId(victim.personId).id).toBe(story.who(email).id);
    },
  );

  test("leads past the token's trust: rules do not take the next person for verified", () => {
    const story = new Story(programme([on("visited", { triggers: [forVerified] }), on("account_seen")]));
    const ann = story.happens("account_seen", { email: ANN });
    const known = story.happens("account_seen", { partner_user_id: "u-1" });
    const verified = {
      scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"],
      bearer: { device: "d", personId: ann.personId },
    };
    story.happens("visited", {}, undefined, verified);
    story.happens("visited", { partner_user_id: "u-1" }, undefined, verified);
    expect(story.stepNames(story.who(ANN))).toContain("visited NONE");
    expect(story.stepNames(story.withId(known.personId))).toEqual(["account_seen NONE"]);
  });
});

describe("a proof", () => {
  const steps = [on("visited", { triggers: [forVerified] }), on("account_seen")];
  const signed = (email: string): Enrichment => ({
    scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"],
    bearer: { ...DEVICE, proves: email },
  });

  test.each([ANN, BOB, CARL])("that %s sends the event is believed, and told to whoever holds the token", (email) => {
    const story = new Story(programme(steps));
    expect(story.happens("visited", { email }, undefined, signed(email)).value).toEqual({
      isIdentified: true,
      isProven: true,
    });
    expect(story.stepNames(story.who(email))).toContain("visited NONE");
  });

  test.each([BOB, CARL])(
    "of somebody else proves nothing of %s, whom a prehandler of the front put in place",
    (other) => {
      const story = new Story(programme(steps));
      const prehandled = { revision: 1, hash: "", applied: [], failed: [], messages: [], set: { email: other } };
      const enrichment = { ...signed(ANN), prehandled };
      expect(story.happens("visited", { email: ANN }, undefined, enrichment).value).toEqual({ isIdentified: true });
      expect(story.stepNames(story.who(other))).not.toContain("visited NONE");
    },
  );

  test.each([BOB, CARL])("nor of %s, whom a prehandler that saw the person put in place", (other) => {
    const replaces = {
      id: "p1",
      name: "replaces",
      enabled: true,
      order: 0,
      conditions: [
        { type: "EXPRESSION", expression: "javascript@runtime:context.getCandidatePerson() === 7 ? false : true" },
      ],
      actions: [{ type: "SET_DATA", data: { email: other } }],
    };
    const story = new Story(programme(steps, { prehandlers: [replaces] }));
    expect(story.happens("visited", { email: ANN }, undefined, signed(ANN)).value).toEqual({ isIdentified: true });
    expect(story.stepNames(story.who(other))).not.toContain("visited NONE");
  });
});

describe("the end of a token", () => {
  const expiresMs = Date.UTC(2030, 0, 1);

  function isEnded(story: Story, bearer: Bearer): boolean {
    const partition = partitionOfBearer(CLIENT, bearer, story.partitions);
    const answer = story.query(partition, { kind: "bearer", client: CLIENT, bearer });
    return answer.kind === "bearer" && answer.isEnded;
  }

  test("refuses its events from then on, and leaves other devices alone", () => {
    const story = open();
    const { personId } = happens(story, DEVICE, "visited", { email: ANN });
    for (const bearer of [DEVICE, { device: "device-1", personId }]) {
      expect(isEnded(story, bearer)).toBe(false);
      story.commands({ kind: "end_token", client: CLIENT, bearer, expiresMs });
      expect(isEnded(story, bearer)).toBe(true);
      expect(happens(story, bearer, "visited")).toMatchObject({ personId: null, errorCode: "invalid_access_token" });
      expect(story.commands({ kind: "open_bearer", client: CLIENT, bearer }).errorCode).toBe("invalid_access_token");
    }
    expect(happens(story, { device: "device-2", personId }, "visited").personId).toBe(personId);
    expect(story.stepNames(story.who(ANN)).filter((name) => name === "visited NONE")).toHaveLength(2);
  });

  test("is forgotten when the token would have run out", () => {
    const story = open();
    const soon = story.nowMs + 60_000;
    story.commands({ kind: "end_token", client: CLIENT, bearer: DEVICE, expiresMs: soon });
    story.nowMs += 120_000;
    story.commands({ kind: "end_token", client: CLIENT, bearer: DEVICE, expiresMs: soon });
    expect(isEnded(story, DEVICE)).toBe(false);
  });
});

test("opening a token's person makes it once", () => {
  const story = open();
  const first = story.commands({ kind: "open_bearer", client: CLIENT, bearer: DEVICE });
  expect(first.errorCode).toBeNull();
  expect(story.commands({ kind: "open_bearer", client: CLIENT, bearer: DEVICE }).personId).toBe(first.personId);
  expect(happens(story, DEVICE, "visited").personId).toBe(first.personId);
});

describe("whatever order partitions work in", () => {
  /** Small and good enough: each seed is another order. */
  const orderOf = (seed: number) => {
    let state = seed * 2_654_435_761 + 1;
    return (ready: readonly number[]): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return ready[state % ready.length] ?? 0;
    };
  };

  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "a device that identifies amid other events loses none (order %i)",
    (seed) => {
      const story = open();
      const order = orderOf(seed);
      const scopes = ["UPDATE_PROFILE"];
      const send = (bearer: Bearer, name: string, data: JsonObject = {}): void => {
        story.arrives(name, data, undefined, { scopes, bearer });
        if (seed % 3 !== 0) story.step(order([0, 1, 2, 3].filter((partition) => story.hasNext(partition))));
      };
      send(DEVICE, "visited");
      send(DEVICE, "visited", { email: ANN });
      story.arrives("visited", { email: ANN });
      send(DEVICE, "ordered", { order_id: "A-1" });
      send({ device: "device-2", personId: null }, "visited", { email: ANN });
      story.arrives("ordered", { email: ANN, order_id: "A-1" });
      send(DEVICE, "visited", { email: BOB });
      send(DEVICE, "visited");
      story.settle(order);
      const names = (email: string): string[] =>
        story.stepNames(story.who(email)).filter((name) => !name.startsWith("identified"));
      const all = [...names(ANN), ...names(BOB)].toSorted();
      expect(all).toEqual(["ordered NONE", ...Array.from({ length: 6 }, () => "visited NONE")]);
      expect(names(BOB)).toEqual(["visited NONE"]);
      expect(story.refusals()).toEqual([]);
    },
  );

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "devices that name one account amid other events lose none, and nobody is merged (order %i)",
    (seed) => {
      const story = open();
      const order = orderOf(seed);
      const devices: Bearer[] = ["device-1", "device-2", "device-3"].map((device) => ({ device, personId: null }));
      const send = (bearer: Bearer | undefined, data: JsonObject = {}): void => {
        story.arrives("visited", data, undefined, bearer === undefined ? undefined : { scopes: [], bearer });
        if (seed % 3 !== 0) story.step(order([0, 1, 2, 3].filter((partition) => story.hasNext(partition))));
      };
      for (const bearer of devices) send(bearer, { partner_user_id: "u-1" });
      send(undefined, { partner_user_id: "u-1" });
      for (const bearer of devices) send(bearer, { partner_user_id: "u-1" });
      for (const bearer of devices) send(bearer);
      story.settle(order);
      const owner = story.personBy("u-1", "partner_user_id");
      const own = devices.map((bearer) => happens(story, bearer, "visited").personId);
      const persons = [...new Set([owner?.id ?? "", ...own])].map((id) => story.withId(id));
      expect(persons.flatMap((person) => story.stepNames(person))).toHaveLength(13);
      expect(persons.map(({ forwardedTo }) => forwardedTo)).toEqual(persons.map(() => null));
      expect(story.stepNames(persons[0] ?? story.withId("")).length).toBeGreaterThanOrEqual(7);
      expect(story.refusals()).toEqual([]);
    },
  );
});
