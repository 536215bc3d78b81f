// Collection calls of analytics libraries: the two libraries themselves, pointed at a whole node, and what is refused.

import { gzipSync } from "node:zlib";
import { Analytics } from "@segment/analytics-node";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { expectEnvelope } from "./front_fixture.ts";
import { fresh, worldOfFile, OWN, read, type World } from "../contract/server/world.ts";

const sharedWorld = worldOfFile();

/** Of each library; its users share them. */
const EVENTS = isSoak ? 10_000 : 1_000;
const USERS = 100;

test(`${EVENTS} events of @segment/analytics-node arrive, each once`, { timeout: 120_000 }, async () => {
  const world = sharedWorld();
  const analytics = new Analytics({ writeKey: OWN.token, host: urlOf(world), flushAt: 100, maxRetries: 20 });
  const users = Array.from({ length: USERS }, () => fresh("user"));
  for (let i = 0; i < EVENTS; i++) analytics.track({ userId: at(users, i), event: "registered", properties: { i } });
  await analytics.closeAndFlush();
  await expectEach(world, users);
});

test(`${EVENTS} events of @rudderstack/rudder-sdk-node arrive, each once`, { timeout: 120_000 }, async () => {
  const world = sharedWorld();
  const analytics = new RudderAnalytics(OWN.token, { dataPlaneUrl: urlOf(world), flushAt: 100, logLevel: "error" });
  const users = Array.from({ length: USERS }, () => fresh("user"));
  for (let i = 0; i < EVENTS; i++) {
    analytics.track({ userId: at(users, i), event: "registered", properties: { i } });
    // It measures its whole queue with each event: a queue that grows would be what this test measures.
    if (i % 100 === 99) await analytics.flush();
  }
  await expectEach(world, users);
});

test("a batch that is sent again, as a library does that heard no answer, is applied once", async () => {
  const world = sharedWorld();
  const user = fresh("user");
  const batch = [0, 1, 2].map((i) => ({
    type: "track",
    event: "registered",
    userId: user,
    messageId: fresh("m"),
    properties: { i },
  }));
  for (let i = 0; i < 3; i++)
    expect((await send(world, "batch", { batch, sentAt: new Date() })).body).toEqual({ success: true });
  await expectSteps(world, user, 3);
});

test("an e-mail in traits is the person's identity, the user id finds the person later", async () => {
  const world = sharedWorld();
  const [user, email] = [fresh("user"), `${fresh("ann")}@example.com`];
  const byUser = `person_keys=partner_user_id:${user}`;
  const idBy = async (query: string): Promise<string | null> => (await personOf(world, query))?.id ?? null;
  await send(world, "identify", { userId: user, traits: { email, plan: "gold" } });
  // Answered when it is durable: a user id that is not known yet would be somebody new.
  await expect.poll(() => idBy(byUser)).not.toBeNull();
  const known = await idBy(byUser);
  await send(world, "track", { userId: user, event: "registered", context: { ip: "203.0.113.7" } });
  await expectSteps(world, user, 1);
  expect(await idBy(byUser)).toBe(known);
  expect(await idBy(`identity_key_value=${email}`)).toBe(known);
});

test("an e-mail that is a group's, or somebody's whom an event is about, is not the user's", async () => {
  const world = sharedWorld();
  const emails = [`${fresh("own")}@example.com`, `${fresh("own")}@example.com`] as const;
  const company = `${fresh("info")}@example.com`;
  for (const email of emails) {
    const user = { userId: fresh("user"), context: { traits: { email } } };
    await send(world, "group", { ...user, groupId: "acme", traits: { name: "Acme", Email: company } });
    await send(world, "group", { userId: user.userId, groupId: "acme", traits: { name: "Acme", email: company } });
    await send(world, "track", { ...user, event: "registered", properties: { email: "friend@example.com" } });
    await expect.poll(() => personOf(world, `identity_key_value=${email}`)).toBeDefined();
    await expectSteps(world, user.userId, 1);
  }
  const ids = await Promise.all(emails.map((email) => personOf(world, `identity_key_value=${email}`)));
  expect(new Set(ids.map((person) => person?.id)).size).toBe(2);
  for (const email of [company, "friend@example.com"])
    expect(await personOf(world, `identity_key_value=${email}`)).toBeUndefined();
});

test("a bad message is refused by its place and the others stand; who is nobody's user is a device", async () => {
  const world = sharedWorld();
  const [user, device] = [fresh("user"), fresh("device")];
  const good = { type: "track", event: "registered" };
  const batch = [
    { ...good, userId: user },
    { ...good, type: "alias", userId: user },
    { ...good },
    { type: "track", userId: user },
    { ...good, userId: user, messageId: "x".repeat(101) },
    null,
    "no message",
    { ...good, anonymousId: device },
  ];
  const { body } = await send(world, "batch", { batch });
  expect(body).toMatchObject({
    success: true,
    rejected: [
      { at: 1, code: "invalid_parameter", parameters: { name: "type" } },
      { at: 2, code: "invalid_parameter", parameters: { name: "userId" } },
      { at: 3, code: "missing_event_name" },
      { at: 4, code: "invalid_parameter", parameters: { name: "messageId" } },
      { at: 5, code: "invalid_parameter", parameters: { name: "type" } },
      { at: 6, code: "invalid_parameter", parameters: { name: "type" } },
    ],
  });
  await expectSteps(world, user, 1);
  await expectSteps(world, `anonymous:${device}`, 1);
});

test("a message that nobody could keep refuses none of those that came in the same batch", async () => {
  const world = sharedWorld();
  const user = fresh("user");
  const message = (property: string): string =>
    `{"type":"track","event":"registered","userId":"${user}","properties":{${property}}}`;
  const messages = ['"a":1', '"id":12345678901234567000', String.raw`"title":"\ud83d"`, '"__proto__":{}', '"b":2'].map(
    message,
  );
  const body = `{"batch":[${messages.join()}]}`;
  const headers = { authorization: `Bearer ${OWN.token}`, "content-type": "application/json" };
  const reply = await fetch(`${urlOf(world)}/v1/batch`, { method: "POST", body, headers });
  expect(await reply.json()).toMatchObject({
    success: true,
    rejected: [
      { at: 1, code: "invalid_parameter" },
      { at: 2, code: "invalid_json" },
      { at: 3, code: "invalid_parameter", parameters: { name: "__proto__" } },
    ],
  });
  await expectSteps(world, user, 2);
  for (const wrong of [`{"batch":[],"id":12345678901234567000}`, `{"batch":[{"a":1,"a":2}]}`]) {
    expect((await fetch(`${urlOf(world)}/v1/batch`, { method: "POST", body: wrong, headers })).status).toBe(400);
  }
});

test("a device whose clock is ahead loses no event", async () => {
  const world = sharedWorld();
  const user = fresh("user");
  const ahead = (ms: number): string => new Date(Date.now() + 3_600_000 + ms).toISOString();
  const message = { type: "track", event: "registered", userId: user, timestamp: ahead(-60_000) };
  expect((await send(world, "batch", { batch: [message], sentAt: ahead(0) })).body).toEqual({ success: true });
  await expectSteps(world, user, 1);
  expect((await send(world, "track", { ...message, sentAt: new Date() })).body).toMatchObject({
    rejected: [{ code: "invalid_event_time_format" }],
  });
});

test("what is no batch, no gzip, too large unzipped, or has no key is refused", async () => {
  const world = sharedWorld();
  expectEnvelope(await send(world, "batch", { batch: "x" }), "validation_error");
  expectEnvelope(await send(world, "batch", { batch: Array(1_001).fill({}) }), "invalid_parameter");
  const zipped = { "content-encoding": "gzip" };
  expectEnvelope(
    await world.ask("/v1/batch", { method: "POST", token: OWN.token, body: "{}", headers: zipped }),
    "bad_request",
  );
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));
  const headers = { authorization: `Bearer ${OWN.token}`, "content-type": "application/json", ...zipped };
  const large = await fetch(`${urlOf(world)}/v1/batch`, { method: "POST", body: bomb, headers });
  expect(large.status).toBe(413);
  const nobody = await fetch(`${urlOf(world)}/v1/track`, {
    method: "POST",
    body: "{}",
    headers: { authorization: "Basic Ong=" },
  });
  expect(nobody.status).toBe(403);
});

function urlOf({ port }: World): string {
  return `http://127.0.0.1:${port}`;
}

function send(world: World, call: string, body: object) {
  return world.ask(`/v1/${call}`, { method: "POST", token: OWN.token, body: JSON.stringify(body) });
}

function at(users: readonly string[], i: number): string {
  return users[i % users.length] ?? "";
}

async function expectEach(world: World, users: readonly string[]): Promise<void> {
  for (const user of users) await expectSteps(world, user, EVENTS / USERS);
}

/** Collection answers when events are durable; they are applied a moment later. */
async function expectSteps(world: World, user: string, count: number): Promise<void> {
  const stepsOf = async (): Promise<number> => {
    const person = await personOf(world, `person_keys=partner_user_id:${encodeURIComponent(user)}`);
    if (person === undefined) return 0;
    return ((await read(world, OWN, `/v5/persons/${person.id}/steps?limit=1000`)) as object[]).length;
  };
  await expect.poll(stepsOf, { timeout: 30_000 }).toBe(count);
}

async function personOf(world: World, query: string): Promise<{ readonly id: string } | undefined> {
  const [person] = (await read(world, OWN, `/v5/persons?${query}`)) as { readonly id: string }[];
  return person;
}
