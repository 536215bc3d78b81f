// Courtesy: how a writer that keeps winning holds back for once, because another has asked for its turn (turns.ts).

/** A few round trips. */
const YIELD_MS = 60;

export class Courtesy {
  /** Until then another writer goes first. */
  #untilMs = 0;
  #wake: () => void = () => {};

  get isDue(): boolean {
    return performance.now() < this.#untilMs;
  }

  begin(): void {
    this.#untilMs = performance.now() + YIELD_MS;
  }

  /** Ends the wait, if there is one: somebody else has appended something, or there is no time for it. */
  end(): void {
    this.#wake();
  }

  /** Resolves at its end, or when the other was too slow. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), this.#untilMs - performance.now());
      this.#wake = (): void => {
        clearTimeout(timer);
        this.#wake = (): void => {};
        this.#untilMs = 0;
        resolve();
      };
    });
  }
}
