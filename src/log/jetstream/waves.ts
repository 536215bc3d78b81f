// Waves: when what was appended leaves. Hot path.
//
// Under load, what arrives during `waveMs` shares one message a partition; a single event does not wait.
//
//   V1. No wave begins in the turn of the event loop that asked for it: all that this turn appends shares the first batches.

/** A wave of fewer records is no load: the next follows when it likes. */
const WAVE_RECORDS_MIN = 4;

export class Waves {
  readonly #waveMs: number;
  readonly #onWave: () => void;
  #isDue = false;
  #lastMs = 0;
  /** All so far; then how many of them before the last wave, and since the one before it. */
  #records = 0;
  #sentRecords = 0;
  #waveRecords = 0;

  constructor(waveMs: number, onWave: () => void) {
    this.#waveMs = waveMs;
    this.#onWave = onWave;
  }

  /** So many records more wait for a wave. */
  add(records: number): void {
    this.#records += records;
    if (this.#isDue) return;
    this.#isDue = true;
    const waitMs = this.#waveRecords < WAVE_RECORDS_MIN ? 0 : this.#lastMs + this.#waveMs - performance.now();
    // V1
    if (waitMs > 0) setTimeout(this.begin, waitMs);
    else setImmediate(this.begin);
  }

  /** Now, whether one is due or not. */
  readonly begin = (): void => {
    this.#isDue = false;
    this.#lastMs = performance.now();
    this.#waveRecords = this.#records - this.#sentRecords;
    this.#sentRecords = this.#records;
    this.#onWave();
  };
}
