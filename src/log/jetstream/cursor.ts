// Cursor: where one partition ends, as far as this process knows, and how it moves over what lies behind. Hot path.
//
//   K3. Of a partition that is followed, whatever the stream holds behind the tail is passed on once, in order, whoever wrote it.
//   K4. A stream that ends before what was acknowledged has lost it: the log fails for good.

import type { Tail } from "./lane_host.ts";
import { lost, missing } from "./records_missing.ts";
import type { StoredBatch, Stream } from "./stream.ts";

/** What it asks the servers. */
export type CursorStream = Pick<Stream, "next" | "last">;

export class Cursor {
  readonly #partition: number;
  readonly #stream: CursorStream;
  readonly #onNext: (stored: StoredBatch) => void;
  #tail: Tail;
  /** Deliveries are wanted, and have been since message `#followedFrom` of the stream. */
  #isFollowed = false;
  #followedFrom = Number.POSITIVE_INFINITY;
  /** Of a partition that is not followed: nobody is known to have appended behind the tail. */
  #isKnown = true;
  /** The newest message of the subject that was heard of. */
  #noticed = 0;

  /** @param onNext is given the next message of the partition, and moves the cursor over it */
  constructor(partition: number, tail: Tail, stream: CursorStream, onNext: (stored: StoredBatch) => void) {
    this.#partition = partition;
    this.#tail = tail;
    this.#stream = stream;
    this.#onNext = onNext;
  }

  get tail(): Tail {
    return this.#tail;
  }

  get isFollowed(): boolean {
    return this.#isFollowed;
  }

  /** More was noticed than was passed on. */
  get isBehind(): boolean {
    return this.#isFollowed && this.#noticed > this.#tail.streamSequence;
  }

  /** Where nothing is followed, a look is needed once somebody else is known to have appended. */
  get isTailKnown(): boolean {
    return this.#isFollowed || this.#isKnown;
  }

  /** Whether all that lies behind message `streamSequence` was passed on, up to the tail. */
  hasPassedAllSince(streamSequence: number): boolean {
    return streamSequence >= this.#followedFrom;
  }

  follow(tail: Tail): void {
    this.#isFollowed = true;
    this.#followedFrom = tail.streamSequence;
    this.#tail = tail;
  }

  unfollow(): void {
    this.#isFollowed = false;
    this.#followedFrom = Number.POSITIVE_INFINITY;
  }

  /** Somebody has appended a message. Returns whether that is news. */
  notice(streamSequence: number): boolean {
    if (streamSequence <= this.#noticed) return false;
    this.#noticed = streamSequence;
    return true;
  }

  /** Somebody else has appended behind the tail. */
  doubtTail(): void {
    this.#isKnown = false;
  }

  /** K3. Throws when something is missing in between. */
  moveOver(stored: Pick<StoredBatch, "streamSequence" | "span">): void {
    const { firstSequence, lastSequence, firstTimeMs, lastTimeMs } = stored.span;
    if (this.#isFollowed && (firstSequence !== this.#tail.sequence + 1 || firstTimeMs < this.#tail.timeMs)) {
      throw missing(this.#partition, stored, this.#tail);
    }
    this.#tail = { streamSequence: stored.streamSequence, sequence: lastSequence, timeMs: lastTimeMs };
  }

  /** Nobody follows the partition: what lies between is nothing to this process. */
  jumpTo(tail: Tail): void {
    if (tail.streamSequence < this.#tail.streamSequence)
      throw lost(this.#partition, tail.streamSequence, this.#tail.streamSequence);
    this.#tail = tail;
    this.#isKnown = true;
  }

  /** Passes on what was noticed. */
  async hear(): Promise<void> {
    const until = this.#noticed;
    await this.catchUp(until);
    // Nothing there although it was noticed. What was noticed since is another matter.
    if (this.#noticed === until) this.#noticed = Math.min(until, this.#tail.streamSequence);
  }

  /** Passes on what the stream holds behind the tail, at least through message `until` (K3). Returns how many batches that were. */
  async catchUp(until: number): Promise<number> {
    const from = this.#tail.streamSequence;
    let found = 0;
    while (this.#isFollowed && this.#tail.streamSequence < until) {
      const before = this.#tail.streamSequence;
      const next = await this.#stream.next(this.#partition, before + 1);
      if (next === null) break;
      // Announced meanwhile, as far as that at least: nothing is missing, and the next look goes on from there.
      if (this.#tail.streamSequence === before) this.#onNext(next);
      found++;
    }
    return this.#tail.streamSequence > from ? found : 0;
  }

  /** K4. */
  async checkNothingLost(): Promise<void> {
    // More may be announced before the answer is here.
    const known = this.#tail.streamSequence;
    const last = (await this.#stream.last(this.#partition))?.streamSequence ?? 0;
    if (last < known) throw lost(this.#partition, last, known);
  }
}
