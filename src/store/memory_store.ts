// PartitionStore in memory: for replay, simulation and tests. Keeps the same bytes in the same order as the one on LMDB.

import { type ChangeBatch, changesOf } from "./change_batch.ts";
import { encodeKey, prefixBounds } from "./keys.ts";
import type { PartitionStore, RangeOptions, StoreEntry, StoreStats } from "./partition_store.ts";

export function openMemoryStore(partition: number): PartitionStore {
  return new MemoryStore(partition);
}

class MemoryStore implements PartitionStore {
  readonly partition: number;
  /** By encoded key, one character a byte, so that string order is byte order. */
  readonly #entries = new Map<string, StoreEntry>();
  /** Keys of `#entries` in order; null after a change of the set of keys. */
  #sorted: string[] | null = null;
  #position = 0;

  constructor(partition: number) {
    this.partition = partition;
  }

  get(kind: number, key: string): Uint8Array | undefined {
    return this.#entries.get(mapKey(kind, key))?.bytes;
  }

  *range(kind: number, options: RangeOptions): Iterable<StoreEntry> {
    const { low, high } = prefixBounds(kind, options.prefix);
    const lowKey = low.toString("latin1");
    const highKey = high.toString("latin1");
    const after = options.after === null ? null : mapKey(kind, options.after);
    const keys = this.#sortedKeys();
    const first = lowerBound(keys, after !== null && after > lowKey && !options.isReverse ? after : lowKey);
    const end = lowerBound(keys, after !== null && after < highKey && options.isReverse ? after : highKey);
    for (let n = 0; n < end - first; n++) {
      const key = keys[options.isReverse ? end - 1 - n : first + n] ?? "";
      if (key === after) continue;
      const entry = this.#entries.get(key);
      if (entry?.key.startsWith(options.prefix)) yield entry;
    }
  }

  writeBatch(batch: ChangeBatch): void {
    // First everything that can throw, so that a batch is written whole or not at all.
    const copies = Array.from(changesOf(batch), ({ kind, key, bytes }) => ({
      at: mapKey(kind, key),
      key,
      bytes: bytes === null ? null : Uint8Array.from(bytes),
    }));
    for (const { at, key, bytes } of copies) {
      if (this.#entries.has(at) !== (bytes !== null)) this.#sorted = null;
      if (bytes === null) this.#entries.delete(at);
      else this.#entries.set(at, { key, bytes });
    }
    this.#position = batch.position;
  }

  refresh(): void {}

  position(): number {
    return this.#position;
  }

  outdated(): null {
    return null;
  }

  stats(): StoreStats {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += entry.bytes.length;
    return { entries: this.#entries.size, bytes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #sortedKeys(): readonly string[] {
    this.#sorted ??= [...this.#entries.keys()].sort();
    return this.#sorted;
  }
}

/** Index of the first key that is not less than `wanted`. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mapKey(kind: number, key: string): string {
  return encodeKey(kind, key).toString("latin1");
}
