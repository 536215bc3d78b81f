// PartitionOpening: opens and gives up partitions at run time, so that a store never changes under a worker that has it open.
//
//   O1. A checkpoint that was handed out before its partition was given up is not written after that.
//   O2. A partition is opened when all that was being written of it is written.

import type { PartitionDescription, ToWorker } from "../protocol.ts";

export interface PartitionOpeningParts {
  /** To the partition's worker. */
  readonly post: (partition: number, message: ToWorker) => void;
  /** Resolves when nothing more is being written of the partition. */
  readonly whenWritten: (partition: number) => Promise<void>;
}

export class PartitionOpening {
  readonly #parts: PartitionOpeningParts;
  readonly #waiting = new Map<number, (description: PartitionDescription) => void>();
  /** Given up, and not open again. Those that a worker is born with never are. */
  readonly #closed = new Set<number>();
  /** How often each partition was given up. */
  readonly #closings = new Map<number, number>();

  constructor(parts: PartitionOpeningParts) {
    this.#parts = parts;
  }

  /** The partition's store, opened by its worker (O2). */
  async open(partition: number): Promise<PartitionDescription> {
    await this.#parts.whenWritten(partition);
    return new Promise((resolve) => {
      this.#waiting.set(partition, resolve);
      this.#parts.post(partition, { kind: "host", partition });
    });
  }

  opened(description: PartitionDescription): void {
    const { partition } = description;
    this.#closed.delete(partition);
    const resolve = this.#waiting.get(partition);
    this.#waiting.delete(partition);
    resolve?.(description);
  }

  close(partition: number): void {
    this.#closed.add(partition);
    this.#closings.set(partition, (this.#closings.get(partition) ?? 0) + 1);
    this.#parts.post(partition, { kind: "unhost", partition });
  }

  /** O1. Call when a checkpoint is handed out; the answer says whether it may still be written, and its worker waits for it. */
  checkpoint(partition: number): () => boolean {
    // Handed out before its worker read that it is to give up.
    if (this.#closed.has(partition)) return () => false;
    const closings = this.#closings.get(partition);
    return () => this.#closings.get(partition) === closings;
  }
}
