// Recovery: from checkpoints and the log's tail to the state that the last run had.
//
//   V1. A partition whose state reflects more than the log holds is refused: the log lost records that were acknowledged.
//   V2. The tail is applied as it lies in the log. Applying it sends messages again; those that the log already holds are not appended
//       again. Which these are is known before the first record is applied, from the receivers' high-water marks and a first pass over the tail.
//       (A message that slipped through would only cost its bytes: receivers drop what they have seen.)

import { type MessageIdentity, messageIdentity } from "../engine/mod.ts";
import { type EventLog, RecordReader } from "../log/mod.ts";
import { recordKinds } from "../model/record.ts";
import type { PartitionDescription } from "./protocol.ts";

/** Throws when log and stores do not belong together (V1). Returns the number of records to apply. */
export function tailLength(lastSequences: readonly number[], partitions: readonly PartitionDescription[]): number {
  let records = 0;
  for (const { partition, position } of partitions) {
    const last = lastSequences[partition] ?? 0;
    if (position > last) {
      throw new Error(
        `partition ${partition}: log ends at ${last}, state reflects ${position}. Acknowledged records are missing from the log; ` +
          "restore the log, or the whole data directory, from a copy. Nothing was changed.",
      );
    }
    records += last - position;
  }
  return records;
}

/** The first sequence that each partition's state does not reflect. */
export function tailStarts(partitions: readonly PartitionDescription[]): number[] {
  return partitions.map(({ position }) => position + 1);
}

/** The newest message that the log holds, from each source to each receiver. */
export class MessageMarks {
  readonly #newest = new Map<number, MessageIdentity>();

  raise(toPartition: number, identity: MessageIdentity): void {
    if (!this.holds(toPartition, identity)) this.#newest.set(pairKey(toPartition, identity.source), identity);
  }

  /** Messages of a source lie in a receiver's log in order, so the newest stands for all before it. */
  holds(toPartition: number, { source, sequence, n }: MessageIdentity): boolean {
    const newest = this.#newest.get(pairKey(toPartition, source));
    if (newest === undefined) return false;
    return sequence < newest.sequence || (sequence === newest.sequence && n <= newest.n);
  }
}

/** More than there can be partitions. */
const PAIR_BASE = 65_536;

function pairKey(toPartition: number, source: number): number {
  return toPartition * PAIR_BASE + source;
}

/** First pass over the tail. */
export async function collectMarks(log: EventLog, partitions: readonly PartitionDescription[]): Promise<MessageMarks> {
  const marks = new MessageMarks();
  for (const { partition, highWater } of partitions) {
    for (const [source, sequence, n] of highWater) marks.raise(partition, { source, sequence, n });
  }
  const reader = new RecordReader();
  for await (const batch of log.read(tailStarts(partitions))) {
    reader.reset(batch);
    while (reader.next()) {
      const isMessage = reader.kind === recordKinds.message || reader.kind === recordKinds.config;
      if (isMessage) marks.raise(reader.partition, messageIdentity(reader.payload));
    }
  }
  return marks;
}
