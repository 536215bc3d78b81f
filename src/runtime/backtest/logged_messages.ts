// LoggedMessages: which messages the log holds, from each partition to each, and since when events ask ahead.

import { type MessageIdentity, messageIdentity, recordAskingAhead } from "../../engine/mod.ts";
import type { LoggedCauses } from "./lane.ts";

export class LoggedMessages {
  readonly #partitions: number;
  readonly #lanes = new Map<number, { readonly causes: LoggedCauses; lastN: number }>();
  readonly #aheadFrom = new Map<number, number>();

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  /** As `note`, of a record's payload. */
  noteMessage(toPartition: number, payload: Uint8Array): void {
    this.note(toPartition, messageIdentity(payload));
    const asking = recordAskingAhead(payload);
    if (asking === null) return;
    this.#aheadFrom.set(asking.partition, Math.min(asking.sequence, this.aheadFrom(asking.partition)));
  }

  /** The partition's first record that asked ahead; infinite: none did. */
  aheadFrom(partition: number): number {
    return this.#aheadFrom.get(partition) ?? Number.POSITIVE_INFINITY;
  }

  /** In the order of the log. False for a repetition, which receivers drop. */
  note(toPartition: number, { source, sequence, n }: MessageIdentity): boolean {
    const key = this.#keyOf(source, toPartition);
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, { causes: [sequence], lastN: n });
      return true;
    }
    const last = lane.causes.at(-1) ?? 0;
    if (sequence < last || (sequence === last && n <= lane.lastN)) return false;
    lane.causes.push(sequence);
    lane.lastN = n;
    return true;
  }

  /** Eight bytes a message. */
  causes(source: number, toPartition: number): LoggedCauses {
    return this.#lanes.get(this.#keyOf(source, toPartition))?.causes ?? [];
  }

  #keyOf(source: number, toPartition: number): number {
    return source * this.#partitions + toPartition;
  }
}
