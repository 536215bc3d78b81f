// JobDesk: where whoever carries jobs out gets them, of the partitions that this node serves, and brings back what came of them.
//
//   J1. Only the node that serves a partition hands its jobs out. That it believes so wrongly for a moment does no harm: the same attempt made
//       twice carries the same key, and of two outcomes of one attempt the first counts. Of mails it does harm, so whoever gives a partition away hands
//       out nothing more, and waits for those that are under way.
//   J2. A hint says that there may be something to pull. What there is, the state says: a hint that is lost costs nothing but time, since each
//       change of what is ready gives another, and so does the beginning of serving.

import { encodeOutcomes, type Query, type QueryAnswer } from "../engine/mod.ts";
import type { JobOutcome } from "../model/job.ts";
import type { ReadyJobs, ReadyJobsPage } from "../model/job_queue.ts";
import { recordKinds } from "../model/record.ts";
import type { Front } from "./fronts/front.ts";

export interface JobListener {
  /** There may be jobs that are ready in a partition (J2). */
  onReady(partition: number): void;
  /** The partition is served elsewhere, or nowhere. */
  onLost(partition: number): void;
  /** Nothing more is handed out. Resolves when nothing is under way that must not be begun again elsewhere (J1). */
  onHold(partition: number): Promise<void>;
}

export type Ask = (partition: number, query: Query) => Promise<QueryAnswer>;

export class JobDesk {
  readonly partitions: number;
  readonly #front: Pick<Front, "append">;
  readonly #isServed: (partition: number) => boolean;
  readonly #ask: Ask;
  /** About to be given away. */
  readonly #held = new Set<number>();
  #listener: JobListener | null = null;

  /** @param ask asks the worker of a partition that is hosted here */
  constructor(partitions: number, front: Pick<Front, "append">, isServed: (partition: number) => boolean, ask: Ask) {
    this.partitions = partitions;
    this.#front = front;
    this.#isServed = isServed;
    this.#ask = ask;
  }

  /** Null: nobody carries anything out any more. What is ready already is told at once. */
  listen(listener: JobListener | null): void {
    this.#listener = listener;
    for (let partition = 0; partition < this.partitions; partition++) this.hint(partition);
  }

  hint(partition: number): void {
    if (this.#isServed(partition)) this.#listener?.onReady(partition);
  }

  /** J1. Until it is lost, or served anew. */
  async hold(partition: number): Promise<void> {
    this.#held.add(partition);
    await this.#listener?.onHold(partition);
  }

  served(partition: number): void {
    this.#held.delete(partition);
    this.hint(partition);
  }

  lost(partition: number): void {
    this.#held.delete(partition);
    this.#listener?.onLost(partition);
  }

  isServed(partition: number): boolean {
    return this.#isServed(partition);
  }

  /** Rejects when the partition is not served here, or not for long any more, or cannot answer now. */
  async pull(partition: number, page: ReadyJobsPage): Promise<ReadyJobs> {
    this.#checkHandedOut(partition);
    const answer = await this.#ask(partition, { kind: "ready_jobs", ...page });
    // Once more: it may have been given away meanwhile, and whoever waited for the last one has stopped waiting.
    this.#checkHandedOut(partition);
    if (answer.kind !== "ready_jobs") throw new Error(`asked for ready jobs, got ${answer.kind}`);
    return answer;
  }

  #checkHandedOut(partition: number): void {
    if (!this.#isServed(partition)) throw new Error(`partition ${partition} is not served here`);
    if (this.#held.has(partition)) throw new Error(`partition ${partition} is being given away`);
  }

  /** Resolves when the outcomes are applied. Rejects as `RuntimeClient.command` does; then they may be told again. */
  async report(partition: number, outcomes: readonly JobOutcome[]): Promise<void> {
    await this.#front.append(partition, recordKinds.outcome, encodeOutcomes(outcomes));
  }
}
