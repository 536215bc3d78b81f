// Connections: how many are open, of all fronts of a node together, and how many may be. Whoever opens connections and says nothing must not take the descriptors that log, stores and
// threads still need: a process that finds none left ends.
//
//   C1. One too many is closed as it comes, without a word. It is counted until it is closed, as all are.

import type { FrontLogger } from "./server.ts";

/** Between two lines about refusals. */
const TOLD_INTERVAL_MS = 30_000;

export class Connections {
  readonly #max: number;
  /** One number. */
  readonly #open: Int32Array;
  readonly #logger: Pick<FrontLogger, "warn">;
  #refused = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** @param max 0: as many as there are */
  constructor(max: number, open: Int32Array, logger: Pick<FrontLogger, "warn">) {
    this.#max = max;
    this.#open = open;
    this.#logger = logger;
  }

  get open(): number {
    return Atomics.load(this.#open, 0);
  }

  /** Since start, by this front. */
  get refused(): number {
    return this.#refused;
  }

  /** Returns whether it may stay. */
  opened(): boolean {
    const open = Atomics.add(this.#open, 0, 1) + 1;
    if (this.#max === 0 || open <= this.#max) return true;
    this.#refused++;
    const nowMs = performance.now();
    if (nowMs - this.#toldMs >= TOLD_INTERVAL_MS) {
      this.#toldMs = nowMs;
      this.#logger.warn({ open, max: this.#max, refused: this.#refused }, "connections_refused");
    }
    return false;
  }

  closed(): void {
    Atomics.sub(this.#open, 0, 1);
  }
}
