// Retries: what was tried is tried again a while later, and not sooner.

export class Retries<What> {
  readonly #retryMs: number;
  readonly #nowMs: () => number;
  /** Bounded by what there is to try. */
  readonly #againAtMs = new Map<What, number>();

  constructor(retryMs: number, nowMs: () => number) {
    this.#retryMs = retryMs;
    this.#nowMs = nowMs;
  }

  isDue(what: What): boolean {
    return this.#nowMs() >= (this.#againAtMs.get(what) ?? Number.NEGATIVE_INFINITY);
  }

  /** It is tried now. */
  begin(what: What): void {
    this.#againAtMs.set(what, this.#nowMs() + this.#retryMs);
  }
}
