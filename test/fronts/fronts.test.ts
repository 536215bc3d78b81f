// A node whose requests are taken by threads of their own: what one front knows or counts, all of them do.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Connection } from "../support/connection.ts";
import { get, post, quiet } from "../support/load.ts";
import { type ProviderDouble, startTango } from "../support/payout_providers.ts";
import { isSoak } from "../support/profile.ts";
import { POOL, shopSupplier, SITE, type SalesforceDouble, startSalesforce } from "../support/salesforce.ts";
import { launchServer, type ServerProcess, startServer, TOKEN } from "../support/server_process.ts";

const FRONTS = 3;
/** Synchronous events of one person. */
const PER_SECOND = 5;
/** Connections that are opened one by one: that the kernel gives all of them to the same front is out of the question. */
const CONNECTIONS = 24;

let server: ServerProcess;
let tango: ProviderDouble;
let salesforce: SalesforceDouble;
beforeAll(async () => {
  tango = await startTango();
  salesforce = await startSalesforce(Array.from({ length: 250 }, (_, n) => `CODE-${n}`));
  server = await startServer({
    environment: {
      LAUREL_FRONTS: String(FRONTS),
      LAUREL_LOG_LEVEL: "info",
      LAUREL_RATE_PERSON_PER_SECOND: String(PER_SECOND),
      LAUREL_TANGO_URL: tango.url,
      LAUREL_TANGO_PLATFORM: "platform",
      LAUREL_TANGO_KEY: "secret",
      LAUREL_TANGO_CUSTOMER: "C-1",
      LAUREL_SALESFORCE_URL: salesforce.url,
      LAUREL_SALESFORCE_TOKEN_URL: salesforce.tokenUrl,
      LAUREL_SALESFORCE_SITE: SITE,
      LAUREL_SALESFORCE_CLIENT_ID: "client",
      LAUREL_SALESFORCE_SECRET: "secret",
      // Refills come when they are asked for.
      LAUREL_COUPON_REFILL_INTERVAL_MS: "86400000",
      LAUREL_OUTGOING_ALLOW: "127.0.0.1",
    },
  });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await tango.stop();
  await salesforce.stop();
});

async function withConnections<T>(work: (connections: readonly Connection[]) => Promise<T>): Promise<T> {
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(server.url));
  try {
    return await work(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

function fieldOf(body: string, name: string): string {
  const parsed: { readonly [name: string]: unknown } = JSON.parse(body);
  return String(parsed[name]);
}

test("every front listens, and says so once", async () => {
  const listening = (): string[] =>
    server
      .output()
      .split("\n")
      .filter((line) => line.includes('"listening"'));
  // The first that listens answers already.
  await expect.poll(() => listening().length).toBe(FRONTS);
  expect(new Set(listening().map((line) => /"front":(\d)/.exec(line)?.[1]))).toEqual(new Set(["1", "2", "3"]));
});

test("ids of all fronts are different, and what one has taken any of them tells", async () => {
  await withConnections(async (connections) => {
    const answers = await Promise.all(
      connections.flatMap((connection, n) =>
        [0, 1, 2].map((i) =>
          connection.ask("/v6/events", {
            body: { event_name: "visited", data: { email: `v${n}-${i}@fronts.example` } },
          }),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => fieldOf(body, "event_id"))).size).toBe(answers.length);
    const personId = fieldOf(answers[0]?.body ?? "{}", "person_id");
    const told = await Promise.all(connections.map((connection) => connection.ask(`/v5/persons/${personId}`)));
    for (const { status, body } of told) {
      expect(status).toBe(200);
      expect(fieldOf(body, "identity_key_value")).toBe("v0-0@fronts.example");
    }
  });
});

test("a token that is ended is nobody's at once, whichever front had known it", async () => {
  const made = await post(server.url, "/v4/tokens", { scopes: ["BACKEND"] });
  const { access_token: token } = (await made.json()) as { access_token: string };
  await withConnections(async (connections) => {
    const statuses = async (): Promise<number[]> =>
      (await Promise.all(connections.map((connection) => connection.ask("/v2/rewards?limit=1", { token })))).map(
        ({ status }) => status,
      );
    expect(new Set(await statuses())).toEqual(new Set([200]));
    const ended = await fetch(`${server.url}/v4/tokens/${token}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(ended.status).toBe(200);
    expect(new Set(await statuses())).toEqual(new Set([403]));
  });
});

test("a rate is one of all fronts together", async () => {
  const startedMs = performance.now();
  const answers = await withConnections((connections) =>
    Promise.all(
      connections.flatMap((connection) =>
        [0, 1, 2].map(() =>
          connection.ask("/v6/events", { body: { event_name: "visited", data: { email: "eager@fronts.example" } } }),
        ),
      ),
    ),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const taken = answers.filter(({ status }) => status === 200).length;
  expect(taken).toBeGreaterThanOrEqual(PER_SECOND);
  expect(taken).toBeLessThanOrEqual(PER_SECOND + Math.ceil(seconds * PER_SECOND));
  for (const { status, retryAfter } of answers) {
    if (status === 200) continue;
    expect(status).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  }
});

test("a change that fronts go by is in effect in all of them when it is answered", async () => {
  const event = { event_name: "visited", data: { email: "spam@blocked.example" } };
  await withConnections(async (connections) => {
    const statuses = async (): Promise<Set<number>> =>
      new Set(
        (await Promise.all(connections.map((each) => each.ask("/v6/async-events", { body: event })))).map(
          ({ status }) => status,
        ),
      );
    expect(await statuses()).toEqual(new Set([200]));
    for (let round = 0; round < 3; round++) {
      const block = { filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value: "blocked.example" };
      const made = await post(server.url, "/v2/blocks", block);
      const text = await made.text();
      expect(made.status, text).toBe(200);
      expect([...(await statuses())].every((status) => status >= 400 && status < 429)).toBe(true);
      const headers = { authorization: `Bearer ${TOKEN}` };
      const gone = await fetch(`${server.url}/v2/blocks/${fieldOf(text, "block_id")}`, { method: "DELETE", headers });
      expect(gone.status).toBeLessThan(300);
      expect(await statuses()).toEqual(new Set([200]));
    }
  });
});

test("Tango's catalogue is asked for once, whichever fronts want it", async () => {
  const answered = await withConnections((connections) =>
    Promise.all(connections.map((one) => one.ask("/v2/reward-suppliers/tango/catalog"))),
  );
  expect(new Set(answered.map(({ status, body }) => `${status} ${body.includes('"utid":"U-1"')}`))).toEqual(
    new Set(["200 true"]),
  );
  expect(tango.calls).toEqual(["GET /catalogs"]);
});

test("coupons come from Salesforce Commerce by refills, each from where the one before ended", async () => {
  const coupons = "/v2/reward-suppliers/salesforce-coupons";
  const supplier = { ...shopSupplier, balance_refill_amount: 100, initial_offset: 30 };
  const refill = async (id: unknown): Promise<Record<string, unknown>> => {
    const answer = await post(server.url, `${coupons}/${String(id)}/coupons`, {});
    return (await answer.json()) as Record<string, unknown>;
  };
  expect(await get(server.url, `${coupons}/list-available-coupon-pools`)).toMatchObject([
    { coupon_pool_id: POOL, coupon_count: 250, enabled: true, type: "MULTIPLE_CODES", settings_id: SITE },
    { coupon_pool_id: "made" },
  ]);
  const { id } = (await (await post(server.url, "/v6/reward-suppliers", supplier)).json()) as { id: string };
  for (const [offset, received] of [
    [30, 100],
    [130, 100],
    [230, 20],
    [250, 0],
  ]) {
    expect(await refill(id)).toMatchObject({
      operation_type: "COUPON_REFILL",
      status: "SUCCESS",
      offset,
      number_of_requested_coupons: 100,
      number_of_received_coupons: received,
    });
  }
  salesforce.mishaps = [{ status: 500, body: "{}" }];
  expect(await refill(id)).toMatchObject({ code: "salesforce_service_unavailable" });
  expect(await get(server.url, `${coupons}/${id}/stats`)).toMatchObject({ number_of_available_coupons: 220 });
  const other = { ...supplier, name: "Elsewhere", settings_id: "elsewhere", coupon_pool_id: "other" };
  const elsewhere = (await (await post(server.url, "/v6/reward-suppliers", other)).json()) as { id: string };
  expect(await refill(elsewhere.id)).toMatchObject({ code: "salesforce_settings_not_defined" });
});

test("/metrics tells of all, whichever front is asked", async () => {
  await quiet(server.url);
  const count = async (connection: Connection): Promise<number> => {
    const { body } = await connection.ask("/metrics");
    return Number(/^laurel_http_request_seconds_count\{route="\/v2\/rewards"\} (\d+)$/m.exec(body)?.[1]);
  };
  await withConnections(async (connections) => {
    const before = await count(connections[0] ?? new Connection(server.url));
    await Promise.all(connections.map((connection) => connection.ask("/v2/rewards?limit=1")));
    for (const connection of connections) expect(await count(connection)).toBe(before + CONNECTIONS);
  });
});

test("bulk requests to several fronts at once: nothing is lost, and nothing counts twice", async () => {
  const lines = isSoak ? 2_000 : 500;
  const bulkOf = (n: number): string =>
    Array.from({ length: lines }, (_, i) =>
      JSON.stringify({ event_name: "visited", data: { email: `b${i % 50}@fronts.example`, order_id: `${n}-${i}` } }),
    ).join("\n");
  const before = await accepted();
  const uploads = 8;
  const answers = await withConnections((connections) =>
    Promise.all(
      connections.slice(0, uploads).map((connection, n) => connection.ask("/v6/async-events", { body: bulkOf(n) })),
    ),
  );
  for (const { status, body } of answers) {
    expect(status, body).toBe(200);
    expect(fieldOf(body, "accepted")).toBe(String(lines));
  }
  expect((await accepted()) - before).toBe(uploads * lines);
});

async function accepted(): Promise<number> {
  await quiet(server.url);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^laurel_events_total\{result="accepted"\} (\d+)$/m.exec(text)?.[1]);
}

test("a repeated key of idempotency is answered by any front as it was by the first", async () => {
  const send = (): Promise<Response> =>
    fetch(`${server.url}/v6/events`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        "idempotency-key": "once-and-for-all",
        connection: "close",
      },
      body: JSON.stringify({ event_name: "visited", data: { email: "once@fronts.example" } }),
    });
  const first = await (await send()).text();
  for (let i = 0; i < CONNECTIONS; i++) expect(await (await send()).text()).toBe(first);
});

test.each([1, 2])("a port that is taken is an error, also for %i front(s) of another node", async (fronts) => {
  const second = await launchServer({ port: server.port, environment: { LAUREL_FRONTS: String(fronts) } });
  expect(await second.exited()).not.toBe(0);
  expect(second.output()).toContain(`cannot listen on 127.0.0.1:${server.port}`);
  expect(await get(server.url, "/v2/rewards?limit=1")).toEqual(expect.any(Array));
});
