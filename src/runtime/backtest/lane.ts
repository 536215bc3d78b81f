// Lane: what one partition tells another in a fold by other programs, and when it gets there.
//
//   L1. Messages are delivered in the order in which they were sent; receivers rely on it (M2 of the engine).
//   L2. A message for which the log has one of the same cause waits for that one, so that the log says when it arrives. The n-th of a record stands for
//       the log's n-th of that record.

import type { Message } from "../../model/effect.ts";

/** The log's messages of one partition to another: the sequence of the record that sent each, in order. Repetitions are left out. */
export type LoggedCauses = number[];

interface Waiting {
  readonly message: Message;
  /** Where the log's message stands that it waits for; -1: the log has none (any more). */
  readonly place: number;
}

export class Lane {
  readonly toPartition: number;
  readonly #causes: LoggedCauses;
  /** Messages of the log that are read. */
  #read = 0;
  readonly #waiting: Waiting[] = [];
  /** The cause of the last message that was sent, and how many it had before that. */
  #cause = -1;
  #sentByCause = 0;

  constructor(toPartition: number, causes: LoggedCauses) {
    this.toPartition = toPartition;
    this.#causes = causes;
  }

  /** @param cause the record of the log at which the source stands */
  send(cause: number, message: Message): void {
    this.#sentByCause = cause === this.#cause ? this.#sentByCause + 1 : 0;
    this.#cause = cause;
    this.#waiting.push({ message, place: this.#placeOf(cause, this.#sentByCause) });
  }

  /** The log has a message here. Returns what is delivered with it. */
  logged(): Message[] {
    const place = this.#read++;
    return this.#take((waiting) => waiting.place <= place);
  }

  /** What waits for nothing in the log. */
  unawaited(): Message[] {
    return this.#take(({ place }) => place < 0);
  }

  /** The log is at its end. */
  rest(): Message[] {
    return this.#take(() => true);
  }

  #take(isDue: (waiting: Waiting) => boolean): Message[] {
    const end = this.#waiting.findIndex((waiting) => !isDue(waiting));
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end).map(({ message }) => message);
  }

  #placeOf(cause: number, n: number): number {
    const place = lowerBound(this.#causes, cause) + n;
    return this.#causes[place] === cause && place >= this.#read ? place : -1;
  }
}

/** Where the first number that is not below `wanted` stands. */
function lowerBound(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
