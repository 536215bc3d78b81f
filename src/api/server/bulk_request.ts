// BulkRequest: one NDJSON upload, read line by line in constant memory. Hot path.
//
//   N1. Each line is an event of its own: a bad line is refused by its number, the others stand.
//   N2. Nothing is read faster than the runtime takes it: while it is busy, or too many events of the next line's person wait, the connection is paused.
//   N3. The answer comes when every accepted line is durable, or counts those that are.
//   N4. Where lines have to wait while the server stops, the rest is refused: it would be cut in the middle, and nobody told what was taken.
//   N5. A sender that hangs up leaves the lines behind as they are, unless its request bears a key of idempotency: then all are taken, and the answer is
//       there for whoever sends the request again.

import { setTimeout as sleep } from "node:timers/promises";
import { apiError, type ApiError, type ErrorCode, type ErrorParameters, errorCatalogue } from "../../model/errors.ts";
import type { EventForm } from "../../model/event.ts";
import { type Accepted, EventRefused, type RuntimeClient, Unavailable } from "../../runtime/client.ts";
import type { Exchange } from "../http/exchange.ts";
import { unavailableError } from "../http/runtime_refusal.ts";
import { type ApiLimits, BULK_BUSY_ROUNDS_MAX, BULK_PERSON_BUSY_ROUNDS_MAX } from "../limits.ts";
import type { EventGate } from "./event_gate.ts";
import { LineSplitter } from "./line_splitter.ts";
import type { DescribeSender } from "./sender.ts";

export interface BulkParts {
  readonly runtime: RuntimeClient;
  readonly gate: EventGate;
  readonly limits: ApiLimits;
  readonly describeSender: DescribeSender;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly form: EventForm;
  /** Of the named form; empty otherwise. */
  readonly name: string;
}

interface RejectedLine {
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly parameters: ErrorParameters;
}

/** Lines that share a commit group. */
interface LineGroup {
  readonly durable: Promise<void>;
  lines: number;
}

const SPACE = 0x20;

export class BulkRequest {
  readonly #exchange: Exchange;
  readonly #parts: BulkParts;
  readonly #splitter: LineSplitter;
  /** Copies of chunks that arrived while the runtime was busy: what the socket had already read, some 512 KiB. */
  readonly #waiting: Buffer[] = [];
  readonly #rejected: RejectedLine[] = [];
  #rejectedCount = 0;
  #line = 0;
  #bytes = 0;
  #isPaused = false;
  #isBodyRead = false;
  /** Set when the rest is not taken any more; decides the answer. */
  #failure: { readonly error: ApiError; readonly retryAfterSeconds: number } | null = null;
  #isIntakeOver = false;
  #group: LineGroup | null = null;
  #groupsOpen = 0;
  #linesDurable = 0;
  #busyRounds = 0;
  /** What the line at hand waits for is its person alone. */
  #isPersonBusy = false;

  constructor(exchange: Exchange, parts: BulkParts) {
    this.#exchange = exchange;
    this.#parts = parts;
    this.#splitter = new LineSplitter(parts.limits.bodyBytesMax, {
      onLine: (bytes, from, to) => this.#take(bytes, from, to),
      onLongLine: () => this.#takeLong(),
      holdBytes: (bytes) => exchange.holdBodyBytes(bytes),
    });
  }

  start(): void {
    const { bulkBytesMax } = this.#parts.limits;
    if (this.#exchange.head.contentLength > bulkBytesMax) {
      return this.#exchange.refuse(apiError("request_too_large", { limit: bulkBytesMax }));
    }
    this.#exchange.onStopping(() => {
      if (this.#isPaused) this.#giveUp(unavailableError("stopping"));
    });
    this.#exchange.onData((chunk, isLast) => this.#receive(chunk, isLast));
  }

  #receive(chunk: Buffer, isLast: boolean): void {
    if (this.#isIntakeOver) return;
    const { bulkBytesMax } = this.#parts.limits;
    this.#bytes += chunk.length;
    this.#isBodyRead = isLast;
    if (this.#bytes > bulkBytesMax) return this.#giveUp(apiError("request_too_large", { limit: bulkBytesMax }));
    if (this.#isPaused) return this.#wait(Buffer.from(chunk));
    this.#work(chunk, "borrowed");
    this.#finishIfRead();
  }

  /** @param memory own: the chunk may be kept as it is; borrowed: it is the socket's */
  #work(chunk: Buffer, memory: "own" | "borrowed"): void {
    switch (this.#splitter.push(chunk)) {
      case "done":
        return;
      case "stopped": {
        if (this.#isIntakeOver) return;
        this.#pause();
        if (!this.#isPaused) return;
        const rest = chunk.subarray(this.#splitter.consumed);
        return this.#wait(memory === "own" ? rest : Buffer.from(rest));
      }
      case "no_memory":
        return this.#giveUp(apiError("too_many_requests"));
    }
  }

  /** False: the runtime is busy, go on later with the line after this one. */
  #take(bytes: Buffer, begin: number, to: number): boolean {
    const from = this.#line++ === 0 ? behindMark(bytes, begin, to) : begin;
    if (isBlank(bytes, from, to)) return true;
    const { runtime, gate, describeSender, client, scopes, form, name } = this.#parts;
    const checked = gate.check(bytes, from, to, form);
    if (!checked.ok) {
      this.#reject(checked.error);
      return true;
    }
    const { data, isDataWhole } = checked.value;
    const body = bytes.subarray(from, to);
    const enrichment = describeSender(data, scopes);
    try {
      const headers = this.#exchange.head.wanted;
      const incoming = { client, form, name, body, data, isDataWhole, enrichment, headers, describeSender };
      this.#count(runtime.accept(incoming));
    } catch (error) {
      return this.#refusedBy(error, body);
    }
    this.#busyRounds = 0;
    return !runtime.isDeep();
  }

  /** The line itself was not appended: it waits with the rest, unless waiting does not help. */
  #refusedBy(error: unknown, line: Buffer): boolean {
    if (error instanceof EventRefused) {
      this.#reject(error.error);
      return true;
    }
    if (!(error instanceof Unavailable)) throw error;
    const isPersonBusy = error.reason === "person_busy";
    const roundsMax = isPersonBusy ? BULK_PERSON_BUSY_ROUNDS_MAX : BULK_BUSY_ROUNDS_MAX;
    const isPassing = isPersonBusy || error.reason === "busy";
    if (!isPassing || ++this.#busyRounds > roundsMax) {
      this.#giveUp(unavailableError(error.reason), error.retryAfterSeconds);
      return false;
    }
    this.#isPersonBusy = isPersonBusy;
    this.#line--;
    this.#wait(Buffer.from(line));
    this.#wait(lineFeed);
    return false;
  }

  #takeLong(): boolean {
    this.#line++;
    this.#reject(apiError("request_too_large", { limit: this.#parts.limits.bodyBytesMax }));
    return true;
  }

  #reject({ code, parameters }: ApiError): void {
    this.#rejectedCount++;
    if (this.#rejected.length >= this.#parts.limits.bulkRejectedMax) return;
    this.#rejected.push({ line: this.#line, code, message: errorCatalogue[code].message, parameters });
  }

  #wait(own: Buffer): void {
    if (own.length === 0) return;
    if (!this.#exchange.holdBodyBytes(own.length)) return this.#giveUp(apiError("too_many_requests"));
    this.#waiting.push(own);
  }

  /** N2, N4. */
  #pause(): void {
    if (this.#exchange.isStopping) return this.#giveUp(unavailableError("stopping"));
    this.#isPaused = true;
    this.#exchange.pause();
    const isBehindOnePerson = this.#isPersonBusy;
    this.#isPersonBusy = false;
    const { runtime, limits } = this.#parts;
    const whenReady = isBehindOnePerson ? sleep(limits.bulkPersonBusyMs) : runtime.whenShallow();
    whenReady.then(
      () => this.#goOn(),
      (error: unknown) => this.#failRest(error),
    );
  }

  #goOn(): void {
    if (!this.#exchange.isAwaited || this.#isIntakeOver) return;
    try {
      this.#isPaused = false;
      const chunks = this.#waiting.splice(0);
      for (const chunk of chunks) {
        this.#exchange.releaseBodyBytes(chunk.length);
        if (this.#isIntakeOver) return;
        if (this.#isPaused) this.#wait(chunk);
        else this.#work(chunk, "own");
      }
      if (this.#isPaused) return;
      this.#exchange.resume();
      this.#finishIfRead();
    } catch (error) {
      this.#exchange.fail(error);
    }
  }

  #finishIfRead(): void {
    if (!this.#isBodyRead || this.#isPaused || this.#isIntakeOver) return;
    this.#splitter.finish();
    // A busy runtime keeps the last line waiting like any other.
    if (this.#waiting.length > 0 && !this.#isIntakeOver) return this.#pause();
    this.#isIntakeOver = true;
    this.#answerIfDurable();
  }

  #giveUp(error: ApiError, retryAfterSeconds = 1): void {
    if (this.#failure !== null) return this.#answerIfDurable();
    this.#failure = { error, retryAfterSeconds };
    this.#isIntakeOver = true;
    this.#answerIfDurable();
  }

  #count(accepted: Accepted): void {
    const open = this.#group;
    if (open !== null && open.durable === accepted.durable) {
      open.lines++;
      return;
    }
    const group: LineGroup = { durable: accepted.durable, lines: 1 };
    this.#group = group;
    this.#groupsOpen++;
    group.durable.then(
      () => this.#onDurable(group),
      (error: unknown) => this.#onDropped(error),
    );
  }

  #onDurable(group: LineGroup): void {
    if (this.#group === group) this.#group = null;
    this.#linesDurable += group.lines;
    this.#groupsOpen--;
    this.#answerIfDurable();
  }

  #onDropped(error: unknown): void {
    this.#groupsOpen--;
    this.#failRest(error);
  }

  /** What was taken counts, whatever became of the runtime. */
  #failRest(error: unknown): void {
    if (!(error instanceof Unavailable)) return this.#exchange.fail(error);
    this.#giveUp(unavailableError(error.reason), error.retryAfterSeconds);
  }

  /** N3. */
  #answerIfDurable(): void {
    if (!this.#isIntakeOver || this.#groupsOpen > 0 || !this.#exchange.isAwaited) return;
    if (this.#failure === null) return this.#exchange.json(JSON.stringify(this.#result()));
    const { error, retryAfterSeconds } = this.#failure;
    const parameters = { ...error.parameters, accepted: this.#linesDurable, rejected_count: this.#rejectedCount };
    this.#exchange.refuse(
      { code: error.code, parameters },
      { retryAfterSeconds, isClosing: !this.#isBodyRead, isPartial: this.#linesDurable > 0 },
    );
  }

  #result(): { accepted: number; rejected: readonly RejectedLine[]; rejected_count: number } {
    return { accepted: this.#linesDurable, rejected: this.#rejected, rejected_count: this.#rejectedCount };
  }
}

const lineFeed = Buffer.from("\n");

/** Files of some editors begin with a mark of their encoding. */
function behindMark(bytes: Buffer, from: number, to: number): number {
  const isMarked = to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
  return isMarked ? from + 3 : from;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] ?? 0) > SPACE) return false;
  return true;
}
