// Lane: one partition, as this process writes and follows it. Hot path.
//
// Joins what is to be appended (`queue.ts`), how it gets into the stream (`appender.ts`: K1, K2) and what the stream holds (`cursor.ts`: K3, K4),
// and does one thing at a time with them. A process that leads the partition (its owner) appends for the others as well: they hand it their
// batches as parcels, and append by themselves only when nobody leads or who does falls silent.
//
//   K5. Parcels are appended behind what their sender knows of, or not at all: a sender that gave up waiting may have appended them
//       itself. So none is taken, and none that waits is kept, when somebody else has appended since.

import type { NewRecord } from "../../model/record.ts";
import type { RecordOrigin } from "../mod.ts";
import { type Appended, Appender } from "./appender.ts";
import type { Parcel } from "./batch.ts";
import { Courtesy } from "./courtesy.ts";
import { Cursor } from "./cursor.ts";
import type { LaneHost, Tail } from "./lane_host.ts";
import { Queue } from "./queue.ts";
import { type StoredBatch, StreamUnreachable } from "./stream.ts";

export class Lane {
  readonly partition: number;
  readonly #host: LaneHost;
  readonly #queue: Queue;
  readonly #cursor: Cursor;
  readonly #appender: Appender;
  #isLeading = false;
  /** The last message that another process appended. */
  #lastForeign: number;
  readonly #courtesy = new Courtesy();
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(partition: number, tail: Tail, host: LaneHost) {
    this.partition = partition;
    this.#lastForeign = tail.streamSequence;
    this.#host = host;
    this.#queue = new Queue(partition, host, () => host.newBatchId());
    this.#cursor = new Cursor(partition, tail, host.stream, (stored) => this.#appender.take(stored));
    this.#appender = new Appender({
      partition,
      host,
      queue: this.#queue,
      cursor: this.#cursor,
      isLeading: () => this.#isLeading,
      isStopped: () => this.#isStopped,
      advance: (appended, origin) => this.#advance(appended, origin),
    });
    this.#queue.renumber(tail);
  }

  get tail(): Tail {
    return this.#cursor.tail;
  }

  get isFollowed(): boolean {
    return this.#cursor.isFollowed;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  append(record: NewRecord, group: number): void {
    this.#queue.append(record, group);
  }

  /** K5. False: its sender may hand it again when it knows of all up to `lastForeign`. @param after what it knows of */
  accepts(after: number): boolean {
    return this.#isLeading && !this.#isStopped && after >= this.#lastForeign;
  }

  appendParcel(parcel: Parcel, group: number): void {
    this.#queue.appendParcel(parcel, group);
  }

  get lastForeign(): number {
    return this.#lastForeign;
  }

  /** The oldest group with a record here that is not durable. */
  get oldestGroup(): number {
    return this.#queue.oldestGroup;
  }

  /** From now on whatever is appended behind `tail` is delivered. */
  follow(tail: Tail): void {
    if (this.isFollowed) return;
    this.#cursor.follow(tail);
    this.#lastForeign = tail.streamSequence;
    this.#queue.renumber(tail);
    if (this.#cursor.isBehind) this.kick();
  }

  unfollow(): void {
    this.#cursor.unfollow();
    this.stopLeading();
  }

  /** This process appends for the others. Only a lane that is followed can. */
  lead(): void {
    this.#isLeading = this.isFollowed;
  }

  stopLeading(): void {
    this.#isLeading = false;
  }

  /** Somebody, perhaps this lane, appended a message. */
  notice(streamSequence: number): void {
    if (!this.#cursor.notice(streamSequence)) return;
    this.#courtesy.end();
    if (this.#running === null && this.#cursor.isBehind) this.kick();
  }

  /** A message with its content, as the servers announce it. @param before the message before it on this subject */
  offer(stored: StoredBatch, before: number): void {
    if (stored.streamSequence <= this.tail.streamSequence) return;
    if (!this.isFollowed || before !== this.tail.streamSequence) return this.notice(stored.streamSequence);
    this.#appender.take(stored);
  }

  /** Another writer lost a race: after a lost race one has to look before one can run again, so whoever won would go on winning. */
  yieldTurn(): void {
    this.#courtesy.begin();
  }

  /** What is open may be sent. */
  flush(): void {
    if (this.#queue.isEmpty) return;
    this.#queue.flush();
    this.kick();
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
    this.#bounce(this.#queue.drop());
    this.#queue.renumber(this.tail);
  }

  /** Resolves when no publish is under way and everything is delivered that the stream's leader holds. Rejects when it cannot be asked. */
  async synchronize(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (!this.isFollowed) return;
    const work = this.#cursor.catchUp(Number.POSITIVE_INFINITY).then(() => this.#cursor.checkNothingLost());
    // One at a time looks behind the tail: a notice that comes meanwhile waits its turn.
    const over = (): void => this.#rest();
    this.#running = work.then(over, over);
    await work;
  }

  stop(): void {
    this.#isStopped = true;
    this.#courtesy.end();
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
    return this.#cursor.isBehind || this.#queue.sending !== null || this.#queue.isDue;
  }

  async #run(): Promise<void> {
    while (this.#hasWork()) {
      if (this.#queue.sending === null && this.#cursor.isBehind) {
        if (!(await this.#hear())) return;
        continue;
      }
      if (this.#queue.sending === null && this.#courtesy.isDue) {
        await this.#courtesy.wait();
        continue;
      }
      await this.#sendInSlot();
    }
  }

  async #sendInSlot(): Promise<void> {
    await this.#host.takeSlot();
    let isTaken = true;
    const giveSlot = (): void => {
      if (isTaken) this.#host.giveSlot();
      isTaken = false;
    };
    try {
      await this.#appender.send(giveSlot);
    } finally {
      giveSlot();
    }
  }

  /** Fetches what others appended. False when the servers cannot be asked for now. */
  async #hear(): Promise<boolean> {
    try {
      await this.#cursor.hear();
      return true;
    } catch (error) {
      if (!(error instanceof StreamUnreachable)) throw error;
      await this.#host.beforeRetry();
      return !this.#isStopped;
    }
  }

  #advance(appended: Appended, origin: RecordOrigin): void {
    this.#cursor.moveOver(appended);
    if (origin === "other") this.#yieldTo(appended.streamSequence);
    if (!this.isFollowed) return;
    const { partition } = this;
    const { bytes, streamSequence, span } = appended;
    const { records, firstSequence } = span;
    this.#host.deliver({ partition, bytes, records, streamSequence, firstSequence, origin });
  }

  /** K5. Another process has appended. */
  #yieldTo(streamSequence: number): void {
    this.#lastForeign = streamSequence;
    this.#bounce(this.#queue.removeParcels());
    this.#queue.renumber(this.tail);
  }

  #bounce(parcels: readonly Parcel[]): void {
    if (parcels.length === 0) return;
    for (const parcel of parcels) parcel.settle({ kind: "bounced", streamSequence: this.#lastForeign });
    this.#host.onBounced(parcels);
  }
}
