// Entry of the thread that writes the stores: one transaction a checkpoint, synced before it is reported. Packs and unpacks
// snapshots, which takes longer than a checkpoint: the partitions' checkpoints wait meanwhile, their workers do not.

import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import {
  type ChangeBatch,
  isWantOfRoom,
  openPartitionStore,
  type PartitionStore,
  restoreSnapshot,
  takeSnapshot,
} from "../../store/mod.ts";
import type { FromStoreWriter, ToStoreWriter } from "../protocol.ts";
import type { StoreWriterData } from "./store_writer.ts";

const port = parentPort;
assert(port !== null, "store_writer_thread.ts is started as a worker thread");

const { dataDirectory } = workerData as StoreWriterData;
/** By partition, opened at its first checkpoint. */
const stores = new Map<number, PartitionStore>();

port.on("message", (message: ToStoreWriter) => {
  switch (message.kind) {
    case "write":
      return checkpoint(message.partition, message.batch, message.isSnapshotWanted);
    case "restore":
      return report(restore(message.partition, message.bytes));
    case "stop":
      return void close();
  }
});

function checkpoint(partition: number, batch: ChangeBatch, isSnapshotWanted: boolean): void {
  const outcome = write(partition, batch);
  report(outcome);
  if (!isSnapshotWanted) return;
  if (outcome.kind === "written") void snapshot(partition);
  else report({ kind: "snapshot_failed", partition, reason: "the checkpoint was not written" });
}

/** In the same turn as the write that it follows: nothing comes between. */
async function snapshot(partition: number): Promise<void> {
  try {
    const taken = await takeSnapshot(storeOf(partition));
    port?.postMessage({ kind: "snapshot", partition, snapshot: taken } satisfies FromStoreWriter, [taken.bytes.buffer]);
  } catch (error) {
    report({ kind: "snapshot_failed", partition, reason: String(error) });
  }
}

function restore(partition: number, bytes: Uint8Array): FromStoreWriter {
  try {
    restoreSnapshot(storeOf(partition), bytes);
    return { kind: "restored", partition, reason: null };
  } catch (error) {
    return { kind: "restored", partition, reason: String(error) };
  }
}

function write(partition: number, batch: ChangeBatch): FromStoreWriter {
  const startedMs = performance.now();
  try {
    storeOf(partition).writeBatch(batch);
  } catch (error) {
    const isFinal = !isWantOfRoom(error, dataDirectory, batch);
    return { kind: "write_failed", partition, reason: String(error), isFinal };
  }
  const { position, entries, bytes } = batch;
  const tookMs = performance.now() - startedMs;
  return { kind: "written", report: { partition, position, entries, bytes: bytes.byteLength, tookMs } };
}

function storeOf(partition: number): PartitionStore {
  let store = stores.get(partition);
  if (store === undefined) {
    store = openPartitionStore({ dataDirectory, partition });
    stores.set(partition, store);
  }
  return store;
}

function report(message: FromStoreWriter): void {
  port?.postMessage(message);
}

/** Leaves the thread without anything to wait for, so that it ends by itself. */
async function close(): Promise<void> {
  await Promise.all(Array.from(stores.values(), (store) => store.close()));
  port?.close();
}
