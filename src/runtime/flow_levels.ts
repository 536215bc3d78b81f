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

  isBusy(worker: number): boolean {
    return (this.records[worker] ?? 0) >= this.#recordsMax || (this.bytes[worker] ?? 0) >= this.#bytesMax;
  }

  isAnyBusy(): boolean {
    for (let worker = 0; worker < this.records.length; worker++) if (this.isBusy(worker)) return true;
    return false;
  }

  isHalfEmpty(): boolean {
    const isHalf = (bytes: number): boolean => bytes <= this.#bytesMax / 2;
    return this.records.every((records) => records <= this.#recordsMax / 2) && this.bytes.every(isHalf);
  }
}
