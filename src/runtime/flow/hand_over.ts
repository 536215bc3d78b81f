// HandOver: records on their way from the log to the workers. Hot path.
//
//   R3. What the log committed reaches the workers in log order; during recovery it waits until the tail has been handed out.

import { Dispatcher } from "./dispatch.ts";
import type { FlowControl } from "./flow_control.ts";
import { type Departure, Haste } from "./gathering.ts";

export interface HandOverParts {
  readonly workers: number;
  readonly flow: Pick<FlowControl, "addReadBack">;
  /** `records` are given away. */
  readonly hand: (worker: number, records: Uint8Array<ArrayBuffer>, departure: Departure) => void;
}

export class HandOver {
  readonly #parts: HandOverParts;
  readonly #dispatcher: Dispatcher;
  readonly #haste = new Haste();
  /** Commits that wait for the tail (R3); null afterwards. Holds re-sent messages only, since nothing else is taken in. */
  #held: Uint8Array[] | null = [];

  constructor(parts: HandOverParts) {
    this.#parts = parts;
    this.#dispatcher = new Dispatcher(parts.workers);
  }

  /** A batch of the log's tail, which nobody has counted yet. */
  feed(batch: Uint8Array): void {
    for (const { worker, records, bytes } of this.#dispatcher.divide(batch)) {
      this.#parts.flow.addReadBack(worker, records, bytes.byteLength);
      this.#parts.hand(worker, new Uint8Array(bytes), "now");
    }
  }

  /** The tail has been handed out: what was committed meanwhile follows. */
  goLive(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const records of held) this.commit(records);
  }

  /** What a log of this node's own has committed; copied. */
  commit(records: Uint8Array): void {
    if (this.#held !== null) {
      // The `slice` of a Buffer copies nothing.
      this.#held.push(new Uint8Array(records));
      return;
    }
    const nowMs = performance.now();
    const shares = this.#dispatcher.divide(records);
    if (shares.some(({ isAwaited }) => isAwaited)) this.#haste.begin(nowMs);
    const departure = this.#haste.isOn(nowMs) ? "now" : "later";
    for (const { worker, bytes } of shares) this.#parts.hand(worker, new Uint8Array(bytes), departure);
  }

  /** Records of one partition in a cluster, copied. Each partition's come by themselves, so those of one turn are gathered in any case. */
  follow(worker: number, records: Uint8Array, isAwaited: boolean): void {
    const nowMs = performance.now();
    if (isAwaited) this.#haste.begin(nowMs);
    this.#parts.hand(worker, new Uint8Array(records), this.#haste.isOn(nowMs) ? "turn" : "later");
  }
}
