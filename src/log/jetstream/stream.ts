// Stream: creates the stream of a log, or checks that the one that is there can hold it; look-ups of single messages; purges.
//
//   S1. A stream that would forget acknowledged records by itself (age, count, in memory, oldest discarded) is refused.
//   S2. `last` and a `next` that finds nothing are the word of the stream's leader; what is found may come from any replica: a message at
//       its position never changes.

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StoredMsg,
} from "@nats-io/jetstream";
import { assert } from "../../base/assert.ts";
import { reasonOf } from "../../base/caught.ts";
import { LogMismatch } from "../errors.ts";
import { batchIdOf, type BatchSpan, spanOf } from "./batch.ts";
import type { Connection } from "../../nats/mod.ts";
import type { JetStreamLogOptions } from "./settings.ts";

/** One word more than the subjects of the stream, which therefore does not store it. */
const STORED = "stored";
const NANOS_PER_MS = 1_000_000;
/** Raise it when the version before could not read a message of the stream: it refuses the stream then, and so does this version one of before. */
export const STREAM_FORMAT = 2;
/** Room in a message for what is not the batch. */
const MESSAGE_OVERHEAD_BYTES = 1024;

/** A batch as the stream holds it. */
export interface StoredBatch {
  readonly streamSequence: number;
  readonly messageId: string;
  /** Ids of the batches of other processes that are part of it, with a space between them. */
  readonly parcels: string;
  readonly bytes: Uint8Array;
  readonly span: BatchSpan;
}

export const MESSAGE_ID_HEADER = "Nats-Msg-Id";
export const PARCELS_HEADER = "Laurel-Parcels";

/** Whether it is that batch, or the batch is part of it. */
export function holdsBatch({ messageId, parcels }: StoredBatch, batchId: string): boolean {
  return batchIdOf(messageId) === batchId || (parcels !== "" && parcels.split(" ").includes(batchId));
}

/** The servers could not be asked. They may be later. */
export class StreamUnreachable extends Error {
  override name = "StreamUnreachable";
}

export class Stream {
  readonly name: string;
  readonly manager: JetStreamManager;
  readonly #prefix: string;

  private constructor(manager: JetStreamManager, options: JetStreamLogOptions) {
    this.manager = manager;
    this.name = options.stream;
    this.#prefix = options.subjectPrefix;
  }

  /** Throws `LogMismatch` when the stream was made for something else. */
  static async open(connection: Connection, options: JetStreamLogOptions): Promise<Stream> {
    const maxPayload = connection.client.info?.max_payload ?? 0;
    if (options.batchBytesMax + MESSAGE_OVERHEAD_BYTES > maxPayload) {
      throw new RangeError(
        `batchBytesMax (${options.batchBytesMax}) must be at least ${MESSAGE_OVERHEAD_BYTES} below the servers' max_payload (${maxPayload})`,
      );
    }
    const manager = await jetstreamManager(connection.client, { timeout: options.publishTimeoutMs });
    const stream = new Stream(manager, options);
    const wanted = configOf(options);
    const found = await stream.#config();
    if (found === null) await manager.streams.add(wanted);
    else checkConfig(found, wanted);
    return stream;
  }

  subject(partition: number): string {
    return `${this.#prefix}.${partition}`;
  }

  /** Where the servers announce what was appended to the partition. */
  announcements(partition: number): string {
    return `${this.#prefix}.${STORED}.${partition}`;
  }

  get allSubjects(): string {
    return `${this.#prefix}.*`;
  }

  partitionOf(subject: string): number {
    return Number(subject.slice(this.#prefix.length + 1));
  }

  /** The partition's last batch; null when it has none. */
  async last(partition: number): Promise<StoredBatch | null> {
    const query = { last_by_subj: this.subject(partition) };
    const found = await asked(() => this.manager.streams.getMessage(this.name, query));
    return found === null ? null : storedBatch(found, partition);
  }

  /** The partition's first batch at or behind `streamSequence`; null when there is none. */
  async next(partition: number, streamSequence: number): Promise<StoredBatch | null> {
    const query = { seq: streamSequence, next_by_subj: this.subject(partition) };
    const { direct, streams } = this.manager;
    const found = await asked(
      async () => (await direct.getMessage(this.name, query)) ?? (await streams.getMessage(this.name, query)),
    );
    return found === null ? null : storedBatch(found, partition);
  }

  lastStreamSequence(): Promise<number> {
    return asked(async () => (await this.manager.streams.info(this.name)).state.last_seq);
  }

  /** Drops the partition's batches before `streamSequence`. */
  async purgeBefore(partition: number, streamSequence: number): Promise<void> {
    // To the servers, 1 and 0 mean no limit: they would drop everything.
    if (streamSequence <= 1) return;
    await this.manager.streams.purge(this.name, { filter: this.subject(partition), seq: streamSequence });
  }

  async #config(): Promise<StreamConfig | null> {
    try {
      return (await this.manager.streams.info(this.name)).config;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
      throw error;
    }
  }
}

/** How often a log that is opened asks: servers that are busy for a moment end no start. */
const OPENING_TRIES = 3;

/** As `question`, which throws `StreamUnreachable` when the servers did not answer in time, a few times. */
export async function askedAgain<T>(question: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof StreamUnreachable) || tries === OPENING_TRIES) throw error;
    }
  }
}

async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    const reason = reasonOf(error);
    throw new StreamUnreachable(`the stream could not be asked: ${reason}`, { cause: error });
  }
}

/** The largest record that the servers take. */
export function recordBytesMax(connection: Connection): number {
  return (connection.client.info?.max_payload ?? 0) - MESSAGE_OVERHEAD_BYTES;
}

type WantedConfig = Partial<StreamConfig> & { readonly name: string; readonly description: string };

function configOf(options: JetStreamLogOptions): WantedConfig {
  return {
    name: options.stream,
    // Read back at the next open. A description, because servers before 2.10 keep no metadata.
    description: `laurel log, format ${STREAM_FORMAT}, ${options.partitions} partitions`,
    subjects: [`${options.subjectPrefix}.*`],
    storage: StorageType.File,
    num_replicas: options.replicas,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: options.streamBytesMax,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_age: 0,
    duplicate_window: options.duplicateWindowMs * NANOS_PER_MS,
    allow_direct: true,
    republish: { src: `${options.subjectPrefix}.*`, dest: `${options.subjectPrefix}.${STORED}.$1` },
    deny_delete: true,
  };
}

function checkConfig(found: StreamConfig, wanted: WantedConfig): void {
  const refuse = (what: string): never => {
    throw new LogMismatch(`the stream ${wanted.name} cannot hold this log: ${what}. Nothing was changed.`);
  };
  if (found.description !== wanted.description) {
    refuse(`it is described as "${found.description ?? ""}", but must be "${wanted.description}"`);
  }
  if (found.subjects.join() !== wanted.subjects?.join()) {
    refuse(`its subjects are ${found.subjects.join()}, but must be ${wanted.subjects?.join()}`);
  }
  const forgets =
    found.storage !== StorageType.File ||
    found.retention !== RetentionPolicy.Limits ||
    found.discard !== DiscardPolicy.New ||
    found.max_age !== 0 ||
    found.max_msgs > 0 ||
    found.max_msgs_per_subject > 0;
  if (forgets) refuse("it is set up to forget messages (storage, retention, discard, max_age, max_msgs)");
}

function storedBatch(found: StoredMsg, partition: number): StoredBatch {
  assert(found.data.length > 0, `message ${found.seq} is empty`);
  return {
    streamSequence: found.seq,
    messageId: found.header.get(MESSAGE_ID_HEADER),
    parcels: found.header.get(PARCELS_HEADER),
    bytes: found.data,
    span: spanOf(found.data, partition),
  };
}
