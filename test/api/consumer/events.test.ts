// Events of pages and apps: every form of the wire, what comes back, and whose they are.

import { describe, expect, test } from "vitest";
import {
  event,
  freshEmail,
  identified,
  listOf,
  newToken,
  consumerWorld,
  personBy,
  stepNamesOf,
  textIn,
  verified,
} from "../../support/consumer_world.ts";
import { anyId, expectEnvelope, rawExchange, type Reply, splitAnswers } from "../front_fixture.ts";

const SCRIPT = { path: "/core.js", text: "0;".repeat(40_000), contentType: "text/javascript", summary: "A script" };
const world = consumerWorld({ pages: [SCRIPT] });
const behindTwo = consumerWorld({ trustedProxies: 2 });

async function stepsOfEvent(email: string): Promise<Record<string, unknown>[]> {
  const steps = await listOf(world, `/v5/persons/${(await personBy(world, email)).id}/steps?limit=1000`);
  return steps.filter(({ name }) => name === "product_viewed");
}

function cookieOf(reply: Reply): string | null {
  return /access_token=([^;]+);/.exec(reply.headers.get("set-cookie") ?? "")?.[1] ?? null;
}

describe("the forms of an event", () => {
  test.each([
    ["/events", event("product_viewed", { email: "EMAIL" }), "application/json"],
    ["//events", event("product_viewed", { email: "EMAIL" }), "application/json"],
    ["/events", event("product_viewed", { email: "EMAIL" }), "text/plain;charset=UTF-8"],
    ["/events", "event_name=product_viewed&email=EMAIL", "application/x-www-form-urlencoded"],
    ["/events", 'event_name=product_viewed&data={"email":"EMAIL"}', "application/x-www-form-urlencoded"],
    ["/events", "event_name=product_viewed&data=&email=EMAIL", "application/x-www-form-urlencoded"],
    ["/events", event("product_viewed", { email: "EMAIL" }), "application/x-www-form-urlencoded"],
    ["/events/product_viewed", '{"email":"EMAIL"}', "application/json"],
    ["/api/v6/events", event("product_viewed", { email: "EMAIL" }), "application/json"],
  ])("POST %s %s as %s", async (path, text, type) => {
    const email = freshEmail();
    const body = text.replace("EMAIL", email);
    const reply = await world.visit(path, { body, headers: { "content-type": type } });
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body).toEqual({
      id: anyId,
      event_id: textIn(reply, "id"),
      token: textIn(reply, "token"),
      cookie_consent: "UNSET",
    });
    expect(reply.headers.get("x-extole-token")).toBe(textIn(reply, "token"));
    expect(reply.headers.get("x-extole-cookie-consent")).toBe("UNSET");
    expect(await stepsOfEvent(email)).toMatchObject([{ name: "product_viewed" }]);
  });

  test.each([
    ["nested without an end", '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000), "invalid_parameter"],
    ["with a text that no log can keep", '{"a":"\\ud800"}', "invalid_json"],
    ["with a reserved name", '{"a":{"__proto__":1}}', "invalid_parameter"],
  ])("data that come as a text, %s, are refused as in a body of JSON", async (_what, data, code) => {
    const form = `event_name=product_viewed&data=${data}`;
    for (const [body, type] of [
      [form, "application/x-www-form-urlencoded"],
      [JSON.stringify({ event_name: "product_viewed", data }), "application/json"],
    ] as const) {
      const headers = { "content-type": type };
      const soft = await world.visit("/events", { body, headers });
      expect([soft.status, textIn(soft, "id")], soft.text).toEqual([200, ""]);
      expect(soft.headers.get("x-extole-error-message")).toBe(code);
      const page = await world.visit("/zones", { body, headers });
      expect([page.status, page.text, page.headers.get("extole-log")]).toEqual([200, "", code]);
      expectEnvelope(await world.visit("/api/v6/events", { body, headers }), code);
      expectEnvelope(await world.visit("/api/v6/zones", { body, headers }), code);
    }
  });

  test("a multipart form, and an image whose query is the data", async () => {
    const email = freshEmail();
    const boundary = "----b";
    const part = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const body = `${part("event_name", "product_viewed")}${part("email", email)}--${boundary}--\r\n`;
    const form = await world.visit("/events", {
      body,
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    });
    expect(textIn(form, "id")).toMatch(/^\d{19}$/);
    const pixel = await world.visit(`/events/product_viewed?email=${email}&n=1`);
    expect(pixel.status).toBe(200);
    expect(await stepsOfEvent(email)).toHaveLength(2);
    expect(cookieOf(pixel)).toBe(textIn(pixel, "token"));
  });
});

describe("what is wrong with an event", () => {
  test.each([
    ["{}", "missing_event_name"],
    ['{"event_name":"  "}', "missing_event_name"],
    ['{"event_name":"a/b"}', "invalid_parameter"],
    [event("x", {}, { event_time: "yesterday" }), "invalid_event_time_format"],
    [event("x", {}, { event_time: 1_780_000_000_000 }), "invalid_event_time_format"],
    [event("x", {}, { data: [{ email: "a@x.com" }] }), "invalid_parameter"],
    [event("x", {}, { data: "email=a@x.com" }), "invalid_parameter"],
    [event("x", {}, { data: 7 }), "invalid_parameter"],
    [event("x", { text: "y".repeat(5_000) }), "invalid_parameter"],
    ["{", "invalid_json"],
    ["[]", "validation_error"],
  ])("%s stands in a header for pages, and is refused to those who ask for it", async (body, code) => {
    const page = await world.visit("/events", { body });
    expect(page.status).toBe(200);
    expect(page.body).toMatchObject({ id: "", token: textIn(page, "token") });
    expect(page.headers.get("x-extole-error-message")).toBe(code);
    expectEnvelope(await world.visit("/api/v6/events", { body }), code);
  });

  const TOO_LARGE = `{"event_name":"x","data":{"text":"${"y".repeat(300_000)}"}}`;
  const json = "application/json";

  test.each([
    ["POST", "/events", TOO_LARGE, json, "request_too_large"],
    ["POST", "/events", TOO_LARGE, "application/x-www-form-urlencoded", "request_too_large"],
    ["POST", "/events", "--b\r\nno form", "multipart/form-data; boundary=b", "missing_request_body"],
    ["POST", "/events/", "{}", json, "missing_event_name"],
    ["GET", "/events/", null, json, "missing_event_name"],
    ["GET", "/events/%ff", null, json, "invalid_parameter"],
    ["POST", "/events/%zz", "{}", json, "invalid_parameter"],
  ])("%s %s of what is no event is no refusal either", async (method, path, body, type, code) => {
    const headers = { "content-type": type, origin: "https://shop.example.com" };
    const reply = await world.visit(path, { method, headers, ...(body === null ? {} : { body }) });
    expect([reply.status, textIn(reply, "id")], reply.text).toEqual([200, ""]);
    expect(reply.headers.get("x-extole-error-message")).toBe(code);
    expect(reply.headers.get("access-control-allow-origin")).toBe("https://shop.example.com");
  });

  test("a body in chunks that is too large is no refusal for pages", async () => {
    const head = "POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const answers = splitAnswers(await rawExchange(world.port, [head, ...Array.from({ length: 6 }, () => chunk)]));
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(answers[0]?.head.toLowerCase()).toContain("x-extole-error-message: request_too_large");
  });

  test("a token that does not hold makes a page somebody new, and is refused to those who ask for it", async () => {
    const page = await world.visit("/events", { token: "garbage", body: event("product_viewed") });
    expect(page.status).toBe(200);
    expect(textIn(page, "id")).toMatch(/^\d{19}$/);
    expectEnvelope(await world.visit("/api/v6/events", { token: "garbage", body: event("x") }), "invalid_access_token");
  });

  test("an event from a blocked browser is refused", async () => {
    const block = { filter_type: "BLACK", list_type: "USER_AGENT", value: "BadBrowser/1.0" };
    expect((await world.serve("/v2/blocks", { body: JSON.stringify(block) })).status).toBe(200);
    const asked = { body: event("product_viewed"), headers: { "user-agent": "BadBrowser/1.0" } };
    const page = await world.visit("/events", asked);
    expect(page.headers.get("x-extole-error-message")).toBe("event_blocked");
    expectEnvelope(await world.visit("/api/v6/events", asked), "event_blocked");
  });
});

describe("whose event it is", () => {
  test("S2 an anonymous device becomes a person, then another person uses it", async () => {
    const [f, g] = [freshEmail("frank"), freshEmail("grace")];
    const t0 = await newToken(world);
    const viewed = await world.visit("//events", { headers: { authorization: t0 }, body: event("product_viewed") });
    expect(textIn(viewed, "token")).toBe(t0);
    const asF = await world.visit("//events", { token: t0, body: event("identify", { email: f }) });
    const t1 = asF.headers.get("x-extole-token") ?? "";
    expect(t1).not.toBe(t0);
    expect(textIn(asF, "token")).toBe(t1);
    const frank = await personBy(world, f);
    expect(await stepNamesOf(world, frank.id)).toEqual(["identified", "identify", "product_viewed"]);
    const history = await listOf(world, `/v5/persons/${frank.id}/identity-history`);
    expect(history).toMatchObject([{ identity_shape_shift_type: "DEVICE_WITH_KEY" }]);
    const asG = await world.visit("/events", { token: t1, body: event("identify", { email: g }) });
    const t2 = textIn(asG, "token");
    expect([t0, t1]).not.toContain(t2);
    expect(await stepNamesOf(world, frank.id)).toEqual(["identified", "identify", "product_viewed"]);
    const grace = await personBy(world, g);
    expect(await stepNamesOf(world, grace.id)).toEqual(["identify"]);
    expect(await listOf(world, `/v5/persons/${grace.id}/identity-history`)).toMatchObject([
      { identity_shape_shift_type: "DEVICE_WITH_DIFFERENT_KEY" },
    ]);
    for (const [token, id] of [
      [t1, frank.id],
      [t2, grace.id],
    ] as const) {
      const again = await world.visit("/events", { token, body: event("product_viewed") });
      expect(textIn(again, "token")).toBe(token);
      expect(await stepNamesOf(world, id)).toContain("product_viewed");
    }
  });

  test("a partner user id alone leads to its person, of whom only what is public is seen", async () => {
    const partner = { partner_user_id: freshEmail("account") };
    const known = await world.serve("/v6/events", { body: event("product_viewed", { ...partner, first_name: "Ann" }) });
    const t0 = await newToken(world);
    await world.visit("/events", { token: t0, body: event("product_viewed") });
    const led = await world.visit("/events", { token: t0, body: event("identify", partner) });
    const t1 = textIn(led, "token");
    expect(t1).not.toBe(t0);
    expect(await stepNamesOf(world, textIn(known, "person_id"))).toEqual(["identify", "product_viewed"]);
    await world.visit("/events", { token: t1, body: event("product_viewed") });
    expect(await stepNamesOf(world, textIn(known, "person_id"))).toHaveLength(3);
    expect((await world.visit("/api/v4/me/steps", { token: t0 })).status).toBe(200);
    expectEnvelope(await world.visit("/api/v4/me/steps", { token: t1 }), "access_denied");
  });

  test("whoever is verified is not verified as the person that a partner user id leads to", async () => {
    const email = freshEmail("vera");
    const partner = { partner_user_id: freshEmail("account") };
    await world.serve("/v6/events", { body: event("product_viewed", { ...partner, email: freshEmail("mary") }) });
    const own = await verified(world, email);
    expect((await world.visit("/api/v4/me/steps", { token: own })).status).toBe(200);
    const led = textIn(await world.visit("/events", { token: own, body: event("identify", partner) }), "token");
    expect(led).not.toBe(own);
    expectEnvelope(await world.visit("/api/v4/me/steps", { token: led }), "access_denied");
  });

  test("nobody speaks for a person by an id", async () => {
    const email = freshEmail("april");
    await identified(world, email);
    const { id } = await personBy(world, email);
    const before = await stepNamesOf(world, id);
    for (const name of ["person_id", "PERSON_ID"]) {
      await world.visit("/events", { body: event("product_viewed", { [name]: id }) });
      await world.visit(`/events/product_viewed?${name}=${id}`);
    }
    expect(await stepNamesOf(world, id)).toEqual(before);
  });

  test("address, browser and page are those of the request, whatever the data say", async () => {
    const email = freshEmail();
    await world.visit("/events", {
      body: event("product_viewed", { email, source_ip: "203.0.113.99", device_id: "phone-1" }),
      headers: { "x-forwarded-for": "198.51.100.1, 192.0.2.44" },
    });
    const { id } = await personBy(world, email);
    expect(await listOf(world, `/v5/persons/${id}/locations`)).toMatchObject([
      { ip_address: "192.0.2.44", device_id: "phone-1" },
    ]);
  });

  test("lists that come in several lines are one, as proxies send them", async () => {
    const email = freshEmail();
    const body = event("product_viewed", { email });
    const head = `POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n`;
    const forwarded = "X-Forwarded-For: 198.51.100.1, 192.0.2.45\r\nX-Forwarded-For: 10.0.0.7\r\n";
    const [sent] = splitAnswers(await rawExchange(behindTwo.port, [`${head}${forwarded}\r\n`, body]));
    expect(sent?.status).toBe(200);
    const { id } = await personBy(behindTwo, email);
    expect(await listOf(behindTwo, `/v5/persons/${id}/locations`)).toMatchObject([{ ip_address: "192.0.2.45" }]);
    const token = await newToken(world);
    const cookies = [`Cookie: access_token=${token}`, "Cookie: theme=dark"];
    for (const lines of [cookies, cookies.toReversed()]) {
      const asked = `GET /api/v5/token HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join("\r\n")}\r\n\r\n`;
      const [reply] = splitAnswers(await rawExchange(world.port, [asked]));
      expect([lines, reply?.status]).toEqual([lines, 200]);
    }
  });

  test("a test container comes by header, sandbox or cookie, and what the data say wins", async () => {
    const email = freshEmail();
    const sent: [Record<string, string>, object][] = [
      [{ "x-extole-container": "test" }, {}],
      [{ "x-extole-sandbox": "production-test" }, {}],
      [{ cookie: "container=test" }, {}],
      [{ "x-extole-sandbox": "production-production" }, {}],
      [{ "x-extole-container": "test" }, { container: "production" }],
    ];
    for (const [headers, data] of sent) {
      await world.visit("/events", { headers, body: event("product_viewed", { email, ...data }) });
    }
    const containers = (await stepsOfEvent(email)).map(({ container }) => container).toReversed();
    expect(containers).toEqual(["test", "test", "test", "production", "production"]);
  });
});

test("what pages load can be asked for by its head, and an event cannot", async () => {
  const head = await fetch(`http://127.0.0.1:${world.port}/core.js`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect(head.headers.get("content-length")).toBe(String(SCRIPT.text.length));
  expect(head.headers.get("content-type")).toBe(SCRIPT.contentType);
  // A page may load it with `crossorigin`, or take nothing from elsewhere that does not say that it may.
  expect(head.headers.get("access-control-allow-origin")).toBe("*");
  expect(head.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect((await world.visit("/core.js")).text).toBe(SCRIPT.text);
  const event = await fetch(`http://127.0.0.1:${world.port}/events/product_viewed`, { method: "HEAD" });
  expect(event.status).toBe(405);
});

describe("pages of other origins", () => {
  const SHOP = "https://shop.example.com";
  const EVIL = "https://evil.example.com";

  test("may ask before they call, with the headers they name", async () => {
    for (const path of ["/events", "/events/x", "/api/v5/token"]) {
      const reply = await world.visit(path, {
        method: "OPTIONS",
        headers: {
          origin: EVIL,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization, x-extole-app",
        },
      });
      expect(reply.status).toBe(204);
      expect(reply.headers.get("access-control-allow-origin")).toBe(EVIL);
      expect(reply.headers.get("access-control-allow-headers")).toBe("authorization, x-extole-app");
      expect(reply.headers.get("access-control-allow-methods")).toContain("POST");
      expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
    }
    const listed = await world.visit("/events", { method: "OPTIONS", headers: { origin: SHOP } });
    expect(listed.headers.get("access-control-allow-credentials")).toBe("true");
    const ofBackEnd = await world.visit("/v6/events", { method: "OPTIONS", headers: { origin: SHOP } });
    expect(ofBackEnd.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("read the answer and its token, also of a refusal", async () => {
    const reply = await world.visit("/events", { body: event("product_viewed"), headers: { origin: EVIL } });
    expect(reply.headers.get("access-control-allow-origin")).toBe(EVIL);
    expect(reply.headers.get("access-control-expose-headers")).toContain("x-extole-token");
    expect(reply.headers.get("vary")).toBe("origin");
    const refused = await world.visit("/api/v5/token", { headers: { origin: EVIL } });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("access-control-allow-origin")).toBe(EVIL);
    for (const each of [reply, refused]) expect(each.headers.get("cache-control")).toBe("no-store");
  });

  test("use the consumer's cookie only where they are listed, or the host's own", async () => {
    const token = await newToken(world);
    const status = async (origin: string | null): Promise<number> => {
      const headers = { cookie: `access_token=${token}`, ...(origin === null ? {} : { origin }) };
      return (await world.visit("/api/v5/token", { headers })).status;
    };
    expect(await status(null)).toBe(200);
    expect(await status(SHOP)).toBe(200);
    expect(await status(`http://127.0.0.1:${world.port}`)).toBe(200);
    expect(await status(EVIL)).toBe(403);
    expect(await status("null")).toBe(403);
  });

  test("a cookie is set once, and not for those who bring a token of their own", async () => {
    const first = await world.visit("/events", { body: event("product_viewed") });
    const cookie = cookieOf(first) ?? "";
    expect(cookie).toBe(textIn(first, "token"));
    expect(first.headers.get("set-cookie")).toContain("HttpOnly; SameSite=None; Secure");
    const next = await world.visit("/events", {
      body: event("product_viewed"),
      headers: { cookie: `access_token=${cookie}` },
    });
    expect(textIn(next, "token")).toBe(cookie);
    expect(next.headers.get("set-cookie")).toBeNull();
    const app = await world.visit("/events", { token: cookie, body: event("identify", { email: freshEmail() }) });
    expect(textIn(app, "token")).not.toBe(cookie);
    expect(app.headers.get("set-cookie")).toBeNull();
  });

  test("a visitor stays the same beside cookies of others under the same names", async () => {
    const first = textIn(await world.visit("/events", { body: event("product_viewed") }), "token");
    const headers = {
      cookie: `extole_token=LEFT0BY0ANOTHER0SERVICE000; access_token=of-the-site-above; access_token=${first}`,
    };
    const next = await world.visit("/events", { body: event("product_viewed"), headers });
    expect([textIn(next, "token"), next.headers.get("set-cookie")]).toEqual([first, null]);
    const wrong = { cookie: "extole_token=LEFT0BY0ANOTHER0SERVICE000" };
    expectEnvelope(await world.visit("/api/v5/token", { headers: wrong }), "invalid_access_token");
  });

  test("do not replace the visitor that the browser has been so far, where its cookie does not count", async () => {
    const cookie = `access_token=${await newToken(world)}`;
    const body = event("product_viewed");
    for (const origin of [EVIL, "null"]) {
      for (const [path, asked] of [
        ["/events", { body }],
        ["/events/product_viewed", {}],
        ["/zones", { body: event("no_such_zone") }],
      ] as const) {
        const reply = await world.visit(path, { ...asked, headers: { origin, cookie } });
        expect(reply.status).toBe(200);
        expect([path, origin, reply.headers.get("set-cookie")]).toEqual([path, origin, null]);
        expect(reply.headers.get("x-extole-token")).not.toBeNull();
      }
    }
    const listed = await world.visit("/events", { body, headers: { origin: SHOP } });
    expect(listed.headers.get("set-cookie")).not.toBeNull();
  });
});

describe("an event that a page sends again, because it heard no answer", () => {
  test("is one event under its message_id; another device's is its own", async () => {
    const [email, other] = [freshEmail(), freshEmail()];
    const [token, otherToken] = [await newToken(world), await newToken(world)];
    const again = event("product_viewed", { email }, { message_id: "m-1" });
    const first = await world.visit("/events", { token, body: again });
    const second = await world.visit("/events", { token, body: again });
    expect(textIn(first, "id")).toMatch(/^\d{19}$/);
    expect(textIn(second, "id")).toBe("");
    expect(second.headers.get("x-extole-error-message")).toBe("message_repeated");
    expect(await stepsOfEvent(email)).toHaveLength(1);
    const body = event("product_viewed", { email: other }, { message_id: "m-1" });
    await world.visit("/events", { token: otherToken, body });
    expect(await stepsOfEvent(other)).toHaveLength(1);
  });
});
