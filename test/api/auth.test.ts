// Tokens and scopes, and the routes against every kind of token.

import { describe, expect, test } from "vitest";
import { Authenticator, bootstrapTokens, type Grant, hashToken, type TokenStore } from "../../src/api/http/auth.ts";
import { Router } from "../../src/api/http/router.ts";
import { TOKEN_FRESH_MS, TOKEN_STALE_MS, TOKENS_REMEMBERED_MAX } from "../../src/api/limits.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import {
  ask,
  CLIENT,
  eventBody,
  EXPIRED_TOKEN,
  expectEnvelope,
  openFront,
  OTHER_CLIENT,
  OTHER_TOKEN,
  READER_TOKEN,
  routesOf,
  TOKEN,
} from "./front_fixture.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

const path = "/v6/async-events";

describe("presenting a token", () => {
  test.each([
    ["Bearer", `Bearer ${TOKEN}`],
    ["bearer", `bearer ${TOKEN}`],
    ["BEARER and more space", `BEARER    ${TOKEN} `],
    ["the bare token", TOKEN],
  ])("%s is accepted", async (_what, authorization) => {
    const { port } = await openFront();
    expect((await ask(port, path, { token: null, headers: { authorization }, body: eventBody() })).status).toBe(200);
  });

  test("the query wins over the header; a blank one is no token", async () => {
    const { port, runtime } = await openFront();
    await ask(port, `${path}?access_token=${OTHER_TOKEN}`, { body: eventBody() });
    await ask(port, `${path}?access_token=`, { body: eventBody() });
    await ask(port, `${path}?x=1&access_token=%20`, { body: eventBody() });
    expect(runtime.events.map(({ client }) => client)).toEqual([OTHER_CLIENT, CLIENT, CLIENT]);
  });

  test("a library sends it as the name of basic authentication, in whatever case it writes that", async () => {
    const { port, runtime } = await openFront();
    const pair = Buffer.from(`${TOKEN}:`).toString("base64");
    for (const word of ["Basic", "basic", "BASIC"]) {
      const headers = { authorization: `${word} ${pair}` };
      expect((await ask(port, path, { token: null, headers, body: eventBody() })).status, word).toBe(200);
    }
    expect(runtime.events).toHaveLength(3);
  });

  test.each([
    ["none", {}, "missing_access_token"],
    ["a blank header", { authorization: " " }, "missing_access_token"],
    ["Bearer without a token", { authorization: "Bearer" }, "missing_access_token"],
    ["Bearer and spaces", { authorization: "Bearer   " }, "missing_access_token"],
    ["an unknown one", { authorization: "Bearer nobody" }, "invalid_access_token"],
    ["a cut one", { authorization: `Bearer ${TOKEN.slice(1)}` }, "invalid_access_token"],
    ["one in capitals", { authorization: `Bearer ${TOKEN.toUpperCase()}` }, "invalid_access_token"],
    ["its hash", { authorization: `Bearer ${hashToken(TOKEN)}` }, "invalid_access_token"],
    ["a long one", { authorization: `Bearer ${"x".repeat(3_000)}` }, "invalid_access_token"],
    ["an expired one", { authorization: `Bearer ${EXPIRED_TOKEN}` }, "expired_access_token"],
    ["one that may only read", { authorization: `Bearer ${READER_TOKEN}` }, "access_denied"],
  ])("%s is refused with 403, before the body is looked at", async (_what, headers, code) => {
    const { port, runtime, logged } = await openFront();
    expectEnvelope(await ask(port, path, { token: null, headers: { ...headers }, body: "not json" }), code);
    expect(runtime.events).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain(TOKEN);
  });
});

describe("routes", () => {
  const routes = routesOf(new RecordingRuntime());
  const bodyFor = (method: string): { body?: string } => (method === "POST" || method === "PUT" ? { body: "{}" } : {});
  const withValues = (template: string): string => template.replaceAll(/\{[a-z_]+\}/g, "7000000000000000001");

  test.each(routes.map((route) => ({ name: `${route.method} ${route.path}`, route })))(
    "$name lets in whom its table names, and nobody else",
    async ({ route }) => {
      const { port } = await openFront();
      const target = withValues(route.path);
      const status = async (token: string | null): Promise<number> =>
        (await ask(port, target, { token, method: route.method, ...bodyFor(route.method) })).status;
      if (route.scopes === "open") {
        expect(await status(null)).toBe(200);
        return;
      }
      const codeOf = async (token: string | null): Promise<unknown> => {
        const reply = await ask(port, target, { token, method: route.method, ...bodyFor(route.method) });
        return typeof reply.body === "object" && reply.body !== null && "code" in reply.body
          ? reply.body.code
          : "let in";
      };
      if (route.scopes === "optional") {
        expect(await codeOf(null)).toBe("missing_credentials");
        expect(await codeOf("nobody")).toBe("invalid_access_token");
        return;
      }
      expect(await codeOf(null)).toBe("missing_access_token");
      expect(await codeOf("nobody")).toBe("invalid_access_token");
      expect(await codeOf(EXPIRED_TOKEN)).toBe("expired_access_token");
      expect(await codeOf(TOKEN)).not.toBe("access_denied");
      if (!route.scopes.includes("USER_SUPPORT")) expect(await codeOf(READER_TOKEN)).toBe("access_denied");
      else expect(await codeOf(READER_TOKEN)).not.toBe("access_denied");
    },
  );

  test("unknown paths are 404, other methods 405 with Allow, OPTIONS 204; none of them needs a token", async () => {
    const { port } = await openFront();
    expectEnvelope(await ask(port, "/v6/nothing", { token: null }), "not_found");
    const other = await ask(port, path, { token: null, method: "PUT", body: "{}" });
    expectEnvelope(other, "method_not_allowed");
    expect(other.headers.get("allow")).toBe("POST, OPTIONS");
    expectEnvelope(await ask(port, "/v5/persons/1", { token: null, method: "DELETE" }), "method_not_allowed");
    const options = await ask(port, "/v5/persons/7000000000000000001", { token: null, method: "OPTIONS" });
    expect(options.status).toBe(204);
    expect(options.headers.get("allow")).toBe("GET, PUT, OPTIONS");
    expect([options.text, options.headers.get("content-length")]).toEqual(["", null]);
    const head = await ask(port, "/metrics", { token: null, method: "HEAD" });
    expect([head.status, head.text]).toEqual([405, ""]);
    for (const asked of ["/healthz", "/readyz"]) {
      const { status, text } = await ask(port, asked, { token: null, method: "HEAD" });
      expect([asked, status, text]).toEqual([asked, 200, ""]);
    }
  });

  test("a route without scopes is nobody's", async () => {
    const router = new Router(routes);
    for (const route of routes) {
      const match = router.match(route.method, withValues(route.path));
      expect(match).toMatchObject({ kind: "found", route: { operation: route.operation } });
      expect(route.scopes.length).toBeGreaterThan(0);
    }
  });
});

describe("Authenticator", () => {
  const head = (authorization: string) => ({
    method: "GET",
    host: "localhost",
    path: "/",
    query: "",
    authorization,
    contentType: "",
    contentEncoding: "",
    contentLength: -1,
    isChunked: false,
    timeZone: "",
    idempotencyKey: "",
    wanted: null,
    problem: null,
  });
  const grant: Grant = { client: CLIENT, scopes: ["BACKEND"], expiresMs: null };

  test("A3 a revoked token is refused with the next request", () => {
    const grants = new Map([["t", grant]]);
    const store = { version: 1, find: (token: string) => grants.get(token) };
    const authenticator = new Authenticator(store);
    expect(authenticator.identify(head("t"), 0)).toBe(grant);
    grants.clear();
    store.version++;
    expect(authenticator.identify(head("t"), 0)).toBe("invalid_access_token");
  });

  test("remembers a bounded number of tokens, never unknown ones, and asks the store once for each", () => {
    let asked = 0;
    const store: TokenStore = { version: 1, find: () => (asked++, grant) };
    const authenticator = new Authenticator(store);
    for (let i = 0; i <= TOKENS_REMEMBERED_MAX; i++) void authenticator.identify(head(`t${i}`), 0);
    void authenticator.identify(head(`t${TOKENS_REMEMBERED_MAX}`), 0);
    expect(asked).toBe(TOKENS_REMEMBERED_MAX + 1);
    void authenticator.identify(head("t0"), 0);
    expect(asked).toBe(TOKENS_REMEMBERED_MAX + 2);
  });

  test("a grant ends at its time", () => {
    const store: TokenStore = { version: 1, find: () => ({ ...grant, expiresMs: 100 }) };
    const authenticator = new Authenticator(store);
    expect(authenticator.identify(head("t"), 99)).toMatchObject({ client: CLIENT });
    expect(authenticator.identify(head("t"), 100)).toBe("expired_access_token");
  });

  test("A3 a grant that was read is looked up again after a second, and lives on for a while where nobody can be asked", async () => {
    let isAway = false;
    let found: Grant | undefined = grant;
    const store: TokenStore = {
      version: 1,
      find: async () => {
        if (isAway) throw new Unavailable("recovering", 1);
        return found;
      },
    };
    const authenticator = new Authenticator(store);
    expect(await authenticator.identify(head("t"), 0)).toBe(grant);
    expect(authenticator.identify(head("t"), TOKEN_FRESH_MS - 1)).toBe(grant);
    isAway = true;
    expect(await authenticator.identify(head("t"), TOKEN_FRESH_MS)).toBe(grant);
    await expect(authenticator.identify(head("t"), TOKEN_FRESH_MS + TOKEN_STALE_MS)).rejects.toThrow(Unavailable);
    await expect(authenticator.identify(head("u"), 0)).rejects.toThrow(Unavailable);
    isAway = false;
    found = undefined;
    expect(await authenticator.identify(head("t"), TOKEN_FRESH_MS)).toBe("invalid_access_token");
  });

  test("the bootstrap token opens its client and nothing else", () => {
    const authenticator = new Authenticator(bootstrapTokens([{ client: CLIENT, token: "first" }]));
    expect(authenticator.identify(head("Bearer first"), 0)).toMatchObject({ client: CLIENT });
    expect(authenticator.identify(head("Bearer second"), 0)).toBe("invalid_access_token");
  });
});
