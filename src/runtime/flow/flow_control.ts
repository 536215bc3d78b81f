// FlowControl: what each worker has before it: records appended to the log (or read back from it) and not yet reported as applied.
//
//   Three bounds. From `recordsMax` and `bytesMax` on, events are refused. From a share of them on, or from a stretch of work on, bulk readers pause. From `paceMs`
//   of work on, whoever waits for the pace waits until its own records are that near to their turn, so that senders who wait for answers slow down to what is applied, and what comes in between finds a short queue.
//
//   F1. Every record counted by `add` is later given to `subtract`, by the worker's report or because its commit group was dropped.
//   F2. Only events and commands are refused for it. Messages and ticks are counted but never refused: they finish what was begun.
//   F3. Whoever reads a log's tail waits for what it read, and for nothing else. Messages that the tail sends and the log did not hold are in flight, too, but are
//       handed out behind it: a reader that waited for them would wait for itself.
//   F4. Whoever follows a partition waits for the partition's own worker, and not until that is nearly idle: what others keep before a worker, or before this one as long as
//       they find it not busy, keeps nobody from following.

import { FEW_RECORDS, type FlowBounds, FlowLevels, type FlowMemory, newFlowMemory } from "./flow_levels.ts";

interface Waiter {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
}

export interface FlowSettings extends FlowBounds {
  /** Work of a worker before one's own records, by how long records took it of late, at which one is near enough. */
  readonly paceMs: number;
  /** The longest wait for that: a worker that stands still, since its disk does, holds nobody up for ever. */
  readonly paceMsMax: number;
}

/** What a record is taken to cost before there are any reports. */
const RECORD_MS_AT_FIRST = 0.05;

/** Records over which their cost is averaged, about. */
const RECORDS_AVERAGED = 512;

export class FlowControl {
  /** To be looked at by other threads as well. */
  readonly memory: FlowMemory;
  readonly #levels: FlowLevels;
  readonly #records: Int32Array;
  readonly #bytes: Float64Array;
  /** By worker: all that were ever added. */
  readonly #added: Float64Array;
  readonly #recordMs: Float64Array;
  readonly #settings: FlowSettings;
  /** F3. */
  readonly #readBack: FlowLevels;
  #waiters: Waiter[] = [];
  #isReleased = false;

  constructor(workers: number, settings: FlowSettings) {
    const { recordsMax, bytesMax } = settings;
    this.#settings = settings;
    this.#added = new Float64Array(workers);
    this.memory = newFlowMemory(workers, { recordsMax, bytesMax });
    this.#recordMs = this.memory.recordMs.fill(RECORD_MS_AT_FIRST);
    this.#levels = new FlowLevels(this.memory);
    this.#readBack = new FlowLevels(newFlowMemory(workers, { recordsMax, bytesMax }));
    this.#records = this.memory.records;
    this.#bytes = this.memory.bytes;
  }

  /** Returns the worker's mark: all that was ever added for it. */
  add(worker: number, records: number, bytes: number): number {
    const mark = (this.#added[worker] ?? 0) + records;
    this.#added[worker] = mark;
    this.#levels.change(worker, records, bytes);
    return mark;
  }

  /** As `add`, of what was read back from the log. */
  addReadBack(worker: number, records: number, bytes: number): void {
    this.add(worker, records, bytes);
    this.#readBack.change(worker, records, bytes);
  }

  subtract(worker: number, records: number, bytes: number): void {
    this.#levels.change(worker, -records, -bytes);
    if (this.#waiters.length > 0) this.#wake();
  }

  /** As `subtract`, of records that the worker applied in so long. */
  applied(worker: number, records: number, bytes: number, busyMs: number): void {
    if (records > 0) {
      const before = this.#recordMs[worker] ?? RECORD_MS_AT_FIRST;
      this.#recordMs[worker] = before + (busyMs / records - before) * (records / (records + RECORDS_AVERAGED));
    }
    // What was read back is applied first. Behind it this falls below zero, when nobody looks any more.
    this.#readBack.change(worker, -records, -bytes);
    this.subtract(worker, records, bytes);
  }

  isBusy(worker: number): boolean {
    return this.#levels.isBusy(worker);
  }

  isAnyDeep(): boolean {
    return this.#levels.isAnyDeep();
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

  /** Resolves when every worker is down to half of what bulk readers may fill, so that they go on with a good stretch of room. */
  whenShallow(): Promise<void> {
    return this.#when(() => this.#levels.isShallow());
  }

  /** Resolves when the worker is down to half of its bounds (F4). */
  whenRoom(worker: number): Promise<void> {
    return this.#when(() => this.#levels.hasRoom(worker));
  }

  /** Read back and not yet applied. */
  readBackRecords(): number {
    return this.#readBack.records.reduce((sum, records) => sum + Math.max(0, records), 0);
  }

  isReadBackDeep(): boolean {
    return this.#readBack.isAnyDeep();
  }

  /** As `whenShallow`, of what was read back (F3). */
  whenReadBackShallow(): Promise<void> {
    return this.#when(() => this.#readBack.isShallow());
  }

  /** Resolves at the next moment at which nothing is in flight. */
  whenEmpty(): Promise<void> {
    return this.#when(() => this.isEmpty());
  }

  /** By worker: all that was added up to now. */
  marks(): number[] {
    return [...this.#added];
  }

  /** Resolves when all that was added up to now is applied, whatever came in behind it. */
  whenApplied(): Promise<void> {
    const marks = this.marks();
    return this.#when(() => marks.every((mark, worker) => this.#before(worker, mark) <= 0));
  }

  /** Whether what was added up to the marks is as near to its turn as the pace asks for. */
  isNear(marks: readonly number[]): boolean {
    for (const [worker, mark] of marks.entries()) {
      const before = this.#before(worker, mark);
      const workMs = before * (this.#recordMs[worker] ?? RECORD_MS_AT_FIRST);
      if (before > FEW_RECORDS && workMs > this.#settings.paceMs) return false;
    }
    return true;
  }

  /**
   * Resolves when `isNear`, or when that has taken as long as it may.
   *
   * @param marks by worker; 0: nothing of that worker's
   */
  whenNear(marks: readonly number[]): Promise<void> {
    if (this.#isReleased || this.isNear(marks)) return Promise.resolve();
    const { paceMsMax } = this.#settings;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, paceMsMax);
      const near = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.push({ isReached: () => this.isNear(marks), resolve: near });
    });
  }

  /** Ends all waits, now and later, whatever they wait for: the runtime has failed or stops, and the next `accept` says so. */
  release(): void {
    this.#isReleased = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  /** Records of the worker that are to be applied until its mark is reached. */
  #before(worker: number, mark: number): number {
    return mark - (this.#added[worker] ?? 0) + (this.#records[worker] ?? 0);
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
