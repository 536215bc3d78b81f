// What the Android SDK says, call by call, in its own forms: the token without a scheme, two slashes, ids as the text of an object.

import { describe, expect, test } from "vitest";
import {
  consumerWorld,
  freshEmail,
  listOf,
  personBy,
  stepNamesOf,
  textIn,
  verifyingJwt,
} from "../../support/consumer_world.ts";
import { CAMPAIGN } from "../../support/story.ts";
import { mobileZones } from "../../support/zone_steps.ts";
import { anyId, expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld({}, mobileZones);
const appData = { appName: "Shop", device_id: "android-1", os: "Android 14", labels: "refer-a-friend,other" };

/** As its HTTP client sends all calls of tokens, zones, events and rewards. */
function call(method: string, path: string, token: string | null, body?: object): Promise<Reply> {
  return world.visit(path, {
    method,
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "x-extole-sandbox": "production-production",
      "user-agent": "Extole Android SDK/1.0",
      "x-extole-app": "Shop",
      "x-extole-app-version": "1.2.3",
      "x-extole-app-type": "mobile_sdk_android",
      "x-extole-app-sha": "com.example.shop",
      ...(token === null ? {} : { authorization: token }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const send = (token: string, name: string, data: object = {}, more: object = {}): Promise<Reply> =>
  call("POST", "//events", token, { event_name: name, data: { ...data, labels: "refer-a-friend,other" }, ...more });

/** It reads all five keys of every refusal, and a JSON object of every success. */
function expectReadable(reply: Reply): void {
  expect(reply.body, reply.text).toBeTypeOf("object");
  expect(reply.body).not.toBeNull();
  if (reply.status >= 300) expectEnvelope(reply);
}

async function init(): Promise<string> {
  return textIn(await call("POST", "/api/v5/token", null, {}), "access_token");
}

describe("init", () => {
  test("1a without a token, with and without an identifier", async () => {
    const anonymous = await call("POST", "/api/v5/token", null, {});
    expect(anonymous.body).toMatchObject({ scopes: ["UPDATE_PROFILE"] });
    const blank = await call("POST", "/api/v5/token", "", {});
    expect(blank.status).toBe(200);
    const named = await call("POST", "/api/v5/token", null, { email: freshEmail() });
    expect(textIn(named, "access_token")).not.toBe(textIn(anonymous, "access_token"));
  });

  test("1b a stored token is looked at by the query; one that is none is an envelope", async () => {
    const token = await init();
    const known = await call("GET", `/api/v5/token?access_token=${token}`, token);
    expect(textIn(known, "access_token")).toBe(token);
    const unknown = await call("GET", "/api/v5/token?access_token=OLD", "OLD");
    expect(unknown.status).toBe(403);
    expectReadable(unknown);
  });

  test("1c with an identifier and an old token comes a new one; what cannot be proven falls back", async () => {
    const old = await init();
    const email = freshEmail();
    const jwt = await verifyingJwt(world, email);
    const made = await call("POST", "/api/v5/token", old, { email, jwt });
    expect(textIn(made, "access_token")).not.toBe(old);
    const refused = await call("POST", "/api/v5/token", old, { email, jwt: "nonsense" });
    expectEnvelope(refused, "jwt_error");
    expect((await call("POST", "/api/v5/token", old, {})).status).toBe(200);
  });

  test("2, 3 log lines, then the bootstrap zone", async () => {
    const token = await init();
    const line = await world.visit("/api/v4/debug/logs", {
      headers: { accept: "application/json", authorization: token },
      body: JSON.stringify({ level: "DEBUG", message: "starting" }),
    });
    expectReadable(line);
    const bootstrap = await call("POST", "/api/v6/zones/mobile_bootstrap", token, appData);
    expect(bootstrap.status, bootstrap.text).toBe(200);
    expect(bootstrap.body).toMatchObject({
      event_id: anyId,
      campaign_id: CAMPAIGN,
      data: { operations: [{ actions: [{ type: "FETCH", zones: ["mobile_cta"] }] }] },
    });
  });
});

describe("in the app", () => {
  test("4, 8, 9 a zone is fetched, viewed and tapped, and its campaign is the target", async () => {
    const token = await init();
    const fetched = await call("POST", "/api/v6/zones/mobile_cta", token, { cart: "1", labels: "refer-a-friend" });
    expect(fetched.body).toMatchObject({ campaign_id: CAMPAIGN, data: { title: "Refer a friend" } });
    expect(fetched.text).not.toContain("null");
    const target = `campaign_id:Id(id=${CAMPAIGN})`;
    const email = freshEmail();
    const named = textIn(await send(token, "identify", { email }), "token");
    for (const name of ["mobile_cta_viewed", "mobile_cta_tap", "purchased"]) {
      const reply = await send(named, name, { target, sandbox: "production-production" });
      expect(textIn(reply, "id")).toMatch(/^\d{19}$/);
    }
    const { id } = await personBy(world, email);
    expect(await stepNamesOf(world, id)).toEqual(
      expect.arrayContaining(["mobile_cta_viewed", "mobile_cta_tap", "purchased"]),
    );
    const again = await call("POST", "/api/v6/zones/mobile_cta", named, { campaign_id: CAMPAIGN, labels: "" });
    expect(again.body).toMatchObject({ campaign_id: CAMPAIGN });
    const missing = await call("POST", "/api/v6/zones/nope", named, { labels: "" });
    expectEnvelope(missing, "no_creative");
  });

  test("5, 6, 7 events keep the token, an identity changes it, a JWT only if it is good", async () => {
    const token = await init();
    const plain = await send(token, "product_viewed", { value: 1 });
    expect(plain.headers.get("x-extole-token")).toBe(token);
    const email = freshEmail();
    const named = await send(token, "identify", { email });
    const next = named.headers.get("x-extole-token") ?? "";
    expect(next).not.toBe(token);
    const bad = await send(next, "identify", {}, { jwt: "a.b.c" });
    expect(bad.headers.get("x-extole-token")).toBe(next);
    expect(textIn(bad, "id")).toMatch(/^\d{19}$/);
    const good = await send(next, "identify", {}, { jwt: await verifyingJwt(world, email) });
    const proven = good.headers.get("x-extole-token") ?? "";
    expect(proven).not.toBe(next);
    expect((await call("GET", `/api/v5/token?access_token=${proven}`, proven)).body).toMatchObject({
      scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"],
    });
  });

  test("10, 11, 13 shares by channel, by mail and natively", async () => {
    const email = freshEmail();
    const token = textIn(await send(await init(), "identify", { email }), "token");
    await send(token, "share", { "share.channel": "SMS", partner_share_id: "k3j4" });
    const mail = {
      "share.recipient": "bob@y.com",
      "share.subject": "Hi",
      "share.message": "Come",
      "share.channel": "EMAIL",
    };
    await send(token, "share", mail);
    await send(token, "preshare", { partner_share_id: "z9" });
    await send(token, "share", { "share.channel": "com.whatsapp", partner_share_id: "z9" });
    const { id } = await personBy(world, email);
    const shares = await listOf(world, `/v5/persons/${id}/shares`);
    expect(shares.map(({ channel }) => channel)).toEqual(["COM.WHATSAPP", "EMAIL", "SMS"]);
    expect(await listOf(world, `/v5/persons/${id}/jobs`)).toMatchObject([
      { type: "SHARE_EMAIL", order: { recipient: "bob@y.com" } },
    ]);
  });

  test("12 the web view gets a page", async () => {
    const token = await init();
    const page = await world.visit("/zone/share_page?appName=Shop&device_id=android-1", {
      headers: { authorization: `Bearer ${token}`, accept: "text/html" },
    });
    expect(page.status).toBe(200);
    expect(page.text).toContain("<body>share</body>");
    expect(page.headers.get("content-type")).toContain("text/html");
  });

  test("14 a reward is polled until it is there", async () => {
    const token = textIn(await send(await init(), "identify", { email: freshEmail() }), "token");
    const poll = (): Promise<Reply> => call("GET", "/api/v4/me/rewards/status?polling_id=p-1", token);
    expect((await poll()).body).toMatchObject({ status: "PENDING" });
    await send(token, "mobile_reward", { polling_id: "p-1" });
    expect((await poll()).body).toMatchObject({ status: "SUCCEEDED", quality_results: [{ score: "HIGH" }] });
  });

  test("15 logging out is asking for a token with the old one", async () => {
    const email = freshEmail();
    const token = textIn(await send(await init(), "identify", { email }), "token");
    const out = textIn(await call("POST", "/api/v5/token", token, {}), "access_token");
    expect(out).not.toBe(token);
    const before = await stepNamesOf(world, (await personBy(world, email)).id);
    await send(out, "product_viewed");
    expect(await stepNamesOf(world, (await personBy(world, email)).id)).toEqual(before);
  });
});
