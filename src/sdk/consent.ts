// Consent: until it is there, nothing is sent.

export class Consent {
  #isGiven: boolean;
  #waiting: (() => void)[] = [];

  constructor(isGiven: boolean) {
    this.#isGiven = isGiven;
  }

  get isGiven(): boolean {
    return this.#isGiven;
  }

  /** At once, or as soon as it is given. */
  whenGiven(run: () => void): void {
    if (this.#isGiven) run();
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(run);
  }

  grant(): void {
    this.#isGiven = true;
    for (const run of this.#waiting.splice(0)) run();
  }

  revoke(): void {
    this.#isGiven = false;
    this.#waiting = [];
  }
}

/** Calls that wait for a visitor who says neither yes nor no. */
const WAITING_MAX = 100;
