// Webhooks over HTTP: made, changed, filtered, archived; where they may not lead; what was delivered, and doing it again.

import { expect, test } from "vitest";
import { nextIdText, newIdCounter } from "../../src/base/ids.ts";
import type { Job } from "../../src/model/job.ts";
import { anyText, CLIENT, expectEnvelope, openFront, type TestFront } from "./front_fixture.ts";
import { send } from "./operator.ts";

type Body = Record<string, unknown>;
const path = "/v6/webhooks";
const shop = { name: "shop", url: "https://shop.example.com/hook" };

async function makes(front: TestFront, body: object, at = path): Promise<Body> {
  const reply = await send(front, "POST", at, body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body as Body;
}

test("a webhook is made, reaches the program, is changed in part and archived", async () => {
  const front = await openFront();
  const made = await makes(front, { ...shop, retry_intervals: [30, "PT5M"], tags: ["orders"] });
  expect(made).toEqual({
    id: anyText,
    ...shop,
    type: "GENERIC",
    enabled: true,
    default_method: "POST",
    client_key_id: null,
    request: null,
    response_handler: null,
    retry_intervals: ["PT30S", "PT5M"],
    tags: ["orders"],
    description: null,
    component_ids: [],
    component_references: [],
    created_at: anyText,
    updated_at: anyText,
  });
  const own = `${path}/${String(made["id"])}`;
  expect(front.configuration.program(CLIENT)?.webhooks).toMatchObject([{ ...shop, retry_intervals: [30, "PT5M"] }]);
  const changed = await send(front, "PUT", own, { enabled: "javascript@buildtime:1 > 2", description: "d" });
  expect(changed.body).toMatchObject({ enabled: "javascript@buildtime:1 > 2", description: "d", ...shop });
  expect((await send(front, "GET", `${own}/built`)).body).toMatchObject({ enabled: false });
  expect((await send(front, "GET", `${path}?enabled=true`)).body).toEqual([]);
  expect((await send(front, "GET", `${path}/built?type=GENERIC&name=shop`)).body).toHaveLength(1);
  expect((await send(front, "DELETE", own)).status).toBe(200);
  expect(front.configuration.program(CLIENT)?.webhooks).toBeUndefined();
  expect((await send(front, "GET", path)).body).toEqual([]);
});

test("what is missing or wrong has its code, and nothing is changed", async () => {
  const front = await openFront();
  await makes(front, shop);
  for (const [given, code] of [
    [{ name: null }, "webhook_missing_name"],
    [{ url: "" }, "webhook_missing_url"],
    [{}, "webhook_name_duplicate"],
    [{ name: "n".repeat(256) }, "webhook_invalid_name"],
    [{ name: "b", description: "d".repeat(1025) }, "webhook_invalid_description"],
    [{ name: "b", tags: [" "] }, "webhook_invalid_tag"],
    [{ name: "b", url: "shop.example.com" }, "webhook_malformed_url"],
    [{ name: "b", url: "ftp://shop.example.com" }, "webhook_malformed_url"],
    [{ name: "b", url: "https://shop example.com/" }, "webhook_malformed_url"],
    [{ name: "b", url: "https://shop.example.com/a\r\nb" }, "webhook_malformed_url"],
    [{ name: "b", url: "https://shop.example.com:99999/" }, "webhook_malformed_url"],
    [{ name: "b", url: "javascript@buildtime:'https://[shop/'" }, "webhook_malformed_url"],
    [{ name: "b", url: "http://127.0.0.1/hook" }, "webhook_local_or_internal_url"],
    [{ name: "b", url: "javascript@buildtime:'http://169.254.169.254/'" }, "webhook_local_or_internal_url"],
    [{ name: "b", type: "OTHER" }, "unknown_webhook_type"],
    [{ name: "b", default_method: "PATCH" }, "webhook_invalid_default_method"],
    [{ name: "b", client_key_id: "7" }, "webhook_client_key_not_found"],
    [{ name: "b", request: "javascript@runtime:context.getPerson()" }, "webhook_build_failed"],
    [{ name: "b", retry_intervals: ["soon"] }, "webhook_build_failed"],
  ] as const) {
    expectEnvelope(await send(front, "POST", path, { ...shop, ...given }), code);
  }
  expect((await send(front, "GET", path)).body).toHaveLength(1);
  expectEnvelope(await send(front, "GET", `${path}/7`), "webhook_not_found");
});

test("filters of a webhook for rewards are added, replaced and removed; other webhooks have none", async () => {
  const front = await openFront();
  const { id } = await makes(front, { ...shop, type: "REWARD" });
  const filters = `/v4/webhooks/reward/${String(id)}/filters`;
  const state = await makes(front, { states: ["EARNED"] }, `${filters}/state`);
  expect(state).toEqual({ id: anyText, type: "STATE", states: ["EARNED"], created_at: anyText, updated_at: anyText });
  await makes(front, { tags: ["spring"] }, `${filters}/tags`);
  await makes(
    front,
    { expression: "javascript@runtime:context.getReward().getName() === 'x'" },
    `${filters}/expression`,
  );
  expectEnvelope(
    await send(front, "POST", `${filters}/supplier`, { reward_supplier_id: "9" }),
    "reward_supplier_webhook_filter_not_found",
  );
  expectEnvelope(
    await send(front, "POST", `${filters}/expression`, { expression: "javascript@runtime:context.x(" }),
    "webhook_build_failed",
  );
  expect((await send(front, "PUT", `${filters}/state/${String(state["id"])}`, { states: ["SENT"] })).status).toBe(200);
  const kept = front.configuration.program(CLIENT)?.webhooks?.[0]?.filters;
  expect(kept?.map(({ type }) => type)).toEqual(["TAGS", "EXPRESSION", "STATE"]);
  expect((await send(front, "DELETE", `${filters}/${String(state["id"])}`)).status).toBe(200);
  expect((await send(front, "GET", filters)).body).toHaveLength(2);
  const other = await makes(front, { ...shop, name: "other" });
  expectEnvelope(
    await send(front, "POST", `/v4/webhooks/reward/${String(other["id"])}/filters/state`, { states: ["SENT"] }),
    "unknown_webhook_type",
  );
});

test("deliveries and dead letters are listed newest first, and begun anew", async () => {
  const front = await openFront();
  const { id } = await makes(front, shop);
  const ids = newIdCounter(1);
  const at = Date.UTC(2026, 4, 1);
  const ended = (status: Job["status"], endedMs: number): Job => {
    const jobId = nextIdText(ids, endedMs);
    return {
      id: jobId,
      client: CLIENT,
      personId: "7000000000000000001",
      order: { kind: "WEBHOOK", webhookId: String(id) },
      subscriber: `webhook/${String(id)}`,
      idempotencyKey: jobId,
      rewardId: null,
      request: { method: "POST", url: shop.url, headers: {}, body: "{}", keyId: null, readsAnswer: false },
      data: {},
      campaignId: null,
      campaignVersion: 0,
      actionId: null,
      causeEventId: "1",
      rootEventId: "1",
      container: "production",
      sandbox: "production-production",
      depth: 0,
      createdMs: 1,
      status,
      attempts: 1,
      attemptsBefore: 0,
      dueMs: null,
      place: "x",
      tries: [],
      endedMs,
    };
  };
  front.runtime.jobs.push(ended("DONE", at), ended("DEAD", at + 1_000), ended("DONE", at + 2_000));
  const own = `${path}/${String(id)}`;
  const all = (await send(front, "GET", `${own}/deliveries`)).body as Body[];
  expect(all.map(({ status }) => status)).toEqual(["DONE", "DEAD", "DONE"]);
  expect((await send(front, "GET", `${own}/deliveries?status=DONE&limit=1`)).body).toHaveLength(1);
  // Of thousands, those of one millisecond in one order, and no more read than the page shows.
  const before = front.runtime.jobs.splice(0);
  const partitions = Array.from({ length: front.runtime.partitions }, (_, partition) => newIdCounter(partition));
  for (let n = 0; n < 6_000; n++) {
    const endedMs = at + Math.floor(n / 7);
    const jobId = nextIdText(partitions[n % partitions.length] ?? ids, endedMs);
    front.runtime.jobs.push({ ...ended(n % 3 === 0 ? "DEAD" : "DONE", endedMs), id: jobId });
  }
  const newest = front.runtime.jobs
    .toSorted((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0) || (a.id < b.id ? 1 : -1))
    .map((job) => job.id);
  for (const offset of [0, 3, 1_500, 5_998]) {
    front.runtime.queries.length = 0;
    const page = (await send(front, "GET", `${own}/deliveries?limit=5&offset=${offset}`)).body as Body[];
    expect(page.map(({ delivery_id }) => String(delivery_id).split("-")[1])).toEqual(newest.slice(offset, offset + 5));
    const read = front.runtime.queries.flatMap((query) => (query.kind === "jobs_by_key" ? query.jobKeys : []));
    expect(read).toHaveLength(page.length);
  }
  front.runtime.jobs.splice(0, Number.POSITIVE_INFINITY, ...before);
  const [dead] = (await send(front, "GET", `${own}/dead-letters`)).body as Body[];
  expect(dead).toMatchObject({ status: "DEAD", request: { url: shop.url } });
  expect((await send(front, "POST", `${own}/dead-letters/redrive`)).body).toEqual({
    redriven: front.runtime.partitions,
  });
  expect((await send(front, "POST", `${own}/deliveries/${String(dead?.["delivery_id"])}/redeliver`)).body).toEqual({
    redriven: 1,
  });
  expect(front.runtime.commands.at(-1)).toMatchObject({
    kind: "redrive_jobs",
    partition: 1,
    jobKey: `7000000000000000001/${String(dead?.["id"])}`,
  });
  expectEnvelope(await send(front, "POST", `${own}/deliveries/nonsense/redeliver`), "delivery_not_found");
});

test("what was delivered for a webhook that there is none of is not found", async () => {
  const front = await openFront();
  for (const below of ["deliveries", "dead-letters"])
    expectEnvelope(await send(front, "GET", `${path}/1/${below}`), "webhook_not_found");
  for (const below of ["dead-letters/redrive", "deliveries/1-2/redeliver"])
    expectEnvelope(await send(front, "POST", `${path}/1/${below}`), "webhook_not_found");
});

test("an address may have names to be filled in, also in its host", async () => {
  const front = await openFront();
  const url = "https://{shop}.example.com/{order_id}?a={b}";
  expect(await makes(front, { ...shop, url })).toMatchObject({ url });
});

test("a key that signs stays, whatever names it, and a webhook does not come back without it", async () => {
  const front = await openFront();
  const keys = "/v2/settings/security/keys";
  const key = { name: "signing", type: "WEBHOOK", algorithm: "HS256", key: "k".repeat(40) };
  const keyId = String((await makes(front, key, keys))["id"]);
  const { id } = await makes(front, { ...shop, client_key_id: `javascript@buildtime:'${keyId}'` });
  const own = `${path}/${String(id)}`;
  expectEnvelope(await send(front, "DELETE", `${keys}/${keyId}`), "client_key_associated_with_entity");
  expect((await send(front, "DELETE", own)).status).toBe(200);
  expect((await send(front, "DELETE", `${keys}/${keyId}`)).status).toBe(200);
  expectEnvelope(await send(front, "POST", `${own}/unarchive`), "webhook_client_key_not_found");
  expect((await send(front, "POST", `${keys}/${keyId}/unarchive`)).status).toBe(200);
  expect((await send(front, "POST", `${own}/unarchive`)).status).toBe(200);
});
