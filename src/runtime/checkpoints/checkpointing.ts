// Checkpointing: what becomes of the checkpoints that a node's workers hand out, and where its stores are opened. Control plane.
//
//   worker -> handed out -> what it sent before is durable -> written by another thread -> the worker is told -> the log may retire

import type { CheckpointEnd } from "../../store/mod.ts";
import type { EventLog } from "../../log/mod.ts";
import type { Snapshots } from "../cluster/snapshots.ts";
import { CheckpointPositions } from "./checkpoint_positions.ts";
import type { MetricsTally } from "../metrics.ts";
import { FailureLine } from "./failure_line.ts";
import { PartitionOpening } from "./partition_opening.ts";
import type { CheckpointHandout, CheckpointReport, PartitionDescription, ToWorker } from "../protocol.ts";
import type { Readiness } from "../readiness.ts";
import type { RuntimeLogger } from "../runtime.ts";
import { StoreWriter } from "./store_writer.ts";

export interface CheckpointingParts {
  readonly log: EventLog;
  readonly partitions: number;
  /** What others need of a shared log, the checkpoints of one node do not tell: there, the log follows the snapshots. */
  readonly isRetiring: boolean;
  readonly dataDirectory: string;
  readonly storeWriterEntry: URL;
  readonly readiness: Readiness;
  readonly tally: MetricsTally;
  readonly logger: RuntimeLogger;
  /** Null for a node alone. */
  readonly snapshots: Snapshots | null;
  /** To the partition's worker. */
  readonly post: (partition: number, message: ToWorker) => void;
  /** C2 of the store: calls `write` when all that the partition's worker sent is durable; `refuse` when that may never be told. */
  readonly settle: (partition: number, write: () => void, refuse: () => void) => void;
  readonly onFailure: (error: Error) => void;
}

export class Checkpointing {
  readonly #parts: CheckpointingParts;
  readonly #positions: CheckpointPositions;
  readonly #opening: PartitionOpening;
  readonly #failureLine: FailureLine;
  readonly #writer: StoreWriter;
  #isRetiring = true;

  constructor(parts: CheckpointingParts) {
    const { log, partitions, isRetiring, logger, snapshots } = parts;
    this.#parts = parts;
    this.#failureLine = new FailureLine(logger);
    this.#positions = new CheckpointPositions({ log, partitions, isRetiring, logger });
    this.#writer = new StoreWriter({
      entry: parts.storeWriterEntry,
      dataDirectory: parts.dataDirectory,
      onWritten: (report) => this.#written(report),
      onWriteFailed: (partition, reason, isFinal) => this.#notWritten(partition, reason, isFinal),
      onSnapshot: (partition, snapshot) => snapshots?.made(partition, snapshot),
      onSnapshotFailed: (partition, reason) => snapshots?.failed(partition, reason),
      onFailure: parts.onFailure,
    });
    this.#opening = new PartitionOpening({
      post: parts.post,
      whenWritten: (partition) => this.#writer.whenWritten(partition),
    });
  }

  /** The workers have opened their stores and told what is in them. */
  opened(descriptions: readonly PartitionDescription[]): void {
    for (const { partition, position } of descriptions) this.#positions.set(partition, position);
  }

  open(partition: number): Promise<PartitionDescription> {
    return this.#opening.open(partition);
  }

  /** Answers `open`. */
  hosted(description: PartitionDescription): void {
    this.#positions.set(description.partition, description.position);
    this.#opening.opened(description);
  }

  close(partition: number): void {
    this.#opening.close(partition);
  }

  /** Replaces the store of a partition that is not open. Rejects when nothing was changed. */
  restore(partition: number, bytes: Uint8Array): Promise<void> {
    return this.#writer.restore(partition, bytes);
  }

  handedOut({ partition, batch }: CheckpointHandout): void {
    const { settle, snapshots } = this.#parts;
    const isWanted = this.#opening.checkpoint(partition);
    const write = (): void => {
      if (isWanted()) this.#writer.write(partition, batch, snapshots?.begin(partition) ?? false);
    };
    const refuse = (): void => {
      if (isWanted()) this.#end(partition, "not_written");
    };
    settle(partition, write, refuse);
  }

  /** Records in the log that a start would have to apply again. */
  lag(): number {
    return this.#positions.lag();
  }

  /** A log that is about to be closed gives back nothing more. */
  stopRetiring(): void {
    this.#isRetiring = false;
  }

  /** The workers have handed out their last. */
  stop(): Promise<void> {
    return this.#writer.stop();
  }

  #written(report: CheckpointReport): void {
    const { partition, position } = report;
    const { tally, readiness } = this.#parts;
    this.#positions.set(partition, position);
    tally.checkpointed(report);
    readiness.storeProblem(partition, null);
    this.#failureLine.written(partition);
    this.#end(partition, "written");
    if (this.#isRetiring) this.#positions.retire();
  }

  /** A full disk is waited for. One that fails otherwise ends the node: the log has what the next start needs. */
  #notWritten(partition: number, reason: string, isFinal: boolean): void {
    const { tally, readiness, onFailure } = this.#parts;
    const sentence = `partition ${partition} cannot be checkpointed: ${reason}`;
    tally.checkpointFailed();
    readiness.storeProblem(partition, sentence);
    this.#failureLine.failed({ partition, reason, isFinal });
    this.#end(partition, "not_written");
    if (isFinal) onFailure(new Error(sentence));
  }

  #end(partition: number, end: CheckpointEnd): void {
    this.#parts.post(partition, { kind: "checkpointed", partition, end });
  }
}
