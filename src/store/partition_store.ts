// PartitionStore: the small interface behind which LMDB can be replaced.
//
// A store knows kinds, keys and opaque bytes; what the bytes mean is `codec.ts`'s business.
//
//   K1. A batch and its position become visible and durable together, or not at all.
//   K2. `range` yields the keys of a kind in the order of their encoded bytes (see keys.ts), and sees every finished batch.

import type { ChangeBatch } from "./change_batch.ts";
import type { OutdatedStore } from "./store_format.ts";

export interface PartitionStore {
  readonly partition: number;
  /** The value, or undefined. Borrowed until the next call on this store. */
  get(kind: number, key: string): Uint8Array | undefined;
  /** Entries of one kind in key order. Must be drained or left in the same event-loop turn. Each `bytes` is borrowed until the next step. */
  range(kind: number, options: RangeOptions): Iterable<StoreEntry>;
  /** One transaction. Throws when it failed; then nothing of it was written (K1). */
  writeBatch(batch: ChangeBatch): void;
  /** From now on sees what other threads have written. */
  refresh(): void;
  /** The log sequence that the stored entries reflect; 0 before the first batch. */
  position(): number;
  /** Not null: entries of another format lie here. The store counts as empty, and its first batch replaces them (store_format.ts, O1). */
  outdated(): OutdatedStore | null;
  stats(): StoreStats;
  close(): Promise<void>;
}

export interface RangeOptions {
  /** Only keys that start with this. */
  readonly prefix: string;
  /** Only keys after this one (before it when `isReverse`), exclusive. */
  readonly after: string | null;
  readonly isReverse: boolean;
}

export interface StoreEntry {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** `bytes` null removes the entry. */
export interface StoreChange {
  readonly kind: number;
  readonly key: string;
  readonly bytes: Uint8Array | null;
}

export interface StoreStats {
  readonly entries: number;
  readonly bytes: number;
}

/** Stored bytes are not what was written. The partition must not run on them: rebuild it from the log. */
export class StoreCorrupt extends Error {
  override name = "StoreCorrupt";
  readonly partition: number;
  readonly key: string;
  constructor(partition: number, key: string, reason: string) {
    super(`store of partition ${partition} is damaged at ${JSON.stringify(key)}: ${reason}`);
    this.partition = partition;
    this.key = key;
  }
}
