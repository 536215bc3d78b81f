// `Idempotency-Key`: on a whole node, what is sent again with its key is done once and answered the same.

import { describe, expect, test } from "vitest";
import type { ApiLimits } from "../../src/api/mod.ts";
import { OutcomeUnknown, type RuntimeCommand, Unavailable } from "../../src/runtime/client.ts";
import { ask, eventBody, expectEnvelope, openFront, type TestFront, TOKEN } from "./front_fixture.ts";
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

/** A front that gives every key away, and what it was told of them. */
async function openFrontOfKeys(limits: Partial<ApiLimits> = {}) {
  const front = await openFront(limits);
  const told: RuntimeCommand[] = [];
  front.runtime.command = (command) => {
    told.push(command);
    return Promise.resolve({ eventId: "1", personId: null, errorCode: null, value: { kind: "new" } });
  };
  const kept = () => told.flatMap((command) => (command.kind === "answer_request" ? [command.answer] : []));
  return { ...front, told, kept };
}

describe("a sender that hangs up", () => {
  const lines = Array.from({ length: 3 }, () => eventBody()).join("\n");

  /** As soon as `isWorking`; resolves when the front has noticed that. */
  async function hangUp(front: TestFront, path: string, body: string, isWorking: () => boolean): Promise<void> {
    const sender = new AbortController();
    const { port } = front;
    const contentType = path === "/v6/async-events" ? "application/x-ndjson" : "application/json";
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      "content-type": contentType,
      "idempotency-key": "k1",
    };
    const request = { method: "POST", headers, body, signal: sender.signal };
    const answer = fetch(`http://127.0.0.1:${port}${path}`, request).catch((error: unknown) => error);
    await expect.poll(isWorking).toBe(true);
    sender.abort();
    expect(await answer).toMatchObject({ name: "AbortError" });
    // Connections are looked at in turn.
    for (let turns = 0; turns < 3; turns++) expect((await ask(port, "/healthz")).status).toBe(200);
  }

  test("in the middle of lines under a key is told all of them when it asks again", async () => {
    const front = await openFrontOfKeys({ bulkPersonBusyMs: 1 });
    let refusals = 0;
    let isBusy = true;
    front.runtime.refuses = () => (isBusy && ++refusals > 0 ? new Unavailable("person_busy", 1) : null);
    await hangUp(front, "/v6/async-events", lines, () => refusals > 3);
    isBusy = false;
    await expect.poll(() => front.kept().length).toBe(1);
    expect(JSON.parse(front.kept()[0]?.body ?? "")).toEqual({ accepted: 3, rejected: [], rejected_count: 0 });
    expect(front.runtime.events).toHaveLength(3);
  });

  /** The next key is not claimed until `end`. */
  function holdClaim({ runtime }: TestFront): { readonly isAsked: () => boolean; readonly end: () => void } {
    const command = runtime.command.bind(runtime);
    const ends: (() => void)[] = [];
    runtime.command = (wish) => {
      if (wish.kind !== "claim_request") return command(wish);
      return new Promise((resolve) => {
        ends.push(() => resolve(command(wish)));
      });
    };
    return {
      isAsked: () => ends.length > 0,
      end: () => {
        runtime.command = command;
        for (const end of ends) end();
      },
    };
  }

  test("while its key is claimed is told what became of its event", async () => {
    const front = await openFrontOfKeys();
    const claim = holdClaim(front);
    await hangUp(front, "/v6/events", eventBody(), claim.isAsked);
    claim.end();
    await expect.poll(() => front.kept().length).toBe(1);
    expect(front.kept()[0]?.status).toBe(200);
    expect(front.runtime.events).toHaveLength(1);
  });

  test("leaves no room taken by lines that are given up", async () => {
    const line = JSON.stringify({ event_name: "e", data: { email: "till@example.com", note: "n".repeat(3_000) } });
    const many = Array.from({ length: 4 }, () => line).join("\n");
    // Lines that wait take their room twice for a moment. A line that is put together of its parts takes its own until the end.
    const room = 2 * many.length + line.length / 2;
    const front = await openFrontOfKeys({ bulkPersonBusyMs: 1, bodyBytesInFlightMax: room });
    const claim = holdClaim(front);
    front.runtime.refuses = () => new Unavailable("person_busy", 1);
    await hangUp(front, "/v6/async-events", many, claim.isAsked);
    claim.end();
    await expect.poll(() => front.kept(), { timeout: 20_000 }).toEqual([null]);
    let refusals = 0;
    front.runtime.refuses = () => (++refusals < 3 ? new Unavailable("person_busy", 1) : null);
    const headers = { "content-type": "application/x-ndjson", "idempotency-key": "k2" };
    expect((await ask(front.port, "/v6/async-events", { body: many, headers })).body).toMatchObject({ accepted: 4 });
  });
});

test("lines of which some were taken before the rest was refused keep their answer, and nobody sends those again", async () => {
  const front = await openFrontOfKeys();
  const body = Array.from({ length: 3 }, () => eventBody()).join("\n");
  const send = (key: string): ReturnType<typeof ask> => {
    const headers = { "content-type": "application/x-ndjson", "idempotency-key": key };
    return ask(front.port, "/v6/async-events", { body, headers });
  };
  let taken = 0;
  front.runtime.refuses = () => (++taken > 2 ? new Unavailable("stopping", 1) : null);
  const partial = await send("k1");
  expect(partial).toMatchObject({ status: 503, body: { parameters: { accepted: 2 } } });
  expect(front.kept()).toEqual([{ status: 503, body: partial.text, contentType: "application/json" }]);
  expect(await send("k2")).toMatchObject({ status: 503, body: { parameters: { accepted: 0 } } });
  expect(front.kept().at(-1)).toBeNull();
});

test("so do those whose rest is refused while it waits for room", async () => {
  const front = await openFrontOfKeys();
  const body = Array.from({ length: 3 }, () => eventBody()).join("\n");
  front.runtime.isDeep = () => front.runtime.events.length > 0;
  front.runtime.whenShallow = () => Promise.reject(new Unavailable("busy", 1));
  const headers = { "content-type": "application/x-ndjson", "idempotency-key": "k1" };
  const reply = await ask(front.port, "/v6/async-events", { body, headers });
  expect(reply).toMatchObject({ status: 429, body: { parameters: { accepted: 1 } } });
  expect(front.kept()).toMatchObject([{ status: 429 }]);
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
