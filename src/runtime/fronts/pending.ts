// Pending: callers waiting for an answer, by a number. Bounded in number and time.
//
//   N1. Every wait ends: by its answer, by its deadline (found by one coarse timer, not one a caller), or by `rejectAll`.

import { SWEEP_INTERVAL_MS } from "../settings.ts";

interface Wait<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly deadlineMs: number;
  /** What the caller knows the question by. */
  readonly label: string;
  /** Commit group of the record that the answer depends on; -1 where there is none. */
  readonly group: number;
}

export interface PendingOptions {
  readonly countMax: number;
  readonly timeoutMs: number;
  /** What a caller gets at its deadline. */
  readonly lateError: (label: string) => Error;
}

export class Pending<T> {
  readonly #options: PendingOptions;
  /** In order of arrival, which is the order of deadlines. */
  readonly #waits = new Map<number, Wait<T>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: PendingOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(performance.now()), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  get size(): number {
    return this.#waits.size;
  }

  get isFull(): boolean {
    return this.#waits.size >= this.#options.countMax;
  }

  /** The caller has looked at `isFull`. */
  wait(key: number, label: string, group: number): Promise<T> {
    const deadlineMs = performance.now() + this.#options.timeoutMs;
    return new Promise((resolve, reject) => {
      this.#waits.set(key, { resolve, reject, deadlineMs, label, group });
    });
  }

  /** Answers that come too late, or that nobody waits for, are dropped. */
  resolve(key: number, valueOf: (label: string) => T): void {
    const wait = this.#waits.get(key);
    if (wait === undefined) return;
    this.#waits.delete(key);
    wait.resolve(valueOf(wait.label));
  }

  reject(key: number, error: Error): void {
    this.#waits.get(key)?.reject(error);
    this.#waits.delete(key);
  }

  /** Rejects all that depend on `group` or a later one, up to `last`. */
  rejectFrom(group: number, error: Error, last = Number.POSITIVE_INFINITY): void {
    for (const [key, wait] of this.#waits) {
      if (wait.group < group || wait.group > last) continue;
      this.#waits.delete(key);
      wait.reject(error);
    }
  }

  /** Rejects everybody with what they get at their deadline, now. */
  expireAll(): void {
    this.#sweep(Number.POSITIVE_INFINITY);
  }

  stop(): void {
    clearInterval(this.#sweeper);
    this.expireAll();
  }

  #sweep(nowMs: number): void {
    for (const [key, wait] of this.#waits) {
      if (wait.deadlineMs > nowMs) return;
      this.#waits.delete(key);
      wait.reject(this.#options.lateError(wait.label));
    }
  }
}
