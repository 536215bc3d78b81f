// ThreadWatch: notices a thread that runs and answers nothing any more, which nothing else tells: it neither fails nor ends.
//
//   A1. What counts is questions without an answer, not time: a process that slept as a whole wakes up with threads that never had the time to answer.
//   A2. It begins with the first word of the thread: loading its code takes as long as it takes, and whoever started it waits for that word.

/** Questions in a row that nothing answers. */
const UNANSWERED_MAX = 12;

export class ThreadWatch {
  readonly #ask: () => void;
  readonly #onSilent: () => void;
  readonly #timer: NodeJS.Timeout;
  /** Null before the first word (A2). */
  #unanswered: number | null = null;

  /**
   * @param silenceMs about how long a thread may take for an answer
   * @param ask asks the thread; whatever comes from it is to be told to `heard`
   * @param onSilent called once
   */
  constructor(silenceMs: number, ask: () => void, onSilent: () => void) {
    this.#ask = ask;
    this.#onSilent = onSilent;
    this.#timer = setInterval(() => this.#look(), silenceMs / UNANSWERED_MAX);
    this.#timer.unref();
  }

  heard(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#unanswered === null) return;
    if (this.#unanswered === UNANSWERED_MAX) {
      this.stop();
      return this.#onSilent();
    }
    this.#unanswered++;
    this.#ask();
  }
}
