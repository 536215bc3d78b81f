// Answers: questions to whoever listens on a subject, and what became of each.
//
// One reply inbox instead of the library's `request`, which makes a timer, a promise chain and a muxed subscription entry a question:
// at small batches that costs more than the batch.
//
//   P2. No wait without a bound: an answer that does not come within the timeout, or before the connection breaks, is an unknown outcome.

import type { Msg, Subscription } from "@nats-io/transport-node";
import { reasonOf } from "../../base/caught.ts";
import type { Connection } from "../../nats/mod.ts";

/** How exactly timeouts are kept. */
const SWEEP_MS = 100;

interface Waiting<T> {
  readonly deadlineMs: number;
  readonly resolve: (outcome: T) => void;
}

export interface AnswersParts<T> {
  readonly connection: Connection;
  /** Unique to these questions. */
  readonly inbox: string;
  readonly timeoutMs: number;
  readonly read: (answer: Msg) => T;
  readonly unknown: (reason: string) => T;
}

export class Answers<T> {
  readonly #parts: AnswersParts<T>;
  readonly #subscription: Subscription;
  /** Bounded by `publishesInFlightMax`; in the order of their deadlines. */
  readonly #waiting = new Map<string, Waiting<T>>();
  readonly #sweeper: NodeJS.Timeout;
  #nextToken = 0;

  constructor(parts: AnswersParts<T>) {
    this.#parts = parts;
    const { connection, inbox } = parts;
    this.#subscription = connection.client.subscribe(`${inbox}.*`, {
      callback: (error, answer) => this.#receive(error, answer),
    });
    connection.onInterrupted(() => this.#resolveAll("the connection broke"));
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Never rejects. @param send publishes the question with this reply subject */
  ask(send: (replyTo: string) => void): Promise<T> {
    const { connection, inbox, timeoutMs, unknown } = this.#parts;
    if (!connection.isUp) return Promise.resolve(unknown("no server can be reached"));
    const token = (this.#nextToken++).toString(36);
    return new Promise((resolve) => {
      this.#waiting.set(token, { deadlineMs: performance.now() + timeoutMs, resolve });
      try {
        send(`${inbox}.${token}`);
      } catch (error) {
        this.#resolve(token, unknown(reasonOf(error)));
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
    const token = answer.subject.slice(this.#parts.inbox.length + 1);
    if (this.#waiting.has(token)) this.#resolve(token, this.#parts.read(answer));
  }

  #resolve(token: string, outcome: T): void {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.resolve(outcome);
  }

  #resolveAll(reason: string): void {
    for (const token of this.#waiting.keys()) this.#resolve(token, this.#parts.unknown(reason));
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [token, { deadlineMs }] of this.#waiting) {
      // In order of their deadlines: the first that is not due ends it.
      if (deadlineMs > nowMs) return;
      this.#resolve(token, this.#parts.unknown(`no answer within ${this.#parts.timeoutMs} ms`));
    }
  }
}
