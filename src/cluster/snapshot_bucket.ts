// SnapshotBucket: the newest snapshot of each partition in an object store, where every node can get it.
//
//   S1. A snapshot is never replaced by one of a lower position: the write carries the revision that was looked at.
//   S2. What is read is whole: the object store compares the SHA-256 that it keeps with the object (and the snapshot carries its own).
//   S3. Nothing waits without a bound: an object that is replaced while it is read loses its pieces, and is read anew.

import { type JetStreamClient, jetstream, StorageType } from "@nats-io/jetstream";
import { type ObjectInfo, type ObjectResult, type ObjectStore, Objm, setSha256Backend } from "@nats-io/obj";
import type { Connection } from "../nats/mod.ts";

export interface SnapshotBucketOptions {
  readonly bucket: string;
  readonly replicas: number;
}

export interface BucketSnapshot {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** For one piece of an object, written or read. */
const REQUEST_TIMEOUT_MS = 5_000;

export class SnapshotBucket {
  readonly #store: ObjectStore;

  private constructor(store: ObjectStore) {
    this.#store = store;
  }

  static async open(connection: Connection, { bucket, replicas }: SnapshotBucketOptions): Promise<SnapshotBucket> {
    // The library's own is written in JavaScript, and would run on the thread that serves requests.
    setSha256Backend("native");
    const client: JetStreamClient = jetstream(connection.client, { timeout: REQUEST_TIMEOUT_MS });
    const store = await new Objm(client).create(bucket, { replicas, storage: StorageType.File });
    return new SnapshotBucket(store);
  }

  /**
   * Durable when it resolves with true. False: there is one as new, or `isWanted` says no.
   * @param isWanted asked again right before the write
   */
  async put(partition: number, { position, bytes }: BucketSnapshot, isWanted: () => boolean): Promise<boolean> {
    const name = nameOf(partition);
    const found = await this.#store.info(name);
    if (!isWanted() || (found !== null && positionOf(found) >= position)) return false;
    const metadata = { position: String(position) };
    await this.#store.putBlob({ name, metadata }, bytes, {
      previousRevision: found?.revision ?? 0,
      timeout: REQUEST_TIMEOUT_MS,
    });
    return true;
  }

  /** Null when there is none. Rejects when it cannot be read whole. */
  async get(partition: number): Promise<BucketSnapshot | null> {
    const name = nameOf(partition);
    const found = await this.#store.get(name);
    if (found === null) return null;
    const bytes = await readWhole(found);
    if (bytes.length !== found.info.size) throw new Error(`${name}: ${bytes.length} of ${found.info.size} bytes came`);
    return { position: positionOf(found.info), bytes };
  }
}

/** What came before the end, or before the servers fell silent. */
async function readWhole({ data, error }: ObjectResult): Promise<Buffer> {
  // Said by the reader as well.
  error.catch(() => undefined);
  const reader = data.getReader();
  const silence = setTimeout(() => {
    reader.cancel().catch(() => undefined);
  }, REQUEST_TIMEOUT_MS);
  const pieces: Uint8Array[] = [];
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      silence.refresh();
    }
  } finally {
    clearTimeout(silence);
  }
  return Buffer.concat(pieces);
}

function nameOf(partition: number): string {
  return `partition-${partition}`;
}

/** 0 when it is not one of ours: anything replaces it. */
function positionOf({ metadata }: ObjectInfo): number {
  return Number(metadata?.["position"] ?? 0);
}
