// The event operations: forms, checks, answers.

import { describe, expect, test } from "vitest";
import { OutcomeUnknown, Unavailable } from "../../src/runtime/client.ts";
import { until } from "../support/until.ts";
import { anyId, ask, CLIENT, eventBody, expectEnvelope, openFront, parametersOf } from "./front_fixture.ts";

describe("accepting", () => {
  test("an asynchronous event is answered with its id, once it is durable", async () => {
    const { port, runtime } = await openFront();
    runtime.isAutoDurable = false;
    let isAnswered = false;
    const asking = ask(port, "/v6/async-events", { body: eventBody() }).then((reply) => {
      isAnswered = true;
      return reply;
    });
    await until(() => runtime.events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isAnswered).toBe(false);
    runtime.commit();
    const reply = await asking;
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ event_id: anyId });
    expect(reply.headers.get("content-type")).toBe("application/json");
    expect(runtime.events).toEqual([
      {
        client: CLIENT,
        form: "envelope",
        name: "",
        body: eventBody(),
        data: { email: "a@example.com", order_id: "A-1" },
      },
    ]);
  });

  test("a synchronous event is answered with its person", async () => {
    const { port } = await openFront();
    const reply = await ask(port, "/v6/events", { body: eventBody() });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ event_id: anyId, person_id: "7000000000000000001" });
  });

  test.each(["/v6/events", "/v6/async-events"])("the named form of %s takes the whole body as data", async (path) => {
    const { port, runtime } = await openFront();
    const parsed = { email: "a@example.com", event_time: "2026-05-01T10:00:00Z", nested: { a: [1] } };
    const body = JSON.stringify(parsed);
    expect((await ask(port, `${path}/sign%20up.v2`, { body })).status).toBe(200);
    expect(runtime.events).toEqual([{ client: CLIENT, form: "named", name: "sign up.v2", body, data: parsed }]);
  });

  test("a named event needs no body", async () => {
    const { port, runtime } = await openFront();
    expect((await ask(port, "/v6/async-events/ping", { method: "POST" })).status).toBe(200);
    expect(runtime.events[0]).toMatchObject({ form: "named", name: "ping", body: "{}", data: {} });
  });

  test("many requests of one group are answered together", async () => {
    const { port, runtime } = await openFront();
    runtime.isAutoDurable = false;
    const asking = Array.from({ length: 40 }, () => ask(port, "/v6/async-events", { body: eventBody() }));
    await until(() => runtime.events.length >= 40);
    runtime.commit();
    const replies = await Promise.all(asking);
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(40);
    expect(replies.every((reply) => reply.status === 200)).toBe(true);
  });
});

describe("taking", () => {
  const taken: [what: string, body: object, type?: string][] = [
    ["no data", { event_name: "a" }],
    ["null data", { event_name: "a", data: null }],
    ["null time", { event_name: "a", event_time: null }],
    ["unknown members", { event_name: "a", labels: "x", data: {}, more: { deep: [1, 2] } }],
    ["a long past", { event_name: "a", event_time: "1999-12-31T23:59:59.999+14:00" }],
    ["letters of other scripts", { event_name: "Käufe täglich 日本" }],
    ["a name with spaces around", { event_name: " a_b-c.d 9 " }],
    ["a charset", { event_name: "a" }, "application/json; charset=UTF-8"],
  ];

  test.each(taken.map(([what, body, type]) => ({ what, body, type })))(
    "takes $what",
    async ({ body, type = "application/json" }) => {
      const { port, runtime } = await openFront();
      const reply = await ask(port, "/v6/async-events", {
        body: JSON.stringify(body),
        headers: { "content-type": type },
      });
      expect(reply.status).toBe(200);
      expect(runtime.events).toHaveLength(1);
    },
  );

  test("event times up to ten minutes ahead are taken, later ones refused", async () => {
    const { port, runtime } = await openFront();
    const at = (aheadMs: number): string => eventBody({ event_time: new Date(Date.now() + aheadMs).toISOString() });
    expect((await ask(port, "/v6/async-events", { body: at(9 * 60_000) })).status).toBe(200);
    expectEnvelope(await ask(port, "/v6/async-events", { body: at(11 * 60_000) }), "invalid_event_time_format");
    expect(runtime.events).toHaveLength(1);
  });
});

const anError: unknown = expect.any(Error);

describe("refusing", () => {
  const long = "x".repeat(4_097);
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, i]));
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(10)}1${"}".repeat(10)}`);
  const cases: readonly (readonly [what: string, body: unknown, code: string, parameters?: object])[] = [
    ["no name", { data: {} }, "missing_event_name"],
    ["a null name", { event_name: null }, "missing_event_name"],
    ["a blank name", { event_name: "  " }, "missing_event_name"],
    ["a numeric name", { event_name: 7 }, "invalid_parameter", { name: "event_name" }],
    ["a long name", { event_name: "x".repeat(256) }, "invalid_parameter", { name: "event_name", limit: 255 }],
    ["a name with a slash", { event_name: "a/b" }, "invalid_parameter", { name: "event_name" }],
    ["a name with a line feed", { event_name: "a\nb" }, "invalid_parameter", { name: "event_name" }],
    ["a time without zone", { event_name: "a", event_time: "2026-05-01T10:00:00" }, "invalid_event_time_format"],
    ["a numeric time", { event_name: "a", event_time: 1_700_000_000 }, "invalid_event_time_format"],
    ["a blank time", { event_name: "a", event_time: "" }, "invalid_event_time_format"],
    ["the 31st of February", { event_name: "a", event_time: "2026-02-31T10:00:00Z" }, "invalid_event_time_format"],
    ["a list as data", { event_name: "a", data: [] }, "invalid_parameter", { name: "data" }],
    ["a text as data", { event_name: "a", data: "x" }, "invalid_parameter", { name: "data" }],
    ["a list as body", [1], "invalid_parameter", { name: "body" }],
    ["null as body", null, "missing_request_body"],
    ["too many keys", { event_name: "a", data: many }, "invalid_parameter", { limit: 200 }],
    ["a long text", { event_name: "a", data: { t: long } }, "invalid_parameter", { name: "data.t", limit: 4_096 }],
    ["a long text inside", { event_name: "a", data: { o: [{ t: long }] } }, "invalid_parameter", { limit: 4_096 }],
    [
      "a text of many bytes",
      { event_name: "a", data: { t: "ä".repeat(2_049) } },
      "invalid_parameter",
      { limit: 4_096 },
    ],
    ["a deep body", { event_name: "a", data: deep }, "invalid_parameter", { name: "depth", limit: 10 }],
  ];

  test.each(cases.map(([what, body, code, parameters]) => ({ what, body, code, parameters })))(
    "$what",
    async ({ body, code, parameters = {} }) => {
      const { port, runtime } = await openFront();
      for (const path of ["/v6/events", "/v6/async-events"]) {
        const envelope = expectEnvelope(await ask(port, path, { body: JSON.stringify(body) }), code);
        expect(parametersOf(envelope)).toMatchObject(parameters);
      }
      expect(runtime.events).toHaveLength(0);
    },
  );

  test("just within the limits is taken", async () => {
    const { port, runtime } = await openFront();
    const data = { ...Object.fromEntries(Object.entries(many).slice(0, 199)), t: "x".repeat(4_096) };
    expect(
      (await ask(port, "/v6/async-events", { body: JSON.stringify({ event_name: "x".repeat(255), data }) })).status,
    ).toBe(200);
    expect(runtime.events).toHaveLength(1);
  });
});

describe("refusing what surrounds the event", () => {
  test("an empty body", async () => {
    const { port } = await openFront();
    expectEnvelope(await ask(port, "/v6/events", { method: "POST" }), "missing_request_body");
  });

  test("a bad name or bad percent-encoding in the path", async () => {
    const { port } = await openFront();
    expectEnvelope(await ask(port, "/v6/events/a%2Fb", { body: "{}" }), "invalid_parameter");
    expectEnvelope(await ask(port, "/v6/events/%20", { body: "{}" }), "missing_event_name");
    expectEnvelope(await ask(port, "/v6/events/%zz", { body: "{}" }), "invalid_parameter");
  });

  test.each(["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=utf-16"])(
    "content type %s",
    async (type) => {
      const { port } = await openFront();
      const asked = { body: eventBody(), headers: { "content-type": type } };
      expectEnvelope(await ask(port, "/v6/events", asked), "unsupported_media_type");
      expectEnvelope(await ask(port, "/v6/async-events", asked), "unsupported_media_type");
    },
  );

  test.each(["Nope/Zone", "Europe", "+25:00", "GMT+1:99", "x".repeat(100)])(
    "a zone that there is none: %s",
    async (timeZone) => {
      const { port, runtime } = await openFront();
      for (const path of ["/v6/events", "/v6/events/shared", "/v6/async-events", "/v6/async-events/shared"]) {
        const answer = await ask(port, path, { body: eventBody(), headers: { "time-zone": timeZone } });
        expect(parametersOf(expectEnvelope(answer, "invalid_parameter"))).toEqual({ name: "Time-Zone" });
      }
      expect(runtime.events).toEqual([]);
    },
  );

  test.each(["", "Europe/Berlin", "europe/berlin", "UTC", "Z", "+02:00", "-0330", "GMT+2", "UTC-08:00"])(
    "but not a zone that there is: %j",
    async (timeZone) => {
      const { port, runtime } = await openFront();
      expect(
        (await ask(port, "/v6/async-events", { body: eventBody(), headers: { "time-zone": timeZone } })).status,
      ).toBe(200);
      expect(runtime.events).toHaveLength(1);
    },
  );

  test("lines where one event is expected, and compressed bodies", async () => {
    const { port } = await openFront();
    const lines = { body: eventBody(), headers: { "content-type": "application/x-ndjson" } };
    expectEnvelope(await ask(port, "/v6/events", lines), "unsupported_media_type");
    const zipped = { body: eventBody(), headers: { "content-encoding": "gzip" } };
    expectEnvelope(await ask(port, "/v6/async-events", zipped), "unsupported_media_type");
  });
});

describe("when the runtime cannot", () => {
  test.each([
    ["busy", 429, "too_many_requests"],
    ["log_unavailable", 503, "service_unavailable"],
    ["stopping", 503, "service_unavailable"],
    ["recovering", 503, "service_unavailable"],
  ] as const)("%s answers %i with Retry-After", async (reason, status, code) => {
    const { port, runtime } = await openFront();
    runtime.unavailable = new Unavailable(reason, 7);
    for (const path of ["/v6/events", "/v6/async-events"]) {
      const reply = await ask(port, path, { body: eventBody() });
      expect(reply.status).toBe(status);
      expectEnvelope(reply, code);
      expect(reply.headers.get("retry-after")).toBe("7");
    }
  });

  test("a group that does not become durable refuses all that wait for it", async () => {
    const { port, runtime } = await openFront();
    runtime.isAutoDurable = false;
    const asking = Array.from({ length: 5 }, () => ask(port, "/v6/async-events", { body: eventBody() }));
    await until(() => runtime.events.length >= 5);
    runtime.drop(new Unavailable("log_unavailable", 3));
    for (const reply of await Promise.all(asking)) {
      expectEnvelope(reply, "service_unavailable");
      expect(reply.headers.get("retry-after")).toBe("3");
    }
  });

  test("an event that the engine refuses is answered with the engine's code", async () => {
    const { port, runtime } = await openFront();
    runtime.applied = { personId: null, errorCode: "event_blocked" };
    expectEnvelope(await ask(port, "/v6/events", { body: eventBody() }), "event_blocked");
    runtime.applied = { personId: null, errorCode: "no_such_code" };
    expectEnvelope(await ask(port, "/v6/events", { body: eventBody() }), "software_error");
  });

  test("an outcome that comes too late is said to be unknown, with the event's id", async () => {
    const { port, runtime } = await openFront();
    runtime.unavailable = null;
    runtime.acceptAndApply = () => Promise.reject(new OutcomeUnknown("7000000000000000009"));
    const envelope = expectEnvelope(await ask(port, "/v6/events", { body: eventBody() }), "outcome_unknown");
    expect(parametersOf(envelope)).toEqual({ event_id: "7000000000000000009" });
  });

  test("of a change nobody says that an event is stored", async () => {
    const { port, runtime } = await openFront();
    runtime.command = () => Promise.reject(new OutcomeUnknown(null));
    const envelope = expectEnvelope(
      await ask(port, "/v5/persons", { body: JSON.stringify({ email: "ann@example.com" }) }),
      "change_outcome_unknown",
    );
    expect(envelope["message"]).not.toMatch(/event/);
    expect(parametersOf(envelope)).toEqual({});
  });

  test("a failure of ours is a 500 that leaks nothing and is logged with its id", async () => {
    const { port, runtime, logged } = await openFront();
    runtime.accept = () => {
      throw new Error("secret detail /srv/data");
    };
    const reply = await ask(port, "/v6/async-events", { body: eventBody() });
    const envelope = expectEnvelope(reply, "software_error");
    expect(reply.text).not.toContain("secret");
    expect(logged.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { uniqueId: envelope["unique_id"], path: "/v6/async-events", err: anError } },
    ]);
  });
});
