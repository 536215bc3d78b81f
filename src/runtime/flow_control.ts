// FlowControl: what each worker has before it: records appended to the log (or read back from it) and not yet reported as applied.
//
//   F1. Every record counted by `add` is later given to `subtract`, by the worker's report or because its commit group was dropped.
//   F2. Only events and commands are refused for it. Messages and ticks are counted but never refused: they finish what was begun.

interface Waiter {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
}

export class FlowControl {
  readonly #recordsMax: number;
  readonly #bytesMax: number;
  readonly #records: number[];
  readonly #bytes: number[];
  #waiters: Waiter[] = [];
  #isReleased = false;

  constructor(workers: number, bounds: { readonly recordsMax: number; readonly bytesMax: number }) {
    this.#recordsMax = bounds.recordsMax;
    this.#bytesMax = bounds.bytesMax;
    this.#records = Array.from({ length: workers }, () => 0);
    this.#bytes = Array.from({ length: workers }, () => 0);
  }

  add(worker: number, records: number, bytes: number): void {
    this.#records[worker] = (this.#records[worker] ?? 0) + records;
    this.#bytes[worker] = (this.#bytes[worker] ?? 0) + bytes;
  }

  subtract(worker: number, records: number, bytes: number): void {
    this.add(worker, -records, -bytes);
    if (this.#waiters.length > 0) this.#wake();
  }

  isBusy(worker: number): boolean {
    return (this.#records[worker] ?? 0) >= this.#recordsMax || (this.#bytes[worker] ?? 0) >= this.#bytesMax;
  }

  isAnyBusy(): boolean {
    for (let worker = 0; worker < this.#records.length; worker++) if (this.isBusy(worker)) return true;
    return false;
  }

  isEmpty(): boolean {
    return this.records() === 0;
  }

  records(): number {
    return this.#records.reduce((sum, records) => sum + records, 0);
  }

  bytes(): number {
    return this.#bytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Resolves when every worker is down to half of its bound, so that a bulk reader goes on with a good stretch of room. */
  whenIdle(): Promise<void> {
    return this.#when(() => this.#isHalfEmpty());
  }

  /** Resolves at the next moment at which nothing is in flight. */
  whenEmpty(): Promise<void> {
    return this.#when(() => this.isEmpty());
  }

  /** Ends all waits, now and later, whatever they wait for: the runtime has failed or stops, and the next `accept` says so. */
  release(): void {
    this.#isReleased = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  #when(isReached: () => boolean): Promise<void> {
    if (this.#isReleased || isReached()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ isReached, resolve });
    });
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ isReached, resolve }) => {
      if (!isReached()) return true;
      resolve();
      return false;
    });
  }

  #isHalfEmpty(): boolean {
    const isHalf = (bytes: number): boolean => bytes <= this.#bytesMax / 2;
    return this.#records.every((records) => records <= this.#recordsMax / 2) && this.#bytes.every(isHalf);
  }
}
