// OutcomeDesk: brings outcomes back, several to a record, one record of a partition at a time.
//
//   O1. An outcome is told until it is applied, or until its partition is served elsewhere: then somebody else makes the attempt again.

import { setTimeout as sleep } from "node:timers/promises";
import type { JobOutcome } from "../model/job.ts";
import type { FulfillmentLogger, JobSource } from "./job_source.ts";
import { OUTCOMES_PER_RECORD_MAX, SWEEP_MS } from "./settings.ts";

interface Told {
  readonly outcome: JobOutcome;
  readonly onSettled: () => void;
}

export class OutcomeDesk {
  readonly #source: JobSource;
  readonly #logger: FulfillmentLogger;
  /** By partition; bounded by the attempts under way. */
  readonly #waiting = new Map<number, Told[]>();
  readonly #telling = new Set<number>();
  #isStopped = false;

  constructor(source: JobSource, logger: FulfillmentLogger) {
    this.#source = source;
    this.#logger = logger;
  }

  /** @param onSettled called once: the outcome is applied, or given up (O1) */
  tell(partition: number, outcome: JobOutcome, onSettled: () => void): void {
    const waiting = this.#waiting.get(partition) ?? [];
    this.#waiting.set(partition, waiting);
    waiting.push({ outcome, onSettled });
    if (this.#telling.has(partition)) return;
    this.#telling.add(partition);
    // What ends in the same turn of the loop goes along.
    setImmediate(() => void this.#tellAll(partition));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #tellAll(partition: number): Promise<void> {
    for (;;) {
      const told = this.#waiting.get(partition)?.splice(0, OUTCOMES_PER_RECORD_MAX) ?? [];
      if (told.length === 0) break;
      await this.#report(partition, told);
      for (const { onSettled } of told) onSettled();
    }
    this.#telling.delete(partition);
  }

  async #report(partition: number, told: readonly Told[]): Promise<void> {
    const outcomes = told.map(({ outcome }) => outcome);
    while (!this.#isStopped && this.#source.isServed(partition)) {
      try {
        return await this.#source.report(partition, outcomes);
      } catch (error) {
        // The log is busy or away, or the answer is late. Told twice, the second is ignored.
        this.#logger.warn({ partition, outcomes: outcomes.length, reason: String(error) }, "outcomes_not_told");
        await sleep(SWEEP_MS);
      }
    }
  }
}
