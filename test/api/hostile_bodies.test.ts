// Bodies that are broken, deep, wide, in the wrong encoding or named to do harm: refused with an envelope, never in the log, never a 500.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { until } from "../support/until.ts";
import {
  ask,
  eventBody,
  expectEnvelope,
  openFront,
  parametersOf,
  rawExchange,
  splitAnswers,
  TOKEN,
} from "./front_fixture.ts";

const KiB = 1024;
const path = "/v6/async-events";

function bytes(...parts: (string | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const whole = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([...part]))),
  );
  return Uint8Array.from(whole);
}

function inData(json: string): string {
  return `{"event_name":"a","data":${json}}`;
}

const cases: readonly (readonly [what: string, body: string | Uint8Array<ArrayBuffer>, code: string])[] = [
  ["nothing but a brace", "{", "invalid_json"],
  ["a trailing comma", '{"event_name":"a",}', "invalid_json"],
  ["two values", '{"event_name":"a"}{}', "invalid_json"],
  ["a comment", '{"event_name":"a"}//', "invalid_json"],
  ["NaN", inData('{"a":NaN}'), "invalid_json"],
  ["a byte order mark", bytes([0xef, 0xbb, 0xbf], eventBody()), "invalid_json"],
  ["UTF-16", Uint8Array.from(Buffer.from(eventBody(), "utf16le")), "invalid_json"],
  ["a lone continuation byte", bytes('{"event_name":"a', [0x80], '"}'), "invalid_json"],
  ["an overlong slash", bytes('{"event_name":"a', [0xc0, 0xaf], '"}'), "invalid_json"],
  ["a surrogate in UTF-8", bytes('{"event_name":"a","data":{"x":"', [0xed, 0xa0, 0x80], '"}}'), "invalid_json"],
  ["a cut character", bytes('{"event_name":"a","data":{"x":"', [0xe2, 0x82], '"}}'), "invalid_json"],
  ["a raw NUL", bytes('{"event_name":"a', [0], '"}'), "invalid_json"],
  ["an escaped NUL", inData('{"x":"a\\u0000b"}'), "invalid_json"],
  ["a lone high surrogate", inData('{"x":"\\ud83d"}'), "invalid_json"],
  ["a lone low surrogate in a name", inData('{"\\udc00":1}'), "invalid_json"],
  ["surrogates in the wrong order", inData('{"x":"\\udc00\\ud83d"}'), "invalid_json"],
  ["a member twice", inData('{"x":1,"x":2}'), "invalid_json"],
  ["the name twice", '{"event_name":"a","event_name":"b"}', "invalid_json"],
  ["a member twice, spelt differently", inData('{"x":1,"\\u0078":2}'), "invalid_json"],
  ["__proto__", inData('{"__proto__":{"polluted":1}}'), "invalid_parameter"],
  ["__proto__ outside the data", '{"event_name":"a","__proto__":{"data":{}}}', "invalid_parameter"],
  ["__proto__ deep inside", inData('{"a":[{"b":{"__proto__":null}}]}'), "invalid_parameter"],
  ["__proto__ in escapes", inData('{"\\u005f_proto_\\u005f":{"polluted":1}}'), "invalid_parameter"],
  ["constructor", inData('{"constructor":{"prototype":{"polluted":1}}}'), "invalid_parameter"],
  ["prototype", inData('{"prototype":{}}'), "invalid_parameter"],
  ["a number beyond all bounds", inData('{"x":1e400}'), "invalid_parameter"],
  ["a negative one", inData('{"x":[-1e999]}'), "invalid_parameter"],
  ["an integer that would be rounded", inData('{"x":9007199254740993}'), "invalid_parameter"],
  ["a person id as a number", inData('{"person_id":6989000000000000001}'), "invalid_parameter"],
  ["a number of 65,000 digits", inData(`{"x":${"9".repeat(65_000)}}`), "invalid_parameter"],
  ["60,000 keys", inData(`{${Array.from({ length: 20_000 }, (_, i) => `"${i}":1`).join(",")}}`), "invalid_parameter"],
  ["keys hidden in lists", inData(`{"a":[${'{"b":1},'.repeat(5_000)}{}]}`), "invalid_parameter"],
  ["11 levels", inData("[".repeat(10) + "]".repeat(10)), "invalid_parameter"],
  ["100,000 levels", `{"event_name":"a","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "invalid_parameter"],
  ["100,000 levels that never close", `{"event_name":"a","data":${'{"a":'.repeat(30_000)}`, "invalid_parameter"],
];

test.each(cases)("%s", async (_what, body, code) => {
  const { port, runtime } = await openFront();
  for (const form of [path, "/v6/events"]) expectEnvelope(await ask(port, form, { body }), code);
  expect(runtime.events).toEqual([]);
  expect("polluted" in {}).toBe(false);
});

test("words of the reserved names are fine as values and as parts of names", async () => {
  const { port, runtime } = await openFront();
  const body = inData('{"a":"__proto__","b":"constructor","constructors":1,"proto":2,"ü":"\\u00e4\\ud83d\\ude00"}');
  expect((await ask(port, path, { body })).status).toBe(200);
  expect(runtime.events[0]?.data).toEqual({ a: "__proto__", b: "constructor", constructors: 1, proto: 2, ü: "ä😀" });
});

describe("size", () => {
  test("a body at the limit is taken, one byte more is not", async () => {
    const { port, runtime } = await openFront({ textBytesMax: 512 * KiB });
    const shell = inData('{"x":""}');
    const body = inData(`{"x":"${"y".repeat(256 * KiB - shell.length)}"}`);
    expect(body.length).toBe(256 * KiB);
    expect((await ask(port, path, { body })).status).toBe(200);
    const envelope = expectEnvelope(await ask(port, path, { body: `${body} ` }), "request_too_large");
    expect(parametersOf(envelope)).toEqual({ limit: 256 * KiB });
    expect(runtime.events).toHaveLength(1);
  });

  const announced = (bytes: number): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nContent-Length: ${bytes}\r\n\r\n`;

  test("by Content-Length it is refused before a byte of it was sent, and with an endless one the connection ends", async () => {
    const { port, front } = await openFront();
    for (const [bytes, isClosed] of [
      [1024 * KiB, false],
      [1024 * 1024 * KiB, true],
    ] as const) {
      const [answer] = splitAnswers(await rawExchange(port, [announced(bytes)]));
      expectEnvelope({ status: answer?.status ?? 0, body: answer?.body }, "request_too_large");
      expect(answer?.head.toLowerCase().includes("connection: close")).toBe(isClosed);
    }
    expect(front.stats()).toMatchObject({ inFlight: 0, bodyBytesHeld: 0 });
  });

  test("its sender sees the envelope, not a reset, and the connection goes on", async () => {
    const { port, runtime } = await openFront();
    const nested = "[".repeat(512 * KiB) + "]".repeat(512 * KiB);
    const next = `${announced(2)}{}`.replace(path, "/v6/async-events/next");
    const answers = splitAnswers(await rawExchange(port, [announced(nested.length), nested, next]));
    expect(answers.map(({ status }) => status)).toEqual([413, 200]);
    expect(runtime.events.map(({ name }) => name)).toEqual(["next"]);
  });

  test("in chunks it is refused as soon as it is over", async () => {
    const { port, front, runtime } = await openFront();
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const [answer] = splitAnswers(await rawExchange(port, [head, ...Array.from({ length: 6 }, () => chunk)]));
    expectEnvelope({ status: answer?.status ?? 0, body: answer?.body }, "request_too_large");
    expect(front.stats()).toMatchObject({ inFlight: 0, bodyBytesHeld: 0 });
    expect(runtime.events).toEqual([]);
  });

  test("unfinished bodies together are bounded", async () => {
    const { port, front } = await openFront({ bodyBytesInFlightMax: 100 * KiB });
    const start = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nContent-Length: ${80 * KiB}\r\n\r\n`;
    const slow = rawExchange(port, [start + " ".repeat(70 * KiB)], 400);
    const [answer] = splitAnswers(await rawExchange(port, [start, " ".repeat(70 * KiB)], 200));
    expectEnvelope({ status: answer?.status ?? 0, body: answer?.body }, "too_many_requests");
    expect(answer?.head.toLowerCase()).toContain("retry-after: 1");
    await slow;
    await until(() => front.stats().inFlight === 0);
    expect(front.stats()).toMatchObject({ inFlight: 0, bodyBytesHeld: 0 });
  });
});

test("broken JSON never passes, never is a 500, and what passes is what JSON.parse reads", async () => {
  const { port, runtime } = await openFront();
  const valid = Buffer.from(
    JSON.stringify({
      event_name: "converted",
      event_time: "2026-05-01T10:00:00Z",
      data: { a: [1, { b: "\u00e4\n" }], c: true },
    }),
  );
  const mutation = fc.record({
    at: fc.nat(valid.length - 1),
    how: fc.constantFrom("flip", "cut", "insert", "repeat"),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:\\u0'))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const body = mutations.reduce(mutate, valid);
      const before = runtime.events.length;
      const reply = await ask(port, path, { body: Uint8Array.from(body) });
      if (reply.status === 200) {
        const read: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
        expect(runtime.events.at(-1)?.data).toEqual(isRecord(read) ? (read["data"] ?? {}) : "not an object");
      } else {
        expectEnvelope(reply);
        expect(reply.status).toBeLessThan(500);
        expect(runtime.events).toHaveLength(before);
      }
    }),
    { numRuns: 400 },
  );
});

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function mutate(body: Buffer, mutation: { readonly at: number; readonly how: string; readonly byte: number }): Buffer {
  const at = Math.min(mutation.at, body.length);
  const byte = Buffer.from([mutation.byte]);
  switch (mutation.how) {
    case "flip":
      return Buffer.concat([body.subarray(0, at), byte, body.subarray(at + 1)]);
    case "cut":
      return Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
    case "repeat":
      return Buffer.concat([body.subarray(0, at), body.subarray(Math.max(0, at - 5))]);
    default:
      return Buffer.concat([body.subarray(0, at), byte, body.subarray(at)]);
  }
}
