// FlowLevels: what each worker has before it, in memory that all threads of the process see. The main thread counts (flow_control.ts), front threads look. Hot path.
//
//   V1. Another thread may read a level that is out of date by what is under way between them, and never a torn one: both kinds of numbers are aligned and are
//       read whole by the machines that Node runs on.

export interface FlowBounds {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Can be posted to another thread. By worker. */
export interface FlowMemory {
  readonly records: Int32Array<SharedArrayBuffer>;
  readonly bytes: Float64Array<SharedArrayBuffer>;
  /** What a record takes of late, ms. */
  readonly recordMs: Float64Array<SharedArrayBuffer>;
  readonly bounds: FlowBounds;
}

/** Records that are few however long they take: fewer would leave the worker idle between two commit groups. */
export const FEW_RECORDS = 64;

export function newFlowMemory(workers: number, bounds: FlowBounds): FlowMemory {
  return {
    records: new Int32Array(new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Float64Array(new SharedArrayBuffer(workers * Float64Array.BYTES_PER_ELEMENT)),
    recordMs: new Float64Array(new SharedArrayBuffer(workers * Float64Array.BYTES_PER_ELEMENT)),
    bounds,
  };
}

export class FlowLevels {
  readonly records: Int32Array;
  readonly bytes: Float64Array;
  readonly #recordMs: Float64Array;
  readonly #recordsMax: number;
  readonly #bytesMax: number;

  constructor({ records, bytes, recordMs, bounds }: FlowMemory) {
    this.records = records;
    this.bytes = bytes;
    this.#recordMs = recordMs;
    this.#recordsMax = bounds.recordsMax;
    this.#bytesMax = bounds.bytesMax;
  }

  /** By the main thread alone. */
  change(worker: number, records: number, bytes: number): void {
    this.records[worker] = (this.records[worker] ?? 0) + records;
    this.bytes[worker] = (this.bytes[worker] ?? 0) + bytes;
  }

  isBusy(worker: number): boolean {
    return this.#isFilled(worker, 1);
  }

  /** It has less before it than half of what it may have. */
  hasRoom(worker: number): boolean {
    return !this.#isFilled(worker, 1 / 2);
  }

  /** What is before it takes so long, unless it is few. */
  #isWork(worker: number, workMs: number): boolean {
    const records = this.records[worker] ?? 0;
    return records > FEW_RECORDS && records * (this.#recordMs[worker] ?? 0) > workMs;
  }

  /** Some worker has as much before it as a bulk reader may put there. */
  isAnyDeep(): boolean {
    for (let worker = 0; worker < this.records.length; worker++) if (this.#isDeeper(worker, 1)) return true;
    return false;
  }

  /** Every worker is down to half of that. */
  isShallow(): boolean {
    for (let worker = 0; worker < this.records.length; worker++) if (this.#isDeeper(worker, 1 / 2)) return false;
    return true;
  }

  #isDeeper(worker: number, share: number): boolean {
    return this.#isFilled(worker, BULK_SHARE * share) || this.#isWork(worker, BULK_WORK_MS * share);
  }

  #isFilled(worker: number, share: number): boolean {
    const isRecords = (this.records[worker] ?? 0) >= this.#recordsMax * share;
    return isRecords || (this.bytes[worker] ?? 0) >= this.#bytesMax * share;
  }
}

/**
 * What bulk readers fill of a worker's bounds. They can wait and others cannot: what comes in between, messages of partitions to each other not the least, finds
 * a queue that is short, and still never an idle worker. A claim on a budget that has to ask costs a third less behind 4,096 records than behind 16,384.
 */
export const BULK_SHARE = 1 / 4;

/**
 * Nor do bulk readers fill more than takes so long, where records take long: behind 4,096 purchases with order ids, whose messages between partitions wait once more, a synchronous
 * event took 5 to 10 s on a busy machine.
 */
const BULK_WORK_MS = 400;
