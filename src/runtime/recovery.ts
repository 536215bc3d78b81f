// Recovery: from checkpoints and the log's tail to the state that the last run had.
//
//   V1. A partition whose state reflects more than the log holds is refused: the log lost records that were acknowledged.
//   V2. The tail is applied as it lies in the log. Applying it sends messages again; those that the log already holds are not appended
//       again. Which these are is known before the first record is applied, from the receivers' high-water marks and a first pass over the tail.
//       (A message that slipped through would only cost its bytes: receivers drop what they have seen.)

import { type MessageIdentity, messageIdentity, programOfRecord } from "../engine/mod.ts";
import { type EventLog, LogHole, RecordReader } from "../log/mod.ts";
import { recordKinds } from "../model/record.ts";
import type { OutdatedStore } from "../store/mod.ts";
import type { PartitionDescription } from "./protocol.ts";

/** Throws when log and stores do not belong together (V1). Returns the number of records to apply. */
export function tailLength(lastSequences: readonly number[], partitions: readonly PartitionDescription[]): number {
  let records = 0;
  for (const { partition, position, outdated } of partitions) {
    const last = lastSequences[partition] ?? 0;
    const reflected = outdated?.position ?? position;
    if (reflected > last) {
      throw new Error(
        `partition ${partition}: log ends at ${last}, state reflects ${reflected}. Acknowledged records are missing from the log; ` +
          "restore the log, or the whole data directory, from a copy. Nothing was changed.",
      );
    }
    records += last - position;
  }
  return records;
}

/** What stands in the way of a start: a hole in the log that a store which is to be made anew would fall into is said to be that. */
export function sayWhatIsMissing(error: unknown, partitions: readonly PartitionDescription[]): unknown {
  if (!(error instanceof LogHole)) return error;
  const outdated = partitions.find(({ partition }) => partition === error.partition)?.outdated ?? null;
  return outdated === null ? error : new OutdatedWithoutLog(error, outdated);
}

/** Neither can the store be read nor made anew. */
export class OutdatedWithoutLog extends Error {
  override name = "OutdatedWithoutLog";
  constructor(hole: LogHole, { format }: OutdatedStore) {
    super(
      `partition ${hole.partition}: its state has store format ${format}, which this version makes anew from the log, but the log begins at record ` +
        `${hole.firstSequence} and ${hole.wantedSequence} to ${hole.firstSequence - 1} are missing (LAUREL_LOG_RETENTION). Run the version that wrote ` +
        "it, or put back a log that begins with its first record. Nothing was changed.",
      { cause: hole },
    );
  }
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

/** What has to be known of the tail before it is applied. */
export interface TailFacts {
  readonly marks: MessageMarks;
  /** Hashes of the programs that take effect in it. */
  readonly programs: ReadonlySet<string>;
}

/** First pass over the tail. @param onRead told of more records that were read */
export async function readTailFacts(
  log: EventLog,
  partitions: readonly PartitionDescription[],
  onRead: (records: number) => void = () => undefined,
): Promise<TailFacts> {
  const programs = new Set<string>();
  const marks = new MessageMarks();
  for (const { partition, highWater } of partitions) {
    for (const [source, sequence, n] of highWater) marks.raise(partition, { source, sequence, n });
  }
  const reader = new RecordReader();
  for await (const batch of log.read(tailStarts(partitions))) {
    reader.reset(batch);
    let records = 0;
    while (reader.next()) {
      records++;
      const isMessage = reader.kind === recordKinds.message || reader.kind === recordKinds.config;
      if (isMessage) marks.raise(reader.partition, messageIdentity(reader.payload));
      if (reader.kind === recordKinds.config) programs.add(programOfRecord(reader.payload).hash);
    }
    onRead(records);
  }
  return { marks, programs };
}
