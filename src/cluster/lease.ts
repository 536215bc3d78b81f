// Lease: until when this process may act for the partitions whose records name it.
//
//   E1. A heartbeat that was written makes the lease last until `leaseMs` after it was SENT, by this process's monotonic clock.
//   E2. `isValid` looks at the clock at every call: a process that was asleep finds out at its first question, before any timer runs.
//   E3. A gap is counted, also one that nobody asked during: what was told before it is told anew after it.

export class Lease {
  readonly #leaseMs: number;
  readonly #nowMs: () => number;
  #untilMs = Number.NEGATIVE_INFINITY;
  #gaps = 0;

  constructor(leaseMs: number, nowMs: () => number) {
    this.#leaseMs = leaseMs;
    this.#nowMs = nowMs;
  }

  get isValid(): boolean {
    return this.#nowMs() < this.#untilMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#untilMs - this.#nowMs());
  }

  /** How often it began; the present one included. */
  get gaps(): number {
    return this.#gaps;
  }

  /** @returns how long there was none; 0 when it went on */
  extend(sentMs: number): number {
    const nowMs = this.#nowMs();
    const lapsedMs = nowMs - this.#untilMs;
    if (lapsedMs >= 0) this.#gaps++;
    this.#untilMs = Math.max(this.#untilMs, sentMs + this.#leaseMs);
    return lapsedMs >= 0 && this.#gaps > 1 ? lapsedMs : 0;
  }

  end(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }
}
