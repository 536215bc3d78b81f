// What the iOS SDK says, call by call: strict about what it reads, and every value a text. Then the bridge of React Native, and the smoke script.

import { describe, expect, test } from "vitest";
import {
  consumerWorld,
  freshEmail,
  personBy,
  stepNamesOf,
  textIn,
  verifyingJwt,
} from "../../support/consumer_world.ts";
import { CAMPAIGN } from "../../support/story.ts";
import { mobileZones } from "../../support/zone_steps.ts";
import { anyId, anyText, expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld({}, mobileZones);

function call(method: string, path: string, token: string | null, body?: object): Promise<Reply> {
  return world.visit(path, {
    method,
    headers: {
      accept: "application/json",
      "x-extole-app": "com.example.shop",
      "x-extole-app-version": "Version #1.0 (Build #1)",
      "x-extole-app-type": "mobile-sdk-ios",
      "x-extole-app-sha": "AB12",
      authorization: token === null ? "" : `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const send = (token: string, name: string, data: object = {}, more: object = {}): Promise<Reply> =>
  call("POST", "/events", token, { event_name: name, data, ...more });

/** Its decoder knows these members and these scopes only. */
function expectToken(reply: Reply): string {
  expect(reply.status, reply.text).toBe(200);
  expect(Object.keys(reply.body ?? {}).toSorted()).toEqual(["access_token", "expires_in", "scopes"]);
  const { scopes, expires_in: expiresIn } = reply.body as { scopes: string[]; expires_in: number };
  expect(Number.isInteger(expiresIn)).toBe(true);
  for (const scope of scopes) expect(["UPDATE_PROFILE", "VERIFIED_CONSUMER", "LOCAL_PROFILE"]).toContain(scope);
  return textIn(reply, "access_token");
}

/** Of every depth: its decoder breaks at a null. */
function expectNoNull(value: unknown): void {
  expect(value).not.toBeNull();
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) expectNoNull(member);
}

describe("init", () => {
  test("1a, 1b a token is made, and looked at with 200 or 403 and nothing else", async () => {
    const token = expectToken(await call("POST", "/api/v5/token", null, {}));
    expect(expectToken(await call("GET", "/api/v5/token", token))).toBe(token);
    const wrong = await call("GET", "/api/v5/token", "OLD");
    expect(wrong.status).toBe(403);
    expectEnvelope(wrong, "invalid_access_token");
    const email = freshEmail();
    expectToken(await call("POST", "/api/v5/token", null, { email, jwt: await verifyingJwt(world, email) }));
  });

  test("2, 3 log lines and the bootstrap zone, all values texts", async () => {
    const token = expectToken(await call("POST", "/api/v5/token", null, {}));
    const line = await call("POST", "/api/v4/debug/logs", token, { message: "starting", level: "INFO" });
    expect(line.body).toEqual({ polling_id: anyText });
    const zones = await call("POST", "/api/v6/zones", token, {
      event_name: "mobile_bootstrap",
      data: { app: "Shop", labels: "refer-a-friend" },
    });
    expect(zones.body).toMatchObject({ data: { configuration: { zone_cache_enabled: true }, operations: [{}] } });
  });
});

describe("in the app", () => {
  test("4 zones have no null at any depth, and are fetched with a JWT in either spelling", async () => {
    const token = expectToken(await call("POST", "/api/v5/token", null, {}));
    const email = freshEmail();
    for (const member of ["jwt", "idToken", "id_token"]) {
      const zone = await call("POST", "/api/v6/zones", token, {
        event_name: "mobile_cta",
        data: { price: "12.50" },
        [member]: await verifyingJwt(world, email),
      });
      expect(zone.body).toMatchObject({ event_id: anyId, campaign_id: CAMPAIGN, data: { title: "Refer a friend" } });
      expectNoNull(zone.body);
    }
    expect(await stepNamesOf(world, (await personBy(world, email)).id)).toContain("mobile_cta");
  });

  test("5, 6, 7, 8 events are answered with exactly what it decodes", async () => {
    const token = expectToken(await call("POST", "/api/v5/token", null, {}));
    const reply = await send(token, "product_viewed", { price: "12.5", size: "nil" });
    expect(reply.body).toMatchObject({ id: anyId, token, cookie_consent: anyText });
    expectNoNull(reply.body);
    const email = freshEmail();
    const named = await send(token, "identify", { email });
    const next = named.headers.get("x-extole-token") ?? "";
    expect(next).not.toBe(token);
    const proven = await send(next, "identify", {}, { jwt: await verifyingJwt(world, email) });
    expect(proven.headers.get("x-extole-token")).not.toBe(next);
    const last = textIn(proven, "token");
    for (const name of ["mobile_cta_viewed", "mobile_cta_tap"]) {
      expect((await send(last, name, { target: `campaign_id:${CAMPAIGN}` })).status).toBe(200);
    }
    const steps = await stepNamesOf(world, (await personBy(world, email)).id);
    expect(steps).toEqual(expect.arrayContaining(["mobile_cta_tap", "mobile_cta_viewed", "product_viewed"]));
  });

  test("9 a share by mail, 10 the web view, 11 a reward, 12 logging out with a blank address", async () => {
    const email = freshEmail();
    const token = textIn(
      await send(expectToken(await call("POST", "/api/v5/token", null, {})), "identify", { email }),
      "token",
    );
    const mail = {
      "share.channel": "EXTOLE_EMAIL",
      "share.recipient": "b@y.com",
      "share.subject": "S",
      "share.message": "M",
    };
    expect((await send(token, "share", { ...mail, labels: "refer-a-friend" })).status).toBe(200);
    const page = await world.visit("/zone/share_page?a=b", {
      headers: { authorization: `Bearer ${token}`, accept: "text/html" },
    });
    expect(page.text).toContain("share</body>");
    await send(token, "mobile_reward", { polling_id: "p-9" });
    const status = await call("GET", "/api/v4/me/rewards/status?polling_id=p-9", token);
    expect(status.body).toMatchObject({ status: "SUCCEEDED", reward: { state: "EARNED", face_value_type: "USD" } });
    const out = expectToken(await call("POST", "/api/v5/token", null, { email: "" }));
    expect(out).not.toBe(token);
  });
});

test("the bridge of React Native: a campaign as data, and a web view without a token", async () => {
  const token = expectToken(await call("POST", "/api/v5/token", null, {}));
  const zone = await call("POST", "/api/v6/zones/mobile_cta", token, {
    campaign_id: CAMPAIGN,
    program_label: "refer-a-friend",
  });
  expect(zone.body).toMatchObject({ campaign_id: CAMPAIGN });
  const page = await world.visit("/zone/share_page?a=b", { headers: { accept: "text/html" } });
  expect(page.status).toBe(200);
  expect(page.headers.get("set-cookie")).toContain("access_token=");
});

test("the smoke script of a compatible server", async () => {
  const raw = (token: string): Record<string, string> => ({ authorization: token });
  const t = textIn(await world.visit("/api/v5/token", { body: "{}" }), "access_token");
  const zone = await world.visit("/api/v6/zones/mobile_bootstrap", { headers: raw(t), body: '{"labels":""}' });
  expect(zone.body).toMatchObject({ campaign_id: anyText, data: { operations: [{}] } });
  const email = freshEmail();
  const body = JSON.stringify({ event_name: "identify", data: { email } });
  const named = await world.visit("//events", { headers: raw(t), body });
  const t2 = named.headers.get("x-extole-token") ?? "";
  expect(t2).not.toBe(t);
  expect((await world.visit("/api/v5/token", { token: t2 })).status).toBe(200);
  expect((await world.visit("/api/v5/token", { token: "garbage" })).status).toBe(403);
  expectEnvelope(await world.visit("/api/v6/zones/nope", { headers: raw(t2), body: "{}" }), "no_creative");
  const reward = JSON.stringify({ event_name: "mobile_reward", data: { polling_id: "p1" } });
  await world.visit("//events", { headers: raw(t2), body: reward });
  const status = await world.visit("/api/v4/me/rewards/status?polling_id=p1", { token: t2 });
  expect(status.body).toMatchObject({ status: "SUCCEEDED", quality_results: [{ score: "HIGH" }] });
  const out = await world.visit("/api/v5/token", { headers: raw(t2), body: '{"email":""}' });
  expect(textIn(out, "access_token")).not.toBe(t2);
});
