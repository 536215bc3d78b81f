// Lane: the writing end of one partition. Hot path.
//
// Any number of processes may append to a partition at the same time, with nobody to coordinate them: each publishes its batch on the
// condition that the subject still ends where it believes it does. The servers let one of them through; the others look at what came
// in between, number their batch anew and try again.
//
//   K1. One publish at a time, and its condition is the last batch that was delivered here: nothing is appended behind records unseen.
//   K2. Before a batch is sent under another condition, the stream has shown that what followed the old one was not this batch.
//       With K1 it cannot be stored twice, however often it is sent.
//   K3. Whatever the stream holds behind the tail is delivered once, in order, whoever wrote it.
//   K4. A stream that ends before what was acknowledged has lost it: the log fails for good.

import { recordBytes } from "../record_codec.ts";
import type { NewRecord } from "../../model/record.ts";
import type { RecordOrigin } from "../mod.ts";
import { Batch, batchIdOf } from "./batch.ts";
import type { PublishOutcome } from "./publisher.ts";
import { type StoredBatch, type Stream, StreamUnreachable } from "./stream.ts";

/** How long a writer that keeps winning holds back when another asks for its turn: a few round trips. */
const YIELD_MS = 60;

/** A lost race is no outage: who keeps losing waits this many times longer before it gives up. */
const CONTENTION_PATIENCE = 3;

/** Where a partition ends. */
export interface Tail {
  readonly streamSequence: number;
  readonly sequence: number;
  readonly timeMs: number;
}

export interface Delivery {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly streamSequence: number;
  readonly firstSequence: number;
  readonly origin: RecordOrigin;
}

/** What a lane needs of the log that it is part of. */
export interface LaneHost {
  readonly stream: Stream;
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
  readonly unavailableAfterMs: number;
  newBatchId(): string;
  publish(partition: number, batch: Batch, expected: number): Promise<PublishOutcome>;
  /** Bounds what is in flight, all lanes together. */
  takeSlot(): Promise<void>;
  giveSlot(): void;
  /** Asks the others to let this lane go first for once. */
  askForTurn(partition: number): void;
  /** Resolves when trying again makes sense. */
  beforeRetry(): Promise<void>;
  onSent(batch: Batch): void;
  deliver(delivery: Delivery): void;
  /** A batch of this log is durable, and delivered. */
  onSettled(batch: Batch): void;
  /** The servers are away, or refuse: give up what waits, and resume when they are back. */
  pause(reason: string): void;
  fail(error: unknown): void;
}

export class Lane {
  readonly partition: number;
  #tail: Tail;
  readonly #host: LaneHost;
  /** The batch whose outcome is not known yet. */
  #sending: Batch | null = null;
  /** Bounded by `pendingBytesMax`. */
  readonly #sealed: Batch[] = [];
  #open: Batch | null = null;
  /** What the next record gets if nobody else appends. */
  #nextSequence: number;
  #lastTimeMs: number;
  /** The newest message of the subject that was heard of. */
  #noticed = 0;
  /** Until then another writer goes first. */
  #yieldUntilMs = 0;
  #endYield: () => void = () => {};
  #running: Promise<void> | null = null;
  #isStopped = false;
  #spare: Uint8Array | null = null;

  constructor(partition: number, tail: Tail, host: LaneHost) {
    this.partition = partition;
    this.#tail = tail;
    this.#host = host;
    this.#nextSequence = tail.sequence + 1;
    this.#lastTimeMs = tail.timeMs;
  }

  get tail(): Tail {
    return this.#tail;
  }

  append(record: NewRecord, group: number): void {
    const bytes = recordBytes(record);
    const batch = this.#batchFor(bytes, group);
    const timeMs = record.timeMs > this.#lastTimeMs ? record.timeMs : this.#lastTimeMs;
    batch.add(this.partition, timeMs, record, group);
    this.#nextSequence++;
    this.#lastTimeMs = timeMs;
  }

  /** The oldest group with a record here that is not durable. */
  get oldestGroup(): number {
    const sending = this.#sending === null || this.#sending.isDropped ? null : this.#sending;
    return (sending ?? this.#sealed[0] ?? this.#open)?.firstGroup ?? Number.POSITIVE_INFINITY;
  }

  /** Somebody, perhaps this lane, appended a message. */
  notice(streamSequence: number): void {
    if (streamSequence <= this.#noticed) return;
    this.#noticed = streamSequence;
    this.#endYield();
    if (this.#running === null && streamSequence > this.#tail.streamSequence) this.kick();
  }

  /** Another writer lost a race: after a lost race one has to look before one can run again, so whoever won would go on winning. */
  yieldTurn(): void {
    this.#yieldUntilMs = performance.now() + YIELD_MS;
  }

  /** Begins to work unless it does already, or has nothing to do. */
  kick(): void {
    if (this.#running !== null || this.#isStopped) return;
    this.#running = this.#run().then(
      () => this.#rest(),
      (error: unknown) => {
        this.#running = null;
        this.#host.fail(error);
      },
    );
  }

  /** Gives up all that is not durable. A batch on its way may still arrive; it is then delivered as somebody else's. */
  drop(): void {
    for (const batch of [this.#sending, ...this.#sealed, this.#open]) if (batch !== null) batch.isDropped = true;
    this.#sealed.length = 0;
    this.#open = null;
    this.#renumber();
  }

  /** Resolves when no publish is under way and everything is delivered that the stream's leader holds. Rejects when it cannot be asked. */
  async synchronize(): Promise<void> {
    while (this.#running !== null) await this.#running;
    const work = this.#catchUp(Number.POSITIVE_INFINITY).then(() => this.#checkNothingLost());
    // One at a time looks behind the tail: a notice that comes meanwhile waits its turn.
    const over = (): void => this.#rest();
    this.#running = work.then(over, over);
    await work;
  }

  stop(): void {
    this.#isStopped = true;
    this.#endYield();
  }

  async whenAtRest(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #rest(): void {
    this.#running = null;
    // What arrived while the last await resolved.
    if (this.#hasWork()) this.kick();
  }

  #hasWork(): boolean {
    if (this.#isStopped) return false;
    return this.#noticed > this.#tail.streamSequence || this.#sending !== null || this.#hasQueued();
  }

  #hasQueued(): boolean {
    return this.#sealed.length > 0 || this.#open !== null;
  }

  async #run(): Promise<void> {
    while (this.#hasWork()) {
      if (this.#sending === null && this.#noticed > this.#tail.streamSequence) {
        if (!(await this.#hear())) return;
        continue;
      }
      if (this.#sending === null && performance.now() < this.#yieldUntilMs) {
        await this.#yield();
        continue;
      }
      await this.#host.takeSlot();
      try {
        await this.#send();
      } finally {
        this.#host.giveSlot();
      }
    }
  }

  /** Resolves when somebody else has appended something, or was too slow. */
  #yield(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#endYield(), this.#yieldUntilMs - performance.now());
      this.#endYield = (): void => {
        clearTimeout(timer);
        this.#endYield = (): void => {};
        this.#yieldUntilMs = 0;
        resolve();
      };
    });
  }

  /** Fetches what others appended. False when the servers cannot be asked for now. */
  async #hear(): Promise<boolean> {
    const until = this.#noticed;
    try {
      await this.#catchUp(until);
      // Nothing there although it was noticed. What was noticed since is another matter.
      if (this.#noticed === until) this.#noticed = Math.min(until, this.#tail.streamSequence);
      return true;
    } catch (error) {
      if (!(error instanceof StreamUnreachable)) throw error;
      await this.#host.beforeRetry();
      return !this.#isStopped;
    }
  }

  async #send(): Promise<void> {
    const batch = this.#sending ?? this.#take();
    // Dropped while it waited for its slot.
    if (batch === null) return;
    this.#sending = batch;
    batch.moveBehind(this.#tail.sequence, this.#tail.timeMs);
    batch.sends++;
    this.#host.onSent(batch);
    const outcome = await this.#host.publish(this.partition, batch, this.#tail.streamSequence);
    switch (outcome.kind) {
      case "committed":
        if (outcome.isDuplicate) return this.#resolveByLooking(batch, outcome.streamSequence);
        return this.#commit(batch, outcome.streamSequence);
      case "conflict":
        this.#host.askForTurn(this.partition);
        return this.#resolveByLooking(batch, outcome.lastStreamSequence);
      case "refused":
        this.#sending = null;
        return this.#host.pause(outcome.reason);
      case "unknown":
        return this.#retryOrGiveUp(batch, outcome.reason);
    }
  }

  #take(): Batch | null {
    const sealed = this.#sealed.shift();
    if (sealed !== undefined) return sealed;
    const open = this.#open;
    this.#open = null;
    return open;
  }

  #commit(batch: Batch, streamSequence: number): void {
    this.#sending = null;
    this.#deliver({ bytes: batch.content(), streamSequence, span: batch.span() }, batch.isDropped ? "other" : "own");
    if (!batch.isDropped) this.#host.onSettled(batch);
    // Once sent, once answered: the library is done with it.
    if (batch.sends === 1 && batch.bytes.length <= this.#host.batchBytesMax) this.#spare = batch.bytes;
  }

  /** K2. */
  async #resolveByLooking(batch: Batch, lastStreamSequence: number): Promise<void> {
    try {
      const until = lastStreamSequence > this.#tail.streamSequence ? lastStreamSequence : Number.POSITIVE_INFINITY;
      if ((await this.#catchUp(until)) === 0) await this.#checkNothingLost();
    } catch (error) {
      if (!(error instanceof StreamUnreachable)) throw error;
      return this.#retryOrGiveUp(batch, error.message);
    }
    if (this.#sending === null) return;
    // Not there: it may be sent again, under an id that the servers have not refused or half forgotten.
    batch.attempt++;
    if (batch.isDropped) this.#sending = null;
    else if (this.#waitedMs(batch) > this.#host.unavailableAfterMs * CONTENTION_PATIENCE) {
      this.#host.pause("other writers were faster, again and again");
    }
  }

  async #retryOrGiveUp(batch: Batch, reason: string): Promise<void> {
    if (!batch.isDropped && this.#isOverdue(batch)) this.#host.pause(reason);
    if (batch.isDropped || this.#isStopped) {
      this.#sending = null;
      return;
    }
    await this.#host.beforeRetry();
  }

  #isOverdue(batch: Batch): boolean {
    return this.#waitedMs(batch) > this.#host.unavailableAfterMs;
  }

  #waitedMs(batch: Batch): number {
    return performance.now() - batch.createdMs;
  }

  /** Delivers what the stream holds behind the tail, at least through message `until` (K3). Returns how many batches that were. */
  async #catchUp(until: number): Promise<number> {
    let found = 0;
    for (; this.#tail.streamSequence < until; found++) {
      const next = await this.#host.stream.next(this.partition, this.#tail.streamSequence + 1);
      if (next === null) break;
      const batch = this.#sending;
      const isSending = batch !== null && batchIdOf(next.messageId) === batch.id;
      if (isSending) this.#sending = null;
      this.#deliver(next, isSending && !batch.isDropped ? "own" : "other");
      if (isSending && !batch.isDropped) this.#host.onSettled(batch);
    }
    return found;
  }

  #deliver(stored: Pick<StoredBatch, "bytes" | "streamSequence" | "span">, origin: RecordOrigin): void {
    const { firstSequence, lastSequence, records, firstTimeMs, lastTimeMs } = stored.span;
    const { sequence, timeMs, streamSequence } = this.#tail;
    if (firstSequence !== sequence + 1 || firstTimeMs < timeMs || stored.streamSequence <= streamSequence) {
      throw new RecordsMissing(
        `partition ${this.partition}: message ${stored.streamSequence} of the stream begins with sequence ${firstSequence}, ` +
          `but the message before it (${streamSequence}) ended with ${sequence}: records between them are missing`,
      );
    }
    this.#tail = { streamSequence: stored.streamSequence, sequence: lastSequence, timeMs: lastTimeMs };
    if (origin === "other") this.#renumber();
    const { partition } = this;
    this.#host.deliver({
      partition,
      bytes: stored.bytes,
      records,
      streamSequence: stored.streamSequence,
      firstSequence,
      origin,
    });
  }

  /** K4. */
  async #checkNothingLost(): Promise<void> {
    const last = (await this.#host.stream.last(this.partition))?.streamSequence ?? 0;
    if (last >= this.#tail.streamSequence) return;
    throw new RecordsMissing(
      `partition ${this.partition} ends at message ${last} of the stream, but message ${this.#tail.streamSequence} was acknowledged: the stream lost records`,
    );
  }

  /** What new records are numbered from: provisional, since a batch is numbered for good when it is sent. */
  #renumber(): void {
    const waiting = this.#sending !== null && !this.#sending.isDropped ? this.#sending.records : 0;
    const records = [...this.#sealed, this.#open].reduce((sum, batch) => sum + (batch?.records ?? 0), waiting);
    this.#nextSequence = this.#tail.sequence + records + 1;
    const newest = this.#open ?? this.#sealed.at(-1) ?? (waiting > 0 ? this.#sending : null);
    this.#lastTimeMs = Math.max(this.#tail.timeMs, newest?.lastTimeMs ?? 0);
  }

  #batchFor(bytes: number, group: number): Batch {
    const { batchBytesMax, batchRecordsMax } = this.#host;
    const open = this.#open;
    if (open !== null) {
      if (open.length + bytes <= batchBytesMax && open.records < batchRecordsMax) return open;
      this.#sealed.push(open);
    }
    const batch = new Batch(this.#host.newBatchId(), group, this.#nextSequence, this.#spare);
    this.#spare = null;
    this.#open = batch;
    return batch;
  }
}

/** Acknowledged records are gone from the stream: nothing that could be waited for. */
class RecordsMissing extends Error {
  override name = "RecordsMissing";
}
