// FlowControl: what each worker has before it: records appended to the log (or read back from it) and not yet reported as applied.
//
//   F1. Every record counted by `add` is later given to `subtract`, by the worker's report or because its commit group was dropped.
//   F2. Only events and commands are refused for it. Messages and ticks are counted but never refused: they finish what was begun.

import { type FlowBounds, FlowLevels, type FlowMemory, newFlowMemory } from "./flow_levels.ts";

interface Waiter {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
}

export class FlowControl {
  /** To be looked at by other threads as well. */
  readonly memory: FlowMemory;
  readonly #levels: FlowLevels;
  readonly #records: Int32Array;
  readonly #bytes: Float64Array;
  #waiters: Waiter[] = [];
  #isReleased = false;

  constructor(workers: number, bounds: FlowBounds) {
    this.memory = newFlowMemory(workers, bounds);
    this.#levels = new FlowLevels(this.memory);
    this.#records = this.memory.records;
    this.#bytes = this.memory.bytes;
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
    return this.#levels.isBusy(worker);
  }

  isAnyBusy(): boolean {
    return this.#levels.isAnyBusy();
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
    return this.#when(() => this.#levels.isHalfEmpty());
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
}
