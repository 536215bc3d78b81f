// What a campaign shows, as a response: what is refused, what is dropped, what is said where nothing was.

import { describe, expect, test } from "vitest";
import { renderedIn, zoneData, zoneResponse } from "../../src/api/server/zone_response.ts";
import { ZONE_HEADER_LENGTH_MAX, ZONE_HEADERS_MAX } from "../../src/api/limits.ts";
import type { RenderedZone } from "../../src/model/zone.ts";

const shown: RenderedZone = {
  campaignId: "1",
  campaignVersion: 2,
  controllerName: "share",
  actionId: "a",
  actionType: "DISPLAY",
  status: null,
  headers: {},
  contentType: null,
  body: null,
};

function response(more: Partial<RenderedZone>, accept = ""): unknown {
  const made = zoneResponse({ ...shown, ...more }, accept);
  return made.ok ? made.value : made.error.code;
}

const sniff = ["x-content-type-options", "nosniff"];

test("JSON has no nulls but in lists; text is what the reader asks for, unless it is said", () => {
  expect(response({ body: { a: null, b: { c: null, d: [null, { e: null }] } } })).toMatchObject({
    status: 200,
    contentType: "application/json",
    body: '{"b":{"d":[null,{}]}}',
  });
  expect(response({ body: "<p>" }, "text/html,*/*")).toMatchObject({ contentType: "text/html; charset=utf-8" });
  expect(response({ body: "<p>" }, "*/*")).toMatchObject({ contentType: "text/plain; charset=utf-8", body: "<p>" });
  expect(response({ body: "x", headers: { "Content-Type": "text/css" } })).toMatchObject({ contentType: "text/css" });
  expect(response({ body: "x", contentType: "text/javascript" }, "text/html")).toMatchObject({
    contentType: "text/javascript",
    headers: [sniff],
  });
  expect(response({})).toMatchObject({ body: "" });
});

test.each([
  [200, 200],
  [404, 404],
  [204, 204],
  [199, 200],
  [600, 200],
  [1e9, 200],
  [201.5, 200],
  [Number.NaN, 200],
])("a status of %s is %s", (said, sent) => {
  expect(response({ status: said, body: "x" })).toMatchObject({ status: sent, body: sent === 204 ? "" : "x" });
});

describe("headers", () => {
  const headersOf = (headers: RenderedZone["headers"]): unknown =>
    (response({ headers }) as { headers: unknown[] }).headers.slice(0, -1);

  test("are passed on by their names in lower case, numbers and flags as text", () => {
    expect(headersOf({ "X-Own": "a", n: 1, f: true })).toEqual([
      ["x-own", "a"],
      ["n", "1"],
      ["f", "true"],
    ]);
  });

  test.each([
    ["set-cookie", "access_token=stolen"],
    ["Content-Length", "0"],
    ["transfer-encoding", "chunked"],
    ["connection", "close"],
    ["access-control-allow-origin", "*"],
    ["x-extole-token", "stolen"],
    ["cache-control", "public"],
    ["a b", "x"],
    ["", "x"],
    ["a\r\nb", "x"],
    ["x-split", "a\r\nset-cookie: b"],
    ["x-nul", "a\u0000"],
    ["x-wide", "\u0100"],
    ["x-long", "x".repeat(ZONE_HEADER_LENGTH_MAX + 1)],
    ["x-object", { a: 1 }],
    ["x-null", null],
  ])("%s is not: %#", (name, value) => {
    expect(headersOf({ [name]: value })).toEqual([]);
  });

  test("are bounded", () => {
    const many = Object.fromEntries(Array.from({ length: ZONE_HEADERS_MAX + 5 }, (_, n) => [`x-${n}`, "a"]));
    expect((headersOf(many) as unknown[]).length).toBe(ZONE_HEADERS_MAX);
  });
});

describe("a redirect", () => {
  test.each(["https://shop.example.com/a?b=c", "http://x.example", "/start"])("leads to %s", (location) => {
    expect(response({ status: 302, headers: { location } })).toMatchObject({ status: 302 });
  });

  test.each([
    "javascript:alert(1)",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https:// x",
    "start",
    "",
  ])("does not lead to %j", (location) =>
    expect(response({ status: 302, headers: { location } })).toBe("invalid_redirect"),
  );

  test("leads somewhere", () => expect(response({ status: 301 })).toBe("invalid_redirect"));
});

test("data are an object, or text that holds one", () => {
  const data = (body: RenderedZone["body"]): unknown => zoneData({ ...shown, body });
  expect(data({ a: 1, b: null })).toEqual({ a: 1 });
  expect(data('{"a":{"b":null,"c":2}}')).toEqual({ a: { c: 2 } });
  expect(data({ rewards: ["R-1", null, { code: null }, [null]] })).toEqual({ rewards: ["R-1", {}, []] });
  for (const none of [null, "<p>", "[1]", [1], 7, true, "null", ""]) expect(data(none)).toBeNull();
});

test("what an event is answered with holds it, or not", () => {
  expect(renderedIn({ isIdentified: true, rendered: shown })).toBe(shown);
  for (const none of [null, undefined, "x", { isIdentified: true }]) expect(renderedIn(none)).toBeNull();
});
