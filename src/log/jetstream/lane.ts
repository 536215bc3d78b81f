// Lane: one partition, as this process writes and follows it. Hot path.
//
// Any number of processes may append to a partition at the same time, with nobody to coordinate them: each publishes its batch on the
// condition that the subject still ends where it believes it does. The servers let one of them through; the others look at what came
// in between, number their batch anew and try again. So that this stays rare, a process that leads the partition (its owner) appends for the
// others: they hand it their batches as parcels, and append by themselves only when nobody leads or who does falls silent.
//
//   K1. One batch on its way at a time. When it is published, its condition is the tail: nothing is appended behind records unseen.
//   K2. Before a batch is sent again after an outcome that was not a clear no, the stream has shown that it does not hold it: all that
//       follows `mayLieBehind` has been looked at, and the condition of K1 shuts out what may still be on its way. It cannot be stored twice,
//       however often it is sent, and by whomever.
//   K3. Of a partition that is followed, whatever the stream holds behind the tail is delivered once, in order, whoever wrote it.
//   K4. A stream that ends before what was acknowledged has lost it: the log fails for good.
//   K5. Parcels are appended behind what their sender knows of, or not at all: a sender that gave up waiting may have appended them
//       itself. So none is taken, and none that waits is kept, when somebody else has appended since.

import type { NewRecord } from "../../model/record.ts";
import type { RecordOrigin } from "../mod.ts";
import { type Batch, batchIdOf, type Parcel } from "./batch.ts";
import { Courtesy } from "./courtesy.ts";
import type { LaneHost, Tail } from "./lane_host.ts";
import { lost, missing } from "./records_missing.ts";
import { Looker } from "./looker.ts";
import { Queue } from "./queue.ts";
import { holdsBatch, type StoredBatch, StreamUnreachable } from "./stream.ts";

/** A lost race is no outage: who keeps losing waits this many times longer before it gives up. */
const CONTENTION_PATIENCE = 3;

/** How long a lane appends by itself before it looks again whether somebody leads, and after who leads fell silent. */
const NOBODY_LEADS_MS = 100;
const LEADER_SILENT_MS = 1_000;

export class Lane {
  readonly partition: number;
  #tail: Tail;
  readonly #host: LaneHost;
  readonly #queue: Queue;
  readonly #looker: Looker;
  /** The batch whose outcome is not known yet. */
  #sending: Batch | null = null;
  /** The open batch may be sent. */
  #isOpenDue = false;
  /** Deliveries are wanted, and have been since message `#followedFrom` of the stream. */
  #isFollowed = false;
  #followedFrom = Number.POSITIVE_INFINITY;
  /** Of a partition that is not followed: nobody is known to have appended behind the tail. */
  #isTailKnown = true;
  #isLeading = false;
  /** The last message that another process appended. */
  #lastForeign: number;
  /** The newest message of the subject that was heard of. */
  #noticed = 0;
  /** Until then nobody is asked to append for this lane. */
  #aloneUntilMs = 0;
  readonly #courtesy = new Courtesy();
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(partition: number, tail: Tail, host: LaneHost) {
    this.partition = partition;
    this.#tail = tail;
    this.#lastForeign = tail.streamSequence;
    this.#host = host;
    this.#queue = new Queue(partition, host, () => host.newBatchId());
    this.#looker = new Looker(partition, host.stream);
    this.#renumber();
  }

  get tail(): Tail {
    return this.#tail;
  }

  get isFollowed(): boolean {
    return this.#isFollowed;
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
    const sending = this.#sending === null || this.#sending.isDropped ? null : this.#sending;
    return Math.min(sending?.firstGroup ?? Number.POSITIVE_INFINITY, this.#queue.oldestGroup);
  }

  /** From now on whatever is appended behind `tail` is delivered. */
  follow(tail: Tail): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    this.#followedFrom = tail.streamSequence;
    this.#tail = tail;
    this.#lastForeign = tail.streamSequence;
    this.#renumber();
    if (this.#noticed > tail.streamSequence) this.kick();
  }

  unfollow(): void {
    this.#isFollowed = false;
    this.#isLeading = false;
    this.#followedFrom = Number.POSITIVE_INFINITY;
  }

  /** This process appends for the others. Only a lane that is followed can. */
  lead(isLeading: boolean): void {
    this.#isLeading = isLeading && this.#isFollowed;
  }

  /** Somebody, perhaps this lane, appended a message. */
  notice(streamSequence: number): void {
    if (streamSequence <= this.#noticed) return;
    this.#noticed = streamSequence;
    this.#courtesy.end();
    if (this.#running === null && this.#isBehind()) this.kick();
  }

  /** A message with its content, as the servers announce it. @param before the message before it on this subject */
  offer(stored: StoredBatch, before: number): void {
    if (stored.streamSequence <= this.#tail.streamSequence) return;
    if (!this.#isFollowed || before !== this.#tail.streamSequence) return this.notice(stored.streamSequence);
    this.#take(stored);
  }

  /** Another writer lost a race: after a lost race one has to look before one can run again, so whoever won would go on winning. */
  yieldTurn(): void {
    this.#courtesy.begin();
  }

  /** What is open may be sent. */
  flush(): void {
    if (this.#queue.isEmpty) return;
    this.#isOpenDue = true;
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
    if (this.#sending !== null) {
      this.#sending.isDropped = true;
      // Their senders find out by themselves.
      this.#sending.parcels = [];
    }
    for (const batch of this.#queue.takeAll()) {
      batch.isDropped = true;
      this.#bounce(batch.removeParcels());
    }
    this.#renumber();
  }

  /** Resolves when no publish is under way and everything is delivered that the stream's leader holds. Rejects when it cannot be asked. */
  async synchronize(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (!this.#isFollowed) return;
    const work = this.#catchUp(Number.POSITIVE_INFINITY).then(() => this.#checkNothingLost());
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

  #isBehind(): boolean {
    return this.#isFollowed && this.#noticed > this.#tail.streamSequence;
  }

  #hasWork(): boolean {
    if (this.#isStopped) return false;
    return this.#isBehind() || this.#sending !== null || this.#hasQueued();
  }

  #hasQueued(): boolean {
    return this.#queue.hasSealed || (this.#isOpenDue && !this.#queue.isEmpty);
  }

  async #run(): Promise<void> {
    while (this.#hasWork()) {
      if (this.#sending === null && this.#isBehind()) {
        if (!(await this.#hear())) return;
        continue;
      }
      if (this.#sending === null && this.#courtesy.isDue) {
        await this.#courtesy.wait();
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
    const batch = this.#sending ?? this.#next();
    // Dropped while it waited for its slot.
    if (batch === null) return;
    this.#sending = batch;
    if (batch.records === 0) return this.#settleElsewhere(batch);
    if (this.#mayHand(batch)) return this.#hand(batch);
    if (!(await this.#findTail(batch)) || this.#sending !== batch) return;
    batch.moveBehind(this.#tail.sequence, this.#tail.timeMs);
    batch.sends++;
    const isFirst = batch.mayLieBehind === null;
    batch.mayLieBehind ??= this.#tail.streamSequence;
    this.#host.onSent(batch);
    const outcome = await this.#host.publish(this.partition, batch, this.#tail.streamSequence);
    // Seen on its way meanwhile.
    if (this.#sending !== batch) return;
    switch (outcome.kind) {
      case "committed":
        if (outcome.isDuplicate) return this.#resolveByLooking(batch, outcome.streamSequence);
        return this.#commit(batch, outcome.streamSequence);
      case "conflict":
        this.#isTailKnown = false;
        // A clear no to the only attempt there was.
        if (isFirst) batch.mayLieBehind = null;
        this.#host.askForTurn(this.partition);
        return this.#resolveByLooking(batch, outcome.lastStreamSequence);
      case "refused":
        this.#sending = null;
        return this.#host.pause(outcome.reason);
      case "unknown":
        return this.#retryOrGiveUp(batch, outcome.reason);
    }
  }

  #next(): Batch | null {
    const batch = this.#queue.take();
    if (this.#queue.isEmpty) this.#isOpenDue = false;
    return batch;
  }

  #mayHand(batch: Batch): boolean {
    if (!this.#host.isPartial || this.#isLeading || batch.mayLieBehind !== null) return false;
    return batch.parcels.length === 0 && performance.now() >= this.#aloneUntilMs;
  }

  /** Lets who leads the partition append it. */
  async #hand(batch: Batch): Promise<void> {
    const after = Math.max(this.#host.newest, this.#tail.streamSequence);
    batch.mayLieBehind = after;
    batch.sends++;
    this.#host.onSent(batch);
    const outcome = await this.#host.hand(this.partition, batch, after);
    if (this.#sending !== batch) return;
    switch (outcome.kind) {
      case "committed":
        this.#isTailKnown = false;
        return this.#settleElsewhere(batch);
      case "bounced":
        batch.mayLieBehind = null;
        if (batch.isDropped) this.#sending = null;
        return this.#boundPatience(batch);
      case "busy":
        batch.mayLieBehind = null;
        return this.#retryOrGiveUp(batch, "who leads the partition takes no more");
      case "nobody":
        batch.mayLieBehind = null;
        this.#aloneUntilMs = performance.now() + NOBODY_LEADS_MS;
        return;
      case "unknown":
        this.#aloneUntilMs = performance.now() + LEADER_SILENT_MS;
        return this.#retryOrGiveUp(batch, outcome.reason);
    }
  }

  /**
   * K1, K2: before a batch is published from here, the tail is known, and so is that the batch lies nowhere up to it. False: it does, or the
   * servers cannot be asked. Of a partition that is followed both are known anyway, unless the batch was sent before that.
   */
  async #findTail(batch: Batch): Promise<boolean> {
    const { mayLieBehind } = batch;
    if (mayLieBehind === null ? this.#isFollowed || this.#isTailKnown : mayLieBehind >= this.#followedFrom) return true;
    try {
      const found = await this.#looker.look(batch, mayLieBehind);
      if (this.#sending !== batch) return false;
      if (found.isHeld) {
        this.#settleElsewhere(batch);
        return false;
      }
      if (!this.#isFollowed) {
        this.#moveTo(found.tail);
        this.#isTailKnown = true;
      }
      // Followed meanwhile, and not as far as that yet: what is missing is delivered first.
      else if (found.tail.streamSequence > this.#tail.streamSequence) await this.#catchUp(found.tail.streamSequence);
      if (batch.mayLieBehind !== null) batch.mayLieBehind = this.#tail.streamSequence;
      return true;
    } catch (error) {
      if (!(error instanceof StreamUnreachable)) throw error;
      await this.#retryOrGiveUp(batch, error.message);
      return false;
    }
  }

  #commit(batch: Batch, streamSequence: number): void {
    this.#sending = null;
    const stored = { bytes: batch.content(), streamSequence, span: batch.span() };
    // Followed only since it was sent: it is part of what `read` gives, or comes with what is missing before it.
    if (this.#isFollowed && stored.span.firstSequence !== this.#tail.sequence + 1) this.notice(streamSequence);
    else this.#advance(stored, batch.isDropped ? "other" : "own");
    if (!this.#isLeading && this.#host.isPartial) this.#host.tellLeader(this.partition, streamSequence);
    this.#settle(batch, streamSequence);
    // Once sent, once answered: the library is done with it.
    if (batch.sends === 1) this.#queue.reuse(batch.bytes);
  }

  #settle(batch: Batch, streamSequence: number): void {
    for (const { parcel } of batch.parcels) parcel.settle({ kind: "committed", streamSequence });
    if (!batch.isDropped) this.#host.onSettled(batch);
  }

  /** It is in the stream, and is delivered, if it is to be, as what others append is. */
  #settleElsewhere(batch: Batch): void {
    this.#sending = null;
    if (!batch.isDropped) this.#host.onSettled(batch);
    if (batch.sends === 1) this.#queue.reuse(batch.bytes);
  }

  /** K2. */
  async #resolveByLooking(batch: Batch, lastStreamSequence: number): Promise<void> {
    if (this.#isFollowed) {
      try {
        const until = lastStreamSequence > this.#tail.streamSequence ? lastStreamSequence : Number.POSITIVE_INFINITY;
        if ((await this.#catchUp(until)) === 0) await this.#checkNothingLost();
      } catch (error) {
        if (!(error instanceof StreamUnreachable)) throw error;
        return this.#retryOrGiveUp(batch, error.message);
      }
    }
    if (this.#sending !== batch) return;
    // Not there: it may be sent again, under an id that the servers have not refused or half forgotten.
    batch.attempt++;
    if (batch.isDropped) this.#sending = null;
    else this.#boundPatience(batch);
  }

  #boundPatience(batch: Batch): void {
    if (batch.isDropped || this.#waitedMs(batch) <= this.#host.unavailableAfterMs * CONTENTION_PATIENCE) return;
    this.#host.pause("other writers were faster, again and again");
  }

  async #retryOrGiveUp(batch: Batch, reason: string): Promise<void> {
    if (!batch.isDropped && this.#isOverdue(batch)) this.#host.pause(reason);
    if (batch.isDropped || this.#isStopped) {
      if (this.#sending === batch) this.#sending = null;
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
    const from = this.#tail.streamSequence;
    let found = 0;
    while (this.#isFollowed && this.#tail.streamSequence < until) {
      const before = this.#tail.streamSequence;
      const next = await this.#host.stream.next(this.partition, before + 1);
      if (next === null) break;
      // Announced meanwhile, as far as that at least: nothing is missing, and the next look goes on from there.
      if (this.#tail.streamSequence === before) this.#take(next);
      found++;
    }
    return this.#tail.streamSequence > from ? found : 0;
  }

  /** Delivers the next message of the partition. It may hold the batch that is on its way. */
  #take(stored: StoredBatch): void {
    const batch = this.#sending;
    if (batch === null || !holdsBatch(stored, batch.id)) return this.#advance(stored, "other");
    this.#sending = null;
    const isOwn = batchIdOf(stored.messageId) === batch.id && !batch.isDropped;
    this.#advance(stored, isOwn ? "own" : "other");
    this.#settle(batch, stored.streamSequence);
  }

  #advance(stored: Pick<StoredBatch, "bytes" | "streamSequence" | "span">, origin: RecordOrigin): void {
    const { streamSequence } = stored;
    const { firstSequence, lastSequence, records, firstTimeMs, lastTimeMs } = stored.span;
    if (this.#isFollowed && (firstSequence !== this.#tail.sequence + 1 || firstTimeMs < this.#tail.timeMs)) {
      throw missing(this.partition, stored, this.#tail);
    }
    this.#tail = { streamSequence, sequence: lastSequence, timeMs: lastTimeMs };
    if (origin === "other") this.#yieldTo(streamSequence);
    if (!this.#isFollowed) return;
    const { partition } = this;
    this.#host.deliver({ partition, bytes: stored.bytes, records, streamSequence, firstSequence, origin });
  }

  /** K5. Another process has appended. */
  #yieldTo(streamSequence: number): void {
    this.#lastForeign = streamSequence;
    for (const batch of [this.#sending, ...this.#queue.batches()]) {
      if (batch !== null) this.#bounce(batch.removeParcels());
    }
    this.#renumber();
  }

  #bounce(parcels: readonly Parcel[]): void {
    if (parcels.length === 0) return;
    for (const parcel of parcels) parcel.settle({ kind: "bounced", streamSequence: this.#lastForeign });
    this.#host.onBounced(parcels);
  }

  /** Nobody follows the partition: what lies between is nothing to this process. */
  #moveTo(tail: Tail): void {
    if (tail.streamSequence < this.#tail.streamSequence)
      throw lost(this.partition, tail.streamSequence, this.#tail.streamSequence);
    this.#tail = tail;
    this.#renumber();
  }

  /** K4. */
  async #checkNothingLost(): Promise<void> {
    // More may be announced before the answer is here.
    const known = this.#tail.streamSequence;
    const last = (await this.#host.stream.last(this.partition))?.streamSequence ?? 0;
    if (last < known) throw lost(this.partition, last, known);
  }

  #renumber(): void {
    const sending = this.#sending !== null && !this.#sending.isDropped ? this.#sending : null;
    this.#queue.renumber(this.#tail.sequence, this.#tail.timeMs, sending);
  }
}
