// Keys that are made over HTTP, opened by the key ring and used by the pool: the authorization server and the receiver, both local doubles, see what the key says.

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Pool } from "../../src/fulfillment/pool.ts";
import { defaultFulfillmentSettings } from "../../src/fulfillment/settings.ts";
import { keyRing } from "../../src/node/key_ring.ts";
import type { AttemptResult } from "../../src/model/job.ts";
import { ADMIN_TOKEN, ask, CLIENT, openFront, SEALER } from "../api/front_fixture.ts";
import { webhookJob } from "../support/jobs.ts";
import { type Received, type Receiver, startReceiver } from "../support/receiver.ts";

const threadEntry = new URL(`file://${join(import.meta.dirname, "../../dist/src/fulfillment/thread.js")}`);
const secret = "s&cr=t";

/** An authorization server at `/token`, and a receiver of calls everywhere else. */
async function serverWith(tokenOf: (call: Received) => { status: number; body: string }): Promise<Receiver> {
  const server = await startReceiver((call, response) => {
    const { status, body } = call.path.startsWith("/token") ? tokenOf(call) : { status: 200, body: "" };
    response.writeHead(status).end(body);
  });
  onTestFinished(() => server.stop());
  return server;
}

/** What comes of as many calls at once by a key that is made so. */
async function callsBy(server: Receiver, key: object, calls: number): Promise<AttemptResult[]> {
  const front = await openFront();
  const body = { name: "k", type: "WEBHOOK", key: secret, authorization_url: `${server.url}/token`, ...key };
  const made = await ask(front.port, "/v2/settings/security/keys", {
    method: "POST",
    token: ADMIN_TOKEN,
    body: JSON.stringify({ oauth_client_id: "me", ...body }),
  });
  expect(made.status, made.text).toBe(200);
  const { id } = made.body as { id: string };
  const pool = new Pool({
    settings: { ...defaultFulfillmentSettings, timeoutMs: 1_500, allowedNetworks: ["127.0.0.1"] },
    findCredential: keyRing(front.configuration, SEALER),
    optOutUrl: () => null,
    shareLinksOf: () => null,
    threadEntry,
  });
  onTestFinished(() => pool.stop());
  const jobs = Array.from({ length: calls }, (_, n) =>
    webhookJob(`${server.url}/hook`, { n, keyId: id, client: CLIENT }),
  );
  return (await pool.call(jobs)).map(({ result }) => result);
}

const askedOf = ({ received }: Receiver): Received[] => received.filter(({ path }) => path.startsWith("/token"));
const bearers = ({ received }: Receiver): (string | undefined)[] =>
  received.filter(({ path }) => path === "/hook").map(({ headers }) => headers.authorization);

test("OAUTH_GENERIC asks once, as its expression says, and bears what its handler finds", async () => {
  const server = await serverWith(() => ({ status: 200, body: '{"session":{"id":"T-1"}}' }));
  const form = "context.encodeToFormUrlEncoded({ user: c.getOAuthClientId(), pass: c.getOAuthClientSecret() })";
  const results = await callsBy(
    server,
    {
      algorithm: "OAUTH_GENERIC",
      request:
        "javascript@runtime:(function() { const c = context.getClientCredentials(); return context.createRequestBuilder()" +
        `.withUrl(c.getAuthorizationUrl() + "/v2").addHeader("X-App", "laurel").withBody(${form}).build(); })()`,
      response_handler:
        "javascript@runtime:context.createResponseBuilder()" +
        ".withAccessToken(context.getOAuthRequestResult().getJson().session.id).build()",
    },
    3,
  );
  expect(results.map(({ kind }) => kind)).toEqual(["answered", "answered", "answered"]);
  const asked = askedOf(server);
  expect(asked).toMatchObject([
    {
      method: "POST",
      path: "/token/v2",
      body: "user=me&pass=s%26cr%3Dt",
      headers: { "x-app": "laurel", accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    },
  ]);
  expect(asked[0]?.headers.authorization).toBeUndefined();
  expect(bearers(server)).toEqual(["Bearer T-1", "Bearer T-1", "Bearer T-1"]);
});

test("OAUTH_GENERIC without expressions asks as OAUTH does", async () => {
  const server = await serverWith(() => ({ status: 200, body: '{"access_token":"T","expires_in":60}' }));
  await callsBy(server, { algorithm: "OAUTH_GENERIC", scope: "a" }, 1);
  const authorization = `Basic ${Buffer.from("me:s%26cr%3Dt").toString("base64")}`;
  expect(askedOf(server)).toMatchObject([
    { body: "grant_type=client_credentials&scope=a", headers: { authorization } },
  ]);
  expect(bearers(server)).toEqual(["Bearer T"]);
});

test("OAUTH_GENERIC whose handler finds nothing sends nothing, and tells no secret", async () => {
  const server = await serverWith(() => ({ status: 403, body: "no" }));
  const response_handler = "javascript@runtime:({ accessToken: context.getOAuthRequestResult().getJson() })";
  const results = await callsBy(server, { algorithm: "OAUTH_GENERIC", response_handler }, 1);
  const reason = "no access token: answered with 403, the key's response handler found no token";
  expect(results).toEqual([{ kind: "not_sent", reason, isFinal: false }]);
  expect(bearers(server)).toEqual([]);
});

test("OAUTH_LEAD_PERFECTION shows user, password, client and application in a form", async () => {
  const server = await serverWith(({ body }) => {
    const { grant_type, username, password, clientid, appkey } = Object.fromEntries(new URLSearchParams(body));
    const isRight = grant_type === "password" && username === "me" && password === secret;
    return isRight && clientid === "acme" && appkey === "app-1"
      ? { status: 200, body: '{"access_token":"T","token_type":"bearer","expires_in":86399}' }
      : { status: 400, body: '{"error":"invalid_grant"}' };
  });
  const key = { algorithm: "OAUTH_LEAD_PERFECTION", lead_perfection_client_id: "acme", app_key: "app-1" };
  await callsBy(server, key, 2);
  expect(askedOf(server)).toHaveLength(1);
  expect(askedOf(server)).toMatchObject([{ headers: { "content-type": "application/x-www-form-urlencoded" } }]);
  expect(bearers(server)).toEqual(["Bearer T", "Bearer T"]);
});

test("OAUTH_OPTIMOVE asks nobody, and the attempt says so", async () => {
  const server = await serverWith(() => ({ status: 200, body: '{"access_token":"T"}' }));
  const [result] = await callsBy(server, { algorithm: "OAUTH_OPTIMOVE" }, 1);
  expect(result).toEqual({ kind: "not_sent", reason: "a key of OAUTH_OPTIMOVE does not sign calls", isFinal: false });
  expect(server.received).toEqual([]);
});
