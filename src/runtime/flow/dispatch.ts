// Dispatch: records of one batch, divided among the workers that own their partitions. One buffer a worker and batch. Hot path.

import { asBuffer } from "../../base/bytes.ts";
import { RecordReader } from "../../log/mod.ts";
import { FLAG_WANTS_REPLY } from "../../model/record.ts";

/** What one worker gets of a batch. */
export interface Share {
  readonly worker: number;
  readonly records: number;
  readonly bytes: ArrayBuffer;
  /** Somebody waits for the reply to one of them. */
  readonly isAwaited: boolean;
}

export class Dispatcher {
  readonly #workers: number;
  readonly #reader = new RecordReader();
  readonly #records: number[];
  readonly #bytes: number[];
  readonly #isAwaited: boolean[];

  constructor(workers: number) {
    this.#workers = workers;
    this.#records = Array.from({ length: workers }, () => 0);
    this.#bytes = Array.from({ length: workers }, () => 0);
    this.#isAwaited = Array.from({ length: workers }, () => false);
  }

  /** Copies `batch` into buffers of their own, in order; workers without a record are left out. */
  divide(batch: Uint8Array): Share[] {
    const source = asBuffer(batch);
    this.#measure(batch);
    const shares: (Share & { readonly target: Buffer; length: number })[] = [];
    const byWorker: ((Share & { readonly target: Buffer; length: number }) | undefined)[] = [];
    for (let worker = 0; worker < this.#workers; worker++) {
      const records = this.#records[worker] ?? 0;
      if (records === 0) continue;
      // Memory of its own, not of Node's pool: it is going to be transferred.
      const bytes = new ArrayBuffer(this.#bytes[worker] ?? 0);
      const isAwaited = this.#isAwaited[worker] ?? false;
      const share = { worker, records, bytes, isAwaited, target: Buffer.from(bytes), length: 0 };
      shares.push(share);
      byWorker[worker] = share;
    }
    if (shares.length === 1) {
      shares[0]?.target.set(source);
      return shares;
    }
    const reader = this.#reader;
    reader.reset(batch);
    while (reader.next()) {
      const share = byWorker[reader.partition % this.#workers];
      if (share !== undefined) share.length += source.copy(share.target, share.length, reader.offset, reader.end);
    }
    return shares;
  }

  #measure(batch: Uint8Array): void {
    this.#records.fill(0);
    this.#bytes.fill(0);
    this.#isAwaited.fill(false);
    const reader = this.#reader;
    reader.reset(batch);
    while (reader.next()) {
      const worker = reader.partition % this.#workers;
      this.#records[worker] = (this.#records[worker] ?? 0) + 1;
      this.#bytes[worker] = (this.#bytes[worker] ?? 0) + reader.end - reader.offset;
      if ((reader.flags & FLAG_WANTS_REPLY) !== 0) this.#isAwaited[worker] = true;
    }
  }
}
