// Publisher: sends one batch and says what became of it.
//
// Speaks to JetStream directly over one reply inbox instead of through the library's `publish`, which makes a timer, a promise chain and a
// muxed request a message: at small batches that costs more than the batch.
//
//   P1. `committed` is said only on the servers' word. Everything that is not a clear yes or no is `unknown`, and never a reason to drop.
//   P2. No wait without a bound: an answer that does not come within the timeout, or before the connection breaks, is `unknown`.

import { headers, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Batch } from "./batch.ts";
import type { Connection } from "../../nats/mod.ts";

export type PublishOutcome =
  /** @property isDuplicate the servers know the id, so this is a claim about an earlier publish: to be verified */
  | { readonly kind: "committed"; readonly streamSequence: number; readonly isDuplicate: boolean }
  /** The subject has moved on since: it ends with the message `lastStreamSequence`, or 0 where the servers do not say. */
  | { readonly kind: "conflict"; readonly lastStreamSequence: number }
  /** Not taken, and repeating at once would not help. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** Wrong last sequence; the second is what newer clusters answer while another publish to the subject is under way. */
const CONFLICT_CODES = [10071, 10164];
/** No room in memory or on disk, account or stream limit reached, message too large (JetStream's own numbers). */
const REFUSED_CODES = [10002, 10023, 10028, 10047, 10054, 10077];
/** How exactly timeouts are kept. */
const SWEEP_MS = 100;

interface Waiting {
  readonly deadlineMs: number;
  readonly resolve: (outcome: PublishOutcome) => void;
}

export class Publisher {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  /** Bounded by `publishesInFlightMax`. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #sweeper: NodeJS.Timeout;
  #nextToken = 0;

  constructor(connection: Connection, inbox: string, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#inbox = `${inbox}.`;
    this.#subscription = connection.client.subscribe(`${inbox}.*`, {
      callback: (error, answer) => this.#receive(error, answer),
    });
    connection.onInterrupted(() => this.#resolveAll("the connection broke"));
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** @param expected the stream sequence of the last message of the subject; 0 when there is none */
  publish(subject: string, batch: Batch, expected: number): Promise<PublishOutcome> {
    if (!this.#connection.isUp) return Promise.resolve({ kind: "unknown", reason: "no server can be reached" });
    const fields = headers();
    fields.set("Nats-Msg-Id", batch.messageId);
    fields.set("Nats-Expected-Last-Subject-Sequence", `${expected}`);
    const token = (this.#nextToken++).toString(36);
    return new Promise((resolve) => {
      this.#waiting.set(token, { deadlineMs: performance.now() + this.#timeoutMs, resolve });
      try {
        this.#connection.client.publish(subject, batch.content(), { headers: fields, reply: this.#inbox + token });
      } catch (error) {
        this.#resolve(token, { kind: "unknown", reason: error instanceof Error ? error.message : String(error) });
      }
    });
  }

  stop(): void {
    clearInterval(this.#sweeper);
    this.#subscription.unsubscribe();
    this.#resolveAll("the log is being closed");
  }

  #receive(error: Error | null, answer: Msg): void {
    if (error !== null) return this.#resolveAll(error.message);
    const token = answer.subject.slice(this.#inbox.length);
    if (this.#waiting.has(token)) this.#resolve(token, outcomeOf(answer));
  }

  #resolve(token: string, outcome: PublishOutcome): void {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.resolve(outcome);
  }

  #resolveAll(reason: string): void {
    for (const token of this.#waiting.keys()) this.#resolve(token, { kind: "unknown", reason });
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [token, { deadlineMs }] of this.#waiting) {
      // In order of their deadlines: the first that is not due ends it.
      if (deadlineMs > nowMs) return;
      this.#resolve(token, { kind: "unknown", reason: `no answer within ${this.#timeoutMs} ms` });
    }
  }
}

function outcomeOf(answer: Msg): PublishOutcome {
  if (answer.data.length === 0) return { kind: "unknown", reason: "no server has the stream at the moment" };
  const ack = parse(answer);
  if (typeof ack !== "object" || ack === null)
    return { kind: "unknown", reason: "the answer is not an acknowledgement" };
  if ("error" in ack) return outcomeOfError(ack.error);
  if (!("seq" in ack) || typeof ack.seq !== "number")
    return { kind: "unknown", reason: "the acknowledgement names no sequence" };
  return { kind: "committed", streamSequence: ack.seq, isDuplicate: "duplicate" in ack && ack.duplicate === true };
}

function outcomeOfError(error: unknown): PublishOutcome {
  const code = typeof error === "object" && error !== null && "err_code" in error ? error.err_code : null;
  const reason =
    typeof error === "object" && error !== null && "description" in error ? String(error.description) : "unknown error";
  if (typeof code !== "number") return { kind: "unknown", reason };
  if (CONFLICT_CODES.includes(code)) {
    return { kind: "conflict", lastStreamSequence: Number(/\d+$/.exec(reason)?.[0] ?? 0) };
  }
  return { kind: REFUSED_CODES.includes(code) ? "refused" : "unknown", reason };
}

function parse(answer: Msg): unknown {
  try {
    return JSON.parse(answer.string());
  } catch {
    // P1: what cannot be read is no clear answer.
    return null;
  }
}
