// JetStream log
//
// The log of a cluster: one stream, a subject a partition, many records a message. Wires lanes, publisher, watch, reader and retention; decides
// nothing but when the log takes records and when it does not. Runs in the thread of the HTTP front and never blocks it.
//
//   open -> taking records -> paused (servers away or full; back by itself) -> taking records -> failed or closed (for good)
//
// Guards L1 to L4 of `../mod.ts`:
//   L1  a group settles on the servers' acknowledgements; what those are worth is set at the servers (`config/nats.conf`).
//   L2  holds across all writers of the stream, see `lane.ts`.
//   L3  listeners are called between acknowledgement and settling. They also get what other writers append, and what of a dropped
//       group reached the stream after all: that is the log, whoever wrote it.
//   L4  one refusal, made at the pause, is what all later calls get until the servers have been asked about every partition.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import type { NewRecord } from "../../model/record.ts";
import { LogFull, LogUnavailable, RecordTooLarge } from "../errors.ts";
import type { CommitListener, EventLog, LogStats } from "../mod.ts";
import { recordBytes } from "../record_codec.ts";
import type { Batch } from "./batch.ts";
import { Connection } from "../../nats/mod.ts";
import { GroupLedger } from "./group_ledger.ts";
import { type Delivery, Lane, type LaneHost, type Tail } from "./lane.ts";
import { Publisher, type PublishOutcome } from "./publisher.ts";
import { readStream } from "./reader.ts";
import { RetentionIndex } from "./retention_index.ts";
import { checkJetStreamLogOptions, type JetStreamLogOptions } from "./settings.ts";
import { Slots } from "./slots.ts";
import { recordBytesMax, Stream, StreamUnreachable } from "./stream.ts";
import { Turns } from "./turns.ts";
import { Watch } from "./watch.ts";

/** A writer's name in message ids: unique among all processes that ever write to the stream. */
const WRITER_ID_BYTES = 9;

/** Connects, and opens the stream or creates it. Throws `LogMismatch`, and the client's error when no server can be reached. */
export async function openJetStreamLog(options: JetStreamLogOptions): Promise<EventLog> {
  checkJetStreamLogOptions(options);
  const connection = await Connection.open(options, "laurel-log");
  try {
    const stream = await Stream.open(connection, options);
    // Asked first: the watch then misses nothing that the tails do not show.
    const lastStreamSequence = await stream.lastStreamSequence();
    const tails = await Promise.all(Array.from({ length: options.partitions }, (_, each) => tailOf(stream, each)));
    options.onNotice({
      name: "log_stream_opened",
      stream: options.stream,
      server: connection.client.info?.version ?? "unknown",
      lastStreamSequence,
    });
    return new JetStreamLog(options, { connection, stream, tails, lastStreamSequence });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function tailOf(stream: Stream, partition: number): Promise<Tail> {
  const last = await stream.last(partition);
  if (last === null) return { streamSequence: 0, sequence: 0, timeMs: 0 };
  return { streamSequence: last.streamSequence, sequence: last.span.lastSequence, timeMs: last.span.lastTimeMs };
}

interface Opened {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly tails: readonly Tail[];
  readonly lastStreamSequence: number;
}

class JetStreamLog implements EventLog, LaneHost {
  readonly stream: Stream;
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
  readonly unavailableAfterMs: number;
  readonly #options: JetStreamLogOptions;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #watch: Watch;
  readonly #turns: Turns;
  readonly #slots: Slots;
  readonly #lanes: readonly Lane[];
  readonly #retention: readonly RetentionIndex[];
  readonly #ledger = new GroupLedger();
  readonly #listeners: CommitListener[] = [];
  readonly #writer = randomBytes(WRITER_ID_BYTES).toString("base64url");
  readonly #recordBytesMax: number;
  readonly #full: LogFull;
  #batches = 0;
  #isFlushing = false;
  /** What `append` throws; null while records are taken. */
  #refusal: LogUnavailable | null = null;
  #isPaused = false;
  #isFailed = false;
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;
  #resuming: Promise<void> | null = null;
  #pendingBytes = 0;
  #pendingRecords = 0;
  #committedBatches = 0;
  #committedRecords = 0;
  #committedBytes = 0;
  #lastAckMs = 0;

  constructor(options: JetStreamLogOptions, { connection, stream, tails, lastStreamSequence }: Opened) {
    this.#options = options;
    this.#connection = connection;
    this.stream = stream;
    this.batchBytesMax = options.batchBytesMax;
    this.batchRecordsMax = options.batchRecordsMax;
    this.unavailableAfterMs = options.unavailableAfterMs;
    this.#recordBytesMax = Math.min(recordBytesMax(connection), options.pendingBytesMax);
    // One object for all refusals: under overload a stack trace a refused record would cost more than the record.
    this.#full = new LogFull(options.pendingBytesMax);
    this.#slots = new Slots(options.publishesInFlightMax);
    this.#lanes = tails.map((tail, partition) => new Lane(partition, tail, this));
    this.#retention = tails.map(() => new RetentionIndex(options.retireBytes));
    this.#publisher = new Publisher(connection, `_INBOX.${this.#writer}`, options.publishTimeoutMs);
    this.#turns = new Turns({
      connection,
      subjectPrefix: options.subjectPrefix,
      writer: this.#writer,
      onAsked: (partition) => this.#lanes[partition]?.yieldTurn(),
    });
    this.#watch = new Watch({
      connection,
      stream,
      last: lastStreamSequence,
      retryMs: options.retryMs,
      onNotice: (partition, streamSequence) => this.#lanes[partition]?.notice(streamSequence),
    });
    this.#watch.start();
  }

  append(partition: number, record: NewRecord): number {
    if (this.#refusal !== null) throw this.#refusal;
    const bytes = recordBytes(record);
    const lane = this.#lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    assert(record.timeMs <= Number.MAX_SAFE_INTEGER, `not a record time: ${record.timeMs}`);
    if (bytes > this.#recordBytesMax) throw new RecordTooLarge(bytes, this.#recordBytesMax);
    if (this.#pendingBytes + bytes > this.#options.pendingBytesMax) throw this.#full;
    const group = this.#ledger.give();
    lane.append(record, group);
    this.#pendingBytes += bytes;
    this.#pendingRecords++;
    if (!this.#isFlushing) {
      // Not at once: everything that arrives in this turn of the event loop shares the first batches.
      this.#isFlushing = true;
      setImmediate(this.#flush);
    }
    return group;
  }

  whenDurable(group: number): Promise<void> {
    return this.#ledger.whenDurable(group, this.#refusal);
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  read(from: readonly number[]): AsyncIterable<Uint8Array> {
    if (this.#closing !== null) throw closed();
    const source = { connection: this.#connection, stream: this.stream, timeoutMs: this.#options.readTimeoutMs };
    const tails = this.#lanes.map((lane) => lane.tail);
    const wanted = [...from];
    return { [Symbol.asyncIterator]: () => readStream(source, wanted, tails) };
  }

  async whenHeard(partition: number): Promise<void> {
    const lane = this.#lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    const last = await this.stream.last(partition).catch((error: unknown) => {
      if (!(error instanceof StreamUnreachable)) throw error;
      throw new LogUnavailable(error.message, { retryable: true, cause: error });
    });
    const until = last?.streamSequence ?? 0;
    while (lane.tail.streamSequence < until) {
      if (this.#closing !== null || this.#isFailed) throw this.#refusal ?? closed();
      lane.notice(until);
      await sleep(HEAR_POLL_MS);
    }
  }

  /** The last delivered ones: as far as `read` would get now. */
  lastSequences(): number[] {
    return this.#lanes.map((lane) => lane.tail.sequence);
  }

  async retire(from: readonly number[]): Promise<void> {
    if (this.#closing !== null) throw closed();
    for (const [partition, index] of this.#retention.entries()) {
      const cut = index.cutBefore(from[partition] ?? 1);
      if (cut !== null) await this.stream.purgeBefore(partition, cut);
    }
  }

  stats(): LogStats {
    return {
      pendingBytes: this.#pendingBytes,
      pendingRecords: this.#pendingRecords,
      committedGroups: this.#committedBatches,
      committedRecords: this.#committedRecords,
      committedBytes: this.#committedBytes,
      segments: 1,
      lastSyncMs: this.#lastAckMs,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#refusal ??= closed();
    this.#flush();
    // Bounded: what is not acknowledged in time is dropped by a pause.
    for (const lane of this.#lanes) await lane.whenAtRest();
    this.#closed.abort();
    for (const lane of this.#lanes) lane.stop();
    await this.#resuming;
    this.#publisher.stop();
    this.#turns.stop();
    await this.#watch.stop();
    await this.#connection.close();
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    for (const lane of this.#lanes) lane.kick();
  };

  newBatchId(): string {
    return `${this.#writer}.${(this.#batches++).toString(36)}`;
  }

  async publish(partition: number, batch: Batch, expected: number): Promise<PublishOutcome> {
    const startedMs = performance.now();
    const outcome = await this.#publisher.publish(this.stream.subject(partition), batch, expected);
    if (outcome.kind === "committed") this.#lastAckMs = performance.now() - startedMs;
    return outcome;
  }

  takeSlot(): Promise<void> {
    return this.#slots.take();
  }

  giveSlot(): void {
    this.#slots.give();
  }

  askForTurn(partition: number): void {
    this.#turns.ask(partition);
  }

  beforeRetry(): Promise<void> {
    return this.#connection.isUp ? sleep(RETRY_UP_MS) : this.#connection.whenUp(RETRY_DOWN_MS);
  }

  onSent(batch: Batch): void {
    this.#ledger.seal(batch.lastGroup);
  }

  deliver(delivery: Delivery): void {
    const { partition, bytes, streamSequence, firstSequence, origin } = delivery;
    this.#retention[partition]?.add(firstSequence, streamSequence, bytes.length);
    for (const listener of this.#listeners) listener(bytes, origin);
  }

  onSettled(batch: Batch): void {
    this.#pendingBytes -= batch.length;
    this.#pendingRecords -= batch.records;
    this.#committedBatches++;
    this.#committedRecords += batch.records;
    this.#committedBytes += batch.length;
    let oldest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) oldest = Math.min(oldest, lane.oldestGroup);
    this.#ledger.settleBelow(oldest);
  }

  pause(reason: string): void {
    if (this.#isPaused || this.#isFailed) return;
    this.#isPaused = true;
    const refusal = new LogUnavailable(`the log's servers take nothing: ${reason}`, { retryable: true });
    if (this.#closing === null) this.#refusal = refusal;
    const droppedRecords = this.#pendingRecords;
    this.#drop(refusal);
    this.#options.onNotice({ name: "log_paused", reason, droppedRecords });
    this.#resuming = this.#resume().catch((error: unknown) => this.fail(error));
  }

  fail(error: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    const reason = error instanceof Error ? error.message : String(error);
    const failure = new LogUnavailable(`the log failed: ${reason}`, { retryable: false, cause: error });
    this.#refusal = failure;
    for (const lane of this.#lanes) lane.stop();
    this.#drop(failure);
    this.#options.onFailure(failure);
  }

  #drop(error: LogUnavailable): void {
    for (const lane of this.#lanes) lane.drop();
    this.#pendingBytes = 0;
    this.#pendingRecords = 0;
    this.#ledger.dropAll(error);
  }

  /** Until every partition's leader has said where it ends; what was given up may be among it. */
  async #resume(): Promise<void> {
    const pausedMs = performance.now();
    while (!this.#closed.signal.aborted && !this.#isFailed) {
      // Aborted by the close alone, which wants exactly that.
      await sleep(this.#options.retryMs, null, { signal: this.#closed.signal }).catch(() => null);
      if (!this.#connection.isUp) continue;
      try {
        await Promise.all(this.#lanes.map((lane) => lane.synchronize()));
      } catch (error) {
        if (!(error instanceof StreamUnreachable)) throw error;
        continue;
      }
      if (this.#closing !== null || this.#isFailed) return;
      this.#isPaused = false;
      this.#refusal = null;
      return this.#options.onNotice({ name: "log_resumed", pausedMs: performance.now() - pausedMs });
    }
  }
}

/** A pause between two tries when a server is there, but gave no answer. */
const RETRY_UP_MS = 20;
/** How often it is looked at whether a lane has got as far as it should. */
const HEAR_POLL_MS = 5;
/** How often a lane looks at its deadline while no server can be reached. */
const RETRY_DOWN_MS = 100;

function closed(): LogUnavailable {
  return new LogUnavailable("the log was closed", { retryable: false });
}
