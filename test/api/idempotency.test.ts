// `Idempotency-Key`: on a whole node, what is sent again with its key is done once and answered the same.

import { expect, test } from "vitest";
import { OutcomeUnknown, type RuntimeCommand, Unavailable } from "../../src/runtime/client.ts";
import { ask, eventBody, expectEnvelope, openFront } from "./front_fixture.ts";
import { aFriend, FOREIGN, fresh, worldOfFile, OWN, read, type World } from "../contract/server/world.ts";

const sharedWorld = worldOfFile();

function post(world: World, path: string, key: string, body: string, token: string = OWN.token) {
  return world.ask(path, { method: "POST", token, body, headers: { "idempotency-key": key } });
}

function fail(): never {
  throw new Error("nothing was done");
}

const registered = (email: string): string => JSON.stringify({ event_name: "registered", data: { email } });

test("the same event with the same key is one event; without, or with another key, it is another", async () => {
  const world = sharedWorld();
  const email = `${fresh("ann")}@example.com`;
  const key = fresh("key");
  const first = await post(world, "/v6/events", key, registered(email));
  const second = await post(world, "/v6/events", key, registered(email));
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.text).toBe(first.text);
  expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
  const other = await post(world, "/v6/events", fresh("key"), registered(email));
  expect(other.text).not.toBe(first.text);
  const { person_id: id } = first.body as { person_id: string };
  expect(await read(world, OWN, `/v5/persons/${id}/steps`)).toHaveLength(2);
});

test("another body, path or query under a key is refused; another client's key is its own", async () => {
  const world = sharedWorld();
  const email = `${fresh("ann")}@example.com`;
  const key = fresh("key");
  expect((await post(world, "/v6/events", key, registered(email))).status).toBe(200);
  expectEnvelope(await post(world, "/v6/events", key, registered(`x${email}`)), "idempotency_key_reused");
  expectEnvelope(await post(world, "/v6/async-events", key, registered(email)), "idempotency_key_reused");
  expectEnvelope(await post(world, "/v6/events?a=b", key, registered(email)), "idempotency_key_reused");
  expect((await post(world, "/v6/events", key, registered(email), FOREIGN.token)).status).toBe(200);
});

test("what cannot be done twice is answered as the first time, refusals included", async () => {
  const world = sharedWorld();
  const { rewardId } = await aFriend(world);
  const path = `/v2/rewards/${rewardId}/cancel`;
  const key = fresh("key");
  const first = await post(world, path, key, "{}");
  expect(first.status, first.text).toBe(200);
  expect((await post(world, path, key, "{}")).text).toBe(first.text);
  const late = fresh("key");
  const refused = await post(world, path, late, "{}");
  expectEnvelope(refused, "reward_illegal_state_transition");
  expect((await post(world, path, late, "{}")).text).toBe(refused.text);
  expect(await read(world, OWN, `/v2/rewards/${rewardId}/cancels`)).toHaveLength(1);
});

test("many at the same time are done once", async () => {
  const world = sharedWorld();
  const email = `${fresh("ann")}@example.com`;
  const key = fresh("key");
  const replies = await Promise.all(Array.from({ length: 8 }, () => post(world, "/v6/events", key, registered(email))));
  const done = replies.filter(({ status }) => status === 200);
  expect(done.length).toBeGreaterThan(0);
  expect(new Set(done.map(({ text }) => text)).size).toBe(1);
  for (const reply of replies) if (reply.status !== 200) expectEnvelope(reply, "idempotency_key_in_use");
  const { person_id: id } = (done[0] ?? fail()).body as { person_id: string };
  expect(await read(world, OWN, `/v5/persons/${id}/steps`)).toHaveLength(1);
});

test("a key that is none is refused", async () => {
  const world = sharedWorld();
  for (const key of ["x".repeat(256), "a b"]) {
    expectEnvelope(await post(world, "/v6/events", key, registered("a@example.com")), "invalid_parameter");
  }
});

test("a request whose key was not claimed in time is not done, and is not called stored", async () => {
  const { port, runtime } = await openFront();
  runtime.command = () => Promise.reject(new OutcomeUnknown("7000000000000000009"));
  for (const path of ["/v6/events", "/v6/async-events"]) {
    const reply = await ask(port, path, { body: eventBody(), headers: { "idempotency-key": "k1" } });
    expectEnvelope(reply, "idempotency_key_in_use");
  }
  expect(runtime.events).toHaveLength(0);
});

test("a key is given back as soon as the log takes it, where nothing was done while that was away", {
  timeout: 30_000,
}, async () => {
  const { port, runtime } = await openFront();
  const told: RuntimeCommand[] = [];
  let isAway = false;
  runtime.command = (command) => {
    if (isAway) return Promise.reject(new Unavailable("log_unavailable", 1));
    told.push(command);
    return Promise.resolve({ eventId: "1", personId: null, errorCode: null, value: { kind: "new" } });
  };
  runtime.acceptAndApply = () => {
    isAway = true;
    return Promise.reject(new Unavailable("log_unavailable", 1));
  };
  const sent = (): ReturnType<typeof ask> =>
    ask(port, "/v6/events", { body: eventBody(), headers: { "idempotency-key": "k1" } });
  // Refused behind the claim, then in the middle of it.
  expectEnvelope(await sent(), "service_unavailable");
  expectEnvelope(await sent(), "service_unavailable");
  isAway = false;
  const given = (): RuntimeCommand[] => told.filter(({ kind }) => kind === "answer_request");
  await expect.poll(() => given().length, { timeout: 20_000 }).toBe(2);
  const [claim] = told;
  if (claim?.kind !== "claim_request") throw new Error("the key was claimed first");
  const { client, key, mark } = claim;
  expect(given()[0]).toEqual({ kind: "answer_request", client, key, mark, answer: null });
  expect(given()[1]).not.toMatchObject({ mark });
});
