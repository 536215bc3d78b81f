// What a program holds besides code: data, actions, journey entries, key names.

import { expect, test } from "vitest";
import { canonicalJson } from "../../src/rules/documents/canonical_json.ts";
import { evaluate } from "../../src/rules/mod.ts";
import {
  action,
  AUDIENCE_ID,
  campaign,
  codeOf,
  compiled,
  context,
  controller,
  event,
  matchingVerdict,
  onEvent,
  program,
  SUPPLIER_ID,
} from "./fixtures.ts";

test("journey entries, controllers and their keys", () => {
  const data = [
    {
      name: "order_id",
      value: "javascript@runtime:context.getCauseEvent().getData().order_id",
      key_type: "UNIQUE_PARTNER_EVENT_KEY" as const,
    },
    { name: "loyalty_id", value: "L1", key_type: "PARTNER_PROFILE_KEY" as const, persist_types: ["PROFILE" as const] },
    { name: "note", value: 1, default_value: "none", enabled: false },
  ];
  const entry = {
    type: "JOURNEY_ENTRY" as const,
    id: "j",
    journey_name: "friend",
    priority: 2,
    key: { name: "order", value: "javascript@runtime:'k' + 1" },
    triggers: [onEvent("x")],
  };
  const of = compiled(
    program([
      campaign([entry, controller([onEvent("x")], { data, aliases: ["Converted", "outcome", "OUTCOME"] })], {
        start_date: "2026-01-01T00:00:00Z",
      }),
    ]),
  );
  expect(of.campaigns[0]).toMatchObject({
    journeyEntries: [0],
    controllers: [1],
    program: "refer",
    startMs: Date.UTC(2026, 0, 1),
    endMs: null,
  });
  expect(of.controllers[0]).toMatchObject({ kind: "JOURNEY_ENTRY", journeyName: "friend", priority: [2] });
  expect(of.controllers[1]).toMatchObject({ aliases: ["outcome"], scope: "PRIVATE", sendPolicy: "ALL" });
  expect(of.controllers[1]?.data).toHaveLength(2);
  expect(of.controllers[1]?.data[1]).toMatchObject({
    value: { kind: "constant", value: "L1" },
    persistTypes: ["PROFILE"],
    defaultValue: null,
  });
  expect(of.partnerEventKeyNames).toEqual(["order_id"]);
  expect(of.profileKeyNames).toEqual(["loyalty_id"]);
  const value = of.controllers[1]?.data[0]?.value;
  const happening = context(of, { event: event({ data: { order_id: "o1" } }) });
  expect(value?.kind === "code" ? evaluate(codeOf(of), value.pc, happening) : null).toBe("o1");
  const key = of.controllers[0]?.journeyKey?.value;
  expect(key?.kind === "code" ? evaluate(codeOf(of), key.pc, happening) : null).toBe("k1");
});

test("actions of every kind", () => {
  const actions = [
    action("EARN_REWARD", {
      reward_supplier_id: SUPPLIER_ID,
      reward_name: "Ten",
      tags: ["a"],
      data: { x: "javascript@runtime:1 + 1" },
      quality: "HIGH",
    }),
    action("CANCEL_REWARD", {
      reward_id: "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()",
      message: "returned",
    }),
    action("REVOKE_REWARD", { reward_id: "1" }),
    action("FIRE_AS_PERSON", {
      event_name: "friend_bought",
      as_person_identification: { person_identification_type: "EMAIL", value: "a@b.c" },
      as_person_journey: { journey_name: "advocate", referral_reason: "ADVOCATE_CODE" },
    }),
    action("FIRE_AS_PERSON", { event_name: "x", person_id: "5" }),
    action("CREATE_MEMBERSHIP", { audience_id: AUDIENCE_ID }),
    action("REMOVE_MEMBERSHIP", { audience_id: AUDIENCE_ID, enabled: false }),
    action("SCHEDULE", {
      schedule_name: "later",
      delays: ["P1DT1S"],
      dates: ["2026-01-01T00:00:00+01:00"],
      force: true,
    }),
  ].map((document, at) => ({ ...document, action_id: `a${at + 1}` }));
  const of = compiled(program([campaign([controller([onEvent("x")], { actions })])]));
  const constant = (value: string): object => ({ kind: "constant", value });
  expect(of.controllers[0]?.actions).toMatchObject([
    {
      type: "EARN_REWARD",
      quality: "HIGH",
      supplierId: constant(SUPPLIER_ID),
      rewardName: constant("Ten"),
      data: { x: { kind: "code" } },
      valueOfEvent: null,
    },
    { type: "CANCEL_REWARD", quality: "ALWAYS", rewardId: { kind: "code" }, message: constant("returned") },
    { type: "REVOKE_REWARD", message: null },
    {
      type: "FIRE_AS_PERSON",
      identification: { type: "EMAIL", value: constant("a@b.c") },
      journey: { journeyName: constant("advocate"), key: null },
      referralReason: "ADVOCATE_CODE",
    },
    { type: "FIRE_AS_PERSON", identification: { type: "PERSON_ID", value: constant("5") }, journey: null },
    { type: "CREATE_MEMBERSHIP", audienceId: AUDIENCE_ID },
    {
      type: "SCHEDULE",
      delays: { kind: "constant", ms: [86_401_000] },
      dates: { kind: "constant", ms: [Date.UTC(2025, 11, 31, 23)] },
      force: true,
    },
  ]);
});

test("a program is plain data: cloned to another thread it decides the same", () => {
  const of = compiled(program([campaign([controller([onEvent("purchase")])])]));
  const cloned = structuredClone(of);
  expect(matchingVerdict(cloned, context(cloned))).toBe(true);
});

test("canonical JSON depends on the value alone", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  expect(canonicalJson({ a: "x", b: [{ c: null, d: 1 }] })).toBe(canonicalJson({ b: [{ d: 1, c: null }], a: "x" }));
});
