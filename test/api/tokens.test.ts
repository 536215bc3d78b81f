// Access tokens on a whole node: made with what their maker may do, replaced and ended at once, kept as hashes, seen by nobody else.

import { expect, test } from "vitest";
import { expectEnvelope, type Reply } from "./front_fixture.ts";
import { change, FOREIGN, worldOfFile, OWN, send, WEAK_TOKEN, type World } from "../contract/server/world.ts";

const sharedWorld = worldOfFile();

interface Made {
  readonly access_token: string;
  readonly scopes: readonly string[];
  readonly expires_in: number;
  readonly client_id: string;
}

async function make(world: World, body: object, token: string = OWN.token): Promise<Made> {
  const reply = await world.ask("/v4/tokens", { method: "POST", token, body: JSON.stringify(body) });
  expect(reply.status, reply.text).toBe(200);
  return reply.body as Made;
}

function madeOf(body: Record<string, unknown>): Made {
  return {
    access_token: String(body["access_token"]),
    scopes: body["scopes"] as string[],
    expires_in: Number(body["expires_in"]),
    client_id: String(body["client_id"]),
  };
}

const use = (world: World, token: string): Promise<Reply> => world.ask("/v2/rewards?limit=1", { token });

test("a token has what it was made with, and makes tokens of no more", async () => {
  const world = sharedWorld();
  const made = await make(world, { scopes: ["BACKEND"], duration_seconds: 60 });
  expect(made).toMatchObject({ scopes: ["BACKEND"], client_id: OWN.client });
  expect(made.expires_in).toBeGreaterThan(55);
  expect(made.expires_in).toBeLessThanOrEqual(60);
  expect((await use(world, made.access_token)).status).toBe(200);
  const more = JSON.stringify({ scopes: ["CLIENT_ADMIN"] });
  const refused = await world.ask("/v4/tokens", { method: "POST", token: made.access_token, body: more });
  expect(expectEnvelope(refused, "scopes_denied")["parameters"]).toEqual({ denied_scopes: "CLIENT_ADMIN" });
  expect((await make(world, {}, made.access_token)).scopes).toEqual(["BACKEND"]);
  expectEnvelope(await use(world, WEAK_TOKEN), "access_denied");
});

test("exchanged, the old one ends at once and the new one has the same scopes and duration; ended, it is nobody's", async () => {
  const world = sharedWorld();
  const { access_token: old } = await make(world, { scopes: ["BACKEND"], duration_seconds: 600 });
  expect((await use(world, old)).status).toBe(200);
  const exchanged = madeOf(await change(world, "PUT", `/v4/tokens/exchange/${old}`, null));
  expectEnvelope(await use(world, old), "invalid_access_token");
  expect(exchanged.scopes).toEqual(["BACKEND"]);
  expect(exchanged.expires_in).toBeGreaterThan(590);
  expect((await use(world, exchanged.access_token)).status).toBe(200);
  const twice = await world.ask(`/v4/tokens/exchange/${old}`, { method: "PUT" });
  expectEnvelope(twice, "invalid_access_token");
  const ended = await world.ask(`/v4/tokens/${exchanged.access_token}`, { method: "DELETE" });
  expect([ended.status, ended.text]).toEqual([200, ""]);
  expectEnvelope(await use(world, exchanged.access_token), "invalid_access_token");
});

test("of many exchanges of one token at the same time, one is made", async () => {
  const world = sharedWorld();
  const { access_token: old } = await make(world, { scopes: ["BACKEND"] });
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => world.ask(`/v4/tokens/exchange/${old}`, { method: "PUT" })),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
});

test("a token ends when its time is over", async () => {
  const world = sharedWorld();
  const { access_token: short } = await make(world, { duration_seconds: 1 });
  expect((await use(world, short)).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expectEnvelope(await use(world, short), "expired_access_token");
  expectEnvelope(await world.ask(`/v4/tokens/${short}`), "invalid_access_token");
});

test("a token sends events of its own client, with bodies of every size, from the first request on", async () => {
  const world = sharedWorld();
  for (const of of [OWN, FOREIGN]) {
    const { access_token: token } = await make(world, {}, of.token);
    const note = "x".repeat(4_000);
    const data = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`note_${i}`, note]));
    const answer = await send(world, { ...of, token } as typeof OWN, "registered", { email: "a@example.com", ...data });
    const person = await world.ask(`/v5/persons/${String(answer["person_id"])}`, { token });
    expect(person.status).toBe(200);
    const other = await world.ask(`/v5/persons/${String(answer["person_id"])}`, {
      token: of === OWN ? FOREIGN.token : OWN.token,
    });
    expectEnvelope(other, "person_not_found");
  }
});

test("another client's token is described to nobody, and a changed one is another", async () => {
  const world = sharedWorld();
  const { access_token: token } = await make(world, {});
  for (const method of ["GET", "DELETE"]) {
    expectEnvelope(await world.ask(`/v4/tokens/${token}`, { method, token: FOREIGN.token }), "invalid_access_token");
  }
  const [secret = ""] = token.split(".");
  for (const forged of [
    secret,
    `${secret}.`,
    `${secret}.${Buffer.from(FOREIGN.client).toString("base64url")}`,
    `X${token}`,
  ]) {
    expectEnvelope(await use(world, forged), "invalid_access_token");
  }
  expect((await use(world, token)).status).toBe(200);
});
