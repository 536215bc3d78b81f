// Calls against receivers that do what receivers do: answer, fail, hang, talk without end, lead elsewhere, hang up.

import { type AddressInfo, createServer } from "node:net";
import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { HttpCaller, type HttpCallSettings } from "../../src/fulfillment/http_call.ts";
import type { Credential } from "../../src/fulfillment/signing.ts";
import type { AttemptResult, OutgoingRequest } from "../../src/model/job.ts";
import { type Answer, answers, type Received, type Receiver, startReceiver } from "../support/receiver.ts";

const settings: HttpCallSettings = { allowedNetworks: ["127.0.0.1"], timeoutMs: 500, connectionsMax: 4 };

async function receives(answer: Answer): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  onTestFinished(() => receiver.stop());
  return receiver;
}

function caller(more: Partial<HttpCallSettings> = {}): HttpCaller {
  const made = new HttpCaller({ ...settings, ...more });
  onTestFinished(() => made.close());
  return made;
}

function call(
  url: string,
  more: Partial<OutgoingRequest> = {},
  by = caller(),
  credential: Credential | null = null,
): Promise<AttemptResult> {
  const request = {
    method: "POST",
    url,
    headers: { "content-type": "application/json" },
    body: '{"a":"ü"}',
    keyId: null,
    readsAnswer: true,
    ...more,
  } as const;
  return by.call({ request, idempotencyKey: "id-1", credential });
}

test("a call arrives as it was made, and its answer comes back", async () => {
  const receiver = await receives(answers(201, "taken", { "retry-after": "7" }));
  expect(await call(`${receiver.url}/hook?a=1`)).toEqual({
    kind: "answered",
    status: 201,
    body: "taken",
    retryAfterMs: 7000,
  });
  const [received] = receiver.received;
  expect(received).toMatchObject({ method: "POST", path: "/hook?a=1", body: '{"a":"ü"}' });
  expect(received?.headers).toMatchObject({
    "webhook-id": "id-1",
    "idempotency-key": "id-1",
    "content-type": "application/json",
  });
  expect(Number(received?.headers["webhook-timestamp"])).toBeGreaterThan(1e9);
});

test("signatures are over the exact bytes: X-Extole-Signature, and Standard Webhooks beside it", async () => {
  const receiver = await receives(answers(200));
  await call(receiver.url, {}, caller(), { kind: "hmac", hash: "sha256", secret: "s3cret" });
  const [first] = receiver.received;
  const { headers = {} as Received["headers"], body = "" } = first ?? {};
  expect(headers["x-extole-signature"]).toBe(createHmac("sha256", "s3cret").update(body).digest("hex"));
  const signed = `id-1.${String(headers["webhook-timestamp"])}.${body}`;
  expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", "s3cret").update(signed).digest("base64")}`);
  const secret = Buffer.from("a secret of 24 bytes....");
  await call(receiver.url, {}, caller(), {
    kind: "hmac",
    hash: "sha256",
    secret: `whsec_${secret.toString("base64")}`,
  });
  const standard = receiver.received[1];
  const again = `id-1.${String(standard?.headers["webhook-timestamp"])}.${body}`;
  expect(standard?.headers["webhook-signature"]).toBe(
    `v1,${createHmac("sha256", secret).update(again).digest("base64")}`,
  );
  await call(receiver.url, {}, caller(), { kind: "bearer", token: "t" });
  await call(receiver.url, {}, caller(), { kind: "basic", pair: "u:p" });
  expect(receiver.received.slice(2).map((each) => each.headers.authorization)).toEqual([
    "Bearer t",
    `Basic ${Buffer.from("u:p").toString("base64")}`,
  ]);
});

test("connections are used again", async () => {
  const receiver = await receives(answers(200, "x".repeat(100_000)));
  const one = caller();
  for (let n = 0; n < 5; n++) await call(receiver.url, { readsAnswer: false }, one);
  expect(receiver.connections()).toBeLessThan(3);
});

test("of an answer that nobody looks at nothing is kept; of a refusal the beginning is", async () => {
  const receiver = await receives(answers(200, "long"));
  expect(await call(receiver.url, { readsAnswer: false })).toMatchObject({ body: null });
  receiver.answer = answers(500, "x".repeat(10_000));
  expect(await call(receiver.url, { readsAnswer: false })).toMatchObject({ status: 500, body: "x".repeat(512) });
});

test("a redirection is an answer, and leads nowhere", async () => {
  const inner = await receives(answers(200));
  const receiver = await receives(answers(302, "", { location: inner.url }));
  expect(await call(receiver.url)).toMatchObject({ kind: "answered", status: 302 });
  expect(inner.received).toEqual([]);
});

test("a body without end is cut off, and the answer counts", async () => {
  const receiver = await receives((_call, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(65_536)), 1);
    response.on("close", () => clearInterval(timer));
  });
  const result = await call(receiver.url);
  expect(result).toMatchObject({ kind: "answered", status: 200 });
  expect(result.kind === "answered" && result.body?.length).toBe(16_384);
});

test("C1 silence, hanging up and garbage after the call was sent are unknown", async () => {
  const receiver = await receives(() => undefined);
  expect(await call(receiver.url)).toMatchObject({ kind: "unknown" });
  receiver.answer = (_call, response) => void response.socket?.destroy();
  expect(await call(receiver.url)).toMatchObject({ kind: "unknown" });
  receiver.answer = (_call, response) => void response.socket?.end("this is no HTTP\r\n\r\n");
  expect(await call(receiver.url)).toMatchObject({ kind: "unknown" });
  receiver.answer = (_call, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 50);
    response.on("close", () => clearInterval(timer));
  };
  expect(await call(receiver.url)).toMatchObject({ kind: "answered", status: 200 });
});

test("what comes before an answer is none", async () => {
  const receiver = await receives((_call, response) => {
    response.writeEarlyHints({ link: "</a.css>; rel=preload" });
    response.writeHead(202, { "retry-after": "3" }).end("later");
  });
  expect(await call(receiver.url)).toEqual({ kind: "answered", status: 202, body: "later", retryAfterMs: 3000 });
});

test("C2 a receiver that says nothing ends the call at its deadline, and the next call goes through", async () => {
  const receiver = await receives(() => undefined);
  const one = caller({ timeoutMs: 100, connectionsMax: 1 });
  expect(await call(receiver.url, {}, one)).toEqual({ kind: "unknown", reason: "the call took too long" });
  receiver.answer = answers(200, "well");
  expect(await call(receiver.url, {}, one)).toMatchObject({ kind: "answered", status: 200, body: "well" });
});

test("C1 where nobody listens, and names that are none, nothing was sent", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await call(`http://127.0.0.1:${port}`)).toMatchObject({ kind: "not_sent", isFinal: false });
  expect(await call("http://no-such-host.invalid/")).toMatchObject({ kind: "not_sent", isFinal: false });
});

test("C3 what leads inside is never called, whatever it is called by", async () => {
  const receiver = await receives(answers(200));
  const strict = caller({ allowedNetworks: [] });
  const { port } = receiver;
  for (const host of [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "localhost",
    "localhost.",
    "0.0.0.0",
  ]) {
    expect(await call(`http://${host}:${port}/`, {}, strict), host).toMatchObject({ kind: "not_sent", isFinal: true });
  }
  expect(receiver.received).toEqual([]);
});

test("C3 a name is refused by what it resolves to, when it is connected to", async () => {
  const receiver = await receives(answers(200));
  // Something is allowed, so that names are not refused for what they look like.
  const strict = caller({ allowedNetworks: ["10.0.0.0/8"] });
  expect(await call(`http://localhost:${receiver.port}/`, {}, strict)).toMatchObject({
    kind: "not_sent",
    isFinal: true,
    reason: expect.stringContaining("private or local") as string,
  });
  expect(receiver.received).toEqual([]);
  expect(
    await call(`http://localhost:${receiver.port}/`, {}, caller({ allowedNetworks: ["127.0.0.1", "::1"] })),
  ).toMatchObject({
    kind: "answered",
  });
});
