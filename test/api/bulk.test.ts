// NDJSON: lines across chunk borders, refused lines, back-pressure, failures half-way.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unavailable } from "../../src/runtime/client.ts";
import { until } from "../support/until.ts";
import {
  anyObject,
  anyText,
  ask,
  eventBody,
  expectEnvelope,
  openFront,
  openSocket,
  parametersOf,
  type Reply,
} from "./front_fixture.ts";

const KiB = 1024;
const ndjson = { "content-type": "application/x-ndjson" };

function line(i: number, extra: object = {}): string {
  return JSON.stringify({ event_name: "e", data: { i, ...extra } });
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
}

function inChunks(parts: readonly (string | Uint8Array)[]): ReadableStream {
  return new ReadableStream({
    async start(controller) {
      for (const part of parts) {
        controller.enqueue(typeof part === "string" ? Buffer.from(part) : part);
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      controller.close();
    },
  });
}

/** A body whose parts the test sends when it wants. */
function openUpload(): { readonly stream: ReadableStream; push(part: string): void; end(): void } {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
  return { stream, push: (part) => controller?.enqueue(Buffer.from(part)), end: () => controller?.close() };
}

function send(port: number, body: string | ReadableStream, path = "/v6/async-events"): Promise<Reply> {
  return ask(port, path, { body, headers: ndjson, method: "POST" });
}

test("every line is an event, in order, and the answer counts them", async () => {
  const { port, runtime } = await openFront();
  const reply = await send(port, lines(5_000));
  expect(reply.body).toEqual({ accepted: 5_000, rejected: [], rejected_count: 0 });
  expect(runtime.events.map(({ data }) => data["i"])).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  expect(runtime.events[17]?.body).toBe(line(17));
});

test("the named form takes a data map a line", async () => {
  const { port, runtime } = await openFront();
  const reply = await send(port, '{"a":1}\n{"a":2}', "/v6/async-events/bought");
  expect(reply.body).toEqual({ accepted: 2, rejected: [], rejected_count: 0 });
  expect(runtime.events).toMatchObject([
    { form: "named", name: "bought", data: { a: 1 } },
    { form: "named", name: "bought", data: { a: 2 } },
  ]);
});

test("blank lines and carriage returns are ignored, the last line feed is optional, line numbers count all", async () => {
  const { port, runtime } = await openFront();
  const reply = await send(port, `\r\n${line(1)}\r\n\n   \n{\n${line(2)}`);
  expect(reply.body).toMatchObject({ accepted: 2, rejected: [{ line: 5, code: "invalid_json" }], rejected_count: 1 });
  expect(runtime.events).toHaveLength(2);
});

test("a mark of the encoding before the first line belongs to none", async () => {
  const { port, runtime } = await openFront();
  const reply = await send(port, `\uFEFF${line(1)}\n\uFEFF${line(2)}`);
  expect(reply.body).toMatchObject({ accepted: 1, rejected: [{ line: 2, code: "invalid_json" }] });
  expect(runtime.events).toHaveLength(1);
});

test("refused lines are listed by number with their reason, the others stand", async () => {
  const { port, runtime } = await openFront();
  const body = [line(1), "nonsense", '{"data":{}}', line(4), line(5, { t: "x".repeat(5_000) }), '{"__proto__":1}'].join(
    "\n",
  );
  const reply = await send(port, body);
  expect(reply.body).toEqual({
    accepted: 2,
    rejected: [
      { line: 2, code: "invalid_json", message: anyText, parameters: {} },
      { line: 3, code: "missing_event_name", message: anyText, parameters: {} },
      { line: 5, code: "invalid_parameter", message: anyText, parameters: { name: "data.t", limit: 4_096 } },
      { line: 6, code: "invalid_parameter", message: anyText, parameters: anyObject },
    ],
    rejected_count: 4,
  });
  expect(runtime.events.map(({ data }) => data["i"])).toEqual([1, 4]);
});

test("of many refused lines a thousand are listed and all are counted", async () => {
  const { port } = await openFront();
  const reply = await send(port, `${"x\n".repeat(1_500)}${line(1)}`);
  expect(reply.body).toMatchObject({ accepted: 1, rejected_count: 1_500 });
  expect(JSON.parse(reply.text).rejected).toHaveLength(1_000);
});

test("an upload without any line is answered", async () => {
  const { port } = await openFront();
  expect((await send(port, "\n\n")).body).toEqual({ accepted: 0, rejected: [], rejected_count: 0 });
  expect((await ask(port, "/v6/async-events", { method: "POST", headers: ndjson })).body).toMatchObject({
    accepted: 0,
  });
});

describe("chunks", () => {
  test("wherever a body is cut, the same events come out", async () => {
    const { port, runtime } = await openFront();
    const body = Buffer.from([line(1), "", line(2, { s: "ä€😀" }), "{broken", line(3)].join("\r\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(body.length), { maxLength: 6 }), async (cuts) => {
        runtime.events.length = 0;
        const borders = [0, ...cuts.sort((a, b) => a - b), body.length];
        const parts = borders
          .slice(1)
          .map((end, i) => body.subarray(borders[i], end))
          .filter((part) => part.length > 0);
        const reply = await send(port, inChunks(parts));
        expect(reply.body).toMatchObject({ accepted: 3, rejected_count: 1, rejected: [{ line: 4 }] });
        expect(runtime.events.map(({ data }) => data)).toEqual([{ i: 1 }, { i: 2, s: "ä€😀" }, { i: 3 }]);
      }),
      { numRuns: 25 },
    );
  });

  test("a line that is too long is refused by number and never held, whatever its size", async () => {
    const { port, runtime, front } = await openFront();
    const long = `{"event_name":"e","data":{"x":"${"y".repeat(64 * KiB)}`;
    let held = 0;
    const watch = setInterval(() => (held = Math.max(held, front.stats().bodyBytesHeld)), 1);
    const parts = [`${line(1)}\n${long}`, ...Array.from({ length: 32 }, () => "y".repeat(64 * KiB)), `"}}\n${line(3)}`];
    const reply = await send(port, inChunks(parts));
    clearInterval(watch);
    expect(reply.body).toMatchObject({
      accepted: 2,
      rejected: [{ line: 2, code: "request_too_large", parameters: { limit: 256 * KiB } }],
    });
    expect(runtime.events.map(({ data }) => data["i"])).toEqual([1, 3]);
    expect(held).toBeLessThanOrEqual(256 * KiB);
    expect(front.stats().bodyBytesHeld).toBe(0);
  });

  test("a long last line without line feed is refused too", async () => {
    const { port } = await openFront({ bodyBytesMax: KiB });
    const reply = await send(port, `${line(1)}\n${"z".repeat(2 * KiB)}`);
    expect(reply.body).toMatchObject({ accepted: 1, rejected: [{ line: 2, code: "request_too_large" }] });
  });

  test("more than the limit is refused: at once by Content-Length, half-way in chunks, then with what was taken", async () => {
    const { port, runtime } = await openFront({ bulkBytesMax: 64 * KiB });
    expectEnvelope(await send(port, lines(4_000)), "request_too_large");
    expect(runtime.events).toHaveLength(0);
    const part = lines(500);
    const socket = await openSocket(port);
    let received = "";
    socket.on("data", (data: Buffer) => (received += data.toString()));
    socket.write("POST /v6/async-events HTTP/1.1\r\nHost: x\r\nAuthorization: demo-token\r\n");
    socket.write("Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let i = 0; i < 8; i++) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    await until(() => received.includes("}}"), "the answer");
    expect(received).toContain("413");
    const answer: unknown = JSON.parse(received.slice(received.indexOf("{")));
    const parameters = { limit: 64 * KiB, accepted: runtime.events.length, rejected_count: 0 };
    expect(answer).toMatchObject({ parameters });
    expect(runtime.events.length).toBeGreaterThan(0);
  });
});

describe("back-pressure", () => {
  test.each([1, 7, 400])("a runtime that is busy after every %i events gets them all, in order", async (busyAfter) => {
    const { port, runtime, front } = await openFront();
    runtime.busyAfter = busyAfter;
    const count = busyAfter === 1 ? 150 : 3_000;
    const reply = await send(port, lines(count));
    expect(reply.body).toEqual({ accepted: count, rejected: [], rejected_count: 0 });
    expect(runtime.events.map(({ data }) => data["i"])).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(runtime.timesIdle).toBeGreaterThan(0);
    expect(front.stats()).toMatchObject({ inFlight: 0, bodyBytesHeld: 0 });
  });

  test("a runtime that refuses without having said so is asked again for the same line", async () => {
    const { port, runtime } = await openFront();
    runtime.busyAfter = 10;
    runtime.isDeep = () => false;
    const take = runtime.accept.bind(runtime);
    let taken = 0;
    runtime.accept = (event) => {
      if (taken++ % 11 === 10) throw new Unavailable("busy", 1);
      runtime.busyAfter = Number.POSITIVE_INFINITY;
      return take(event);
    };
    const reply = await send(port, inChunks([lines(50).slice(0, 300), lines(50).slice(300).trimEnd()]));
    expect(reply.body).toEqual({ accepted: 50, rejected: [], rejected_count: 0 });
    expect(runtime.events.map(({ data }) => data["i"])).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test("lines of a person behind whom too many events wait are taken when there is room, in order, with those after them", async () => {
    const { port, runtime } = await openFront();
    let calls = 0;
    runtime.refuses = () => (calls++ === 7 || calls === 9 ? new Unavailable("person_busy", 1) : null);
    const reply = await send(port, lines(20));
    expect(reply.body).toEqual({ accepted: 20, rejected: [], rejected_count: 0 });
    expect(runtime.events.map(({ data }) => data["i"])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(calls).toBe(22);
  });

  test("a runtime that stays busy ends the upload with 429 and the count", async () => {
    const { port, runtime } = await openFront();
    const take = runtime.accept.bind(runtime);
    runtime.accept = (event) => {
      if (runtime.events.length === 20) throw new Unavailable("busy", 5);
      return take(event);
    };
    const reply = await send(port, lines(100));
    expect(parametersOf(expectEnvelope(reply, "too_many_requests"))).toEqual({ accepted: 20, rejected_count: 0 });
    expect(reply.headers.get("retry-after")).toBe("5");
  });
});

describe("failures half-way", () => {
  test.each(["a person", "the runtime"])(
    "a server that stops while lines wait for %s: 503 with the number of durable lines, and no wait",
    async (whom) => {
      const { port, runtime, front } = await openFront({ drainTimeoutMs: 60_000, bulkPersonBusyMs: 60_000 });
      let refusals = 0;
      runtime.refuses = () => {
        if (runtime.events.length < 7) return null;
        refusals++;
        return new Unavailable(whom === "a person" ? "person_busy" : "busy", 1);
      };
      runtime.whenShallow = () => new Promise(() => undefined);
      const answer = send(port, lines(20));
      await until(() => refusals > 0, "lines that wait");
      await front.stop();
      const { accepted, reason } = parametersOf(expectEnvelope(await answer, "service_unavailable"));
      expect({ accepted, reason }).toEqual({ accepted: 7, reason: "stopping" });
      expect((await answer).headers.get("connection")).toBe("close");
    },
  );

  test("a server that is stopping when lines have to wait does the same", async () => {
    const { port, runtime, front } = await openFront({ drainTimeoutMs: 60_000, bulkPersonBusyMs: 60_000 });
    const upload = openUpload();
    const answer = send(port, upload.stream);
    upload.push(lines(7));
    await until(() => runtime.events.length === 7, "seven lines");
    const stopped = front.stop();
    runtime.refuses = () => new Unavailable("person_busy", 1);
    upload.push(lines(20));
    expect(parametersOf(expectEnvelope(await answer, "service_unavailable"))).toEqual({
      reason: "stopping",
      accepted: 7,
      rejected_count: 0,
    });
    await stopped;
  });

  test("a log that goes away: 503 with the number of durable lines", async () => {
    const { port, runtime } = await openFront();
    runtime.isAutoDurable = false;
    const upload = openUpload();
    const asking = send(port, upload.stream);
    upload.push(lines(10));
    await until(() => runtime.events.length === 10, "ten lines");
    runtime.commit();
    upload.push(`bad\n${lines(7)}`);
    await until(() => runtime.events.length === 17, "seventeen lines");
    runtime.drop(new Unavailable("log_unavailable", 4));
    const reply = await asking;
    const envelope = expectEnvelope(reply, "service_unavailable");
    expect(parametersOf(envelope)).toEqual({ reason: "log_unavailable", accepted: 10, rejected_count: 1 });
    expect(reply.headers.get("retry-after")).toBe("4");
  });

  test("a runtime that stops taking while lines wait for the disk: the answer waits for those", async () => {
    const { port, runtime, front } = await openFront();
    runtime.isAutoDurable = false;
    const upload = openUpload();
    const asking = send(port, upload.stream);
    upload.push(lines(10));
    await until(() => runtime.events.length === 10, "ten lines");
    runtime.unavailable = new Unavailable("stopping", 9);
    upload.push(lines(1));
    upload.end();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(front.stats().inFlight).toBe(1);
    runtime.commit();
    const envelope = expectEnvelope(await asking, "service_unavailable");
    expect(parametersOf(envelope)).toEqual({ reason: "stopping", accepted: 10, rejected_count: 0 });
  });

  test("a failure of ours inside a line is a 500, and the server goes on", async () => {
    const { port, runtime, front } = await openFront();
    const take = runtime.accept.bind(runtime);
    runtime.accept = () => {
      throw new Error("bug");
    };
    expectEnvelope(await send(port, lines(3)), "software_error");
    runtime.accept = take;
    expect((await ask(port, "/v6/async-events", { body: eventBody() })).status).toBe(200);
    expect(front.stats().inFlight).toBe(0);
  });
});

describe("uploads that are cut off", () => {
  test("whole lines stand, the cut one does not, nothing stays in flight", async () => {
    const { port, runtime, front } = await openFront();
    const socket = await openSocket(port);
    socket.write("POST /v6/async-events HTTP/1.1\r\nHost: x\r\nAuthorization: demo-token\r\n");
    socket.write(`Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n${lines(20)}{"event_na`);
    await until(() => runtime.events.length === 20, "twenty lines");
    expect(front.stats().inFlight).toBe(1);
    socket.destroy();
    await until(() => front.stats().inFlight === 0, "nothing in flight");
    expect(runtime.events).toHaveLength(20);
    expect(front.stats().bodyBytesHeld).toBe(0);
  });

  test("while they are paused", async () => {
    const { port, runtime, front } = await openFront();
    runtime.busyAfter = 5;
    const idle = runtime.whenShallow.bind(runtime);
    let release = (): void => undefined;
    runtime.whenShallow = () => new Promise((resolve) => (release = () => void idle().then(resolve)));
    const socket = await openSocket(port);
    socket.write("POST /v6/async-events HTTP/1.1\r\nHost: x\r\nAuthorization: demo-token\r\n");
    socket.write(`Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n${lines(20)}`);
    await until(() => runtime.events.length === 5, "five lines");
    socket.destroy();
    runtime.busyAfter = Number.POSITIVE_INFINITY;
    release();
    await until(() => front.stats().inFlight === 0, "nothing in flight");
    expect(front.stats().bodyBytesHeld).toBe(0);
  });
});
