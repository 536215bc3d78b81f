// Exchange: one request and its answer; with `server.ts` the only code that touches the server library. Hot path.
//
//   X1. Abort is watched before anything else happens.
//   X2. Every answer goes through `#send`, inside `cork`, once, and never after an abort; later answers are dropped.
//   X3. An exception in any callback of the library becomes a 500: one that escapes would end the process.
//   X4. `onEnd` is called once, however the exchange ends; what was reserved for it is given back then.

import { type ApiError, apiError, type ErrorCode, envelopeOf, errorCatalogue } from "../../model/errors.ts";
import type { KeptAnswer } from "../../model/idempotency.ts";
import type { UwsResponse } from "../../native/mod.ts";
import { ANSWER_AT_ONCE_BYTES_MAX, UNREAD_BODY_BYTES_MAX } from "../limits.ts";
import type { ByteBudget } from "./byte_budget.ts";
import { addressText } from "./address_text.ts";
import type { RequestHead } from "./request_head.ts";
import { runtimeRefusal } from "./runtime_refusal.ts";
import { statusLine } from "./status_line.ts";

/** What all exchanges of a server share. */
export interface ExchangeHost {
  readonly bodyBytes: ByteBudget;
  readonly answerBytes: ByteBudget;
  readonly writeTimeoutMs: number;
  /** Connections are not kept after their answer. */
  readonly isStopping: boolean;
  nextUniqueId(): string;
  onEnd(exchange: Exchange): void;
  /** `error` is the exception behind a 500; absent for refusals. */
  onRefused(refusal: Refusal): void;
}

export interface Refusal {
  readonly uniqueId: string;
  readonly code: ErrorCode;
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly error: unknown;
}

/** What an answer may carry besides status and body. */
export interface AnswerOptions {
  readonly contentType?: string;
  readonly retryAfterSeconds?: number;
  readonly allow?: string;
  readonly isClosing?: boolean;
  readonly headers?: readonly Header[];
  /** Some of what was asked for is done, whatever the status says. */
  readonly isPartial?: boolean;
}

export type Header = readonly [name: string, value: string];

type OnChunk = (chunk: Buffer, isLast: boolean) => void;

type RecordAnswer = (answer: KeptAnswer, isPartial: boolean) => Promise<void>;

interface Early {
  readonly chunk: Buffer;
  readonly isLast: boolean;
}

const JSON_TYPE = "application/json";
const plain: AnswerOptions = {};
const closing: AnswerOptions = { isClosing: true };
const RETRY_AFTER_DEFAULT_SECONDS = 1;

export class Exchange {
  readonly head: RequestHead;
  readonly startedMs = performance.now();
  /** The path of the route that answers it, as in the route table; "" until one is found. */
  routePath = "";
  /** The server's: where it stands among those in flight. */
  place = -1;
  readonly #response: UwsResponse;
  readonly #host: ExchangeHost;
  #isOpen = true;
  #isEnded = false;
  #isBodyRead = false;
  /** What arrived before anybody took the body; null once it is taken. */
  #early: Early[] | null = null;
  #isPaused = false;
  #bodyBytesHeld = 0;
  #answerBytesHeld = 0;
  #writeTimer: NodeJS.Timeout | null = null;
  #status = 0;
  #body: string | Buffer = "";
  #options = plain;
  #onChunk: OnChunk = () => {};
  #record: RecordAnswer | null = null;
  /** There is an answer, which is sent when it is recorded. */
  #isRecording = false;
  #onStopping: (() => void) | null = null;
  /** Of every answer, whatever becomes of the request. */
  #headers: readonly Header[] | null = null;

  /** X1. `readHead` is called after the abort handler is in place. */
  constructor(response: UwsResponse, host: ExchangeHost, readHead: () => RequestHead) {
    this.#response = response;
    this.#host = host;
    response.onAborted(() => this.#abort());
    this.head = readHead();
  }

  /** False once answered or aborted. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False once answered, and once aborted unless the answer is recorded: whoever sends the request again is told it. */
  get isAwaited(): boolean {
    return this.#record !== null || (this.#isOpen && !this.#isRecording);
  }

  /** The server ends soon: what would take long is to be answered with what there is. */
  get isStopping(): boolean {
    return this.#host.isStopping;
  }

  /** Called when the server begins to stop while this is in flight. */
  onStopping(listener: () => void): void {
    this.#onStopping = listener;
  }

  /** By the server, once. */
  noticeStop(): void {
    try {
      this.#onStopping?.();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Of the answer; 0 without one. */
  get status(): number {
    return this.#status;
  }

  /** Headers that the answer will have, also a refusal. */
  presetHeaders(headers: readonly Header[]): void {
    this.#headers = headers;
  }

  /** Of the other end of the connection; "" when that is gone. Asks the kernel, and takes an eighth of what an event of a visitor costs the front. */
  remoteAddress(): string {
    return this.#isOpen ? addressText(new Uint8Array(this.#response.getRemoteAddress())) : "";
  }

  /** Calls `onChunk` for each part of the body; `chunk` is valid during the call only. */
  onData(onChunk: OnChunk): void {
    const early = this.#early;
    this.#onChunk = onChunk;
    if (early === null) return void this.#response.onData((chunk, isLast) => this.#receive(chunk, isLast));
    this.#early = null;
    for (const { chunk, isLast } of early) this.#give(chunk, isLast);
    for (const { chunk } of early) this.releaseBodyBytes(chunk.length);
    this.resume();
  }

  /** Keeps what arrives of the body until `onData`, for requests that cannot be dispatched at once. After a first part, the sender waits. */
  holdBody(): void {
    this.#early = [];
    this.#response.onData((chunk, isLast) => this.#receive(chunk, isLast));
  }

  #receive(chunk: ArrayBuffer, isLast: boolean): void {
    if (!this.#isOpen) return;
    this.#isBodyRead = isLast;
    const wasPaused = this.#isPaused;
    if (this.#early === null) this.#give(Buffer.from(chunk), isLast);
    else this.#keep(this.#early, chunk, isLast);
    if (wasPaused) this.#pauseAgain(isLast);
  }

  #keep(early: Early[], chunk: ArrayBuffer, isLast: boolean): void {
    if (!this.holdBodyBytes(chunk.byteLength)) return this.refuseAndClose(apiError("too_many_requests"));
    early.push({ chunk: Buffer.from(chunk.slice(0)), isLast });
    if (!isLast) this.pause();
  }

  /**
   * What the library had read already comes in spite of a pause, and makes it end the connection half a minute later, unless more comes by then; a pause makes it
   * wait for ever. Behind the last part it waits in any case.
   */
  #pauseAgain(isLast: boolean): void {
    if (this.#isOpen && this.#isPaused && !isLast) this.#response.pause();
  }

  #give(chunk: Buffer, isLast: boolean): void {
    if (!this.isAwaited) return;
    try {
      this.#onChunk(chunk, isLast);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reserves memory for a part of the body until the exchange ends. False when all requests together hold too much. */
  holdBodyBytes(bytes: number): boolean {
    if (!this.#host.bodyBytes.tryReserve(bytes)) return false;
    this.#bodyBytesHeld += bytes;
    return true;
  }

  get bodyBytesHeld(): number {
    return this.#bodyBytesHeld;
  }

  releaseBodyBytes(bytes: number): void {
    this.#host.bodyBytes.release(bytes);
    this.#bodyBytesHeld -= bytes;
  }

  pause(): void {
    if (!this.#isOpen || this.#isPaused) return;
    this.#isPaused = true;
    this.#response.pause();
  }

  resume(): void {
    if (!this.#isOpen || !this.#isPaused) return;
    this.#isPaused = false;
    this.#response.resume();
  }

  json(body: string): void {
    this.answer(200, body, plain);
  }

  /** The answer is handed to `record` first, also when nobody waits for it any more, and sent when that is done. */
  recordAnswer(record: RecordAnswer): void {
    this.#record = record;
  }

  /** The body that was read is there to be read again. False when all requests together hold too much. */
  replayBody(bytes: Buffer): boolean {
    if (!this.holdBodyBytes(bytes.length)) return false;
    this.#early = [{ chunk: bytes, isLast: true }];
    return true;
  }

  answer(status: number, body: string | Buffer, options: AnswerOptions): void {
    const record = this.#record;
    if (record === null) {
      if (!this.#isRecording) this.#answerNow(status, body, options);
      return;
    }
    this.#record = null;
    this.#isRecording = true;
    const text = typeof body === "string" ? body : body.toString("latin1");
    const kept = { status, body: text, contentType: options.contentType ?? JSON_TYPE };
    record(kept, options.isPartial === true)
      .finally(() => {
        this.#isRecording = false;
      })
      .then(
        () => this.#answerNow(status, body, options),
        (error: unknown) => this.fail(error),
      );
  }

  #answerNow(status: number, body: string | Buffer, options: AnswerOptions): void {
    if (!this.#isOpen) return this.#releaseBody();
    this.resume();
    this.#isOpen = false;
    this.#status = status;
    this.#body = body;
    this.#options = options;
    this.#response.cork(() => this.#send());
  }

  /** Answers the envelope of `error`. */
  refuse(error: ApiError, options: AnswerOptions = plain): void {
    this.#refuse(error, options, undefined);
  }

  /** For what must not go on over this connection. */
  refuseAndClose(error: ApiError): void {
    this.#refuse(error, closing, undefined);
  }

  /** Answers what an exception means: a runtime that takes nothing now, or our own failure. */
  fail(error: unknown): void {
    const refusal = runtimeRefusal(error);
    if (refusal !== null) return this.#refuse(refusal.error, refusal, undefined);
    this.#refuse(apiError("software_error"), plain, error ?? new Error("failed without a reason"));
  }

  /** For a server that stops: the connection ends without an answer. */
  cut(): void {
    if (this.#isEnded) return;
    this.#isOpen = false;
    this.#response.close();
    this.#end();
  }

  #refuse(error: ApiError, options: AnswerOptions, cause: unknown): void {
    if (!this.isAwaited) {
      this.#releaseBody();
      if (cause !== undefined) this.#host.onRefused(this.#refusal(error.code, this.#host.nextUniqueId(), cause));
      return;
    }
    const { status } = errorCatalogue[error.code];
    const uniqueId = this.#host.nextUniqueId();
    const isRetryable = status === 429 || status === 503;
    const retryAfterSeconds = options.retryAfterSeconds ?? RETRY_AFTER_DEFAULT_SECONDS;
    this.answer(
      status,
      JSON.stringify(envelopeOf(error, uniqueId)),
      isRetryable ? { ...options, retryAfterSeconds } : options,
    );
    this.#host.onRefused(this.#refusal(error.code, uniqueId, cause));
  }

  #refusal(code: ErrorCode, uniqueId: string, error: unknown): Refusal {
    const { method, path } = this.head;
    return { uniqueId, code, status: errorCatalogue[code].status, method, path, error };
  }

  #abort(): void {
    this.#isOpen = false;
    this.#end();
  }

  /** X4. What is still read of a body that nobody waits for counts until the answer is recorded. */
  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#record === null) this.#releaseBody();
    if (this.#answerBytesHeld > 0) this.#host.answerBytes.release(this.#answerBytesHeld);
    if (this.#writeTimer !== null) clearTimeout(this.#writeTimer);
    this.#host.onEnd(this);
  }

  #releaseBody(): void {
    if (this.#bodyBytesHeld > 0) this.releaseBodyBytes(this.#bodyBytesHeld);
  }

  /** X2. Called inside `cork`. */
  #send(): void {
    const body = this.#body;
    this.#body = "";
    const isHead = this.head.method === "HEAD";
    if (body.length > ANSWER_AT_ONCE_BYTES_MAX && !isHead) {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      if (this.#host.answerBytes.tryReserve(bytes.length)) return this.#sendSlowly(bytes);
      return this.#sendOverload();
    }
    const isClosing = this.#isClosing();
    this.#writeHead(this.#status, this.#options);
    if (isHead) this.#response.endWithoutBody(Buffer.byteLength(body), true);
    else if (this.#status === 204) endWithoutLength(this.#response, isClosing);
    else this.#response.end(body, isClosing);
    this.#end();
  }

  #writeHead(status: number, options: AnswerOptions): void {
    const response = this.#response;
    if (status !== 200) response.writeStatus(statusLine(status));
    if (status !== 204) response.writeHeader("content-type", options.contentType ?? JSON_TYPE);
    if (options.retryAfterSeconds !== undefined) response.writeHeader("retry-after", String(options.retryAfterSeconds));
    if (options.allow !== undefined) response.writeHeader("allow", options.allow);
    if (this.#headers !== null) for (const [name, value] of this.#headers) response.writeHeader(name, value);
    if (options.headers !== undefined) for (const [name, value] of options.headers) response.writeHeader(name, value);
  }

  /** The rest of a refused body is read as long as its end is known and near. */
  #isClosing(): boolean {
    if (this.#options.isClosing === true || this.#host.isStopping) return true;
    return !this.#isBodyRead && (this.head.isChunked || this.head.contentLength > UNREAD_BODY_BYTES_MAX);
  }

  /** A reader that takes too long is cut: `close` aborts, and the abort ends the exchange. */
  #sendSlowly(bytes: Buffer): void {
    const response = this.#response;
    this.#answerBytesHeld = bytes.length;
    this.#writeTimer = setTimeout(() => this.cut(), this.#host.writeTimeoutMs);
    this.#writeHead(this.#status, this.#options);
    response.onWritable((offset) => {
      const [isSent, isDone] = response.tryEnd(bytes.subarray(offset), bytes.length);
      if (isDone) this.#end();
      return isSent;
    });
    const [, isDone] = response.tryEnd(bytes, bytes.length);
    if (isDone) this.#end();
  }

  #sendOverload(): void {
    const uniqueId = this.#host.nextUniqueId();
    this.#writeHead(429, { retryAfterSeconds: RETRY_AFTER_DEFAULT_SECONDS });
    this.#response.end(JSON.stringify(envelopeOf(apiError("too_many_requests"), uniqueId)), this.#isClosing());
    this.#end();
  }
}

/**
 * An answer without content has no length, and balancers answer 502 for one that cannot be: `undefined` as a length is sent as 2 to the 63rd, so the
 * argument has to be missing. One that closes its connection has to name a length, which is 0.
 */
function endWithoutLength(response: UwsResponse, isClosing: boolean): void {
  if (isClosing) response.endWithoutBody(0, true);
  else response.endWithoutBody();
}
