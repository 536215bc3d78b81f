// FailureLine: failed checkpoints in the node's log. A full disk refuses every partition once a second until it has room: the first is told, and then how many since.

import type { RuntimeLogger } from "../runtime.ts";

/** Between two lines. */
const INTERVAL_MS = 30_000;

export interface CheckpointFailure {
  readonly partition: number;
  readonly reason: string;
  /** It is not waited for: the node ends. */
  readonly isFinal: boolean;
}

export class FailureLine {
  readonly #logger: Pick<RuntimeLogger, "error" | "info">;
  readonly #nowMs: () => number;
  #toldMs = Number.NEGATIVE_INFINITY;
  /** Since the last line. */
  #untold = 0;
  /** Partitions whose last checkpoint failed. */
  readonly #failing = new Set<number>();

  /** @param nowMs monotonic */
  constructor(logger: Pick<RuntimeLogger, "error" | "info">, nowMs: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  failed(failure: CheckpointFailure): void {
    this.#failing.add(failure.partition);
    this.#untold++;
    const nowMs = this.#nowMs();
    if (!failure.isFinal && nowMs - this.#toldMs < INTERVAL_MS) return;
    this.#logger.error({ ...failure, failures: this.#untold }, "checkpoint_failed");
    this.#toldMs = nowMs;
    this.#untold = 0;
  }

  written(partition: number): void {
    if (!this.#failing.delete(partition) || this.#failing.size > 0) return;
    this.#logger.info({ failures: this.#untold }, "checkpoints_go_on");
    this.#toldMs = Number.NEGATIVE_INFINITY;
    this.#untold = 0;
  }
}
