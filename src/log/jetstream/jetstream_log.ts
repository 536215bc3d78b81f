// JetStream log
//
// The log of a cluster: one stream, a subject a partition, many records a message. Wires lanes, publisher, relay, feed, reader and retention; decides
// nothing. Runs in the thread of the HTTP front and never blocks it.
//
// Guards L1 to L3 of `../mod.ts`, and leaves L4 to `availability.ts`:
//   L1  a group settles on the servers' acknowledgements; what those are worth is set at the servers (`config/nats.conf`).
//   L2  holds across all writers of the stream, see `appender.ts`.
//   L3  of partitions that are followed: listeners are called between acknowledgement and settling. They also get what other writers append, and what of a dropped
//       group reached the stream after all: that is the log, whoever wrote it.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import type { NewRecord } from "../../model/record.ts";
import { type LogUnavailable, RecordTooLarge } from "../errors.ts";
import type { CommitListener, EventLog, LogStats } from "../mod.ts";
import { recordBytes } from "../record_codec.ts";
import { Availability } from "./availability.ts";
import { Backlog } from "./backlog.ts";
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
import { KEPT_PARTS } from "../retention.ts";
import { cutOfAged } from "./aged.ts";
import { RetentionIndex } from "./retention_index.ts";
import { Roles } from "./roles.ts";
import { checkJetStreamLogOptions, type JetStreamLogOptions } from "./settings.ts";
import { Slots } from "./slots.ts";
import { askedAgain, recordBytesMax, Stream } from "./stream.ts";
import { Turns } from "./turns.ts";
import { Waves } from "./waves.ts";

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
  readonly #roles: Roles;
  readonly #availability: Availability;
  readonly #backlog: Backlog;
  readonly #waves: Waves;
  readonly #ledger = new GroupLedger();
  readonly #listeners: CommitListener[] = [];
  readonly #writer = randomBytes(WRITER_ID_BYTES).toString("base64url");
  readonly recordBytesMax: number;
  readonly pendingBytesMax: number;
  #batches = 0;
  #closing: Promise<void> | null = null;
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
    this.#backlog = new Backlog(options.pendingBytesMax);
    this.#waves = new Waves(options.waveMs, () => {
      for (const lane of this.#lanes) lane.flush();
    });
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
      unavailableAfterMs: options.unavailableAfterMs,
      onDoubt: (reason) => this.pause(reason),
      onFailure: (error) => this.fail(error),
    });
    this.#availability = new Availability({
      retryMs: options.retryMs,
      isUp: () => connection.isUp,
      synchronize: () => this.#synchronize(),
      stop: () => this.#stopLanes(),
      drop: (error) => this.#drop(error),
      onNotice: options.onNotice,
      onFailure: options.onFailure,
    });
    const checkAlive = (): void => this.#availability.checkAlive();
    this.#roles = new Roles({ stream, feed: this.#feed, relay: this.#relay, lanes: this.#lanes, checkAlive });
  }

  append(partition: number, record: NewRecord): number {
    const bytes = recordBytes(record);
    const lane = this.#lane(partition);
    assert(record.timeMs <= Number.MAX_SAFE_INTEGER, `not a record time: ${record.timeMs}`);
    if (bytes > this.recordBytesMax) throw new RecordTooLarge(bytes, this.recordBytesMax);
    this.makeRoom(bytes);
    const group = this.#ledger.give();
    lane.append(record, group);
    this.#backlog.add(bytes);
    this.#waves.add(1);
    return group;
  }

  makeRoom(bytes: number): void {
    const { refusal } = this.#availability;
    if (refusal !== null) throw refusal;
    this.#backlog.makeRoom(bytes);
  }

  whenDurable(group: number): Promise<void> {
    return this.#ledger.whenDurable(group, this.#availability.refusal);
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  read(from: readonly number[]): AsyncIterable<Uint8Array> {
    this.#availability.checkOpen();
    const source = { connection: this.#connection, stream: this.stream, timeoutMs: this.#options.readTimeoutMs };
    const tails = this.#lanes.map((lane) => (lane.isFollowed ? lane.tail : null));
    const wanted = [...from];
    return { [Symbol.asyncIterator]: () => readStream(source, wanted, tails) };
  }

  follow(partition: number): Promise<void> {
    return this.#roles.follow(partition);
  }

  unfollow(partition: number): void {
    this.#roles.unfollow(partition);
  }

  lead(partition: number): void {
    this.#roles.lead(partition);
  }

  stopLeading(partition: number): void {
    this.#roles.stopLeading(partition);
  }

  whenHeard(partition: number): Promise<void> {
    return this.#roles.whenHeard(partition);
  }

  #lane(partition: number): Lane {
    const lane = this.#lanes[partition];
    assert(lane !== undefined, `no such partition: ${partition}`);
    return lane;
  }

  /** The last delivered ones: as far as `read` would get now. */
  lastSequences(): number[] {
    return this.#lanes.map((lane) => lane.tail.sequence);
  }

  async retire(from: readonly number[]): Promise<void> {
    this.#availability.checkOpen();
    for (const [partition, index] of this.#retention.entries()) {
      const fromSequence = from[partition] ?? 1;
      const cut =
        this.#options.keepMs === null ? index.cutBefore(fromSequence) : await this.#aged(partition, fromSequence);
      if (cut !== null) await this.stream.purgeBefore(partition, cut);
    }
  }

  /** As `cutBefore` of the index, of records that are kept for a time. */
  async #aged(partition: number, fromSequence: number): Promise<number | null> {
    const { keepMs } = this.#options;
    if (keepMs === null || fromSequence <= 1) return null;
    return cutOfAged(this.stream, partition, {
      fromSequence,
      fromMs: Date.now() - keepMs,
      slackMs: keepMs / KEPT_PARTS,
    });
  }

  stats(): LogStats {
    return { ...this.#backlog.counts(), segments: 1, lastSyncMs: this.#lastAckMs };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#availability.beginToClose();
    await this.#relay.leaveAll();
    this.#waves.begin();
    // Bounded: what is not acknowledged in time is dropped by a pause.
    for (const lane of this.#lanes) await lane.whenAtRest();
    this.#stopLanes();
    await this.#availability.close();
    this.#publisher.stop();
    this.#turns.stop();
    this.#relay.stop();
    this.#feed.stop();
    await this.#connection.close();
  }

  /** Its sender is told later, unless there is no room. */
  #takeParcel(partition: number, parcel: Parcel, after: number): boolean {
    if (this.#availability.refusal !== null || !this.#backlog.hasRoomFor(parcel)) return false;
    const lane = this.#lane(partition);
    if (!lane.accepts(after)) {
      parcel.settle({ kind: "bounced", streamSequence: lane.lastForeign });
      return true;
    }
    lane.appendParcel(parcel, this.#ledger.give());
    this.#backlog.addParcel(parcel);
    this.#waves.add(parcel.records);
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
    if (this.#options.keepMs === null) this.#retention[partition]?.add(firstSequence, streamSequence, bytes.length);
    for (const listener of this.#listeners) listener(bytes, origin);
  }

  onSettled(batch: Batch): void {
    this.#backlog.settle(batch);
    let oldest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) oldest = Math.min(oldest, lane.oldestGroup);
    this.#ledger.settleBelow(oldest);
  }

  onBounced(parcels: readonly Parcel[]): void {
    this.#backlog.giveBack(parcels);
  }

  pause(reason: string): void {
    this.#availability.pause(reason);
  }

  fail(error: unknown): void {
    this.#availability.fail(error);
  }

  #stopLanes(): void {
    for (const lane of this.#lanes) lane.stop();
  }

  #drop(error: LogUnavailable): number {
    for (const lane of this.#lanes) lane.drop();
    this.#ledger.dropAll(error);
    return this.#backlog.drop();
  }

  async #synchronize(): Promise<void> {
    // Also where nothing is followed.
    await this.stream.lastStreamSequence();
    await Promise.all(this.#lanes.map((lane) => lane.synchronize()));
  }
}

/** A pause between two tries when a server is there, but gave no answer. */
const RETRY_UP_MS = 20;
/** How often a lane looks at its deadline while no server can be reached. */
const RETRY_DOWN_MS = 100;
