// Appender: gets the next batch of one partition into the stream, once: by itself, or by who leads the partition. Hot path.
//
// Any number of processes may append to a partition at the same time, with nobody to coordinate them: each publishes its batch on the
// condition that the subject still ends where it believes it does. The servers let one of them through; the others look at what came
// in between, number their batch anew and try again.
//
//   K1. One batch on its way at a time. When it is published, its condition is the tail: nothing is appended behind records unseen.
//   K2. Before a batch is sent again after an outcome that was not a clear no, the stream has shown that it does not hold it: all that
//       follows `mayLieBehind` has been looked at, and the condition of K1 shuts out what may still be on its way. It cannot be stored twice,
//       however often it is sent, and by whomever.
//   K6. Who waits for another process holds no slot: that one needs a slot of its own to append what it was handed, and two that hand each other as much as they may
//       have in flight would wait for each other.

import type { RecordOrigin } from "../mod.ts";
import { type Batch, batchIdOf } from "./batch.ts";
import type { Cursor } from "./cursor.ts";
import type { LaneHost } from "./lane_host.ts";
import { Looker } from "./looker.ts";
import type { Queue } from "./queue.ts";
import { holdsBatch, type StoredBatch, StreamUnreachable } from "./stream.ts";

/** A lost race is no outage: who keeps losing waits this many times longer before it gives up. */
const CONTENTION_PATIENCE = 3;

/** How long a lane appends by itself before it looks again whether somebody leads, and after who leads fell silent. */
const NOBODY_LEADS_MS = 100;
const LEADER_SILENT_MS = 1_000;

/** A batch that is in the stream. */
export type Appended = Pick<StoredBatch, "bytes" | "streamSequence" | "span">;

export interface AppenderParts {
  readonly partition: number;
  readonly host: LaneHost;
  readonly queue: Queue;
  readonly cursor: Cursor;
  /** Whether this process appends for the others. */
  readonly isLeading: () => boolean;
  /** Nothing is tried again. */
  readonly isStopped: () => boolean;
  /** Moves the cursor over the next batch of the partition, and delivers it. */
  readonly advance: (appended: Appended, origin: RecordOrigin) => void;
}

export class Appender {
  readonly #parts: AppenderParts;
  readonly #partition: number;
  readonly #host: LaneHost;
  readonly #queue: Queue;
  readonly #cursor: Cursor;
  readonly #looker: Looker;
  /** Until then nobody is asked to append for this lane. */
  #aloneUntilMs = 0;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
    this.#partition = parts.partition;
    this.#host = parts.host;
    this.#queue = parts.queue;
    this.#cursor = parts.cursor;
    this.#looker = new Looker(parts.partition, parts.host.stream);
  }

  /**
   * One attempt for the batch that is on its way, or the next.
   *
   * @param giveSlot gives back the slot that it is made in, before it has ended (K6)
   */
  async send(giveSlot: () => void): Promise<void> {
    const batch = this.#queue.sending ?? this.#queue.take();
    // Dropped while it waited for its slot.
    if (batch === null) return;
    this.#queue.sending = batch;
    if (batch.records === 0) return this.#settleElsewhere(batch);
    if (this.#mayHand(batch)) {
      giveSlot();
      return this.#hand(batch);
    }
    if (!(await this.#findTail(batch)) || this.#queue.sending !== batch) return;
    const { tail } = this.#cursor;
    batch.moveBehind(tail.sequence, tail.timeMs);
    batch.sends++;
    const isFirst = batch.mayLieBehind === null;
    batch.mayLieBehind ??= tail.streamSequence;
    this.#host.onSent(batch);
    const outcome = await this.#host.publish(this.#partition, batch, tail.streamSequence);
    // Seen on its way meanwhile.
    if (this.#queue.sending !== batch) return;
    switch (outcome.kind) {
      case "committed":
        if (outcome.isDuplicate) return this.#resolveByLooking(batch, outcome.streamSequence);
        return this.#commit(batch, outcome.streamSequence);
      case "conflict":
        this.#cursor.doubtTail();
        // A clear no to the only attempt there was.
        if (isFirst) batch.mayLieBehind = null;
        this.#host.askForTurn(this.#partition);
        return this.#resolveByLooking(batch, outcome.lastStreamSequence);
      case "refused":
        this.#queue.sending = null;
        return this.#host.pause(outcome.reason);
      case "unknown":
        return this.#retryOrGiveUp(batch, outcome.reason);
    }
  }

  /** The next message of the partition was heard or fetched. It may hold the batch that is on its way. */
  take(stored: StoredBatch): void {
    const batch = this.#queue.sending;
    if (batch === null || !holdsBatch(stored, batch.id)) return this.#parts.advance(stored, "other");
    this.#queue.sending = null;
    const isOwn = batchIdOf(stored.messageId) === batch.id && !batch.isDropped;
    this.#parts.advance(stored, isOwn ? "own" : "other");
    this.#settle(batch, stored.streamSequence);
  }

  #mayHand(batch: Batch): boolean {
    if (!this.#host.isPartial || this.#parts.isLeading() || batch.mayLieBehind !== null) return false;
    return batch.parcels.length === 0 && performance.now() >= this.#aloneUntilMs;
  }

  /** Lets who leads the partition append it. */
  async #hand(batch: Batch): Promise<void> {
    const after = Math.max(this.#host.newest, this.#cursor.tail.streamSequence);
    batch.mayLieBehind = after;
    batch.sends++;
    this.#host.onSent(batch);
    const outcome = await this.#host.hand(this.#partition, batch, after);
    if (this.#queue.sending !== batch) return;
    switch (outcome.kind) {
      case "committed":
        this.#cursor.doubtTail();
        return this.#settleElsewhere(batch);
      case "bounced":
        batch.mayLieBehind = null;
        if (batch.isDropped) this.#queue.sending = null;
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
    const cursor = this.#cursor;
    const { mayLieBehind } = batch;
    if (mayLieBehind === null ? cursor.isTailKnown : cursor.hasPassedAllSince(mayLieBehind)) return true;
    try {
      const found = await this.#looker.look(batch, mayLieBehind);
      if (this.#queue.sending !== batch) return false;
      if (found.isHeld) {
        this.#settleElsewhere(batch);
        return false;
      }
      if (!cursor.isFollowed) {
        cursor.jumpTo(found.tail);
        this.#queue.renumber(cursor.tail);
      }
      // Followed meanwhile, and not as far as that yet: what is missing is delivered first.
      else if (found.tail.streamSequence > cursor.tail.streamSequence) await cursor.catchUp(found.tail.streamSequence);
      if (batch.mayLieBehind !== null) batch.mayLieBehind = cursor.tail.streamSequence;
      return true;
    } catch (error) {
      if (!(error instanceof StreamUnreachable)) throw error;
      await this.#retryOrGiveUp(batch, error.message);
      return false;
    }
  }

  #commit(batch: Batch, streamSequence: number): void {
    this.#queue.sending = null;
    const appended = { bytes: batch.content(), streamSequence, span: batch.span() };
    const { isFollowed, tail } = this.#cursor;
    // Followed only since it was sent: it is part of what `read` gives, or comes with what is missing before it.
    if (isFollowed && appended.span.firstSequence !== tail.sequence + 1) this.#cursor.notice(streamSequence);
    else this.#parts.advance(appended, batch.isDropped ? "other" : "own");
    if (!this.#parts.isLeading() && this.#host.isPartial) this.#host.tellLeader(this.#partition, streamSequence);
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
    this.#queue.sending = null;
    if (!batch.isDropped) this.#host.onSettled(batch);
    if (batch.sends === 1) this.#queue.reuse(batch.bytes);
  }

  /** K2. */
  async #resolveByLooking(batch: Batch, lastStreamSequence: number): Promise<void> {
    const cursor = this.#cursor;
    if (cursor.isFollowed) {
      try {
        const until = lastStreamSequence > cursor.tail.streamSequence ? lastStreamSequence : Number.POSITIVE_INFINITY;
        if ((await cursor.catchUp(until)) === 0) await cursor.checkNothingLost();
      } catch (error) {
        if (!(error instanceof StreamUnreachable)) throw error;
        return this.#retryOrGiveUp(batch, error.message);
      }
    }
    if (this.#queue.sending !== batch) return;
    // Not there: it may be sent again, under an id that the servers have not refused or half forgotten.
    batch.attempt++;
    if (batch.isDropped) this.#queue.sending = null;
    else this.#boundPatience(batch);
  }

  #boundPatience(batch: Batch): void {
    if (batch.isDropped || waitedMs(batch) <= this.#host.unavailableAfterMs * CONTENTION_PATIENCE) return;
    this.#host.pause("other writers were faster, again and again");
  }

  async #retryOrGiveUp(batch: Batch, reason: string): Promise<void> {
    if (!batch.isDropped && waitedMs(batch) > this.#host.unavailableAfterMs) this.#host.pause(reason);
    if (batch.isDropped || this.#parts.isStopped()) {
      if (this.#queue.sending === batch) this.#queue.sending = null;
      return;
    }
    await this.#host.beforeRetry();
  }
}

function waitedMs(batch: Batch): number {
  return performance.now() - batch.createdMs;
}
