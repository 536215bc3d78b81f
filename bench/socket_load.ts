// HTTP load over plain sockets: HTTP/1.1, prepared requests, one in flight a connection.
//
// Autocannon parses answers in JavaScript and is full at about 43,000 requests/s here, half of what the baseline server
// can do, so a ratio measured with it flatters the slower server. Its `overallRate` sends each second's requests in one
// burst and then rests, which is the latency of a full server, not of one at 80 % load. Hence these few lines.
//
//   O1. With a rate, latency runs from the moment a request was due, so waiting for a free connection counts (open
//       loop).
//   O2. What was due and not answered within the round and its grace period is an error, not a missing sample.
//   O3. With an infinite rate each answer sends the next request (closed loop). A round ends with the last answer,
//       never with requests in flight, so that the next one finds idle connections.

import { connect, type Socket } from "node:net";
import type { LoadOrder, LoadResult } from "./load_order.ts";

interface Connection {
  readonly socket: Socket;
  /** Due time of the request in flight; `IDLE` or `LOST` without one. */
  dueMs: number;
  /** What of the answer arrived so far; empty between answers. */
  partial: Buffer;
}

type Outcome = Omit<LoadResult, "cpuShare">;

/** Answers to requests that were due in time but are late. */
const GRACE_MS = 2_000;
/** A minute of 100,000 a second: 24 MB of latencies. */
const SAMPLES_MAX = 6_000_000;
/**
 * A timer, not setImmediate: spinning would take a core from the server. The price is bunches of one millisecond,
 * which O1 includes.
 */
const TURN_MS = 1;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE = 0;
const LOST = -1;
const STATUS_CLASS_2 = 0x32;

/** Opens the connections and warms both sides up; the returned function runs the measured round and closes. */
export async function prepareSockets(
  order: LoadOrder,
  ratePerSecond: number,
  bodies: readonly Buffer[],
): Promise<() => Promise<Outcome>> {
  const requests = requestsOf(order, bodies);
  const connections = await Promise.all(Array.from({ length: order.connections }, () => open(order)));
  const options = { ratePerSecond, requests, connections };
  // A cold generator is slow for some hundred milliseconds, and with a rate that backlog would be most of the p99.
  await new Round({ ...options, durationMs: order.warmUpMs }).run();
  return async () => {
    const outcome = await new Round({ ...options, durationMs: order.durationMs }).run();
    for (const connection of connections) connection.socket.destroy();
    return outcome;
  };
}

interface RoundOptions {
  readonly durationMs: number;
  readonly ratePerSecond: number;
  readonly requests: readonly Buffer[];
  readonly connections: readonly Connection[];
}

class Round {
  private readonly options: RoundOptions;
  private readonly idle: Connection[];
  private readonly latenciesMs: Float32Array;
  private readonly isClosedLoop: boolean;
  /** How many requests the round may send. */
  private readonly due: number;
  private startMs = 0;
  private lastAnswerMs = 0;
  private sent = 0;
  private answered = 0;
  private non2xx = 0;
  private readonly refusals: { [what: string]: number } = {};
  private openConnections: number;

  constructor(options: RoundOptions) {
    this.options = options;
    this.idle = [...options.connections];
    this.openConnections = options.connections.length;
    this.isClosedLoop = options.ratePerSecond === Number.POSITIVE_INFINITY;
    const scheduled = Math.floor((options.ratePerSecond * options.durationMs) / 1000);
    this.due = Math.min(SAMPLES_MAX, scheduled);
    this.latenciesMs = new Float32Array(this.due);
  }

  run(): Promise<Outcome> {
    for (const connection of this.options.connections) {
      // Of an earlier round over the same connections.
      connection.socket.removeAllListeners();
      connection.socket.on("data", (chunk: Buffer) => this.received(connection, chunk));
      connection.socket.on("error", () => this.lost(connection));
      connection.socket.on("end", () => this.lost(connection));
    }
    this.startMs = performance.now();
    return new Promise((resolve) => {
      const turn = (): void => {
        const nowMs = performance.now();
        this.sendDue(nowMs);
        if (this.isOver(nowMs - this.startMs)) resolve(this.outcome());
        else setTimeout(turn, TURN_MS);
      };
      turn();
    });
  }

  private isOver(elapsedMs: number): boolean {
    if (this.openConnections === 0 || elapsedMs >= this.options.durationMs + GRACE_MS) return true;
    if (this.isClosedLoop) return elapsedMs >= this.options.durationMs && this.answered === this.sent;
    return this.answered >= this.due;
  }

  private sendDue(nowMs: number): void {
    const intervalMs = 1000 / this.options.ratePerSecond;
    while (this.sent < this.due) {
      // An infinite rate has interval 0: due at once, and timed from now rather than from the start.
      const dueMs = this.isClosedLoop ? nowMs : this.startMs + this.sent * intervalMs;
      if (dueMs > nowMs || (this.isClosedLoop && nowMs - this.startMs >= this.options.durationMs)) return;
      const connection = this.idle.pop();
      if (connection === undefined) return;
      this.send(connection, dueMs);
    }
  }

  private send(connection: Connection, dueMs: number): void {
    const request = this.options.requests[this.sent % this.options.requests.length];
    if (request === undefined) throw new Error("a round needs at least one request");
    connection.dueMs = dueMs;
    this.sent++;
    connection.socket.write(request);
  }

  private received(connection: Connection, chunk: Buffer): void {
    const bytes = connection.partial.length === 0 ? chunk : Buffer.concat([connection.partial, chunk]);
    const answerBytes = lengthOfAnswer(bytes);
    if (answerBytes < 0 || bytes.length < answerBytes) {
      connection.partial = bytes;
      return;
    }
    connection.partial = bytes.subarray(answerBytes);
    if (connection.dueMs === IDLE || connection.dueMs === LOST) return;
    const nowMs = performance.now();
    this.latenciesMs[this.answered++] = nowMs - connection.dueMs;
    this.lastAnswerMs = nowMs;
    // "HTTP/1.1 200": the class of the status is byte 9.
    if (bytes[9] !== STATUS_CLASS_2) this.refused(refusalOf(bytes.toString("utf8", 0, answerBytes)));
    connection.dueMs = IDLE;
    this.idle.push(connection);
    // What is due must not wait for the next turn while a connection is free.
    this.sendDue(nowMs);
  }

  private refused(what: string): void {
    this.non2xx++;
    this.refusals[what] = (this.refusals[what] ?? 0) + 1;
  }

  /** The connection is not replaced: a server that drops connections should look bad. */
  private lost(connection: Connection): void {
    // An error and an end may both be reported.
    if (connection.dueMs === LOST) return;
    connection.dueMs = LOST;
    connection.socket.destroy();
    this.openConnections--;
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
  }

  private outcome(): Outcome {
    const sorted = this.latenciesMs.subarray(0, this.answered).sort();
    return {
      requests: this.answered,
      durationMs: this.lastAnswerMs - this.startMs,
      non2xx: this.non2xx,
      refusals: this.refusals,
      errors: (this.isClosedLoop ? this.sent : this.due) - this.answered,
      latencyP50Ms: quantile(sorted, 0.5),
      latencyP99Ms: quantile(sorted, 0.99),
    };
  }
}

function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** "429 busy, Retry-After 1": what a client has to go by. */
function refusalOf(answer: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "no status";
  const code = /"code":"([^"]*)"/.exec(answer)?.[1] ?? "no code";
  const retryAfter = /\r\nretry-after: ([^\r]*)\r\n/i.exec(answer)?.[1];
  return `${status} ${code}, ${retryAfter === undefined ? "no Retry-After" : `Retry-After ${retryAfter}`}`;
}

function requestsOf(order: LoadOrder, bodies: readonly Buffer[]): Buffer[] {
  const { content, token } = order;
  switch (content?.kind) {
    case "reads":
      return content.paths.map((path) => readOf(order, path));
    case "visits": {
      const body = Buffer.from(content.body);
      if (content.tokens.length === 0) return [requestOf(order, body, null)];
      return content.tokens.map((visitor) => requestOf(order, body, visitor));
    }
    case "zone":
    case undefined:
      return bodies.map((body) => requestOf(order, body, token));
  }
}

function requestOf(order: LoadOrder, body: Buffer, token: string | null): Buffer {
  const head =
    `POST ${order.path} HTTP/1.1\r\nhost: ${order.host}:${order.port}\r\ncontent-type: application/json\r\n` +
    (token === null ? "" : `authorization: Bearer ${token}\r\n`) +
    `content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function readOf(order: LoadOrder, path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nhost: ${order.host}:${order.port}\r\nauthorization: Bearer ${order.token}\r\n\r\n`,
  );
}

/** Head plus body, or -1 while the head is incomplete. The servers measured here always say how long an answer is. */
function lengthOfAnswer(bytes: Buffer): number {
  const headEnd = bytes.indexOf("\r\n\r\n", 0, "latin1");
  if (headEnd < 0) return -1;
  // uWS spells it one way; any other way is found by the slower look.
  let at = bytes.indexOf("Content-Length: ", 0, "latin1");
  if (at < 0) at = bytes.toString("latin1", 0, headEnd).toLowerCase().indexOf("content-length: ");
  if (at < 0 || at > headEnd) return headEnd + HEAD_END_BYTES;
  let bodyBytes = 0;
  for (let i = at + CONTENT_LENGTH_BYTES; i < headEnd; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    bodyBytes = bodyBytes * 10 + digit;
  }
  return headEnd + HEAD_END_BYTES + bodyBytes;
}

const HEAD_END_BYTES = 4;
const CONTENT_LENGTH_BYTES = 16;

function open(order: LoadOrder): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: order.host, port: order.port, noDelay: true, timeout: CONNECT_TIMEOUT_MS });
    socket.once("error", reject);
    socket.once("timeout", () => reject(new Error("the server did not take the connection in time")));
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      socket.setTimeout(0);
      resolve({ socket, dueMs: IDLE, partial: Buffer.alloc(0) });
    });
  });
}
