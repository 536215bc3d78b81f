// Calls that wait while their webhook is changed over HTTP: who signs them, and whether they are made at all.

import { expect, test } from "vitest";
import type { Carrier } from "../../src/fulfillment/dispatcher.ts";
import { withLiveWebhooks } from "../../src/fulfillment/live_webhooks.ts";
import { liveWebhook } from "../../src/management/mod.ts";
import type { AttemptResult, Job, OutgoingRequest } from "../../src/model/job.ts";
import { ADMIN_TOKEN, ask, CLIENT, openFront } from "../api/front_fixture.ts";
import { aJob, webhookJob } from "../support/jobs.ts";

const taken: AttemptResult = { kind: "answered", status: 200, body: null, retryAfterMs: null };
const url = "https://shop.example.com/hook";

interface WaitingCall {
  readonly webhookId: string;
  readonly keyId: string | null;
  readonly to?: string;
  readonly headers?: OutgoingRequest["headers"];
}

interface Waiting {
  /** Answers with the document. */
  readonly change: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;
  readonly makeKey: (name: string) => Promise<string>;
  /** What comes of a call of the webhook, and by which key it was made. */
  readonly attempt: (call: WaitingCall) => Promise<[AttemptResult, string | null]>;
  /** Where the last call went. */
  readonly wentTo: () => string | undefined;
}

async function waiting(): Promise<Waiting> {
  const front = await openFront();
  const change: Waiting["change"] = async (method, path, body) => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await ask(front.port, path, { method, token: ADMIN_TOKEN, ...text });
    expect(reply.status, reply.text).toBe(200);
    return reply.body as Record<string, unknown>;
  };
  let last: string | undefined;
  return {
    change,
    wentTo: () => last,
    makeKey: async (name) => {
      const key = { name, type: "WEBHOOK", algorithm: "PASSWORD", key: `secret ${name}` };
      return String((await change("POST", "/v2/settings/security/keys", key))["id"]);
    },
    attempt: async ({ webhookId, keyId, to = url, headers = {} }) => {
      const made: Job[] = [];
      const call: Carrier = async (jobs) => {
        made.push(...jobs);
        return jobs.map(() => ({ result: taken, tookMs: 1 }));
      };
      const findWebhook = async (client: string, id: string): Promise<ReturnType<typeof liveWebhook>> =>
        liveWebhook(await front.configuration.read(client), id);
      const request = { method: "POST", url: to, headers, body: "{}", keyId, readsAnswer: false } as const;
      const order = { kind: "WEBHOOK", webhookId } as const;
      const job = aJob({ id: "1", client: CLIENT, order, subscriber: `webhook/${webhookId}`, request });
      const [attempted] = await withLiveWebhooks(call, findWebhook)([job]);
      last = made[0]?.request?.url;
      return [attempted?.result ?? taken, made[0]?.request?.keyId ?? null];
    },
  };
}

test("a call is signed by the key that its webhook has now, and by none when that has none", async () => {
  const { change, makeKey, attempt } = await waiting();
  const [before, after] = [await makeKey("before"), await makeKey("after")];
  const own = await change("POST", "/v6/webhooks", { name: "shop", url, client_key_id: before });
  const call = { webhookId: String(own["id"]), keyId: before };
  expect(await attempt(call)).toEqual([taken, before]);
  await change("PUT", `/v6/webhooks/${call.webhookId}`, { client_key_id: `javascript@buildtime:'${after}'` });
  await change("DELETE", `/v2/settings/security/keys/${before}`);
  expect(await attempt(call)).toEqual([taken, after]);
  await change("PUT", `/v6/webhooks/${call.webhookId}`, { client_key_id: null });
  expect(await attempt(call)).toEqual([taken, null]);
});

test("what waits goes where its webhook leads now, and what a request has shaped where that said", async () => {
  const { change, makeKey, attempt, wentTo } = await waiting();
  const [before, after] = [await makeKey("before"), await makeKey("after")];
  const own = await change("POST", "/v6/webhooks", { name: "shop", url, client_key_id: before });
  const call = { webhookId: String(own["id"]), keyId: before };
  const moved = { url: "https://new.example.com/hook", client_key_id: after };
  await change("PUT", `/v6/webhooks/${call.webhookId}`, moved);
  expect(await attempt({ ...call, headers: { "content-type": "application/json" } })).toEqual([taken, after]);
  expect(wentTo()).toBe(moved.url);
  // Of a request that has been taken from the webhook since.
  expect(await attempt({ ...call, headers: { authorization: "Bearer shop" } })).toEqual([taken, before]);
  expect(wentTo()).toBe(url);
  await change("PUT", `/v6/webhooks/${call.webhookId}`, { request: "javascript@runtime:context.getData()" });
  expect(await attempt(call)).toEqual([taken, before]);
  expect(wentTo()).toBe(url);
  const other = "https://new.example.com/other?path";
  expect(await attempt({ ...call, to: other })).toEqual([taken, after]);
  expect(wentTo()).toBe(other);
});

test("a webhook that is disabled or archived calls nobody, until it is enabled again", async () => {
  const { change, attempt } = await waiting();
  const { id } = await change("POST", "/v6/webhooks", { name: "shop", url });
  const call = { webhookId: String(id), keyId: null };
  const held = { kind: "not_sent", reason: "the webhook is disabled or archived", isFinal: true };
  for (const enabled of [false, "javascript@buildtime:1 > 2"]) {
    await change("PUT", `/v6/webhooks/${call.webhookId}`, { enabled });
    expect(await attempt(call)).toEqual([held, null]);
  }
  await change("PUT", `/v6/webhooks/${call.webhookId}`, { enabled: true });
  expect(await attempt(call)).toEqual([taken, null]);
  await change("DELETE", `/v6/webhooks/${call.webhookId}`);
  expect(await attempt(call)).toEqual([held, null]);
});

test("where nobody can say what the webhook is, the call is made as it was ordered", async () => {
  const made: Job[] = [];
  const call: Carrier = (jobs) => {
    made.push(...jobs);
    return Promise.resolve(jobs.map(() => ({ result: taken, tookMs: 1 })));
  };
  const job = webhookJob(url, { n: 1, keyId: "K", client: CLIENT });
  const [attempted] = await withLiveWebhooks(call, () => Promise.reject(new Error("the partition moves")))([job]);
  expect(attempted?.result).toEqual(taken);
  expect(made).toEqual([job]);
});

test("of many calls of a webhook one asks", async () => {
  const asked: string[] = [];
  const call: Carrier = (jobs) => Promise.resolve(jobs.map(() => ({ result: taken, tookMs: 1 })));
  const carrier = withLiveWebhooks(call, (_client, id) => {
    asked.push(id);
    return Promise.resolve({ url, isPlain: true, keyId: null });
  });
  const jobs = Array.from({ length: 10 }, (_, n) => webhookJob(url, { n, keyId: null, client: CLIENT }));
  expect(await carrier(jobs)).toHaveLength(10);
  expect(asked).toEqual(["W"]);
});
