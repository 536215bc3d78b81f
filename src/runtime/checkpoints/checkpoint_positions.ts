// CheckpointPositions: how far each partition's state is on disk, and what of the log nobody needs because of it.

import type { EventLog } from "../../log/mod.ts";
import type { RuntimeLogger } from "../runtime.ts";

export interface CheckpointPositionsParts {
  readonly log: EventLog;
  readonly partitions: number;
  /** False: the log is kept whole, or somebody else decides. */
  readonly isRetiring: boolean;
  readonly logger: RuntimeLogger;
}

export class CheckpointPositions {
  readonly #parts: CheckpointPositionsParts;
  readonly #positions: number[];
  #isBusy = false;

  constructor(parts: CheckpointPositionsParts) {
    this.#parts = parts;
    this.#positions = Array.from({ length: parts.partitions }, () => 0);
  }

  set(partition: number, position: number): void {
    this.#positions[partition] = position;
  }

  /** Records in the log that a start would have to apply again. */
  lag(): number {
    return this.#parts.log
      .lastSequences()
      .reduce((lag, last, partition) => lag + last - (this.#positions[partition] ?? 0), 0);
  }

  /** Gives back what every checkpoint covers. */
  retire(): void {
    const { log, isRetiring, logger } = this.#parts;
    if (!isRetiring || this.#isBusy) return;
    this.#isBusy = true;
    log
      .retire(this.#positions.map((position) => position + 1))
      .catch((error: unknown) => logger.error({ reason: String(error) }, "log_retire_failed"))
      .finally(() => {
        this.#isBusy = false;
      });
  }
}
