import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryStore, openPartitionStore, type PartitionStore } from "../../src/store/mod.ts";

export const PARTITION = 3;

export interface TemporaryStore {
  readonly store: PartitionStore;
  readonly directory: string;
  /** Closes the store and opens what it left behind. */
  readonly reopen: () => Promise<PartitionStore>;
  readonly remove: () => Promise<void>;
}

/** A store on LMDB in a directory of its own. */
export function openTemporaryStore(): TemporaryStore {
  const directory = mkdtempSync(join(tmpdir(), "laurel-store."));
  let store = openPartitionStore({ dataDirectory: directory, partition: PARTITION });
  return {
    store,
    directory,
    async reopen() {
      await store.close();
      store = openPartitionStore({ dataDirectory: directory, partition: PARTITION });
      return store;
    },
    async remove() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Every implementation passes one and the same suite. */
export const implementations: readonly {
  readonly name: string;
  readonly open: () => { readonly store: PartitionStore; readonly remove: () => Promise<void> };
}[] = [
  { name: "lmdb", open: openTemporaryStore },
  { name: "memory", open: () => ({ store: openMemoryStore(PARTITION), remove: () => Promise.resolve() }) },
];
