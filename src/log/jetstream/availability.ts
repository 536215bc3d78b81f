// Availability: whether the log takes records.
//
//   taking records -> paused (servers away or full; back by itself) -> taking records -> failed or closed (for good)
//
//   L4. One refusal, made at the pause, is what all later calls get until the servers have been asked about every partition (`../mod.ts`).
//   I1. What ended for good is not resumed, and who closes keeps the refusal of its close unless the log fails.

import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../../base/caught.ts";
import { LogUnavailable } from "../errors.ts";
import type { LogNotice } from "../log_notice.ts";
import { StreamUnreachable } from "./stream.ts";

export interface AvailabilityParts {
  readonly retryMs: number;
  readonly isUp: () => boolean;
  /** Asks where every partition ends, and delivers what is missing. Rejects with `StreamUnreachable` when that cannot be found out. */
  readonly synchronize: () => Promise<void>;
  /** Nothing is sent any more. */
  readonly stop: () => void;
  /** Gives up all that is not durable. Returns how many records that were. */
  readonly drop: (error: LogUnavailable) => number;
  readonly onNotice: (notice: LogNotice) => void;
  readonly onFailure: (error: LogUnavailable) => void;
}

export class Availability {
  readonly #parts: AvailabilityParts;
  /** What `append` throws; null while records are taken. */
  #refusal: LogUnavailable | null = null;
  #isPaused = false;
  #isFailed = false;
  #isClosing = false;
  readonly #closed = new AbortController();
  #resuming: Promise<void> | null = null;

  constructor(parts: AvailabilityParts) {
    this.#parts = parts;
  }

  get refusal(): LogUnavailable | null {
    return this.#refusal;
  }

  /** Throws when the log is closed, or about to be. */
  checkOpen(): void {
    if (this.#isClosing) throw closed();
  }

  /** Throws when nothing will come of waiting. */
  checkAlive(): void {
    if (this.#isClosing || this.#isFailed) throw this.#refusal ?? closed();
  }

  pause(reason: string): void {
    if (this.#isPaused || this.#isFailed) return;
    this.#isPaused = true;
    const refusal = new LogUnavailable(`the log's servers take nothing: ${reason}`, { retryable: true });
    if (!this.#isClosing) this.#refusal = refusal;
    const droppedRecords = this.#parts.drop(refusal);
    this.#parts.onNotice({ name: "log_paused", reason, droppedRecords });
    this.#resuming = this.#resume().catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    const reason = reasonOf(error);
    const failure = new LogUnavailable(`the log failed: ${reason}`, { retryable: false, cause: error });
    this.#refusal = failure;
    this.#parts.stop();
    this.#parts.drop(failure);
    this.#parts.onFailure(failure);
  }

  /** Takes nothing more; what was taken may still become durable. */
  beginToClose(): void {
    this.#isClosing = true;
    this.#refusal ??= closed();
  }

  /** Resolves when nobody tries to resume any more. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#resuming;
  }

  /** Until every partition's leader has said where it ends; what was given up may be among it. */
  async #resume(): Promise<void> {
    const pausedMs = performance.now();
    while (!this.#closed.signal.aborted && !this.#isFailed) {
      // Aborted by the close alone, which wants exactly that.
      await sleep(this.#parts.retryMs, null, { signal: this.#closed.signal }).catch(() => null);
      if (!this.#parts.isUp()) continue;
      try {
        await this.#parts.synchronize();
      } catch (error) {
        if (!(error instanceof StreamUnreachable)) throw error;
        continue;
      }
      if (this.#isClosing || this.#isFailed) return;
      this.#isPaused = false;
      this.#refusal = null;
      return this.#parts.onNotice({ name: "log_resumed", pausedMs: performance.now() - pausedMs });
    }
  }
}

function closed(): LogUnavailable {
  return new LogUnavailable("the log was closed", { retryable: false });
}
