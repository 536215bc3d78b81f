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
  readonly bounds: FlowBounds;
}

export function newFlowMemory(workers: number, bounds: FlowBounds): FlowMemory {
  return {
    records: new Int32Array(new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Float64Array(new SharedArrayBuffer(workers * Float64Array.BYTES_PER_ELEMENT)),
    bounds,
  };
}

export class FlowLevels {
  readonly records: Int32Array;
  readonly bytes: Float64Array;
  readonly #recordsMax: number;
  readonly #bytesMax: number;

  constructor({ records, bytes, bounds }: FlowMemory) {
    this.records = records;
    this.bytes = bytes;
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

  /** Some worker has as much before it as a bulk reader may put there. */
  isAnyDeep(): boolean {
    for (let worker = 0; worker < this.records.length; worker++) if (this.#isFilled(worker, BULK_SHARE)) return true;
    return false;
  }

  /** Every worker is down to half of that. */
  isShallow(): boolean {
    for (let worker = 0; worker < this.records.length; worker++)
      if (this.#isFilled(worker, BULK_SHARE / 2)) return false;
    return true;
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
const BULK_SHARE = 1 / 4;
