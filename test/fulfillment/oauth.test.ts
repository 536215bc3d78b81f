// Tokens of OAUTH keys: asked for as each flavour is published, kept for as long as they hold, and never more than once at a time.

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { HttpCall } from "../../src/fulfillment/http_call.ts";
import { fail, ok } from "../../src/base/result.ts";
import { type OAuthFlavour, type OAuthGrant, OAuthTokens, type TokenExchange } from "../../src/fulfillment/oauth.ts";
import type { AttemptResult } from "../../src/model/job.ts";

const grant: OAuthGrant = {
  kind: "oauth",
  flavour: "basic",
  url: "https://login.example.com/token",
  clientId: "shop app",
  secret: "s:3/cret",
  scope: null,
  accountId: null,
  username: null,
  password: null,
  tenant: null,
  appKey: null,
  exchange: null,
};

let calls: HttpCall[] = [];
let answer: () => AttemptResult;

function given(body: object, status = 200): AttemptResult {
  return { kind: "answered", status, body: JSON.stringify(body), retryAfterMs: null };
}

function tokens(): OAuthTokens {
  return new OAuthTokens(async (call) => {
    calls.push(call);
    return answer();
  });
}

beforeEach(() => {
  calls = [];
  let made = 0;
  answer = () => given({ access_token: `T-${++made}`, expires_in: 3_600, token_type: "Bearer" });
  vi.useFakeTimers({ now: 1_000_000 });
  return () => void vi.useRealTimers();
});

describe("the request", () => {
  const rows: [OAuthFlavour, Partial<OAuthGrant>, string, string | null][] = [
    ["basic", { scope: "a b" }, "grant_type=client_credentials&scope=a+b", "shop+app:s%3A3%2Fcret"],
    ["post", {}, "grant_type=client_credentials&client_id=shop+app&client_secret=s%3A3%2Fcret", null],
    [
      "password",
      { username: "u@x.com", password: "p&w" },
      "grant_type=password&client_id=shop+app&client_secret=s%3A3%2Fcret&username=u%40x.com&password=p%26w",
      null,
    ],
    [
      "salesforce",
      { accountId: "12345" },
      '{"grant_type":"client_credentials","client_id":"shop app","client_secret":"s:3/cret","account_id":"12345"}',
      null,
    ],
    [
      "lead_perfection",
      { tenant: "acme", appKey: "A&1" },
      "grant_type=password&username=shop+app&password=s%3A3%2Fcret&clientid=acme&appkey=A%261",
      null,
    ],
  ];

  test.each(rows)("of %s", async (flavour, more, body, pair) => {
    await tokens().take({ ...grant, flavour, ...more });
    const type = flavour === "salesforce" ? "application/json" : "application/x-www-form-urlencoded";
    expect(calls).toMatchObject([
      {
        credential: pair === null ? null : { kind: "basic", pair },
        request: { method: "POST", url: grant.url, headers: { "content-type": type }, body },
      },
    ]);
  });
});

describe("a token", () => {
  test("is used until shortly before its end, then asked for anew", async () => {
    const own = tokens();
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-1" });
    vi.advanceTimersByTime(3_539_000);
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-1" });
    vi.advanceTimersByTime(2_000);
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-2" });
    expect(calls).toHaveLength(2);
  });

  test("that ends within a minute, or does not say when, is used for a while nevertheless", async () => {
    for (const more of [{ expires_in: 20 }, {}, { expires_in: "soon" }]) {
      const own = tokens();
      answer = () => given({ access_token: `T-${calls.length}`, ...more });
      const first = await own.take(grant);
      vi.advanceTimersByTime(9_000);
      expect(await own.take(grant)).toEqual(first);
      vi.advanceTimersByTime(86_400_000);
      expect(await own.take(grant)).not.toEqual(first);
    }
  });

  test("is asked for once by all who need it at once", async () => {
    const own = tokens();
    const all = await Promise.all(Array.from({ length: 20 }, () => own.take(grant)));
    expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(calls).toHaveLength(1);
  });

  test("belongs to one key as it is now: another secret is another token", async () => {
    const own = tokens();
    await own.take(grant);
    expect(await own.take({ ...grant, secret: "new" })).toEqual({ kind: "bearer", token: "T-2" });
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-1" });
  });

  test("that was refused is not used again, unless another is known already", async () => {
    const own = tokens();
    await own.take(grant);
    own.forget(grant, "T-1");
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-2" });
    own.forget(grant, "T-1");
    expect(await own.take(grant)).toEqual({ kind: "bearer", token: "T-2" });
  });
});

describe("a key that says itself how it asks", () => {
  const exchange: TokenExchange = {
    written: "one",
    makeRequest: () => ok({ url: "https://login.example.com/own", headers: { Accept: "text/plain" }, body: "own" }),
    readToken: ({ status, body }) => (status === 201 ? ok({ text: body, seconds: 120 }) : fail("no token in it")),
  };

  test("sends its own request, to its own address, without a credential, and reads the answer itself", async () => {
    const own = tokens();
    answer = () => ({ kind: "answered", status: 201, body: `T-${calls.length}`, retryAfterMs: null });
    expect(await own.take({ ...grant, exchange })).toEqual({ kind: "bearer", token: "T-1" });
    expect(calls).toEqual([
      {
        idempotencyKey: "token",
        credential: null,
        request: {
          method: "POST",
          url: "https://login.example.com/own",
          headers: { Accept: "text/plain", "content-type": "application/x-www-form-urlencoded" },
          body: "own",
          keyId: null,
          readsAnswer: true,
        },
      },
    ]);
    vi.advanceTimersByTime(59_000);
    expect(await own.take({ ...grant, exchange })).toEqual({ kind: "bearer", token: "T-1" });
    expect(await own.take({ ...grant, exchange: { ...exchange, written: "two" } })).toMatchObject({ token: "T-2" });
    vi.advanceTimersByTime(2_000);
    expect(await own.take({ ...grant, exchange })).toMatchObject({ token: "T-3" });
  });

  test("asks as its flavour does, and reads as published, where it says nothing", async () => {
    const silent = { ...exchange, makeRequest: null, readToken: null };
    expect(await tokens().take({ ...grant, exchange: silent })).toEqual({ kind: "bearer", token: "T-1" });
    expect(calls).toMatchObject([{ credential: { kind: "basic" }, request: { url: grant.url } }]);
  });

  test("is not sent when its request fails, says why, and asks again the next time", async () => {
    const own = tokens();
    const failing = { ...exchange, makeRequest: () => fail("the key's request failed: gas") };
    const missing = "no access token: the key's request failed: gas";
    expect(await own.take({ ...grant, exchange: failing })).toMatchObject({
      missing,
      result: { kind: "not_sent", isFinal: false },
    });
    expect(calls).toEqual([]);
    answer = () => ({ kind: "answered", status: 201, body: "T", retryAfterMs: null });
    // The same name, since nothing that is written differs.
    expect(await own.take({ ...grant, exchange })).toEqual({ kind: "bearer", token: "T" });
  });

  test("tells a status that its handler makes nothing of, and a token that is no header", async () => {
    const own = tokens();
    answer = () => given({ error: "invalid" }, 401);
    expect(await own.take({ ...grant, exchange })).toMatchObject({
      missing: "no access token: answered with 401, no token in it",
    });
    answer = () => ({ kind: "answered", status: 201, body: "a\nb", retryAfterMs: null });
    expect(await own.take({ ...grant, exchange })).toMatchObject({ missing: "no access token: answered with 201" });
  });
});

describe("without a token", () => {
  const wrong: [string, AttemptResult][] = [
    ["refused", given({ error: "invalid_client" }, 401)],
    ["an answer without one", given({ token: "x" })],
    ["one that is no header", given({ access_token: "a\r\nb" })],
    ["no JSON", { kind: "answered", status: 200, body: "<html>", retryAfterMs: null }],
    ["not reached", { kind: "not_sent", reason: "private address", isFinal: true }],
    ["silence", { kind: "unknown", reason: "timeout" }],
  ];

  test.each(wrong)("%s: says why, and asks again the next time", async (_what, result) => {
    const own = tokens();
    answer = () => result;
    const missing = await own.take(grant);
    expect(missing).toMatchObject({ missing: expect.stringContaining("no access token") as string });
    expect(JSON.stringify(missing)).not.toContain(grant.secret);
    await own.take(grant);
    expect(calls).toHaveLength(2);
  });
});
