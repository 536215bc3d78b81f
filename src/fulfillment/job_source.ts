// What the pool needs of whoever keeps jobs.

import type { JobOutcome } from "../model/job.ts";
import type { ReadyJobs, ReadyJobsPage } from "../model/job_queue.ts";

export interface JobListener {
  onReady(partition: number): void;
  onLost(partition: number): void;
  /** The partition is about to be given away, and hands out nothing more. Resolves when no mail of it is under way. */
  onHold(partition: number): Promise<void>;
}

export interface JobSource {
  readonly partitions: number;
  listen(listener: JobListener | null): void;
  isServed(partition: number): boolean;
  pull(partition: number, page: ReadyJobsPage): Promise<ReadyJobs>;
  /** Resolves when the outcomes are applied. */
  report(partition: number, outcomes: readonly JobOutcome[]): Promise<void>;
}

/** As pino's. */
export interface FulfillmentLogger {
  debug(fields: object, name: string): void;
  info(fields: object, name: string): void;
  warn(fields: object, name: string): void;
  error(fields: object, name: string): void;
}
