// WorkerPool: the worker threads as the main thread sees them.
//
//   T1. A thread is never terminated: it has LMDB environments open. It is asked to stop and ends by itself.
//   T2. A thread that fails, or ends without having been asked, fails the whole runtime, once.
//   T3. A thread that answers nothing any more has failed.
//   T4. What is posted follows the records that were handed over before it.

import type { Worker } from "node:worker_threads";
import { type Departure, Gathering } from "../flow/gathering.ts";
import { ThreadWatch } from "./thread_watch.ts";
import type { FromWorker, PartitionDescription, ToThread, ToWorker, WorkerOptions } from "../protocol.ts";

export interface PoolOptions {
  /** Started, and of nobody else; one for each of `workers`. */
  readonly threads: readonly Worker[];
  readonly workers: readonly WorkerOptions[];
  /** T3: about how long a thread may answer nothing. */
  readonly silenceMs: number;
  readonly onMessage: (worker: number, message: FromWorker) => void;
  /** `where` is a sentence's beginning: which worker, which record. */
  readonly onFailure: (failure: WorkerFailed) => void;
}

export interface WorkerFailed {
  readonly partition: number | null;
  readonly sequence: number | null;
  readonly error: Error;
}

interface Description {
  readonly missing: Set<number>;
  readonly partitions: PartitionDescription[];
  readonly resolve: (partitions: readonly PartitionDescription[]) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #threads: readonly Worker[];
  readonly #ended: Promise<void>[] = [];
  readonly #watches: readonly ThreadWatch[];
  /** By worker; bounded by the flow control. */
  readonly #gathered: readonly Gathering[];
  #descriptions: Description[] = [];
  /** What the workers say unasked, whenever they say it: before anybody waits for it, too. */
  readonly #opened: Promise<readonly PartitionDescription[]>;
  #failure: Error | null = null;
  #isStopping = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#threads = options.threads;
    this.#gathered = options.threads.map(
      (thread) => new Gathering((bytes) => thread.postMessage({ kind: "records", bytes } satisfies ToWorker, [bytes])),
    );
    this.#threads.forEach((thread, index) => {
      thread.on("message", (message: FromWorker) => this.#receive(index, message));
      thread.on("messageerror", (error) => this.#fail({ partition: null, sequence: null, error }));
      thread.on("error", (error) => this.#fail({ partition: null, sequence: null, error }));
      this.#ended.push(
        new Promise((resolve) => {
          thread.on("exit", (code) => {
            resolve();
            if (!this.#isStopping)
              this.#fail({
                partition: null,
                sequence: null,
                error: new Error(`worker ${index} ended with code ${code}`),
              });
          });
        }),
      );
    });
    this.#watches = this.#threads.map((thread, index) => {
      const ask = (): void => thread.postMessage({ kind: "ping" } satisfies ToThread);
      const silent = new Error(`worker ${index} does not answer any more`);
      return new ThreadWatch(options.silenceMs, ask, () =>
        this.#fail({ partition: null, sequence: null, error: silent }),
      );
    });
    options.workers.forEach((each, index) => {
      this.#threads[index]?.postMessage({ kind: "open", options: each } satisfies ToThread);
    });
    this.#opened = this.#whenDescribed();
    // Said by `onFailure` as well.
    this.#opened.catch(() => undefined);
  }

  /** T4 */
  post(worker: number, message: ToWorker): void {
    this.#gathered[worker]?.send();
    this.#threads[worker]?.postMessage(message);
  }

  /** Records for a worker. @param records given away */
  hand(worker: number, records: Uint8Array<ArrayBuffer>, departure: Departure): void {
    this.#gathered[worker]?.add(records, departure);
  }

  /** What the workers tell about themselves once their stores are open. */
  whenOpen(): Promise<readonly PartitionDescription[]> {
    return this.#opened;
  }

  /** All partitions as they are when their worker reads the question, in order of partition. */
  describe(): Promise<readonly PartitionDescription[]> {
    const described = this.#whenDescribed();
    for (let worker = 0; worker < this.#threads.length; worker++) this.post(worker, { kind: "describe" });
    return described;
  }

  /** Resolves when every thread has ended. */
  async stop({ isDrained }: { readonly isDrained: boolean }): Promise<void> {
    this.#isStopping = true;
    for (const watch of this.#watches) watch.stop();
    for (let worker = 0; worker < this.#threads.length; worker++) this.post(worker, { kind: "stop", isDrained });
    await Promise.all(this.#ended);
  }

  #whenDescribed(): Promise<readonly PartitionDescription[]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const missing = new Set(this.#threads.keys());
      this.#descriptions.push({ missing, partitions: [], resolve, reject });
    });
  }

  #receive(worker: number, message: FromWorker): void {
    this.#watches[worker]?.heard();
    if (message.kind === "described") return this.#described(worker, message.partitions);
    if (message.kind === "failed") return this.#fail(message);
    this.#options.onMessage(worker, message);
  }

  /** Workers answer in the order in which they were asked, so an answer belongs to the first question that lacks it. */
  #described(worker: number, partitions: readonly PartitionDescription[]): void {
    const description = this.#descriptions.find(({ missing }) => missing.has(worker));
    if (description === undefined) return;
    description.missing.delete(worker);
    description.partitions.push(...partitions);
    if (description.missing.size > 0) return;
    this.#descriptions = this.#descriptions.filter((each) => each !== description);
    description.resolve(description.partitions.sort((a, b) => a.partition - b.partition));
  }

  #fail({ partition, sequence, error }: WorkerFailed): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const { reject } of this.#descriptions.splice(0)) reject(error);
    this.#options.onFailure({ partition, sequence, error });
  }
}
