// A commit group: the records that become durable together, already in the form of their frame.

import { FRAME_HEADER_BYTES } from "./frame.ts";
import { viewOf } from "./record_codec.ts";

/** Buffers are used again: one group object lives through many groups. */
export class CommitGroup {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** What came before the group's first record: what is durable when this group is the oldest that is not. */
  readonly sequencesBefore: Float64Array;
  readonly timesBefore: Float64Array;
  number = 0;
  /** One past the last byte written; the frame's header comes first. */
  length = FRAME_HEADER_BYTES;
  records = 0;
  #promise: Promise<void> | null = null;
  #resolve: () => void = doNothing;
  #reject: (error: Error) => void = doNothing;

  constructor(bytes: number, partitions: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.view = viewOf(this.bytes);
    this.sequencesBefore = new Float64Array(partitions);
    this.timesBefore = new Float64Array(partitions);
  }

  begin(number: number, sequences: Float64Array, times: Float64Array): void {
    this.number = number;
    this.length = FRAME_HEADER_BYTES;
    this.records = 0;
    this.sequencesBefore.set(sequences);
    this.timesBefore.set(times);
    this.#promise = null;
    this.#resolve = doNothing;
    this.#reject = doNothing;
  }

  get bodyBytes(): number {
    return this.length - FRAME_HEADER_BYTES;
  }

  /** Made only when somebody asks: a group nobody waits for cannot cause an unhandled rejection. */
  whenDurable(): Promise<void> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#promise;
  }

  settle(): void {
    this.#resolve();
  }

  refuse(error: Error): void {
    this.#reject(error);
  }
}

function doNothing(): void {}
