// HttpCaller: makes one call and says what came of it. Runs in the threads of the pool.
//
//   C1. What is said to have not been sent was not: anything that may have reached the receiver is answered or unknown.
//   C2. A call takes no longer than its deadline, and no more than a bounded part of the answer is read or kept.
//   C3. Redirections are not followed: where they lead was not checked by whoever named the address.

import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent, buildConnector, errors } from "undici";
import type { AttemptResult, OutgoingRequest } from "../model/job.ts";
import { exchange } from "./exchange.ts";
import { type Credential, signedHeaders } from "./signing.ts";
import { TargetGuard } from "./target.ts";

export interface HttpCall {
  readonly request: OutgoingRequest;
  readonly idempotencyKey: string;
  readonly credential: Credential | null;
  /** Of an answer that somebody reads whole; absent: as much as handlers may look at. */
  readonly answerBytesMax?: number;
}

export interface HttpCallSettings {
  readonly allowedNetworks: readonly string[];
  readonly timeoutMs: number;
  /** Connections to one host, of this thread. */
  readonly connectionsMax: number;
}

/** Read of an answer before the connection is given up; what a handler may look at, and what is kept of a refusal. */
const READ_BYTES_MAX = 256 * 1024;
const HANDLED_BYTES_MAX = 16 * 1024;
const KEPT_BYTES = 512;
/** Most receivers keep connections longer; one that closes first costs an attempt. */
const KEEP_ALIVE_MS = 3_000;
const USER_AGENT = "laurel";

class TargetRefused extends Error {
  override name = "TargetRefused";
}

export class HttpCaller {
  readonly #guard: TargetGuard;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor({ allowedNetworks, timeoutMs, connectionsMax }: HttpCallSettings) {
    this.#guard = new TargetGuard(allowedNetworks);
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connect: guarded(this.#guard, timeoutMs),
      connections: connectionsMax,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  async call(call: HttpCall): Promise<AttemptResult> {
    const { url, body } = call.request;
    if (!URL.canParse(url)) return notSent({ reason: "the address is none", isFinal: true });
    const target = new URL(url);
    const refusal = this.#guard.refusalOfUrl(target);
    if (refusal !== null) return notSent({ reason: refusal, isFinal: true });
    const signed = signedHeaders(call.credential, { id: call.idempotencyKey, body: body ?? "", nowMs: Date.now() });
    try {
      return await this.#send(target, call, signed);
    } catch (error) {
      return failureOf(error);
    }
  }

  async #send(
    target: URL,
    { request: { method, headers, body, readsAnswer }, answerBytesMax = HANDLED_BYTES_MAX }: HttpCall,
    signed: { readonly [name: string]: string },
  ): Promise<AttemptResult> {
    // Of a success that nobody looks at nothing is kept.
    const keptOf = (status: number): number => (readsAnswer ? answerBytesMax : isSuccess(status) ? 0 : KEPT_BYTES);
    const { status, retryAfter, text } = await exchange(
      this.#agent,
      {
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method,
        headers: { "user-agent": USER_AGENT, ...headers, ...signed },
        body,
      },
      {
        timeoutMs: this.#timeoutMs,
        readBytesMax: Math.max(READ_BYTES_MAX, answerBytesMax),
        keptBytesMax: keptOf,
      },
    );
    return { kind: "answered", status, body: keptOf(status) === 0 ? null : text, retryAfterMs: waitOf(retryAfter) };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** G1, G2 of the guard. */
function guarded(guard: TargetGuard, timeoutMs: number): buildConnector.connector {
  const checkedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const refusal = addresses.map(({ address }) => guard.refusalOfAddress(address)).find((each) => each !== null);
      const [first] = addresses;
      if (refusal !== undefined || first === undefined)
        return callback(new TargetRefused(refusal ?? `${hostname} has no address`), "", 0);
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: timeoutMs, lookup: checkedLookup });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const refusal = guard.refusalOfAddress(socket.remoteAddress);
      if (refusal === null) return callback(null, socket);
      socket.destroy();
      return callback(new TargetRefused(refusal), null);
    });
  };
}

/** Seconds, or a date; null when it is neither. */
function waitOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function notSent(why: { readonly reason: string; readonly isFinal: boolean }): AttemptResult {
  return { kind: "not_sent", ...why };
}

/** Before a connection: names that do not resolve, refused connections, broken TLS. */
const beforeSending =
  /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_INVALID_ARG|ERR_INVALID_.*|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

function failureOf(error: unknown): AttemptResult {
  if (error instanceof TargetRefused) return notSent({ reason: error.message, isFinal: true });
  if (!(error instanceof Error)) return { kind: "unknown", reason: String(error) };
  const reasons = error instanceof AggregateError ? [error, ...(error.errors as Error[])] : [error];
  const code = reasons.map((each) => ("code" in each ? String(each.code) : "")).find((each) => each !== "") ?? "";
  const reason = code === "" ? error.message : `${code}: ${error.message}`;
  if (error instanceof errors.ConnectTimeoutError || beforeSending.test(code))
    return notSent({ reason, isFinal: false });
  return { kind: "unknown", reason };
}
