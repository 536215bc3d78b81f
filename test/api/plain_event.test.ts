// PlainEvents beside the slow way: whatever it reads, the slow way lets through and reads alike (P1). What it does not read proves nothing (P2),
// so the last test sees to it that it reads the events for which it is there.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { defaultLimits } from "../../src/api/limits.ts";
import { EventGate } from "../../src/api/server/event_gate.ts";
import { type PlainData, PlainEvents } from "../../src/api/server/plain_event.ts";
import { withKnownNames } from "../../src/engine/event/data_names.ts";

type Form = "envelope" | "named";

const limits = {
  ...defaultLimits,
  depthMax: 4,
  dataKeysMax: 6,
  keysTotalMax: 12,
  textBytesMax: 40,
  eventNameLengthMax: 12,
};
const plainEvents = new PlainEvents(limits);
/** With room for the doubtful member. */
const gates = {
  envelope: new EventGate({ ...limits, keysTotalMax: limits.keysTotalMax + 1 }),
  named: new EventGate({ ...limits, keysTotalMax: limits.keysTotalMax + 1, dataKeysMax: limits.dataKeysMax + 1 }),
} as const;
const plainNames = [
  "person_id",
  "email",
  "partner_user_id",
  "source_ip",
  "user_agent",
  "referrer",
  "device_id",
] as const;

/** A name that is not plain makes any event one for the slow way. */
const DOUBTFUL = String.raw`"\u007e":0`;

/** False when the event was not read. */
function agrees(text: Buffer, form: Form): boolean {
  // In the middle of other bytes, as a line of a bulk is.
  const bytes = Buffer.concat([Buffer.from('"}{ "'), text, Buffer.from('}"\n{')]);
  const plain = plainEvents.read(bytes, 5, 5 + text.length, form);
  if (plain === null) return false;
  const opened = text.indexOf("{") + 1;
  const isEmpty = /^\s*\}/.test(text.toString("latin1", opened));
  const slow = Buffer.concat([
    text.subarray(0, opened),
    Buffer.from(isEmpty ? DOUBTFUL : `${DOUBTFUL},`),
    text.subarray(opened),
  ]);
  const checked = gates[form].check(slow, 0, slow.length, form);
  if (!checked.ok) throw new Error(`refused: ${JSON.stringify(checked.error)}`);
  const { data, isDataWhole } = checked.value;
  expect(isDataWhole).toBe(true);
  // No other name stands for one of these.
  expect(withKnownNames(data)).toBe(data);
  for (const name of plainNames) expect(plain[name]).toBe(data[name] ?? null);
  return true;
}

const names = fc.constantFrom(
  ...plainNames,
  "event_name",
  "event_time",
  "data",
  "a",
  "b",
  "cart_value",
  "Email",
  "E-Mail",
  "ü",
  "__proto__",
  "constructor",
  "\u212a",
);
const space = fc.constantFrom("", "", "", " ", "\t", "\r", " \t ");
const escaped = fc.constantFrom(
  String.raw`\n`,
  String.raw`\"`,
  String.raw`\/`,
  String.raw`\u0041`,
  String.raw`\ud800`,
  String.raw`\x`,
  "ü",
  "€",
  "😀",
  "\u0001",
);
const letters = fc.stringMatching(/^[a-z@.A-Z0-9 :/-]{0,44}$/);
const text = fc
  .oneof(
    { weight: 8, arbitrary: letters },
    { weight: 1, arbitrary: fc.tuple(letters, escaped, letters).map((parts) => parts.join("")) },
  )
  .map((inner) => `"${inner}"`);
const number = fc.constantFrom(
  "0",
  "-1",
  "1.5",
  "12345",
  "999999999999999",
  "9007199254740993",
  "01",
  "1e5",
  "-",
  ".5",
  "1.",
  "-0",
);
const scalar = fc.oneof(text, text, number, fc.constantFrom("true", "false", "null", "nul", "tru"));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, { weight: 6, arbitrary: scalar }, tie("list"), tie("object")),
  list: fc
    .tuple(space, fc.array(tie("value"), { maxLength: 3 }))
    .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}]`),
  object: membersOf(fc.array(fc.tuple(names, tie("value")), { maxLength: 4 })),
}));

function membersOf(members: fc.Arbitrary<unknown[]>): fc.Arbitrary<string> {
  return fc.tuple(space, members).map(([gap, entries]) => {
    const written = entries.map((entry) => (Array.isArray(entry) ? `"${entry[0]}"${gap}:${gap}${entry[1]}` : ""));
    return `{${gap}${written.join(`${gap},${gap}`)}${gap}}`;
  });
}

const data = membersOf(
  fc.uniqueArray(fc.tuple(names, fc.oneof(text, text, value)), { maxLength: 7, selector: ([name]) => name }),
);
const eventName = fc.oneof(
  fc.constantFrom('"buy"', '"sign up.v2"', '" "', '"über"', '"a/b"', "7", "null", '"thirteenchars"'),
  text,
);
const eventTime = fc.constantFrom('"2026-08-01T10:00:00Z"', '"2999-01-01T00:00:00Z"', '"yesterday"', "null", "5");
const envelope = fc
  .record(
    {
      event_name: eventName,
      event_time: eventTime,
      data: fc.oneof({ weight: 8, arbitrary: data }, value),
      more: value,
    },
    { requiredKeys: ["event_name", "data"] },
  )
  .chain((members) => membersOf(fc.shuffledSubarray(Object.entries(members), { minLength: 1 })));

test("P1 events of all kinds, and nearly events", () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(envelope, data), fc.constantFrom<Form>("envelope", "named"), (event, form) => {
      if (agrees(Buffer.from(event), form)) read++;
    }),
    { numRuns: 8_000 },
  );
  expect(read).toBeGreaterThan(400);
});

test("P1 events with a few bytes changed", () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:\\u0019e.-ntf \n\t')));
  const change = fc.tuple(fc.nat(200), fc.constantFrom("insert", "replace", "remove"), byte);
  let read = 0;
  fc.assert(
    fc.property(envelope, fc.array(change, { minLength: 1, maxLength: 2 }), (event, changes) => {
      const bytes = [...Buffer.from(event)];
      for (const [at, kind, changed] of changes) {
        bytes.splice(at % (bytes.length + 1), kind === "insert" ? 0 : 1, ...(kind === "remove" ? [] : [changed]));
      }
      if (agrees(Buffer.from(bytes), "envelope")) read++;
    }),
    { numRuns: 8_000 },
  );
  expect(read).toBeGreaterThan(40);
});

test("bounds are those of the slow way, or stricter", () => {
  const members = (count: number): string => Array.from({ length: count }, (_, i) => `"m${i}":0`).join(",");
  const inside = (json: string): string => `{"event_name":"a","data":{"d":${json}}}`;
  const isRead = (json: string): boolean => agrees(Buffer.from(json), "envelope");
  expect(isRead(inside("[0]"))).toBe(true);
  expect(isRead(inside("[[0]]"))).toBe(true);
  expect(isRead(inside("[[[0]]]"))).toBe(false);
  expect(isRead(inside(`"${"x".repeat(40)}"`))).toBe(true);
  expect(isRead(inside(`"${"x".repeat(41)}"`))).toBe(false);
  expect(isRead(inside(`{${members(6)}}`))).toBe(true);
  expect(isRead(inside(`{${members(7)}}`))).toBe(false);
  expect(isRead(`{"event_name":"a","data":{${members(6)}}}`)).toBe(true);
  expect(isRead(`{"event_name":"a","data":{${members(7)}}}`)).toBe(false);
  expect(isRead(inside(`[{${members(5)}},{${members(4)}}]`))).toBe(true);
  expect(isRead(inside(`[{${members(5)}},{${members(5)}}]`))).toBe(false);
});

test("P2 usual events are read, in either form, with other scripts in their texts", () => {
  const usual = new PlainEvents(defaultLimits);
  const read = (json: string, form: Form): PlainData | null => {
    const bytes = Buffer.from(json);
    return usual.read(bytes, 0, bytes.length, form);
  };
  const members = {
    email: "Ann@example.com",
    first_name: "Zoë",
    cart_value: 12.5,
    is_new: true,
    lines: [{ sku: "a/b" }],
  };
  const event = { event_name: "sign up.v2", event_time: "2026-08-01T10:00:00+02:00", data: members };
  const none = {
    person_id: null,
    partner_user_id: null,
    source_ip: null,
    user_agent: null,
    referrer: null,
    device_id: null,
  };
  expect(read(JSON.stringify(event), "envelope")).toEqual({ ...none, email: "Ann@example.com" });
  expect(read(JSON.stringify(event, null, 2), "envelope")).toEqual({ ...none, email: "Ann@example.com" });
  expect(read(JSON.stringify(members), "named")).toEqual({ ...none, email: "Ann@example.com" });
  const url = String.raw`{"event_name":"e","data":{"url":"https:\/\/example.com\/","person_id":"7"}}`;
  expect(read(url, "envelope")).toEqual({ ...none, email: null, person_id: "7" });
});
