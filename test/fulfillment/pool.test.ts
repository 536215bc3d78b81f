// The pool's threads, as built, against receivers of every mood at once: each job gets the result that is its own, and nothing is left behind.

import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { clientGrant } from "../../src/fulfillment/oauth.ts";
import { type FindCredential, Pool } from "../../src/fulfillment/pool.ts";
import { defaultFulfillmentSettings } from "../../src/fulfillment/settings.ts";
import type { AttemptResult, Job } from "../../src/model/job.ts";
import { webhookJob } from "../support/jobs.ts";
import { type Answer, answers, startReceiver } from "../support/receiver.ts";

const threadEntry = new URL(`file://${join(import.meta.dirname, "../../dist/src/fulfillment/thread.js")}`);

function poolWith(findCredential: FindCredential = async () => ({ missing: "there is no key" })): Pool {
  const settings = { ...defaultFulfillmentSettings, timeoutMs: 1_500, allowedNetworks: ["127.0.0.1"] };
  const pool = new Pool({ settings, findCredential, optOutUrl: () => null, shareLinksOf: () => null, threadEntry });
  onTestFinished(() => pool.stop());
  return pool;
}

function jobTo(url: string, n: number, keyId: string | null = null): Job {
  return webhookJob(url, { n, keyId, client: "acme" });
}

/** By the last part of the path. */
const moods: { readonly [mood: string]: Answer } = {
  well: answers(200),
  fails: answers(500, "x".repeat(100_000)),
  moved: answers(302, "", { location: "http://127.0.0.1:1/" }),
  hangs: () => undefined,
  resets: (_call, response) => void response.socket?.resetAndDestroy(),
  garbage: (_call, response) => void response.socket?.end("\u0000\u0001 no HTTP \r\n\r\n"),
  endless: (_call, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(65_536)), 1);
    response.on("close", () => clearInterval(timer));
  },
};

const expected: { readonly [mood: string]: Partial<AttemptResult> } = {
  well: { kind: "answered", status: 200, body: null },
  fails: { kind: "answered", status: 500, body: "x".repeat(512) },
  moved: { kind: "answered", status: 302 },
  hangs: { kind: "unknown" },
  resets: { kind: "unknown" },
  garbage: { kind: "unknown" },
  endless: { kind: "answered", status: 200 },
};

test("every receiver's mood is its own jobs' alone, round after round, without growth", async () => {
  const receiver = await startReceiver((call, response) => moods[call.path.slice(1)]?.(call, response));
  onTestFinished(() => receiver.stop());
  const pool = poolWith();
  const names = Object.keys(moods);
  const round = async (): Promise<void> => {
    await Promise.all(
      names.map(async (mood) => {
        const jobs = Array.from({ length: 8 }, (_, n) => jobTo(`${receiver.url}/${mood}`, n));
        for (const { result } of await pool.call(jobs)) expect(result, mood).toMatchObject(expected[mood] ?? {});
      }),
    );
  };
  await round();
  const before = process.memoryUsage();
  for (let n = 0; n < 4; n++) await round();
  const after = process.memoryUsage();
  // Five rounds of 48 endless answers would be far more, had they been kept.
  expect(after.rss - before.rss).toBeLessThan(200 * 1024 * 1024);
}, 60_000);

test("who hangs takes no connection from another receiver of the same host", async () => {
  const receiver = await startReceiver((call, response) => moods[call.path.slice(1)]?.(call, response));
  onTestFinished(() => receiver.stop());
  const pool = poolWith();
  const { perSubscriberMax } = defaultFulfillmentSettings;
  const hanging = pool.call(Array.from({ length: perSubscriberMax }, (_, n) => jobTo(`${receiver.url}/hangs`, n)));
  while (receiver.received.length < perSubscriberMax) await pause(5);
  const [well] = await pool.call([jobTo(`${receiver.url}/well`, perSubscriberMax)]);
  expect(well?.result).toMatchObject(expected["well"] ?? {});
  for (const { result } of await hanging) expect(result).toMatchObject(expected["hangs"] ?? {});
});

test("what cannot be signed is not sent, and what is beside it is", async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  const pool = poolWith(async (_client, keyId) =>
    keyId === "k" ? { kind: "bearer", token: "t" } : { missing: "no key" },
  );
  const results = await pool.call([
    jobTo(receiver.url, 1),
    jobTo(receiver.url, 2, "gone"),
    jobTo(receiver.url, 3, "k"),
  ]);
  expect(results.map(({ result }) => result.kind)).toEqual(["answered", "not_sent", "answered"]);
  expect(results[1]?.result).toMatchObject({ reason: "no key", isFinal: false });
  expect(receiver.received.map(({ body, headers }) => `${body} ${headers.authorization ?? ""}`).toSorted()).toEqual([
    "1 ",
    "3 Bearer t",
  ]);
});

test("a call by an OAUTH key bears a token that was asked for once; one that is refused is not borne again", async () => {
  let made = 0;
  let refused = "";
  const receiver = await startReceiver(({ path, headers }, response) => {
    const isToken = path === "/token";
    const status = !isToken && headers.authorization === refused ? 401 : 200;
    response.writeHead(status).end(isToken ? `{"access_token":"T-${++made}","expires_in":3600}` : "");
  });
  onTestFinished(() => receiver.stop());
  const pool = poolWith(async () => clientGrant(`${receiver.url}/token`, "c", "s"));
  const call = async (): Promise<unknown[]> => {
    const attempted = await pool.call([1, 2].map((n) => jobTo(`${receiver.url}/hook`, n, "k")));
    return attempted.map(({ result }) => (result.kind === "answered" ? result.status : result.kind));
  };
  expect(await call()).toEqual([200, 200]);
  expect(await call()).toEqual([200, 200]);
  refused = "Bearer T-1";
  expect(await call()).toEqual([401, 401]);
  expect(await call()).toEqual([200, 200]);
  expect(made).toBe(2);
  const [asked] = receiver.received.filter(({ path }) => path === "/token");
  expect(asked).toMatchObject({ body: "grant_type=client_credentials", headers: { authorization: "Basic Yzpz" } });
});
