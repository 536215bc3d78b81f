// Shutdown: how the runtime of a node ends, of itself or as it is told to. Control plane.
//
//   E1. Everything ends loudly: after a failure nothing is taken in, whoever waits is told, and the owner is told once.
//   E2. A stop finishes what was begun, for as long as it may take; what it does not, the next start applies again.
//   E3. Workers hand out their last checkpoints, so what writes them ends after them.

import type { Checkpointing } from "./checkpoints/checkpointing.ts";
import { withDeadline } from "./deadline.ts";
import { drained } from "./flow/drain.ts";
import type { FlowControl } from "./flow/flow_control.ts";
import type { LogWatch } from "./flow/log_watch.ts";
import type { Outbox } from "./flow/outbox.ts";
import type { Questions } from "./fronts/questions.ts";
import type { Readiness } from "./readiness.ts";
import type { RuntimeFailure, RuntimeLogger } from "./runtime.ts";
import { CLOSE_MS, LEAVE_MS } from "./settings.ts";
import type { Ticks } from "./flow/ticks.ts";
import type { WorkerPool } from "./worker/worker_pool.ts";

export interface ShutdownParts {
  readonly readiness: Readiness;
  readonly flow: FlowControl;
  readonly outbox: Outbox;
  readonly ticks: Ticks;
  /** Whoever waits at the front of the main thread. */
  readonly replies: { expireAll(): void; stop(): void };
  readonly questions: Questions;
  readonly logWatch: LogWatch;
  /** Those of other threads. */
  readonly fronts: { stop(): void };
  readonly pool: WorkerPool;
  readonly checkpointing: Checkpointing;
  /** Null for a node alone. */
  readonly cluster: { stop(): Promise<void> } | null;
  readonly stopTimeoutMs: number;
  readonly logger: RuntimeLogger;
  readonly onFailure: (failure: RuntimeFailure) => void;
}

export class Shutdown {
  readonly #parts: ShutdownParts;
  #failure: RuntimeFailure | null = null;
  #stopping: Promise<void> | null = null;
  /** Nobody waits for draining any more: what it waits for is released, and would be at once for ever. */
  #isDrainOver = false;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** E1. */
  fail(failure: RuntimeFailure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    const { readiness, ticks, outbox, replies, questions, flow, onFailure } = this.#parts;
    readiness.failed(`the ${failure.kind} failed: ${failure.error.message}`);
    ticks.stop();
    outbox.stop();
    replies.expireAll();
    questions.expireAll();
    flow.release();
    onFailure(failure);
  }

  /** Throws what made the runtime fail, if anything did. */
  checkAlive(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** E2. */
  stop(): Promise<void> {
    this.#parts.checkpointing.stopRetiring();
    return (this.#stopping ??= this.#stop());
  }

  /** Ends the workers as they are. */
  abandon(): Promise<void> {
    this.#parts.readiness.failed("the process ends");
    return this.#stopThreads({ isDrained: false });
  }

  /** As `abandon`, and what the node owns in a cluster is given up, as far as the servers take that in time: others would wait for a whole lease. */
  async leave(): Promise<void> {
    const { cluster } = this.#parts;
    const left = withDeadline(cluster?.stop() ?? Promise.resolve(), performance.now() + LEAVE_MS, undefined);
    await Promise.all([left.catch(() => undefined), this.abandon()]);
  }

  async #stop(): Promise<void> {
    const { readiness, ticks, cluster, flow, outbox, logger, stopTimeoutMs } = this.#parts;
    const deadlineMs = performance.now() + stopTimeoutMs;
    const wasReady = readiness.phase === "ready";
    readiness.stopping();
    ticks.stop();
    // A start that was given up has nothing of its own to finish; what it applied is applied again next time.
    await cluster?.stop();
    const isWanted = (): boolean => this.#failure === null && !this.#isDrainOver;
    const isDrained = wasReady && (await withDeadline(drained(flow, outbox, isWanted), deadlineMs, false));
    this.#isDrainOver = true;
    this.#stopParts();
    if (wasReady && !isDrained) {
      const levels = { recordsInFlight: flow.records(), isOutboxEmpty: outbox.isEmpty() };
      logger.warn(levels, "stopped_before_drained");
    }
    const isEnded = await withDeadline(
      this.#stopThreads({ isDrained }).then(() => true),
      Math.max(deadlineMs, performance.now() + CLOSE_MS),
      false,
    );
    if (!isEnded) throw new Error(`workers did not end within ${stopTimeoutMs} ms`);
  }

  #stopParts(): void {
    const { outbox, replies, questions, flow, logWatch, fronts } = this.#parts;
    outbox.stop();
    replies.stop();
    questions.stop();
    flow.release();
    logWatch.stop();
    fronts.stop();
  }

  /** E3. */
  async #stopThreads(how: { readonly isDrained: boolean }): Promise<void> {
    await this.#parts.pool.stop(how);
    await this.#parts.checkpointing.stop();
  }
}
