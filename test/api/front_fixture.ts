// A front on a port of its own, and the few verbs with which the tests of this folder talk to it.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";
import {
  type ApiLimits,
  defaultLimits,
  FixedTokens,
  type Front,
  type FrontLogger,
  type FrontOptions,
  type Grant,
  hashToken,
  newCommonState,
  startFront,
  type TokenScope,
} from "../../src/api/mod.ts";
import type { Route } from "../../src/api/http/route.ts";
import { backEndRoutes } from "../../src/api/routes.ts";
import { senderWith } from "../../src/api/server/sender.ts";
import { TokenDirectory } from "../../src/api/server/token_directory.ts";
import { TargetGuard } from "../../src/fulfillment/mod.ts";
import { AesSealer } from "../../src/secrets/mod.ts";
import { errorCatalogue, isErrorCode } from "../../src/model/errors.ts";
import { exchange } from "../support/exchange.ts";
import { MemoryConfiguration } from "../support/memory_configuration.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

export const TOKEN = "demo-token";
/** Of an administrator. */
export const ADMIN_TOKEN = "admin-token";
export const OTHER_ADMIN_TOKEN = "other-admin-token";
export const OTHER_TOKEN = "other-token";
export const READER_TOKEN = "reader-token";
export const EXPIRED_TOKEN = "expired-token";
export const SHARE_URL = "https://share.example.com";
export const CLIENT = "demo";
export const SEALER = new AesSealer([Buffer.alloc(32, "k")]);
export const OTHER_CLIENT = "other";

/** Matchers without `any`. */
export const anyText: unknown = expect.any(String);
export const anyObject: unknown = expect.any(Object);
export const anyId: unknown = expect.stringMatching(/^\d{19}$/);

export interface TestFront {
  readonly front: Front;
  readonly runtime: RecordingRuntime;
  readonly configuration: MemoryConfiguration;
  readonly logged: { level: string; fields: object; message: string }[];
  readonly port: number;
}

export async function openFront(
  limits: Partial<ApiLimits> = {},
  more: Pick<FrontOptions, "offers"> = {},
): Promise<TestFront> {
  const runtime = new RecordingRuntime();
  const configuration = new MemoryConfiguration();
  const logged: TestFront["logged"] = [];
  const front = await startFront({
    host: "127.0.0.1",
    port: 0,
    runtime,
    configuration,
    tokens: new FixedTokens(
      new Map([
        grantOf(TOKEN, CLIENT, ["BACKEND"]),
        grantOf(ADMIN_TOKEN, CLIENT, ["CLIENT_ADMIN", "CLIENT_SUPERUSER"]),
        grantOf(OTHER_ADMIN_TOKEN, OTHER_CLIENT, ["CLIENT_ADMIN"]),
        grantOf(OTHER_TOKEN, OTHER_CLIENT, ["BACKEND"]),
        grantOf(READER_TOKEN, CLIENT, ["USER_SUPPORT"]),
        grantOf(EXPIRED_TOKEN, CLIENT, ["BACKEND"], 1),
      ]),
    ),
    shareUrl: SHARE_URL,
    sealer: SEALER,
    refuseTarget: (url) => new TargetGuard([]).refusalOfUrl(new URL(url)),
    limits: { drainTimeoutMs: 2_000, ...limits },
    metricsText: async () => "laurel_up 1\n",
    observeRequest: () => {},
    logger: recordingLogger(logged),
    ...more,
  });
  onTestFinished(() => front.stop());
  return { front, runtime, configuration, logged, port: front.port };
}

/** The routes of the server API on a runtime of tests. */
export function routesOf(runtime: RecordingRuntime): Route[] {
  const configuration = new MemoryConfiguration();
  const limits = defaultLimits;
  const common = newCommonState(limits);
  const tokens = new TokenDirectory(new FixedTokens(new Map()), configuration, common.tokenChanges);
  return backEndRoutes({
    runtime,
    configuration,
    tokens,
    shareUrlOf: () => SHARE_URL,
    limits,
    common,
    describeSender: senderWith(null),
    metricsText: async () => "",
  });
}

export function recordingLogger(logged: TestFront["logged"]): FrontLogger {
  const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function grantOf(
  token: string,
  client: string,
  scopes: TokenScope[],
  expiresMs: number | null = null,
): [string, Grant] {
  return [hashToken(token), { client, scopes, expiresMs }];
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the text is not JSON. */
  readonly body: unknown;
}

export interface Asked {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
}

export async function ask(port: number, path: string, asked: Asked = {}): Promise<Reply> {
  const { token = TOKEN, body } = asked;
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...asked.headers,
  };
  const url = `http://127.0.0.1:${port}${path}`;
  const method = asked.method ?? (body === undefined ? "GET" : "POST");
  if (body instanceof ReadableStream) {
    const response = await fetch(url, { method, headers, body, duplex: "half" });
    return replyOf(response.status, response.headers, await response.text());
  }
  const answer = await exchange(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return replyOf(answer.status, answer.headers, answer.text);
}

function replyOf(status: number, headers: Headers, text: string): Reply {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status, headers, text, body };
}

/** The law of every answer that is not a success: exactly five keys, and a status that agrees with the catalogue. */
export function expectEnvelope(reply: Pick<Reply, "status" | "body">, code?: string): Record<string, unknown> {
  const { body, status } = reply;
  if (typeof body !== "object" || body === null) throw new Error(`no envelope: ${status} ${JSON.stringify(body)}`);
  const envelope: Record<string, unknown> = { ...body };
  expect(Object.keys(envelope).sort()).toEqual(["code", "http_status_code", "message", "parameters", "unique_id"]);
  expect(envelope["unique_id"]).toMatch(/^\d{19}$/);
  expect(envelope["http_status_code"]).toBe(status);
  expect(envelope["parameters"]).toBeTypeOf("object");
  const answered = String(envelope["code"]);
  if (code !== undefined) expect(answered).toBe(code);
  if (!isErrorCode(answered)) throw new Error(`not in the catalogue: ${answered}`);
  expect(errorCatalogue[answered].status).toBe(status);
  return envelope;
}

export function parametersOf(envelope: Record<string, unknown>): Record<string, unknown> {
  const parameters = envelope["parameters"];
  return typeof parameters === "object" && parameters !== null ? { ...parameters } : {};
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Writes `parts`, a turn of the loop apart, and returns all that comes until the server closes or falls silent. */
export async function rawExchange(
  port: number,
  parts: readonly (string | Uint8Array)[],
  silenceMs = 300,
): Promise<string> {
  const socket = await openSocket(port);
  let received = "";
  return new Promise((resolve) => {
    // Silence is counted in turns of the loop that server and client share: a process that gets no processor for a while has not been silent.
    const turnMs = 10;
    let silentTurns = 0;
    const turns = setInterval(() => {
      silentTurns++;
      if (silentTurns * turnMs >= silenceMs) finish();
    }, turnMs);
    function finish(): void {
      clearInterval(turns);
      socket.destroy();
      resolve(received);
    }
    socket.on("data", (data: Buffer) => {
      received += data.toString("latin1");
      silentTurns = 0;
    });
    socket.on("close", finish);
    void writeParts(socket, parts);
  });
}

async function writeParts(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The answers in what a socket received; each must have a Content-Length. */
export function splitAnswers(received: string): { status: number; head: string; body: unknown }[] {
  const answers: { status: number; head: string; body: unknown }[] = [];
  let rest = received;
  while (rest.startsWith("HTTP/1.1 ")) {
    const end = rest.indexOf("\r\n\r\n");
    const head = rest.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const text = rest.slice(end + 4, end + 4 + length);
    answers.push({
      status: Number(head.slice(9, 12)),
      head,
      body: text.startsWith("{") ? JSON.parse(text) : undefined,
    });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

export function eventBody(extra: object = {}): string {
  return JSON.stringify({ event_name: "converted", data: { email: "a@example.com", order_id: "A-1" }, ...extra });
}
