// FoldedPartition: one partition in memory, as records make it. For tools that fold a log again, in the thread that calls them.

import { applyRecord, type EngineContext, newEffects, type ProgramLookup } from "../engine/mod.ts";
import type { Message } from "../model/effect.ts";
import type { LogRecord } from "../model/record.ts";
import { openMemoryStore, openPartitionState, type PartitionStore, type StoredPartitionState } from "../store/mod.ts";

/** Entries of a folded partition that stay decoded; the rest lies encoded in the memory store, at a third of the size. */
export const FOLDED_CACHE_BYTES = 64 << 20;

export class FoldedPartition {
  readonly context: EngineContext;
  readonly state: StoredPartitionState;
  readonly store: PartitionStore;

  /** @param aheadFrom as the engine has it; 0: any record may ask ahead */
  constructor(partition: number, partitions: number, programs: ProgramLookup, aheadFrom = 0) {
    this.store = openMemoryStore(partition);
    this.state = openPartitionState(this.store, {
      cacheBytesMax: FOLDED_CACHE_BYTES,
      dirtyBytesMax: FOLDED_CACHE_BYTES,
    });
    this.context = { partition, partitions, state: this.state, programs, effects: newEffects(), aheadFrom };
  }

  /** Returns what the record sends to partitions, in order. Nobody waits for replies here. */
  apply(record: LogRecord): Message[] {
    applyRecord(this.context, record);
    const { messages, replies, switches } = this.context.effects;
    replies.length = 0;
    switches.length = 0;
    if (this.state.wantsCheckpoint) this.state.checkpoint(record.sequence);
    this.state.trim();
    return messages.splice(0);
  }
}
