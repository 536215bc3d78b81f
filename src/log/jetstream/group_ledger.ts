// Group ledger: the numbers that `append` gives out, and who waits for them.
//
// Partitions are acknowledged each for itself, but callers of the log count on groups that end in order. A group is what arrived, for any
// partition, until the first batch with some of it was sent; it is durable when every partition's part of it is, and no sooner than its elders.
//
//   G1. Numbers never fall, and a number is never used again once something of it was sent, settled or dropped.
//   G2. Groups end in order.

import { type Promised, promised } from "../../base/promised.ts";
import { LogUnavailable } from "../errors.ts";

const DURABLE: Promise<void> = Promise.resolve();

export class GroupLedger {
  #open = 0;
  #lastGiven = -1;
  #settled = -1;
  /** Outcomes of groups up to this number are forgotten: one of them was dropped. */
  #forgotten = -1;
  /** Bounded by the groups in flight. */
  readonly #waiting = new Map<number, Promised>();

  /** The group of a record that is appended now. */
  give(): number {
    this.#lastGiven = this.#open;
    return this.#open;
  }

  /** Something of this group is on its way: what comes now belongs to the next. */
  seal(group: number): void {
    if (group === this.#open) this.#open++;
  }

  /** Every record of the groups below is durable. */
  settleBelow(group: number): void {
    const last = Math.min(group - 1, this.#lastGiven);
    if (last <= this.#settled) return;
    this.#settled = last;
    // G1. A group of parcels alone, all given back, ends without having been sent: what is appended now is not durable with it.
    this.#open = Math.max(this.#open, last + 1);
    for (const [number, waiting] of this.#waiting) {
      if (number > last) continue;
      this.#waiting.delete(number);
      waiting.resolve();
    }
  }

  /** Everything that is not durable is given up. */
  dropAll(error: Error): void {
    this.#forgotten = this.#lastGiven;
    this.#settled = this.#lastGiven;
    this.#open = this.#lastGiven + 1;
    const dropped = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of dropped) waiting.reject(error);
  }

  /** One promise a group, made only when somebody asks: what nobody waits for cannot be an unhandled rejection. */
  whenDurable(group: number, refusal: LogUnavailable | null): Promise<void> {
    const known = this.#waiting.get(group);
    if (known !== undefined) return known.promise;
    if (group > this.#forgotten && group <= this.#settled) return DURABLE;
    if (group > this.#settled && group <= this.#lastGiven) return this.#wait(group);
    const sentence = `group ${group} was dropped, or was never given out`;
    return Promise.reject(refusal ?? new LogUnavailable(sentence, { retryable: true }));
  }

  #wait(group: number): Promise<void> {
    const waiting = promised();
    this.#waiting.set(group, waiting);
    return waiting.promise;
  }
}
