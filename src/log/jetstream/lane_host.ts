// What a lane needs of the log that it is part of, and what it tells it.

import type { RecordOrigin } from "../mod.ts";
import type { Batch, Parcel } from "./batch.ts";
import type { PublishOutcome } from "./publisher.ts";
import type { HandOutcome } from "./relay.ts";
import type { Stream } from "./stream.ts";

/** Where a partition ends. */
export interface Tail {
  readonly streamSequence: number;
  readonly sequence: number;
  readonly timeMs: number;
}

export interface Delivery {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly streamSequence: number;
  readonly firstSequence: number;
  readonly origin: RecordOrigin;
}

/** What a lane needs of the log that it is part of. */
export interface LaneHost {
  readonly stream: Stream;
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
  readonly unavailableAfterMs: number;
  /** Whether batches are handed to who leads their partition. */
  readonly isPartial: boolean;
  /** The newest message of the stream, of any partition, that this process knows of: what is sent now will lie behind it. */
  readonly newest: number;
  newBatchId(): string;
  publish(partition: number, batch: Batch, expected: number): Promise<PublishOutcome>;
  hand(partition: number, batch: Batch, after: number): Promise<HandOutcome>;
  /** Tells who leads the partition of a message that somebody else appended to it. */
  tellLeader(partition: number, streamSequence: number): void;
  /** Bounds what is in flight, all lanes together. */
  takeSlot(): Promise<void>;
  giveSlot(): void;
  /** Asks the others to let this lane go first for once. */
  askForTurn(partition: number): void;
  /** Resolves when trying again makes sense. */
  beforeRetry(): Promise<void>;
  onSent(batch: Batch): void;
  deliver(delivery: Delivery): void;
  /** A batch of this log is durable, and delivered if it is to be. */
  onSettled(batch: Batch): void;
  /** Parcels were given back. */
  onBounced(parcels: readonly Parcel[]): void;
  /** The servers are away, or refuse: give up what waits, and resume when they are back. */
  pause(reason: string): void;
  fail(error: unknown): void;
}
