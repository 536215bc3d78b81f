// Expressions of keys that say themselves how access tokens are asked for: what they see, what they may yield, and that no failure tells a secret.

import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/model/json.ts";
import { tokenExpressionError, tokenIn, tokenRequest } from "../../src/rules/mod.ts";

const secret = "s&cr=t";
const shown = { url: "https://login.example.com/token", clientId: "me", secret, scope: null };
const asked = (written: JsonValue): ReturnType<typeof tokenRequest> => tokenRequest(written, { shown, answer: null });
const read = (written: JsonValue, body: string, status = 200): ReturnType<typeof tokenIn> =>
  tokenIn(written, { shown, answer: { status, body } });
const js = (text: string): string => `javascript@runtime:${text}`;

describe("a request", () => {
  test("is built of what the key says of the authorization server", () => {
    const written = js(`(function() {
      const c = context.getClientCredentials();
      const form = { grant_type: "custom", id: c.getOAuthClientId(), secret: c.getOAuthClientSecret(), scope: c.getScope(), n: 7 };
      return context.createRequestBuilder()
        .withUrl(c.getAuthorizationUrl() + "/v2")
        .addHeader("X-App", c.getOAuthClientId())
        .addHeader("X-List", ["a", "b"])
        .withBody(context.encodeToFormUrlEncoded(form))
        .build();
    })()`);
    const value = {
      url: "https://login.example.com/token/v2",
      headers: { "X-App": "me", "X-List": "a, b" },
      body: "grant_type=custom&id=me&secret=s%26cr%3Dt&n=7",
    };
    expect(asked(written)).toEqual({ ok: true, value });
  });

  const { url } = shown;
  const rows: [string, JsonValue, object][] = [
    [
      "a builder that nobody built",
      js('context.createRequestBuilder().withBody("b")'),
      { url, headers: {}, body: "b" },
    ],
    [
      "a map",
      js("({ url: 'https://x.example.com/', headers: { A: ['b'] } })"),
      { url: "https://x.example.com/", headers: { A: "b" }, body: null },
    ],
    [
      "data as a body",
      js("({ body: { user: context.getClientCredentials().getOAuthClientId() } })"),
      { url, headers: {}, body: '{"user":"me"}' },
    ],
    [
      "a literal",
      { url: "https://x.example.com/", headers: {}, body: null },
      { url: "https://x.example.com/", headers: {}, body: null },
    ],
    [
      "a template that is a body",
      "handlebars@runtime:secret={{{client_credentials.o_auth_client_secret}}}",
      { url, headers: {}, body: `secret=${secret}` },
    ],
    [
      "a template that says all",
      'handlebars@runtime:{"url":"https://x.example.com/","body":"b"}',
      { url: "https://x.example.com/", headers: {}, body: "b" },
    ],
  ];
  test.each(rows)("may be %s", (_what, written, value) => {
    expect(asked(written)).toEqual({ ok: true, value });
  });

  const wrong: [string, JsonValue, string][] = [
    [
      "a fault",
      js("context.createRequestBuilder().withUrl(context.getClientCredentials().getScope()).build()"),
      "the key's request failed: wrong_type",
    ],
    ["a thing in a form", js("context.encodeToFormUrlEncoded({ a: [1] })"), "the key's request failed: wrong_type"],
    ["no web address", js("({ url: 'ftp://x.example.com/' })"), "the key's request has no address"],
    [
      "a header within a header",
      js("({ headers: { A: 'b\\nHost: x' } })"),
      "the headers of the key's request are none",
    ],
    ["too long a body", { body: "x".repeat(70_000) }, "the body of the key's request is too large"],
    ["nothing that can be compiled", js("context.getPerson()"), "the key's request failed: it cannot be compiled"],
    [
      "more work than an evaluation has",
      js(`"${"a,".repeat(400)}".split(",").map(a => "${"a,".repeat(400)}".split(",").map(b => b + a))`),
      "the key's request failed: gas",
    ],
  ];
  test.each(wrong)("that is %s says so", (_what, written, error) => {
    expect(asked(written)).toEqual({ ok: false, error });
  });

  test("that fails over a secret does not tell it", () => {
    const told = asked(js("({})[context.getClientCredentials().getOAuthClientSecret()].length"));
    expect(told.ok).toBe(false);
    expect(JSON.stringify(told)).not.toContain(secret);
  });
});

describe("a response handler", () => {
  const answer = JSON.stringify({ data: { token: "T" }, ttl: 90 });
  const rows: [string, JsonValue, object][] = [
    [
      "builds a token",
      js(
        "context.createResponseBuilder().withAccessToken(context.getOAuthRequestResult().getJson().data.token).withExpiresIn(90).build()",
      ),
      { text: "T", seconds: 90 },
    ],
    [
      "builds one that lasts a day",
      js(
        "context.createResponseBuilder().withAccessToken(context.getOAuthRequestResult().getResponseBody().substring(2, 6)).build()",
      ),
      { text: "data", seconds: 86_400 },
    ],
    [
      "yields members of the contract",
      js("({ accessToken: 'T', expiresIn: context.getOAuthRequestResult().getJson().ttl })"),
      { text: "T", seconds: 90 },
    ],
    ["yields members of RFC 6749", js("({ access_token: 'T', expires_in: '7' })"), { text: "T", seconds: 7 }],
    ["does not say how long", js("({ accessToken: 'T' })"), { text: "T", seconds: null }],
    [
      "is a template",
      'handlebars@runtime:{"accessToken":"{{o_auth_request_result.response_status_code}}"}',
      { text: "200", seconds: null },
    ],
    ["is a literal", { accessToken: "T", expiresIn: 5 }, { text: "T", seconds: 5 }],
  ];
  test.each(rows)("%s", (_what, written, value) => {
    expect(read(written, answer)).toEqual({ ok: true, value });
  });

  const wrong: [string, JsonValue, string][] = [
    [
      "a token that is absent",
      js("context.createResponseBuilder().withAccessToken(context.getOAuthRequestResult().getJson().none).build()"),
      "the key's response handler failed: wrong_type",
    ],
    ["an empty one", js("({ accessToken: '' })"), "the key's response handler found no token"],
    ["a text", js("context.getOAuthRequestResult().getResponseBody()"), "the key's response handler found no token"],
    ["nothing", js("null"), "the key's response handler found no token"],
  ];
  test.each(wrong)("that yields %s says so", (_what, written, error) => {
    expect(read(written, "<html>", 500)).toMatchObject({ ok: false });
    expect(read(written, '"x"')).toEqual({ ok: false, error });
  });
});

test("what is not there says why when the key is made", () => {
  const told = (text: string, root: "token_request" | "token_response"): string =>
    tokenExpressionError(js(text), root)?.message ?? "";
  expect(told("context.getVariable('x')", "token_request")).toContain("belongs to no campaign");
  expect(told("context.getOAuthRequestResult().getResponseHeaders()", "token_response")).toContain("status and body");
  expect(told("context.getClientCredentials()", "token_response")).toContain("no method getClientCredentials");
  expect(told("context.getClientCredentials()", "token_request")).toBe("");
  expect(tokenExpressionError({ url: "x" }, "token_request")).toBeNull();
});
