// Zones over HTTP on a whole node: for back ends, for apps, for pages.

import { describe, expect, test } from "vitest";
import type { ControllerDocument } from "../../../src/model/campaign.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import {
  consumerWorld,
  event,
  freshEmail,
  identified,
  newToken,
  OWN,
  personBy,
  SHARE_URL,
  stepNamesOf,
  textIn,
} from "../../support/consumer_world.ts";
import { expectEnvelope } from "../front_fixture.ts";
import { action, CAMPAIGN, fromEvent, on, trigger } from "../../support/story.ts";

function zone(name: string, display: JsonObject, more: Partial<ControllerDocument> = {}): ControllerDocument {
  const actions = [{ ...action("DISPLAY", display), action_id: `show-${name}` }];
  return { ...on(name, { ...more, actions }), type: "FRONTEND_CONTROLLER" };
}

const person = "javascript@runtime:context.getPerson()";
const world = consumerWorld({}, [
  zone("share_experience", {
    body: {
      hello: "handlebars@runtime:Hello {{{person.first_name}}}",
      link: `${person}.getShareables().find(own => true).getLink()`,
      colour: fromEvent("colour"),
      nothing: null,
      mobile: "javascript@runtime:context.isMobile()",
    },
    headers: { "x-own": "kept", "x-extole-token": "stolen", "cache-control": "public" },
  }),
  zone("mobile_bootstrap", {
    body: { configuration: { zone_cache_enabled: true }, operations: [{ conditions: [], actions: [] }] },
  }),
  zone("page", { body: "handlebars@runtime:<p>{{cause_event.data.name}}</p>" }),
  zone("moved", { response: { statusCode: 302, headers: { location: "/start" } } }),
  zone("lost", { response: { statusCode: 302, headers: { location: "//evil.example" } } }),
  zone(
    "private",
    { body: { secret: 1 } },
    { triggers: [trigger("ACCESS", { trigger_phase: "QUALIFYING", trusted_scopes: ["VERIFIED_CONSUMER"] })] },
  ),
]);

describe("for back ends", () => {
  const rendered = (path: string, body?: object, headers: Record<string, string> = {}) =>
    world.serve(path, { ...(body === undefined ? {} : { body: JSON.stringify(body) }), headers });

  test("what the campaign shows, as it is, with where it comes from", async () => {
    const email = freshEmail();
    await world.serve("/v6/events", { body: event("product_viewed", { email, first_name: "Ann" }) });
    const { id } = await personBy(world, email);
    const made = await world.serve(`/v5/persons/${id}/shareables`, {
      body: JSON.stringify({ label: "refer-a-friend", code: "ANN-1" }),
    });
    expect(made.status, made.text).toBe(200);
    const reply = await rendered("/v5/zones", { zone_name: "share_experience", data: { email, colour: "red" } });
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body).toEqual({ hello: "Hello ", link: `${SHARE_URL}/ANN-1`, colour: "red" });
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      "content-type": "application/json",
      "x-extole-campaign": CAMPAIGN,
      "x-extole-controller": "share_experience",
      "x-extole-creative": "show-share_experience",
      "x-extole-version": "1",
      "x-extole-event": expect.stringMatching(/^\d{19}$/) as string,
      "x-own": "kept",
      "cache-control": "no-store",
    });
    expect(reply.headers.get("x-extole-token")).toBeNull();
    expect(await stepNamesOf(world, id)).toEqual(["product_viewed", "share_experience"]);
  });

  test("what was shown, and why, is explained as it was", async () => {
    const email = freshEmail();
    const reply = await rendered("/v5/zones/share_experience", { email, colour: "red" });
    const { id } = await personBy(world, email);
    const eventId = reply.headers.get("x-extole-event") ?? "";
    const explained = await world.serve(`/v5/persons/${id}/explain?event_id=${eventId}`);
    expect(explained.body, explained.text).toMatchObject({
      events: [
        {
          event_name: "share_experience",
          controllers: [{ outcome: "fired", actions: [{ action_type: "DISPLAY", is_run: true }] }],
          shown: { campaign_id: CAMPAIGN, controller_name: "share_experience", body: { colour: "red" } },
        },
      ],
    });
  });

  test("in each form that is published: named by the path, a query, a form, a text", async () => {
    const email = freshEmail();
    const one = await rendered("/v5/zones/share_experience", { email, colour: "a" });
    const two = await rendered(`/v5/zones/share_experience?email=${email}&colour=b`);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const three = await world.serve("/v5/zones", {
      body: `zone_name=share_experience&email=${email}&colour=c`,
      headers: form,
    });
    const four = await world.serve("/v5/zones/share_experience", {
      body: `{"colour":"d"}`,
      headers: { "content-type": "text/plain" },
    });
    expect([one, two, three, four].map(({ body }) => (body as JsonObject)["colour"])).toEqual(["a", "b", "c", "d"]);
    expect((await personBy(world, email)).id).toMatch(/^\d{19}$/);
  });

  test("redirects to where it may, and says what is wrong elsewhere", async () => {
    const moved = await world.visit("/v5/zones/moved", { token: OWN.token, headers: { host: OWN.host } });
    expect([moved.status, moved.headers.get("location")]).toEqual([302, "/start"]);
    expectEnvelope(await rendered("/v5/zones/lost"), "invalid_redirect");
    expectEnvelope(await rendered("/v5/zones/nowhere"), "no_creative");
    expectEnvelope(await rendered("/v5/zones", { zone_name: "a b", data: {} }), "no_creative");
    expectEnvelope(await rendered("/v5/zones", { data: {} }), "missing_zone_name");
    expectEnvelope(await rendered("/v5/zones/page", { event_time: "soon" }), "invalid_time_format");
  });
});

describe("for apps", () => {
  const asks = (path: string, body: object, token: string | null = null) =>
    world.visit(path, { token, body: JSON.stringify(body) });

  test("data without nulls, the campaign, and the token to go on with", async () => {
    const token = await newToken(world);
    const reply = await asks("/api/v6/zones", { event_name: "share_experience", data: { colour: "red" } }, token);
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body).toEqual({
      event_id: expect.stringMatching(/^\d{19}$/) as string,
      campaign_id: CAMPAIGN,
      data: { hello: "Hello ", colour: "red", mobile: false },
    });
    expect(reply.headers.get("x-extole-token")).toBe(token);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    const named = await asks("/api/v6/zones/share_experience", { colour: "blue", labels: "" }, token);
    expect(named.body).toMatchObject({ data: { colour: "blue" } });
    const fetched = await world.visit("/api/v6/zones/share_experience?colour=green", { token });
    expect(fetched.body).toMatchObject({ data: { colour: "green" } });
  });

  test("a zone that names an e-mail identifies, as an event does", async () => {
    const email = freshEmail();
    const token = await newToken(world);
    const reply = await asks("/api/v6/zones/mobile_bootstrap", { email, appName: "shop", device_id: "d1" }, token);
    expect(reply.body).toMatchObject({ data: { configuration: { zone_cache_enabled: true }, operations: [{}] } });
    expect(reply.headers.get("x-extole-token")).not.toBe(token);
    expect(await stepNamesOf(world, (await personBy(world, email)).id)).toEqual(["identified", "mobile_bootstrap"]);
  });

  test("a link to share is shown to who has one", async () => {
    const email = freshEmail();
    const token = await identified(world, email);
    const { id } = await personBy(world, email);
    await world.serve(`/v5/persons/${id}/shareables`, {
      body: JSON.stringify({ label: "refer-a-friend", code: "BOB-1" }),
    });
    const reply = await asks("/api/v6/zones/share_experience", {}, token);
    expect(reply.body).toMatchObject({ data: { link: `${SHARE_URL}/BOB-1` } });
  });

  test("refusals have the contract's codes", async () => {
    expectEnvelope(await asks("/api/v6/zones/nope", {}), "no_creative");
    expectEnvelope(await asks("/api/v6/zones", { event_name: "private", data: {} }), "no_creative");
    expectEnvelope(await asks("/api/v6/zones", { event_name: "page", data: {} }), "invalid_creative_result");
    expectEnvelope(await asks("/api/v6/zones", { event_name: " ", data: {} }), "missing_zone_name");
    expectEnvelope(await asks("/api/v6/zones", { event_name: "a-b", data: {} }), "invalid_zone_name");
    expectEnvelope(await asks("/api/v6/zones", { event_name: "page", data: {} }, "garbage"), "invalid_access_token");
    expectEnvelope(await world.visit("/api/v6/zones", { body: "{" }), "invalid_json");
  });
});

describe("for pages", () => {
  const html = { accept: "text/html,application/xhtml+xml" };

  test("whatever it is, with a cookie for who has none", async () => {
    const reply = await world.visit("/zone/page?name=%3Cb%3E", { headers: html });
    expect([reply.status, reply.text]).toEqual([200, "<p>&lt;b&gt;</p>"]);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-extole-campaign": CAMPAIGN,
    });
    expect(reply.headers.get("set-cookie")).toContain(`access_token=${reply.headers.get("x-extole-token")}`);
    const plain = await world.visit("/zones/page?name=x");
    expect(plain.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const json = await world.visit("/zones", { body: event("share_experience", { colour: "red" }) });
    expect(json.body).toEqual({ hello: "Hello ", colour: "red", mobile: false });
    expect(json.headers.get("cache-control")).toBe("no-store");
    const queried = await world.visit("/zones?zone_name=share_experience&colour=blue");
    expect(queried.body).toMatchObject({ colour: "blue" });
    const posted = await world.visit("/zones/share_experience", { body: `{"colour":"c"}` });
    expect(posted.body).toMatchObject({ colour: "c" });
  });

  test("a redirect is one", async () => {
    const reply = await world.visit("/zone/moved", { headers: { host: OWN.host } });
    expect([reply.status, reply.headers.get("location")]).toEqual([302, "/start"]);
  });

  test("where nothing is shown: an empty 200 that says why, and a token all the same", async () => {
    const cases = [
      ["/zone/unknown", {}, "target zone=unknown"],
      ["/zones/a-b", {}, "target zone=unknown"],
      ["/zones", { body: "{}" }, "target zone=unknown"],
      ["/zones?zone_name=", {}, "target zone=unknown"],
      ["/zones/", {}, "target zone=unknown"],
      ["/zone/", {}, "target zone=unknown"],
      ["/zone/", { body: "{}" }, "target zone=unknown"],
      ["/zone/%ff", {}, "target zone=unknown"],
      ["/zones", { body: `{"event_name":"page","data":{"x":"${"y".repeat(300_000)}"}}` }, "request_too_large"],
      ["/zone/private", {}, "target zone=unknown"],
      ["/zone/lost", {}, "invalid_redirect"],
      ["/zones", { body: "{" }, "invalid_json"],
      ["/zones/page", { body: `{"event_time":"soon"}` }, "invalid_event_time_format"],
    ] as const;
    for (const [path, asked, reason] of cases) {
      const reply = await world.visit(path, asked);
      expect([reply.status, reply.text, reply.headers.get("extole-log")], path).toEqual([200, "", reason]);
      expect(reply.headers.get("x-extole-token"), path).toMatch(/./);
    }
  });

  test("a token that does not hold, or was ended, is as good as none", async () => {
    const garbage = await world.visit("/zone/page?name=x", { token: "garbage" });
    expect([garbage.status, garbage.text]).toEqual([200, "<p>x</p>"]);
    const token = await newToken(world);
    await world.visit("/api/v5/token", { method: "DELETE", token });
    const ended = await world.visit("/zone/page?name=y", { token });
    expect([ended.status, ended.text]).toEqual([200, "<p>y</p>"]);
    expect(ended.headers.get("x-extole-token")).not.toBe(token);
  });

  test("pages of other origins may ask", async () => {
    const reply = await world.visit("/zones/page?name=x", { headers: { origin: "https://other.example" } });
    expect(reply.headers.get("access-control-allow-origin")).toBe("https://other.example");
    const asked = await world.visit("/zones/page", { method: "OPTIONS", headers: { origin: "https://other.example" } });
    expect([asked.status, asked.headers.get("access-control-allow-methods")]).toEqual([
      204,
      expect.stringContaining("POST"),
    ]);
  });
});

test("a person is the same to both sides: what the app was shown is a step of the person's", async () => {
  const email = freshEmail();
  const token = await identified(world, email);
  await world.visit("/zone/page", { token });
  expect(await stepNamesOf(world, (await personBy(world, email)).id)).toContain("page");
  expect(textIn(await world.visit("/events", { token, body: event("page") }), "id")).toMatch(/^\d{19}$/);
});
