// The store: what a partition keeps on disk, and the cache through which the engine sees it. The only door of this folder.
//
// In: changed entries and the log position they reflect. Out: entries, by key and in key order.
// One LMDB environment a partition: read by the thread that owns the partition, written by one thread a node.

export { openPartitionStore, storePath } from "./lmdb_store.ts";
export type { ChangeBatch } from "./change_batch.ts";
export { openMemoryStore } from "./memory_store.ts";
export {
  type CheckpointEnd,
  openPartitionState,
  StateWorkspace,
  type StoredPartitionState,
} from "./partition_state.ts";
export { allKindNumbers } from "./keys.ts";
export { restoreSnapshot, type Snapshot, takeSnapshot } from "./snapshot.ts";
export { type OutdatedStore, STORE_FORMAT, StoreTooNew } from "./store_format.ts";
export { isWantOfRoom } from "./room.ts";
export { contentHash } from "./content_hash.ts";
export { type PartitionStore, StoreCorrupt } from "./partition_store.ts";
