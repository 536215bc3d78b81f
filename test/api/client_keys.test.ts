// Security keys over HTTP: made, listed, changed, archived; a secret goes in and never comes out, neither in an answer nor in a document.

import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { clientKeyById, clientKeyByPartnerId } from "../../src/management/mod.ts";
import { placeOfSecret } from "../../src/model/client_key.ts";
import {
  anyText,
  CLIENT,
  expectEnvelope,
  openFront,
  OTHER_ADMIN_TOKEN,
  SEALER,
  type TestFront,
} from "./front_fixture.ts";
import { send } from "./operator.ts";

type Body = Record<string, unknown>;
const path = "/v2/settings/security/keys";
const secret = "correct horse battery staple, twice";
const hmac = { name: "signing", type: "WEBHOOK", algorithm: "HS256", key: secret };

async function makes(front: TestFront, body: object): Promise<Body> {
  const reply = await send(front, "POST", path, body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body as Body;
}

test("a key is made, shown without its secret, and opens for those who sign", async () => {
  const front = await openFront();
  const made = await makes(front, { ...hmac, partner_key_id: "kid-1", tags: ["shop"] });
  const id = String(made["id"]);
  expect(made).toEqual({
    id: anyText,
    name: "signing",
    description: "",
    type: "WEBHOOK",
    algorithm: "HS256",
    key: "********",
    partner_key_id: "kid-1",
    tags: ["shop"],
    component_ids: [],
    component_references: [],
    created_at: anyText,
    updated_at: anyText,
  });
  const configuration = await front.configuration.read(CLIENT);
  expect(JSON.stringify(configuration.list("client_key"))).not.toContain(secret);
  const found = clientKeyByPartnerId(configuration, "kid-1");
  expect(found).toEqual(clientKeyById(configuration, id));
  expect(SEALER.open(found?.kept ?? "", placeOfSecret(CLIENT, id, "key"))).toBe(secret);
});

test("a key is changed in part, archived, brought back and deleted", async () => {
  const front = await openFront();
  const id = String((await makes(front, hmac))["id"]);
  const changed = await send(front, "PUT", `${path}/${id}`, { name: "renamed", key: `${secret}!` });
  expect(changed.body).toMatchObject({ name: "renamed", algorithm: "HS256", key: "********", partner_key_id: id });
  const now = clientKeyByPartnerId(await front.configuration.read(CLIENT), id);
  expect(SEALER.open(now?.kept ?? "", placeOfSecret(CLIENT, id, "key"))).toBe(`${secret}!`);
  expect((await send(front, "DELETE", `${path}/${id}`)).status).toBe(200);
  expect((await send(front, "GET", path)).body).toEqual([]);
  expect(clientKeyByPartnerId(await front.configuration.read(CLIENT), id)).toBeNull();
  expect((await send(front, "POST", `${path}/${id}/unarchive`)).status).toBe(200);
  expect((await send(front, "GET", `${path}/built?tags=none`)).body).toEqual([]);
  expect((await send(front, "GET", `${path}/built`)).body).toHaveLength(1);
  expect((await send(front, "GET", path, undefined, OTHER_ADMIN_TOKEN)).body).toEqual([]);
  expect((await send(front, "POST", `${path}/${id}/delete`)).status).toBe(200);
  expectEnvelope(await send(front, "PUT", `${path}/${id}`, {}), "client_key_not_found");
});

test("public keys are shown, private ones are not; each must be one of its algorithm", async () => {
  const front = await openFront();
  const rsa = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const curve = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const jwt = { name: "jwt", type: "JWT" };
  expect(await makes(front, { ...jwt, algorithm: "RS256_PUBLIC", key: rsa.publicKey })).toMatchObject({
    key: rsa.publicKey,
  });
  expect(await makes(front, { ...jwt, algorithm: "PS512_PRIVATE", key: rsa.privateKey })).toMatchObject({
    key: "********",
  });
  expect(await makes(front, { ...jwt, algorithm: "ES256_PUBLIC", key: curve.publicKey })).toMatchObject({
    key: curve.publicKey,
  });
  const small = generateKeyPairSync("rsa", {
    modulusLength: 1024,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  for (const [algorithm, key, code] of [
    ["RS256_PUBLIC", small.publicKey, "client_key_invalid"],
    ["RS256_PUBLIC", curve.publicKey, "client_key_invalid"],
    ["ES384_PUBLIC", curve.publicKey, "client_key_invalid"],
    ["RS256_PRIVATE", rsa.publicKey, "client_key_invalid"],
    ["RS256_PUBLIC", rsa.privateKey, "client_key_invalid"],
    ["ES256_PUBLIC", `${curve.publicKey}${curve.privateKey}`, "client_key_invalid"],
    ["RS256_PUBLIC", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "client_key_invalid"],
    ["HS256", "short", "client_key_too_short"],
    ["A128KW", "seventeen letters", "client_key_too_long"],
    ["HS512", "x".repeat(20_000), "client_key_too_long"],
    ["HTTP_BASIC", "no pair", "client_key_invalid"],
    ["OAUTH", secret, "missing_authorization_url"],
    ["OAUTH_SFDC_PASSWORD", secret, "missing_authorization_url"],
  ] as const) {
    expectEnvelope(await send(front, "POST", path, { ...jwt, algorithm, key }), code);
  }
});

test("what an OAuth flavour needs is asked for, and its password is sealed as well", async () => {
  const front = await openFront();
  const oauth = {
    name: "sf",
    type: "PASSWORD",
    key: secret,
    authorization_url: "https://login.example.com/token",
    oauth_client_id: "me",
  };
  expectEnvelope(await send(front, "POST", path, { ...oauth, algorithm: "OAUTH_SFDC_PASSWORD" }), "missing_username");
  expectEnvelope(await send(front, "POST", path, { ...oauth, algorithm: "OAUTH_LEAD_PERFECTION" }), "missing_app_key");
  expectEnvelope(await send(front, "POST", path, { ...oauth, algorithm: "OAUTH_SALESFORCE" }), "invalid_account_id");
  expectEnvelope(
    await send(front, "POST", path, { ...oauth, algorithm: "OAUTH", authorization_url: "x" }),
    "authorization_url_invalid_uri",
  );
  const made = await makes(front, {
    ...oauth,
    algorithm: "OAUTH_SFDC_PASSWORD",
    username: "u",
    password: "hidden-word",
  });
  expect(made).toMatchObject({ username: "u", password: "********", key: "********", scope: null });
  expect(JSON.stringify((await front.configuration.read(CLIENT)).list("client_key"))).not.toContain("hidden-word");
});

test("an expression of a key that cannot be compiled is refused with its place; one that can is kept as written", async () => {
  const front = await openFront();
  const oauth = {
    name: "own",
    type: "WEBHOOK",
    algorithm: "OAUTH_GENERIC",
    key: secret,
    authorization_url: "https://login.example.com/token",
    oauth_client_id: "me",
  };
  const request = 'javascript@runtime:context.createRequestBuilder().withBody("x").build()';
  for (const [given, parameter, message] of [
    [{ request: "javascript@runtime:context.getPerson()" }, "request", /no method getPerson/],
    [{ request: "javascript@runtime:context.(" }, "request", /./],
    [{ request, response_handler: request }, "response_handler", /no method createRequestBuilder/],
    [{ request: 'javascript@runtime:context.getVariable("x")' }, "request", /belongs to no campaign/],
  ] as const) {
    const reply = await send(front, "POST", path, { ...oauth, ...given });
    expectEnvelope(reply, "client_key_build_failed");
    expect(reply.body).toMatchObject({ parameters: { parameter, line: 1 } });
    expect((reply.body as { parameters: { message: string } }).parameters.message).toMatch(message);
  }
  expect(await makes(front, { ...oauth, request })).toMatchObject({ request });
});

test("what is missing or wrong has its code", async () => {
  const front = await openFront();
  const { id } = await makes(front, { ...hmac, partner_key_id: "taken" });
  for (const [given, code] of [
    [{ name: null }, "client_key_missing_name"],
    [{ type: null }, "client_key_missing_type"],
    [{ algorithm: null }, "client_key_missing_algorithm"],
    [{ key: "" }, "client_key_missing"],
    [{ name: "n".repeat(256) }, "client_key_invalid_name"],
    [{ description: "d".repeat(1025) }, "client_key_invalid_description"],
    [{ tags: [" "] }, "client_key_invalid_tag"],
    [{ partner_key_id: "p".repeat(241) }, "client_key_invalid_partner_key_id"],
    [{ partner_key_id: "taken" }, "client_key_duplicate_partner_key_id"],
    [{ name: "javascript@buildtime:nobody.knows()" }, "client_key_build_failed"],
  ] as const) {
    expectEnvelope(await send(front, "POST", path, { ...hmac, ...given }), code);
  }
  expectEnvelope(
    await send(front, "PUT", `${path}/${String(id)}`, { algorithm: "HS512" }),
    "client_key_unsupported_type",
  );
  front.configuration.put(CLIENT, [
    { collection: "webhook", id: "w", document: { id: "w", client_key_id: String(id) } },
  ]);
  expectEnvelope(await send(front, "DELETE", `${path}/${String(id)}`), "client_key_associated_with_entity");
});

test("a private key that an earlier version kept as a public one is shown to nobody", async () => {
  const front = await openFront();
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const made = await makes(front, { name: "partner", type: "JWT", algorithm: "RS256_PUBLIC", key: pem });
  const [kept] = (await front.configuration.read(CLIENT)).list("client_key");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  front.configuration.put(CLIENT, [{ collection: "client_key", id: String(made["id"]), document: { ...kept, key } }]);
  const listed = await send(front, "GET", path);
  expect(listed.body).toMatchObject([{ id: made["id"], key: "********" }]);
});
