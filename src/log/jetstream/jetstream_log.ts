// JetStream log
//
// The log of a cluster: one stream, a subject a partition, many records a message. Wires lanes, publisher, relay, feed, reader and retention; decides
// nothing but when the log takes records and when it does not. Runs in the thread of the HTTP front and never blocks it.
//
//   open -> taking records -> paused (servers away or full; back by itself) -> taking records -> failed or closed (for good)
//
// Guards L1 to L4 of `../mod.ts`:
//   L1  a group settles on the servers' acknowledgements; what those are worth is set at the servers (`config/nats.conf`).
//   L2  holds across all writers of the stream, see `lane.ts`.
//   L3  of partitions that are followed: listeners are called between acknowledgement and settling. They also get what other writers append, and what of a dropped
//       group reached the stream after all: that is the log, whoever wrote it.
//   L4  one refusal, made at the pause, is what all later calls get until the servers have been asked about every partition.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import type { NewRecord } from "../../model/record.ts";
import { LogFull, LogUnavailable, RecordTooLarge } from "../errors.ts";
import type { CommitListener, EventLog, LogStats } from "../mod.ts";
import { recordBytes } from "../record_codec.ts";
import type { Batch, Parcel } from "./batch.ts";
import { Connection } from "../../nats/mod.ts";
import { GroupLedger } from "./group_ledger.ts";
import { Feed } from "./feed.ts";
import { Lane } from "./lane.ts";
import type { Delivery, LaneHost, Tail } from "./lane_host.ts";
import { tailOf } from "./looker.ts";
import { Publisher, type PublishOutcome } from "./publisher.ts";
import { readStream } from "./reader.ts";
import { type HandOutcome, Relay } from "./relay.ts";
import { RetentionIndex } from "./retention_index.ts";
import { checkJetStreamLogOptions, type JetStreamLogOptions } from "./settings.ts";
import { Slots } from "./slots.ts";
import { askedAgain, recordBytesMax, type StoredBatch, Stream, StreamUnreachable } from "./stream.ts";
import { Turns } from "./turns.ts";

/** A writer's name in message ids: unique among all processes that ever write to the stream. */
const WRITER_ID_BYTES = 9;

/** Connects, and opens the stream or creates it. Throws `LogMismatch`, and the client's error when no server can be reached. */
export async function openJetStreamLog(options: JetStreamLogOptions): Promise<EventLog> {
  checkJetStreamLogOptions(options);
  const connection = await Connection.open(options, "laurel-log");
  try {
    const stream = await Stream.open(connection, options);
    const lastStreamSequence = await askedAgain(() => stream.lastStreamSequence());
    const partitions = Array.from({ length: options.partitions }, (_, each) => each);
    const tails = await Promise.all(partitions.map(async (each) => tailOf(await askedAgain(() => stream.last(each)))));
    options.onNotice({
      name: "log_stream_opened",
      stream: options.stream,
      server: connection.client.info?.version ?? "unknown",
      lastStreamSequence,
    });
    const log = new JetStreamLog(options, { connection, stream, tails, lastStreamSequence });
    if (!options.isPartial) await Promise.all(partitions.map((each) => log.follow(each)));
    return log;
  } catch (error) {
    await connection.close();
    throw error;
  }
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
  readonly isPartial: boolean;
  newest: number;
  readonly #options: JetStreamLogOptions;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #relay: Relay;
  readonly #feed: Feed;
  readonly #turns: Turns;
  readonly #slots: Slots;
  readonly #lanes: readonly Lane[];
  readonly #retention: readonly RetentionIndex[];
  readonly #ledger = new GroupLedger();
  /** Partitions that are followed, or about to be. */
  readonly #following = new Map<number, Promise<void>>();
  readonly #led = new Set<number>();
  readonly #listeners: CommitListener[] = [];
  readonly #writer = randomBytes(WRITER_ID_BYTES).toString("base64url");
  readonly recordBytesMax: number;
  readonly pendingBytesMax: number;
  readonly #full: LogFull;
  #batches = 0;
  #isFlushing = false;
  #lastWaveMs = 0;
  /** Appended here, parcels included; then how many of them before the last wave, and since the one before it. */
  #records = 0;
  #flushedRecords = 0;
  #waveRecords = 0;
  /** What `append` throws; null while records are taken. */
  #refusal: LogUnavailable | null = null;
  #isPaused = false;
  #isFailed = false;
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;
  #resuming: Promise<void> | null = null;
  #pendingBytes = 0;
  #pendingRecords = 0;
  /** Of other processes; bounded for itself, so that neither they nor this one's own clients take all the room. */
  #parcelBytes = 0;
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
    this.isPartial = options.isPartial;
    this.newest = lastStreamSequence;
    this.pendingBytesMax = options.pendingBytesMax;
    this.recordBytesMax = Math.min(recordBytesMax(connection), options.pendingBytesMax);
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
    this.#relay = new Relay({
      connection,
      subjectPrefix: options.subjectPrefix,
      inbox: `_INBOX.${this.#writer}h`,
      timeoutMs: options.handTimeoutMs,
      onParcel: (partition, parcel, after) => this.#takeParcel(partition, parcel, after),
      onWritten: (partition, streamSequence) => this.#lanes[partition]?.notice(streamSequence),
      onFailure: (error) => this.fail(error),
    });
    this.#feed = new Feed({
      connection,
      stream,
      lanes: this.#lanes,
      sweepMs: options.sweepMs,
      onFailure: (error) => this.fail(error),
    });
  }

  append(partition: number, record: NewRecord): number {
    const bytes = recordBytes(record);
    const lane = this.#lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    assert(record.timeMs <= Number.MAX_SAFE_INTEGER, `not a record time: ${record.timeMs}`);
    if (bytes > this.recordBytesMax) throw new RecordTooLarge(bytes, this.recordBytesMax);
    this.makeRoom(bytes);
    const group = this.#ledger.give();
    lane.append(record, group);
    this.#pendingBytes += bytes;
    this.#pendingRecords++;
    this.#records++;
    this.#flushSoon();
    return group;
  }

  makeRoom(bytes: number): void {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#pendingBytes + bytes > this.#options.pendingBytesMax) throw this.#full;
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
    const tails = this.#lanes.map((lane) => (lane.isFollowed ? lane.tail : null));
    const wanted = [...from];
    return { [Symbol.asyncIterator]: () => readStream(source, wanted, tails) };
  }

  follow(partition: number): Promise<void> {
    const known = this.#following.get(partition);
    if (known !== undefined) return known;
    const following = this.#follow(partition);
    this.#following.set(partition, following);
    following.catch(() => this.#following.delete(partition));
    return following;
  }

  async #follow(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    this.#feed.open(partition);
    const last = await this.#lastOf(partition);
    if (!this.#following.has(partition)) return;
    lane.follow(tailOf(last));
    if (this.#led.has(partition)) this.#beginToLead(lane);
  }

  unfollow(partition: number): void {
    this.lead(partition, false);
    this.#following.delete(partition);
    this.#feed.close(partition);
    this.#lane(partition).unfollow();
  }

  lead(partition: number, isLeading: boolean): void {
    const lane = this.#lane(partition);
    if (isLeading) {
      this.#led.add(partition);
      if (lane.isFollowed && !lane.isLeading) this.#beginToLead(lane);
    } else if (this.#led.delete(partition) && lane.isLeading) {
      this.#ceaseToLead(lane);
    }
  }

  /** What this process appends itself, nobody has to tell it: others say when they did. */
  #beginToLead(lane: Lane): void {
    lane.lead(true);
    this.#relay.lead(lane.partition);
    this.#feed.close(lane.partition);
  }

  #ceaseToLead(lane: Lane): void {
    const { partition } = lane;
    this.#feed.open(partition);
    lane.lead(false);
    void this.#relay.leave(partition);
    this.#lastOf(partition).then(
      (last) => lane.notice(last?.streamSequence ?? 0),
      // The sweep asks again.
      () => undefined,
    );
  }

  #lane(partition: number): Lane {
    const lane = this.#lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    return lane;
  }

  #lastOf(partition: number): Promise<StoredBatch | null> {
    return this.stream.last(partition).catch((error: unknown) => {
      if (!(error instanceof StreamUnreachable)) throw error;
      throw new LogUnavailable(error.message, { retryable: true, cause: error });
    });
  }

  async whenHeard(partition: number): Promise<void> {
    const lane = this.#lane(partition);
    const following = this.#following.get(partition);
    // Also when it ends meanwhile: what nobody follows is not delivered.
    const checkFollowed = (): void => {
      if (following !== undefined && this.#following.get(partition) === following) return;
      throw new LogUnavailable(`partition ${partition} is not followed`, { retryable: true });
    };
    checkFollowed();
    await following;
    const last = await this.#lastOf(partition);
    const until = last?.streamSequence ?? 0;
    while (lane.tail.streamSequence < until) {
      if (this.#closing !== null || this.#isFailed) throw this.#refusal ?? closed();
      checkFollowed();
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
    await this.#relay.leaveAll();
    this.#flush();
    // Bounded: what is not acknowledged in time is dropped by a pause.
    for (const lane of this.#lanes) await lane.whenAtRest();
    this.#closed.abort();
    for (const lane of this.#lanes) lane.stop();
    await this.#resuming;
    this.#publisher.stop();
    this.#turns.stop();
    this.#relay.stop();
    this.#feed.stop();
    await this.#connection.close();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const waitMs =
      this.#waveRecords < WAVE_RECORDS_MIN ? 0 : this.#lastWaveMs + this.#options.waveMs - performance.now();
    // Never at once: everything that arrives in this turn of the event loop shares the first batches.
    if (waitMs > 0) setTimeout(this.#flush, waitMs);
    else setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    this.#lastWaveMs = performance.now();
    this.#waveRecords = this.#records - this.#flushedRecords;
    this.#flushedRecords = this.#records;
    for (const lane of this.#lanes) lane.flush();
  };

  /** Its sender is told later, unless there is no room. */
  #takeParcel(partition: number, parcel: Parcel, after: number): boolean {
    const isFull = this.#parcelBytes + parcel.bytes.length > this.#options.pendingBytesMax;
    if (this.#refusal !== null || isFull) return false;
    const lane = this.#lane(partition);
    if (!lane.accepts(after)) {
      parcel.settle({ kind: "bounced", streamSequence: lane.lastForeign });
      return true;
    }
    lane.appendParcel(parcel, this.#ledger.give());
    this.#parcelBytes += parcel.bytes.length;
    this.#records += parcel.records;
    this.#flushSoon();
    return true;
  }

  newBatchId(): string {
    return `${this.#writer}.${(this.#batches++).toString(36)}`;
  }

  async publish(partition: number, batch: Batch, expected: number): Promise<PublishOutcome> {
    const startedMs = performance.now();
    const outcome = await this.#publisher.publish(this.stream.subject(partition), batch, expected);
    if (outcome.kind === "committed") {
      this.#lastAckMs = performance.now() - startedMs;
      this.newest = Math.max(this.newest, outcome.streamSequence);
    }
    return outcome;
  }

  async hand(partition: number, batch: Batch, after: number): Promise<HandOutcome> {
    const outcome = await this.#relay.hand(partition, batch, after);
    if (outcome.kind === "committed" || outcome.kind === "bounced") {
      this.newest = Math.max(this.newest, outcome.streamSequence);
    }
    return outcome;
  }

  tellLeader(partition: number, streamSequence: number): void {
    this.#relay.tell(partition, streamSequence);
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
    this.newest = Math.max(this.newest, streamSequence);
    this.#retention[partition]?.add(firstSequence, streamSequence, bytes.length);
    for (const listener of this.#listeners) listener(bytes, origin);
  }

  onSettled(batch: Batch): void {
    const handedBytes = batch.parcels.reduce((sum, { parcel }) => sum + parcel.bytes.length, 0);
    const handedRecords = batch.parcels.reduce((sum, { parcel }) => sum + parcel.records, 0);
    this.#parcelBytes -= handedBytes;
    this.#pendingBytes -= batch.length - handedBytes;
    this.#pendingRecords -= batch.records - handedRecords;
    this.#committedBatches++;
    this.#committedRecords += batch.records;
    this.#committedBytes += batch.length;
    let oldest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) oldest = Math.min(oldest, lane.oldestGroup);
    this.#ledger.settleBelow(oldest);
  }

  onBounced(parcels: readonly Parcel[]): void {
    for (const { bytes } of parcels) this.#parcelBytes -= bytes.length;
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
    this.#parcelBytes = 0;
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
        // Also where nothing is followed.
        await this.stream.lastStreamSequence();
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

/** A wave of fewer records is no load: the next follows when it likes. */
const WAVE_RECORDS_MIN = 4;
/** A pause between two tries when a server is there, but gave no answer. */
const RETRY_UP_MS = 20;
/** How often it is looked at whether a lane has got as far as it should. */
const HEAR_POLL_MS = 5;
/** How often a lane looks at its deadline while no server can be reached. */
const RETRY_DOWN_MS = 100;

function closed(): LogUnavailable {
  return new LogUnavailable("the log was closed", { retryable: false });
}
