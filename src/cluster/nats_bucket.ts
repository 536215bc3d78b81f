// NATS bucket: the key-value bucket of a cluster on JetStream.
//
//   B1. A write carries the key's expected revision; the stream's leader compares.
//   B3. Reads are answered by the leader, never by a replica: the bucket is made without direct access. A watch is an ordered consumer.
//   K1. A bucket that forgets by itself (age, in memory) is refused: its watchers would not hear of it.

import { type JetStreamClient, JetStreamApiError, jetstream, StorageType } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../nats/mod.ts";
import type { Bucket, Entry, WriteOutcome } from "./bucket.ts";
import { CLUSTER_FORMAT, describeCluster, isFormatBefore, readDescription, stillRunning } from "./cluster_format.ts";
import { ClusterMismatch } from "./errors.ts";
import { MEMBERS_PREFIX, parseKey } from "./records.ts";
import type { ClusterSettings } from "./settings.ts";

/** Servers' code for a stream that does not exist. */
const STREAM_NOT_FOUND = 10059;
/** Their codes for "wrong last sequence". */
const WRONG_LAST_SEQUENCE: ReadonlySet<number> = new Set([10071, 10164]);

/** Questions to the servers at a time while a list is read. */
const READS_AT_ONCE = 64;

/** An entry, and when the servers stored it: Unix ms by their clock. */
export interface StoredEntry extends Entry {
  readonly storedMs: number;
}

export class NatsBucket implements Bucket {
  readonly #client: JetStreamClient;
  readonly #settings: ClusterSettings;
  readonly #description: string | null;
  readonly #kv: KV;

  private constructor(client: JetStreamClient, kv: KV, settings: ClusterSettings, description: string | null) {
    this.#client = client;
    this.#kv = kv;
    this.#settings = settings;
    this.#description = description;
  }

  /**
   * Creates the bucket when it is absent, and raises one of an earlier format. Throws `ClusterMismatch` when it was made for something else, or nodes of
   * another version have it.
   */
  static async open(connection: Connection, settings: ClusterSettings, partitions: number): Promise<NatsBucket> {
    const client = jetstream(connection.client, { timeout: settings.requestTimeoutMs });
    const description = describeCluster({ format: CLUSTER_FORMAT, partitions });
    const kv = await makeBucket(client, settings, description);
    const bucket = new NatsBucket(client, kv, settings, description);
    if (await bucket.#isBefore()) await bucket.#raise();
    await bucket.#check();
    return bucket;
  }

  /** Opens what is there, whoever made it, with the number of its partitions. Throws `ClusterMismatch` when nothing is. */
  static async find(
    connection: Connection,
    settings: ClusterSettings,
  ): Promise<{ readonly bucket: NatsBucket; readonly partitions: number }> {
    const client = jetstream(connection.client, { timeout: settings.requestTimeoutMs });
    const kv = await new Kvm(client).open(settings.bucket, { allow_direct: false });
    const bucket = new NatsBucket(client, kv, settings, null);
    const described = readDescription(await bucket.#describe());
    if (described === null) throw new ClusterMismatch(`the bucket ${settings.bucket} is not one of a cluster`);
    return { bucket, partitions: described.partitions };
  }

  async read(key: string): Promise<Entry | null> {
    const entry = await this.#kv.get(key);
    return entry === null ? null : toEntry(entry);
  }

  async list(prefix: string): Promise<Entry[]> {
    return this.listAll(`${prefix}.*`);
  }

  /**
   * Each key once, as it was at a moment of the call. The keys are asked for, then each of them: a list by a consumer counts what is left of it, and
   * servers lose that count, or have a key twice, while keys are written. @param filter `>`: all keys
   */
  async listAll(filter: string): Promise<StoredEntry[]> {
    const entries: StoredEntry[] = [];
    const keys = await this.#keys(filter);
    for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
      const read = keys.slice(from, from + READS_AT_ONCE).map((key) => this.#kv.get(key));
      for (const entry of await Promise.all(read)) if (entry !== null) entries.push(toEntry(entry));
    }
    return entries;
  }

  async #keys(filter: string): Promise<string[]> {
    const { bucket } = this.#settings;
    const prefix = `$KV.${bucket}.`;
    const manager = await this.#client.jetstreamManager(false);
    const { state } = await manager.streams.info(`KV_${bucket}`, { subjects_filter: prefix + filter });
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  async write(key: string, value: string | null, revision: number): Promise<WriteOutcome> {
    try {
      if (value === null) {
        // The library takes 0 for "whatever it is". What was never written is not deleted.
        if (revision === 0) return { kind: "conflict" };
        await this.#kv.delete(key, { previousSeq: revision });
        // At least: the library does not say which it was.
        return { kind: "written", revision: revision + 1 };
      }
      const timeout = this.#settings.requestTimeoutMs;
      return { kind: "written", revision: await this.#kv.put(key, value, { previousSeq: revision, timeout }) };
    } catch (error) {
      const isConflict = error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(error.code);
      return isConflict ? { kind: "conflict" } : { kind: "unknown" };
    }
  }

  /** Everything there is, then everything that is written; makes the bucket anew when it was lost. Ends by `stop` of what it returns. */
  async watch(): Promise<AsyncIterable<Entry> & { stop(): void }> {
    if (this.#description !== null) await makeBucket(this.#client, this.#settings, this.#description);
    const iterator = await this.#kv.watch();
    return {
      stop: () => iterator.stop(),
      async *[Symbol.asyncIterator](): AsyncIterator<Entry> {
        for await (const entry of iterator) yield toEntry(entry);
      },
    };
  }

  async #describe(): Promise<string> {
    try {
      return (await this.#kv.status()).streamInfo.config.description ?? "";
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) {
        throw new ClusterMismatch(`there is no bucket ${this.#settings.bucket}`);
      }
      throw error;
    }
  }

  /** What is not described as this cluster, but for the format, is left to `#check`. */
  async #isBefore(): Promise<boolean> {
    const described = readDescription(await this.#describe());
    if (described === null || !isFormatBefore(described.format, this.#settings.bucket)) return false;
    return describeCluster({ ...described, format: CLUSTER_FORMAT }) === this.#description;
  }

  /** V2 of cluster_format.ts. Another node may have raised it meanwhile, and be a member. */
  async #raise(): Promise<void> {
    const { bucket } = this.#settings;
    const beating = await this.#whoBeats();
    if (this.#description === null || !(await this.#isBefore())) return;
    if (beating.length > 0) throw stillRunning(bucket, beating);
    const manager = await this.#client.jetstreamManager(false);
    await manager.streams.update(`KV_${bucket}`, { description: this.#description });
  }

  /** The members, once one of them has beaten; none when all were silent for so long that they are gone. */
  async #whoBeats(): Promise<string[]> {
    const { leaseMs, graceMs, retryMs } = this.#settings;
    const endMs = performance.now() + leaseMs + graceMs;
    const first = await this.#members();
    for (let members = first; members.length > 0; members = await this.#members()) {
      const isSilent = members.every((each) => first.some(({ revision }) => revision === each.revision));
      if (!isSilent) return members.map(({ key }) => nodeOf(key)).toSorted();
      if (performance.now() > endMs) break;
      await sleep(retryMs);
    }
    return [];
  }

  async #members(): Promise<Entry[]> {
    return (await this.list(MEMBERS_PREFIX)).filter(({ value }) => value !== null);
  }

  async #check(): Promise<void> {
    const { config } = (await this.#kv.status()).streamInfo;
    const refuse = (what: string): never => {
      throw new ClusterMismatch(
        `the bucket ${this.#settings.bucket} cannot hold this cluster: ${what}. Nothing was changed.`,
      );
    };
    if (config.description !== this.#description) {
      refuse(`it is described as "${config.description ?? ""}", but must be "${this.#description ?? ""}"`);
    }
    const forgets = config.storage !== StorageType.File || config.max_age !== 0 || config.allow_direct;
    if (forgets) refuse("it is set up to forget (storage, max_age) or to be read from replicas (allow_direct)");
  }
}

function nodeOf(key: string): string {
  const parsed = parseKey(key);
  return parsed?.kind === "member" ? parsed.node : key;
}

function makeBucket(client: JetStreamClient, settings: ClusterSettings, description: string): Promise<KV> {
  return new Kvm(client).create(settings.bucket, {
    // Read back at the next open. A description, because servers before 2.10 keep no metadata.
    description,
    history: 1,
    replicas: settings.replicas,
    storage: StorageType.File,
    allow_direct: false,
    timeout: settings.requestTimeoutMs,
  });
}

function toEntry(entry: KvEntry): StoredEntry {
  const { key, revision, operation, created } = entry;
  return { key, value: operation === "PUT" ? entry.string() : null, revision, storedMs: created.getTime() };
}
