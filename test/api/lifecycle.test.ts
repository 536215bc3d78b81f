// Connections and the life of the server: aborts, slow clients, failing handlers, draining, the choice of the library's build.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Exchange } from "../../src/api/http/exchange.ts";
import { type Dispatch, HttpServer } from "../../src/api/http/server.ts";
import { defaultLimits, newCommonState } from "../../src/api/mod.ts";
import { type Build, loadFirst, loadUws } from "../../src/native/uws.ts";
import { until } from "../support/until.ts";
import {
  ask,
  eventBody,
  expectEnvelope,
  openFront,
  openSocket,
  rawExchange,
  recordingLogger,
  splitAnswers,
  TOKEN,
} from "./front_fixture.ts";

const root = join(import.meta.dirname, "../..");
const head = `POST /v6/async-events HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\n`;

async function openServer(
  dispatch: Dispatch,
  limits = {},
): Promise<{ server: HttpServer; port: number; logged: object[] }> {
  const logged: { level: string; fields: object; message: string }[] = [];
  const logger = recordingLogger(logged);
  const server = new HttpServer({
    host: "127.0.0.1",
    limits: { ...defaultLimits, ...limits },
    common: newCommonState(defaultLimits),
    logger,
    dispatch,
    observeRequest: () => {},
    wantedHeaders: new Set(),
  });
  onTestFinished(() => server.stop());
  return { server, port: await server.listen(0), logged };
}

test("connections beyond those that there may be are closed as they come, and told of once; one that ends makes room", async () => {
  const { server, port, logged } = await openServer((exchange) => exchange.json("{}"), { connectionsMax: 3 });
  const sockets = [await openSocket(port), await openSocket(port), await openSocket(port)];
  await until(() => server.stats().connections === 3, "three connections");
  for (let refused = 1; refused <= 2; refused++) {
    const socket = await openSocket(port);
    await once(socket, "close");
    await until(() => server.stats().connectionsRefused === refused && server.stats().connections === 3, "a refusal");
  }
  expect(logged).toEqual([
    expect.objectContaining({ level: "info", message: "listening" }),
    { level: "warn", message: "connections_refused", fields: { open: 4, max: 3, refused: 1 } },
  ]);
  sockets[0]?.destroy();
  await until(() => server.stats().connections === 2, "room");
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

describe("aborts", () => {
  const body = eventBody();
  test.each([
    ["after the headers", `${head}Content-Length: ${body.length}\r\n\r\n`, 0],
    ["half-way through the body", `${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`, 0],
    ["in the middle of a chunk", `${head}Transfer-Encoding: chunked\r\n\r\n20\r\n{"event`, 0],
    ["while waiting for the disk", `${head}Content-Length: ${body.length}\r\n\r\n${body}`, 1],
  ])("%s: nothing stays in flight, and the event is either in or not", async (_what, sent, events) => {
    const { port, runtime, front } = await openFront();
    runtime.isAutoDurable = false;
    const socket = await openSocket(port);
    socket.write(sent);
    await until(() => front.stats().inFlight === 1 && runtime.events.length === events, "the request");
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await until(() => front.stats().inFlight === 0, "nothing in flight");
    runtime.commit();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(front.stats()).toMatchObject({ inFlight: 0, bodyBytesHeld: 0, failed: 0 });
    expect(runtime.events).toHaveLength(events);
  });

  test("while an event is processed, and while a query runs", async () => {
    const { port, runtime, front } = await openFront();
    runtime.isAutoDurable = false;
    for (const sent of [
      `POST /v6/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      `GET /v5/persons/6989000000000000001 HTTP/1.1\r\nHost: x\r\nAuthorization: ${TOKEN}\r\n\r\n`,
    ]) {
      const socket = await openSocket(port);
      socket.write(sent);
      await until(() => front.stats().requests > 0, "the request");
      socket.destroy();
    }
    runtime.commit();
    await until(() => front.stats().inFlight === 0, "nothing in flight");
    expect(front.stats().failed).toBe(0);
  });
});

test("clients that are slow with headers or bodies hold up nobody", async () => {
  const { port, front } = await openFront();
  const slow = await Promise.all(Array.from({ length: 20 }, () => openSocket(port)));
  for (const socket of slow.slice(0, 10)) socket.write("POST /v6/async-events HT");
  for (const socket of slow.slice(10)) socket.write(`${head}Content-Length: 100\r\n\r\n{`);
  await until(() => front.stats().inFlight === 10, "ten bodies begun");
  for (let i = 0; i < 20; i++) {
    expect((await ask(port, "/v6/async-events", { body: eventBody() })).status).toBe(200);
    for (const socket of slow) socket.write(" ");
  }
  for (const socket of slow) socket.destroy();
  await until(() => front.stats().inFlight === 0, "nothing in flight");
});

describe("handlers that misbehave", () => {
  const tries: readonly (readonly [what: string, dispatch: Dispatch])[] = [
    [
      "throws",
      () => {
        throw new Error("secret");
      },
    ],
    ["rejects without a reason", () => Promise.reject()],
    [
      "rejects",
      async () => {
        throw new Error("secret");
      },
    ],
    [
      "rejects later",
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        throw new Error("secret");
      },
    ],
    [
      "throws while the body arrives",
      (exchange) =>
        exchange.onData(() => {
          throw new Error("secret");
        }),
    ],
  ];
  test.each(tries)("one that %s is a 500, and the server goes on", async (_what, dispatch) => {
    const { port, server, logged } = await openServer(dispatch);
    for (let i = 0; i < 2; i++) {
      const reply = await ask(port, "/any", { body: "{}" });
      expectEnvelope(reply, "software_error");
      expect(reply.text).not.toContain("secret");
    }
    expect(server.stats()).toMatchObject({ failed: 2, inFlight: 0 });
    expect(logged.filter((entry) => "level" in entry && entry.level === "error")).toHaveLength(2);
  });
});

describe("answers", () => {
  test("X2 one that answers twice, or after a failure, is heard once", async () => {
    const { port } = await openServer((exchange) => {
      exchange.json('{"n":1}');
      exchange.json('{"n":2}');
      throw new Error("late");
    });
    const received = await rawExchange(port, ["GET /x HTTP/1.1\r\nHost: x\r\n\r\n"], 100);
    expect(splitAnswers(received).map(({ body }) => body)).toEqual([{ n: 1 }]);
  });

  test("X2 one that answers again while its answer is recorded is heard once, when that is done", async () => {
    let recorded = (): void => undefined;
    const kept: string[] = [];
    const { port } = await openServer((exchange) => {
      exchange.recordAnswer(({ body }) => {
        kept.push(body);
        return new Promise((resolve) => (recorded = resolve));
      });
      exchange.json('{"n":1}');
      expect(exchange.isAwaited).toBe(false);
      exchange.json('{"n":2}');
      exchange.fail(new Error("late"));
    });
    let isAnswered = false;
    const reply = ask(port, "/x").finally(() => {
      isAnswered = true;
    });
    await until(() => kept.length > 0, "the answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    recorded();
    expect((await reply).body).toEqual({ n: 1 });
    expect(kept).toEqual(['{"n":1}']);
  });

  test("X2 one that answers after the client has gone does no harm", async () => {
    let late: Exchange | undefined;
    const { port, server } = await openServer((exchange) => {
      if (late === undefined) late = exchange;
      else exchange.json('{"n":1}');
    });
    const socket = await openSocket(port);
    socket.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => late !== undefined, "the request");
    socket.destroy();
    await until(() => server.stats().inFlight === 0, "the abort");
    expect(late?.isOpen).toBe(false);
    late?.json("{}");
    late?.pause();
    late?.resume();
    late?.fail(new Error("later still"));
    late?.cut();
    expect((await ask(port, "/x")).body).toEqual({ n: 1 });
    expect(server.stats()).toMatchObject({ inFlight: 0, failed: 1 });
  });
});

describe("large answers", () => {
  const big = JSON.stringify({ x: "y".repeat(8 * 1024 * 1024) });

  test("are whole", async () => {
    const { port, server } = await openServer((exchange) => exchange.json(big));
    expect((await ask(port, "/x")).text).toBe(big);
    expect(server.stats()).toMatchObject({ inFlight: 0, answerBytesHeld: 0 });
  });

  test("to a reader that does not read are cut after the write timeout, and given back", async () => {
    const { port, server } = await openServer((exchange) => exchange.json(big), { writeTimeoutMs: 100 });
    const socket = await openSocket(port);
    socket.pause();
    socket.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => server.stats().answerBytesHeld > 0, "the answer");
    await until(() => server.stats().inFlight === 0, "the cut");
    expect(server.stats().answerBytesHeld).toBe(0);
  });

  test("are refused when too many wait already", async () => {
    const { port, server } = await openServer((exchange) => exchange.json(big), {
      answerBytesInFlightMax: 10 * 1024 * 1024,
    });
    const socket = await openSocket(port);
    socket.pause();
    socket.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => server.stats().answerBytesHeld > 0, "the first answer");
    expectEnvelope(await ask(port, "/x"), "too_many_requests");
  });
});

describe("stopping", () => {
  test("H3 requests in flight are answered, new connections are refused, and then it is over", async () => {
    const { port, runtime, front } = await openFront();
    runtime.isAutoDurable = false;
    const asking = Array.from({ length: 20 }, () => ask(port, "/v6/async-events", { body: eventBody() }));
    await until(() => runtime.events.length === 20, "twenty events");
    const stopping = front.stop();
    await expect(ask(port, "/healthz")).rejects.toThrow();
    runtime.commit();
    const replies = await Promise.all(asking);
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(replies.every(({ headers }) => headers.get("connection") === "close")).toBe(true);
    await stopping;
    expect(front.stats().inFlight).toBe(0);
  });

  test("H3 what does not end in time is cut", async () => {
    const { port, runtime, front } = await openFront({ drainTimeoutMs: 50 });
    runtime.isAutoDurable = false;
    const socket = await openSocket(port);
    socket.write(`${head}Content-Length: ${eventBody().length}\r\n\r\n${eventBody()}`);
    await until(() => runtime.events.length === 1, "the event");
    const closed = once(socket, "close");
    socket.resume();
    await front.stop();
    await closed;
    expect(front.stats().inFlight).toBe(0);
    runtime.commit();
  });

  test("H5 who has stopped keeps nothing of what it served with", () => {
    const built = (file: string): string => JSON.stringify(pathToFileURL(join(root, "dist/src/api", file)).href);
    // In a process of its own, which can be told to collect.
    const script = `
      import { HttpServer } from ${built("http/server.js")};
      import { defaultLimits, newCommonState } from ${built("mod.js")};
      async function serve() {
        const dispatch = (exchange) => exchange.json("{}");
        const nothing = () => {};
        const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
        const common = newCommonState(defaultLimits);
        const parts = { limits: defaultLimits, common, logger, dispatch, observeRequest: nothing, wantedHeaders: new Set() };
        const server = new HttpServer({ host: "127.0.0.1", ...parts });
        const port = await server.listen(0);
        const { status } = await fetch("http://127.0.0.1:" + port, { headers: { connection: "close" } });
        await server.stop();
        return { status, kept: new WeakRef(dispatch) };
      }
      const { status, kept } = await serve();
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
      console.log(status, kept.deref() === undefined);
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "200 true\n", stderr: "" });
  });

  test("a port in use is an error that names it", async () => {
    const { port } = await openServer(() => undefined);
    const second = new HttpServer({
      host: "127.0.0.1",
      limits: defaultLimits,
      common: newCommonState(defaultLimits),
      logger: recordingLogger([]),
      dispatch: () => undefined,
      observeRequest: () => {},
      wantedHeaders: new Set(),
    });
    await expect(second.listen(port)).rejects.toThrow(`127.0.0.1:${port}`);
  });
});

describe("operations", () => {
  test("health, readiness and metrics", async () => {
    const { port, runtime } = await openFront();
    expect(await ask(port, "/healthz", { token: null })).toMatchObject({ status: 200, body: { status: "up" } });
    expect(await ask(port, "/readyz", { token: null })).toMatchObject({ status: 200, body: { status: "ready" } });
    runtime.reason = "partition 3 is recovering";
    const away = await ask(port, "/readyz", { token: null });
    expect(expectEnvelope(away, "service_unavailable")["parameters"]).toEqual({ reason: "partition 3 is recovering" });
    const metrics = await ask(port, "/metrics", { token: null });
    expect(metrics.text).toBe("laurel_up 1\n");
    expect(metrics.headers.get("content-type")).toContain("text/plain");
  });
});

describe("the library's builds", () => {
  const imitation = {
    App: () => ({}),
    us_listen_socket_close: null,
    us_socket_local_port: null,
    LIBUS_LISTEN_EXCLUSIVE_PORT: 1,
  };
  const missing: Build = {
    build: "current",
    needs: "glibc 2.38",
    load: () => {
      throw new Error("first line\nGLIBC_2.38 not found");
    },
  };

  test("this machine has one", () => {
    expect(["current", "current, adapted", "older"]).toContain(loadUws().build);
  });

  test("U2 an imitation in JavaScript is refused, and the error says what each build needs", () => {
    const older: Build = { build: "older", needs: "Node 20", load: () => imitation };
    expect(() => loadFirst([missing, older])).toThrow(
      /glibc 2\.38.*GLIBC_2\.38 not found.*Node 20.*not a native build/,
    );
  });

  test("U1 the first that loads is taken", () => {
    const { uws } = loadUws();
    const load = (): unknown => uws;
    expect(
      loadFirst([missing, { build: "current, adapted", needs: "", load }, { build: "older", needs: "", load }]).build,
    ).toBe("current, adapted");
  });
});
