// Slots: bounds how many do something at once. First come, first served.

export class Slots {
  #free: number;
  /** Bounded by the number of lanes: each asks for one at a time. */
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return TAKEN;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

const TAKEN: Promise<void> = Promise.resolve();
