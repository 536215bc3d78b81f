// Consumers' tokens: made, described, ended, and in every form in which pages and apps present them.

import { describe, expect, test } from "vitest";
import { TokenMint } from "../../../src/api/consumer/token_mint.ts";
import { CONSUMER_TOKENS_REMEMBERED_MAX } from "../../../src/api/limits.ts";
import {
  event,
  freshEmail,
  identified,
  newToken,
  consumerWorld,
  OWN,
  personBy,
  RIVAL,
  textIn,
} from "../../support/consumer_world.ts";
import { expectEnvelope } from "../front_fixture.ts";

const world = consumerWorld();

const tokenPath = "/api/v5/token";

describe("making a token", () => {
  test("for nobody in particular, for an e-mail, or for a blank one", async () => {
    const email = freshEmail("april");
    const anonymous = await world.visit(tokenPath, { body: "{}" });
    expect(anonymous.status).toBe(200);
    expect(anonymous.body).toEqual({
      access_token: textIn(anonymous, "access_token"),
      expires_in: 157_680_000,
      scopes: ["UPDATE_PROFILE"],
    });
    const blank = await world.visit(tokenPath, {
      method: "POST",
      body: '{"email":""}',
      token: textIn(anonymous, "access_token"),
    });
    expect(textIn(blank, "access_token")).not.toBe(textIn(anonymous, "access_token"));
    const bodiless = await world.visit(tokenPath, { method: "POST" });
    expect(bodiless.body).toMatchObject({ scopes: ["UPDATE_PROFILE"] });
    const named = await world.visit(tokenPath, {
      body: JSON.stringify({ email: email.toUpperCase(), duration_seconds: 600 }),
    });
    expect(named.body).toMatchObject({ expires_in: 600, scopes: ["UPDATE_PROFILE"] });
    const seen = await world.visit("/events", { token: textIn(named, "access_token"), body: event("product_viewed") });
    expect(textIn(seen, "token")).toBe(textIn(named, "access_token"));
    expect((await personBy(world, email)).id).toMatch(/^\d{19}$/);
    const form = await world.visit(tokenPath, {
      body: `email=${email}&duration_seconds=60`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form.body).toMatchObject({ expires_in: 60 });
  });

  test.each([
    ['{"email":"april"}', "invalid_email"],
    ['{"duration_seconds":0}', "invalid_access_token_duration"],
    ['{"duration_seconds":157680001}', "invalid_access_token_duration"],
    ['{"duration_seconds":"long"}', "invalid_access_token_duration"],
    ['{"jwt":"a.b.c"}', "jwt_error"],
    ["{", "invalid_json"],
  ])("%s is refused with %s", async (body, code) => {
    expectEnvelope(await world.visit(tokenPath, { body }), code);
  });
});

describe("presenting a token", () => {
  test("in the query, in headers of every form, in cookies", async () => {
    const token = await newToken(world);
    const forms: [string, Record<string, string>][] = [
      [`?access_token=${token}`, {}],
      ["", { authorization: token }],
      ["", { authorization: `Bearer ${token}` }],
      ["", { authorization: `bearer ${token}` }],
      ["", { "x-extole-token": token }],
      ["", { cookie: `extole_token=${token}` }],
      ["", { cookie: `a=b; access_token=${token}; c=d` }],
      ["", { authorization: "", cookie: `access_token=${token}` }],
      ["", { authorization: "Bearer ", cookie: `access_token=${token}` }],
      [`?access_token=${token}`, { authorization: "Bearer wrong" }],
      ["", { authorization: token, cookie: "access_token=wrong" }],
      ["", { cookie: `extole_token=LEFT0BY0ANOTHER0SERVICE000; access_token=${token}` }],
      ["", { cookie: `access_token=of-the-site-above; access_token=${token}` }],
      ["", { cookie: `access_token=; extole_token=${token}; access_token=of-the-site-above` }],
    ];
    for (const [query, headers] of forms) {
      const reply = await world.visit(`${tokenPath}${query}`, { headers });
      expect([query, headers, reply.status]).toEqual([query, headers, 200]);
      expect(textIn(reply, "access_token")).toBe(token);
      expect(reply.headers.get("x-extole-token")).toBe(token);
    }
  });

  test("none, a wrong one, a changed one, one of a back end and one that has run out are refused with 403", async () => {
    const token = await newToken(world);
    expectEnvelope(await world.visit(tokenPath), "missing_access_token");
    expectEnvelope(await world.visit(tokenPath, { headers: { authorization: "Bearer " } }), "missing_access_token");
    const last = token.at(-1) === "A" ? "B" : "A";
    for (const wrong of ["garbage", OWN.token, `${token.slice(0, -1)}${last}`, `${token}AAAA`, token.slice(4)]) {
      const reply = await world.visit(tokenPath, { token: wrong });
      expect(reply.status).toBe(403);
      expectEnvelope(reply, "invalid_access_token");
    }
    const mint = new TokenMint([Buffer.alloc(32, 7)]);
    const wish = {
      client: OWN.client,
      device: "AAAAAAAAAAAAAAAA",
      personId: null,
      level: "verified",
      lifetimeSeconds: 60,
    } as const;
    expectEnvelope(
      await world.visit(tokenPath, { token: mint.mint(wish, Date.now() - 120_000).token }),
      "expired_access_token",
    );
  });

  test("every bit of a token is signed", async () => {
    const mint = new TokenMint([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
    const wish = {
      client: "acme",
      device: "AAAAAAAAAAAAAAAA",
      personId: "7000000000000000001",
      level: "identified",
    } as const;
    const holder = mint.mint({ ...wish, lifetimeSeconds: 60 }, 1_800_000_000_000);
    expect(mint.read(holder.token)).toEqual(holder);
    const bytes = Buffer.from(holder.token, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(mint.read(changed.toString("base64url"))).toBeNull();
    }
    expect(new TokenMint([Buffer.alloc(32, 9), Buffer.alloc(32, 1)]).read(holder.token)).toEqual(holder);
    expect(new TokenMint([Buffer.alloc(32, 9)]).read(holder.token)).toBeNull();
  });

  test("a token that is remembered to hold is read as before, also when more came than are remembered", () => {
    const mint = new TokenMint([Buffer.alloc(32, 1)]);
    const reader = new TokenMint([Buffer.alloc(32, 1)]);
    const wish = { client: "acme", device: null, personId: null, level: "anonymous", lifetimeSeconds: 60 } as const;
    const holders = Array.from({ length: CONSUMER_TOKENS_REMEMBERED_MAX + 10 }, () => mint.mint(wish, Date.now()));
    expect(new Set(holders.map(({ device }) => device)).size).toBe(holders.length);
    for (const holder of holders) expect(reader.read(holder.token)).toEqual(holder);
    const [first, ...others] = holders;
    const last = others.at(-1);
    for (const holder of [first, last]) expect(reader.read(holder?.token ?? "")).toEqual(holder);
  });

  test("a consumer's token opens nothing of the back end, and none of another client's", async () => {
    const token = await newToken(world, { email: "april@x.com" });
    for (const path of ["/v5/persons?identity_key_value=april@x.com", "/v2/rewards", "/v4/tokens"]) {
      expectEnvelope(await world.serve(path, { token }), "invalid_access_token");
    }
    expectEnvelope(await world.visit(tokenPath, { token, headers: { host: RIVAL.host } }), "invalid_access_token");
    const made = await world.visit(tokenPath, { body: "{}", headers: { host: `${RIVAL.host}:8080` } });
    const theirs = textIn(made, "access_token");
    expect((await world.visit(tokenPath, { token: theirs, headers: { host: RIVAL.host } })).status).toBe(200);
    expect(new TokenMint([Buffer.alloc(32, 7)]).read(theirs)?.client).toBe(RIVAL.client);
  });
});

describe("ending a token", () => {
  test("it is refused at once wherever it asks, and pages go on as somebody new", async () => {
    const email = freshEmail();
    const first = await newToken(world);
    const token = textIn(await world.visit("/events", { token: first, body: event("identify", { email }) }), "token");
    const other = await identified(world, email);
    const ended = await world.visit(tokenPath, { method: "DELETE", token });
    expect(ended.body).toEqual({ status: "success" });
    for (const each of [token, first]) {
      expectEnvelope(await world.visit(tokenPath, { token: each }), "invalid_access_token");
      expectEnvelope(
        await world.visit("/api/v6/events", { token: each, body: event("product_viewed") }),
        "invalid_access_token",
      );
    }
    expect((await world.visit(tokenPath, { token: other })).status).toBe(200);
    const page = await world.visit("/events", { token, body: event("product_viewed") });
    expect(page.status).toBe(200);
    expect(textIn(page, "id")).toMatch(/^\d{19}$/);
    expect([token, first]).not.toContain(textIn(page, "token"));
    expectEnvelope(await world.visit(tokenPath, { method: "DELETE" }), "missing_access_token");
  });
});
