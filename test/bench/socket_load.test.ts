// The load generator against a real HTTP server: what it reports is what the server saw.

import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { type LoadOrder, refusalsNote } from "../../bench/load_order.ts";
import { prepareSockets } from "../../bench/socket_load.ts";
import { eventBodies, referenceWorkload } from "../../bench/workload.ts";

interface Seen {
  requests: number;
  readonly bodies: Set<string>;
}

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** From request `diesAt` on every connection that asks is cut instead of answered. */
function listen(seen: Seen, status: number, diesAt = Number.POSITIVE_INFINITY): Promise<number> {
  const listening = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      seen.requests++;
      seen.bodies.add(body);
      if (seen.requests >= diesAt) {
        request.socket.destroy();
        return;
      }
      const answer = JSON.stringify(status === 200 ? { event_id: String(seen.requests) } : { code: "busy" });
      const retryAfter = status === 429 ? { "retry-after": "1" } : {};
      response.writeHead(status, { "content-length": Buffer.byteLength(answer), ...retryAfter }).end(answer);
    });
  });
  server = listening;
  return new Promise((resolve, reject) => {
    listening.listen(0, "127.0.0.1", () => {
      const address = listening.address();
      if (address === null || typeof address === "string") reject(new Error("no port"));
      else resolve(address.port);
    });
  });
}

function orderTo(port: number, warmUpMs: number): LoadOrder {
  return {
    host: "127.0.0.1",
    port,
    path: "/v6/events",
    token: "t",
    connections: 4,
    warmUpMs,
    durationMs: 200,
    generator: { kind: "closed" },
    stream: 1,
    bodies: 50,
  };
}

const bodies = eventBodies(referenceWorkload(1), 50);

test("O1 with a rate every request of the schedule is sent and answered", async () => {
  const seen: Seen = { requests: 0, bodies: new Set() };
  const run = await prepareSockets(orderTo(await listen(seen, 200), 0), 500, bodies);
  const outcome = await run();
  expect(outcome.requests).toBe(100);
  expect(outcome.errors).toBe(0);
  expect(outcome.non2xx).toBe(0);
  expect(seen.requests).toBe(100);
  expect([...seen.bodies].sort()).toEqual(bodies.map((body) => body.toString("utf8")).sort());
  expect(outcome.latencyP99Ms).toBeGreaterThanOrEqual(outcome.latencyP50Ms);
});

test("O3 without a rate all that was sent is answered, and warming up is not counted", async () => {
  const seen: Seen = { requests: 0, bodies: new Set() };
  const run = await prepareSockets(orderTo(await listen(seen, 200), 50), Number.POSITIVE_INFINITY, bodies);
  const warmUps = seen.requests;
  expect(warmUps).toBeGreaterThan(0);
  const outcome = await run();
  expect(outcome.requests).toBeGreaterThan(0);
  expect(outcome.requests).toBe(seen.requests - warmUps);
  expect(outcome.errors).toBe(0);
});

test("refusals are counted apart, each kind for itself", async () => {
  const seen: Seen = { requests: 0, bodies: new Set() };
  const run = await prepareSockets(orderTo(await listen(seen, 429), 0), 500, bodies);
  const outcome = await run();
  expect(outcome.requests).toBe(100);
  expect(outcome.non2xx).toBe(100);
  expect(outcome.refusals).toEqual({ "429 busy, Retry-After 1": 100 });
  expect(refusalsNote([outcome, outcome])).toBe("200 refused with 429 busy, Retry-After 1, errors 0");
});

test("O2 requests that a dying server never answered are errors", async () => {
  const seen: Seen = { requests: 0, bodies: new Set() };
  const run = await prepareSockets(orderTo(await listen(seen, 200, 11), 0), 500, bodies);
  const outcome = await run();
  expect(outcome.requests).toBe(10);
  expect(outcome.errors).toBe(90);
});
