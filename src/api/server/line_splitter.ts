// LineSplitter: chunks of bytes -> lines, across chunk borders, in memory bounded by one line. Hot path.
//
//   S1. A line longer than `lineBytesMax` is never held: it is skipped to its end and reported as too long.
//   S2. The consumer may stop after any line; `consumed` says where to go on with the same chunk.

export interface LineConsumer {
  /** `bytes[from, to)` without its line feed, valid during the call. False: stop after this line. */
  onLine(bytes: Buffer, from: number, to: number): boolean;
  /** False: stop after this line. */
  onLongLine(): boolean;
  /** Asked before the rest of a chunk is kept for the next; false: there is no memory for it. */
  holdBytes(bytes: number): boolean;
}

const LINE_FEED = 0x0a;
const CARRY_BYTES_MIN = 4_096;
const noBytes = Buffer.alloc(0);

export type SplitState = "done" | "stopped" | "no_memory";

export class LineSplitter {
  readonly #lineBytesMax: number;
  readonly #consumer: LineConsumer;
  /** The beginning of a line whose end has not arrived. */
  #carry = noBytes;
  #carried = 0;
  #isSkipping = false;
  consumed = 0;

  constructor(lineBytesMax: number, consumer: LineConsumer) {
    this.#lineBytesMax = lineBytesMax;
    this.#consumer = consumer;
  }

  push(chunk: Buffer): SplitState {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from);
      if (end < 0) break;
      const isGoingOn = this.#line(chunk, from, end);
      from = end + 1;
      this.consumed = from;
      if (isGoingOn === "no_memory") return "no_memory";
      if (!isGoingOn) return "stopped";
    }
    this.consumed = chunk.length;
    return this.#keep(chunk, from) ? "done" : "no_memory";
  }

  /** The last line may lack its line feed. */
  finish(): void {
    if (this.#isSkipping) this.#consumer.onLongLine();
    else if (this.#carried > 0) this.#consumer.onLine(this.#carry, 0, this.#carried);
    this.#isSkipping = false;
    this.#carried = 0;
  }

  #line(chunk: Buffer, from: number, end: number): boolean | "no_memory" {
    if (this.#isSkipping || this.#carried + end - from > this.#lineBytesMax) {
      this.#isSkipping = false;
      this.#carried = 0;
      return this.#consumer.onLongLine();
    }
    if (this.#carried === 0) return this.#consumer.onLine(chunk, from, end);
    if (!this.#append(chunk, from, end)) return "no_memory";
    const carried = this.#carried;
    this.#carried = 0;
    return this.#consumer.onLine(this.#carry, 0, carried);
  }

  /** S1. */
  #keep(chunk: Buffer, from: number): boolean {
    if (from === chunk.length || this.#isSkipping) return true;
    if (this.#carried + chunk.length - from <= this.#lineBytesMax) return this.#append(chunk, from, chunk.length);
    this.#isSkipping = true;
    this.#carried = 0;
    return true;
  }

  #append(chunk: Buffer, from: number, end: number): boolean {
    const needed = this.#carried + end - from;
    if (needed > this.#carry.length) {
      const bytes = Math.min(this.#lineBytesMax, Math.max(CARRY_BYTES_MIN, needed, this.#carry.length * 2));
      if (!this.#consumer.holdBytes(bytes - this.#carry.length)) return false;
      const grown = Buffer.allocUnsafeSlow(bytes);
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    chunk.copy(this.#carry, this.#carried, from, end);
    this.#carried = needed;
    return true;
  }
}
