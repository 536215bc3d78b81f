// Counts what recovery reads: the last sequence and time of every partition, and whether the records are what L2 promises.

import { RECORD_HEADER_BYTES } from "../model/record.ts";
import { partitionAt, recordBytesAt, sequenceAt, timeAt } from "./record_codec.ts";

export class RecordTally {
  readonly sequences: Float64Array;
  readonly times: Float64Array;

  constructor(partitions: number) {
    this.sequences = new Float64Array(partitions);
    this.times = new Float64Array(partitions);
  }

  /** What came before the oldest segment that is still there. */
  continueFrom(sequences: Float64Array, times: Float64Array): void {
    this.sequences.set(sequences);
    this.times.set(times);
  }

  agreesWith(sequences: Float64Array): boolean {
    return this.sequences.every((sequence, partition) => sequence === sequences[partition]);
  }

  /** Adds the records of one frame. Returns what is wrong with them; null when nothing is. */
  add(view: DataView, start: number, end: number, records: number): string | null {
    const { sequences, times } = this;
    let offset = start;
    let count = 0;
    while (offset < end) {
      if (offset + RECORD_HEADER_BYTES > end) return "the group ends inside a record header";
      const partition = partitionAt(view, offset);
      const sequence = sequenceAt(view, offset);
      const timeMs = timeAt(view, offset);
      const lastSequence = sequences[partition];
      if (lastSequence === undefined) return `a record is for partition ${partition}, which does not exist`;
      if (sequence !== lastSequence + 1) return `partition ${partition}: sequence ${sequence} follows ${lastSequence}`;
      if (timeMs < (times[partition] ?? 0)) return `partition ${partition}: the time falls at sequence ${sequence}`;
      sequences[partition] = sequence;
      times[partition] = timeMs;
      offset += recordBytesAt(view, offset);
      count++;
    }
    if (offset !== end) return "the group ends inside a record";
    return count === records ? null : `the group has ${count} records, but its header says ${records}`;
  }
}
