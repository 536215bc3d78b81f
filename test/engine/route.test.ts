// Stage 1: the strongest key of an event decides where it goes first, and all fronts decide alike.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import {
  eventKeys,
  type KeyNames,
  partitionOfKey,
  partitionOfPartnerEvent,
  programKeys,
  routeEvent,
  textOf,
} from "../../src/engine/1_route.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { CLIENT, on, programme, Story } from "../support/story.ts";

const PARTITIONS = 16;
const names: KeyNames = { profileKeyNames: ["card", "advocate_code"], partnerEventKeyNames: ["order_id", "parcel"] };
const story = new Story(programme([on("visited")]), PARTITIONS);
const personId = story.happens("visited").personId ?? "";

const where = (data: JsonObject, eventId = "1576135685467799552"): number =>
  routeEvent({ client: CLIENT, data, partitions: PARTITIONS, names, eventId }).partition;
const ofEmail = (value: string): number => partitionOfKey(CLIENT, "email", value, PARTITIONS);

/** Each with what it decides by, strongest first. */
const keys: readonly (readonly [JsonObject, number])[] = [
  [{ person_id: personId }, originOf(personId) ?? -1],
  [{ email: "ann@x.com" }, ofEmail("ann@x.com")],
  [{ partner_user_id: "u-7" }, partitionOfKey(CLIENT, "partner_user_id", "u-7", PARTITIONS)],
  [{ card: "C-9" }, partitionOfKey(CLIENT, "card", "C-9", PARTITIONS)],
  [{ order_id: "A-1" }, partitionOfPartnerEvent(CLIENT, "order_id", "A-1", PARTITIONS)],
];

describe("the strongest key decides", () => {
  test("whatever weaker ones, or others, stand beside it", () => {
    fc.assert(
      fc.property(fc.subarray([...keys.keys()], { minLength: 1 }), fc.string(), (chosen, other) => {
        const data: JsonObject = Object.assign(
          { note: other, cart_value: other },
          ...chosen.toReversed().map((n) => keys[n]?.[0]),
        );
        expect(where(data)).toBe(keys[Math.min(...chosen)]?.[1]);
      }),
    );
  });

  test("an event without keys goes by its id, so that strangers spread over all partitions", () => {
    const seen = new Set(
      Array.from({ length: 400 }, (_, n) => where({ note: "x" }, String(1_576_135_685_467_799_552n + BigInt(n)))),
    );
    expect(seen.size).toBe(PARTITIONS);
  });

  test.each([
    ["an id that no partition gave", { person_id: "12", email: "ann@x.com" }],
    [
      "an id of a partition that is not here",
      { person_id: (BigInt(personId) | (511n << 12n)).toString(), email: "ann@x.com" },
    ],
    ["a blank id", { person_id: "  ", email: "ann@x.com" }],
    ["an id that is no text", { person_id: { a: 1 }, email: "ann@x.com" }],
  ])("%s is passed over or refused later, never lost", (_what, data) => {
    const partition = where(data);
    expect(partition).toBeGreaterThanOrEqual(0);
    expect(partition).toBeLessThan(PARTITIONS);
  });
});

describe("keys as they are written", () => {
  test.each(["ann@x.com", " Ann@X.com ", "ANN@x.COM"])("%j is one address", (email) => {
    expect(where({ email })).toBe(ofEmail("ann@x.com"));
    expect(where({ Email: email })).toBe(ofEmail("ann@x.com"));
  });

  test("a number is its text, a longer id than the contract takes is none, nor is an address that is none", () => {
    expect(eventKeys({ partner_user_id: 7 }).partnerUserId).toBe("7");
    expect(eventKeys({ partner_user_id: "u".repeat(256) }).partnerUserId).toBeNull();
    expect(eventKeys({ email: "not an address" }).email).toBeNull();
  });

  test("what says who referred a person never says who it is", () => {
    expect(programKeys({ advocate_code: "APRIL", order_id: "A-1" }, names)).toEqual([
      { kind: "partner_event", name: "order_id", value: "A-1" },
    ]);
  });

  test("a person's own keys come before business ids, in published order, in whatever case", () => {
    expect(programKeys({ parcel: "P", ORDER_ID: " A-1 ", Card: 9 }, names).map(({ value }) => value)).toEqual([
      "9",
      "A-1",
      "P",
    ]);
  });

  test.each([
    ["a text", " x ", "x"],
    ["a number", 12.5, "12.5"],
    ["a truth", false, "false"],
    ["nothing", null, null],
    ["blanks", "   ", null],
    ["a list", ["x"], null],
  ])("%s as rules compare it", (_what, value, text) => {
    expect(textOf(value)).toBe(text);
  });
});
