// PartitionStore on LMDB: one environment a partition. The thread that owns the partition reads; one thread a node writes (LMDB's readers
// never wait for its writer), so that no partition stands still while the disk syncs. In one process both share the mapping.
//
//   D1. All writes are one `transactionSync`: on return they are on stable storage, on throw nothing was written. (Asynchronous writes of
//       lmdb-js end the process when the disk is full, and `overlappingSync` would show commits before they are durable.)
//   D2. The environment is closed in a later event-loop turn than any transaction; closing in the same turn hangs the thread.
//   D3. A thread that has an environment open is stopped by message only; terminating it aborts the process.
//   D4. What is damaged is said with its file, and ends whatever reads it, be it only a question: before LMDB maps the file (`lmdb_file.ts`), and where
//       LMDB finds it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Key, open, type RootDatabase } from "lmdb";
import { asBuffer } from "../base/bytes.ts";
import { ByteWriter } from "./byte_writer.ts";
import { type ChangeBatch, changesOf } from "./change_batch.ts";
import { decodeValue, writePlainValue } from "./codec.ts";
import { checkStoreFile } from "./lmdb_file.ts";
import { decodeKey, encodeKey, encodeOwnKey, isLongKey, prefixBounds, STORE_KIND } from "./keys.ts";
import {
  type PartitionStore,
  type RangeOptions,
  StoreCorrupt,
  type StoreEntry,
  type StoreStats,
} from "./partition_store.ts";
import { isReadableFormat, type OutdatedStore, STORE_FORMAT } from "./store_format.ts";

export interface OpenStoreOptions {
  readonly dataDirectory: string;
  readonly partition: number;
}

const HEAD_KEY = "head";
/** Named by LMDB, beside its lock. */
const FILE = "data.mdb";

/** Slots for concurrent readers; the owner needs one, the rest is for tools that look at a live environment. */
const READERS_MAX = 512;

/** Directory of a partition's environment: the unit that is snapshotted and moved. */
export function storePath(dataDirectory: string, partition: number): string {
  return join(dataDirectory, "partitions", partition.toString().padStart(4, "0"));
}

export function openPartitionStore(options: OpenStoreOptions): PartitionStore {
  const path = storePath(options.dataDirectory, options.partition);
  mkdirSync(path, { recursive: true });
  checkStoreFile(join(path, FILE));
  const database = open<Buffer, Key>({
    path,
    noSubdir: false,
    encoding: "binary",
    keyEncoding: "binary",
    overlappingSync: false,
    maxReaders: READERS_MAX,
  });
  return new LmdbStore(database, options.partition);
}

/** Kept under the store's own kind: what the rest reflects. */
interface Head {
  readonly format: number;
  readonly partition: number;
  readonly position: number;
}

class LmdbStore implements PartitionStore {
  readonly partition: number;
  readonly #database: RootDatabase<Buffer>;
  readonly #writer = new ByteWriter();
  #position = 0;
  #outdated: OutdatedStore | null = null;

  constructor(database: RootDatabase<Buffer>, partition: number) {
    this.#database = database;
    this.partition = partition;
    this.#takeHead();
  }

  get(kind: number, key: string): Uint8Array | undefined {
    if (this.#outdated !== null) return undefined;
    // Not `getBinaryFast`: its buffer is longer than the value and says otherwise in an own `length`, which native code does not see.
    const bytes = this.#readBinary(kind, key);
    if (bytes === undefined || !isLongKey(key)) return bytes;
    return this.#splitLong(bytes).bytes;
  }

  *range(kind: number, options: RangeOptions): Iterable<StoreEntry> {
    if (this.#outdated !== null) return;
    const { low, high } = prefixBounds(kind, options.prefix);
    const after = options.after === null ? null : encodeOwnKey(kind, options.after);
    if (after !== null && (options.isReverse ? Buffer.compare(after, low) <= 0 : Buffer.compare(after, high) >= 0))
      return;
    const forward = after !== null && Buffer.compare(after, low) >= 0 ? after : low;
    const backward = after !== null && Buffer.compare(after, high) < 0 ? after : high;
    // With `reverse` LMDB walks from `start` down, and what `end` names is left out; hence the check of `low` below.
    const rows = options.isReverse
      ? this.#database.getRange({ start: backward, exclusiveStart: true, reverse: true })
      : this.#database.getRange({ start: forward, exclusiveStart: forward === after, end: high });
    try {
      for (const row of rows) {
        if (!Buffer.isBuffer(row.key)) throw new StoreCorrupt(this.partition, String(row.key), "key is not bytes");
        if (Buffer.compare(row.key, low) < 0) return;
        const text = decodeKey(row.key);
        const entry = text === null ? this.#splitLong(row.value) : { key: text, bytes: row.value };
        if (entry.key.startsWith(options.prefix)) yield entry;
      }
    } catch (error) {
      throw namedDamage(error, this.partition, options.prefix);
    }
  }

  writeBatch(batch: ChangeBatch): void {
    const database = this.#database;
    const head: Head = { format: STORE_FORMAT, partition: this.partition, position: batch.position };
    this.#writer.at = 0;
    writePlainValue(this.#writer, head);
    database.transactionSync(() => {
      if (this.#outdated !== null) database.clearSync();
      for (const { kind, key, bytes } of changesOf(batch)) {
        if (bytes === null) database.removeSync(encodeKey(kind, key));
        else database.putSync(encodeKey(kind, key), isLongKey(key) ? joinLong(key, bytes) : asBuffer(bytes));
      }
      database.putSync(encodeKey(STORE_KIND, HEAD_KEY), this.#writer.since(0));
    });
    this.#position = batch.position;
    this.#outdated = null;
  }

  refresh(): void {
    // A read transaction outlives the turn in which it began, and another thread's commit is younger.
    this.#database.resetReadTxn();
    this.#takeHead();
  }

  position(): number {
    return this.#position;
  }

  outdated(): OutdatedStore | null {
    return this.#outdated;
  }

  stats(): StoreStats {
    const { entryCount, lastPageNumber, pageSize } = readStats(this.#database.getStats());
    return { entries: Math.max(0, entryCount - 1), bytes: (lastPageNumber + 1) * pageSize };
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        this.#database.close().then(resolve, reject);
      }, 0);
    });
  }

  #takeHead(): void {
    const { format, position } = this.#readHead() ?? { format: STORE_FORMAT, position: 0 };
    const isReadable = isReadableFormat(format, `the state of partition ${this.partition}`);
    this.#position = isReadable ? position : 0;
    this.#outdated = isReadable ? null : { format, newFormat: STORE_FORMAT, position };
  }

  /** The head's own layout is that of all formats. */
  #readHead(): Head | undefined {
    const bytes = this.#readBinary(STORE_KIND, HEAD_KEY);
    if (bytes === undefined) return undefined;
    const head = decodeValue(bytes, this.partition, HEAD_KEY);
    if (!isHead(head)) throw new StoreCorrupt(this.partition, HEAD_KEY, "not the head of a store");
    if (head.partition !== this.partition) {
      throw new StoreCorrupt(this.partition, HEAD_KEY, `these are the entries of partition ${head.partition}`);
    }
    return head;
  }

  #readBinary(kind: number, key: string): Buffer | undefined {
    try {
      return this.#database.getBinary(encodeKey(kind, key));
    } catch (error) {
      throw namedDamage(error, this.partition, key);
    }
  }

  #splitLong(joined: Uint8Array): StoreEntry {
    const bytes = asBuffer(joined);
    const keyEnd =
      LONG_KEY_LENGTH_BYTES + (bytes.length < LONG_KEY_LENGTH_BYTES ? Number.POSITIVE_INFINITY : bytes.readUInt32LE(0));
    if (keyEnd > bytes.length) throw new StoreCorrupt(this.partition, "(long key)", "no whole key beside the value");
    return { key: bytes.toString("utf8", LONG_KEY_LENGTH_BYTES, keyEnd), bytes: bytes.subarray(keyEnd) };
  }
}

/** MDB_PAGE_NOTFOUND and MDB_CORRUPTED. */
const damageCodes: readonly unknown[] = [-30_797, -30_796];

/** D4. */
function namedDamage(error: unknown, partition: number, key: string): unknown {
  const isDamage = error instanceof Error && "code" in error && damageCodes.includes(error.code);
  return isDamage ? new StoreCorrupt(partition, key, error.message) : error;
}

const LONG_KEY_LENGTH_BYTES = 4;

/** The value of a long key: its length, the key, the value proper (keys.ts, Y2). */
function joinLong(key: string, bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LONG_KEY_LENGTH_BYTES);
  const text = Buffer.from(key, "utf8");
  length.writeUInt32LE(text.length, 0);
  return Buffer.concat([length, text, bytes]);
}

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null) return false;
  return ["format", "partition", "position"].every((name) => Number.isSafeInteger(Reflect.get(value, name)));
}

function readStats(stats: unknown): { entryCount: number; lastPageNumber: number; pageSize: number } {
  return {
    entryCount: numberIn(stats, "entryCount"),
    lastPageNumber: numberIn(stats, "lastPageNumber"),
    pageSize: numberIn(stats, "pageSize"),
  };
}

function numberIn(value: unknown, name: string): number {
  const member: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof member === "number" ? member : 0;
}
