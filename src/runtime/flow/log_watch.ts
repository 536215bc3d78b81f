// LogWatch: notices that the log takes no more, and that it is back, also where nobody appends.

import type { Appender, GroupListener } from "./appender.ts";
import { Unavailable } from "../client.ts";
import type { Readiness } from "../readiness.ts";
import type { RuntimeLogger } from "../runtime.ts";
import { RETRY_MS } from "../settings.ts";
import { tickAt } from "./ticks.ts";

/** Costs a comparison. */
const LOOK_MS = 1_000;

export class LogWatch implements GroupListener {
  readonly #readiness: Readiness;
  readonly #logger: RuntimeLogger;
  readonly #onFinal: (error: Error) => void;
  #probe: NodeJS.Timeout | null = null;
  #look: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(parts: { readiness: Readiness; logger: RuntimeLogger; onFinal: (error: Error) => void }) {
    this.#readiness = parts.readiness;
    this.#logger = parts.logger;
    this.#onFinal = parts.onFinal;
  }

  /** What the log refuses comes by `onProblem`. */
  start(appender: Pick<Appender, "makeRoom">): void {
    this.#look = setInterval(() => {
      try {
        appender.makeRoom(0);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
      }
    }, LOOK_MS);
    this.#look.unref();
  }

  /** @param isFinal the log will not come back */
  onProblem(appender: Appender, isFinal: boolean, reason: string): void {
    const isNew = !this.#readiness.hasLogProblem;
    this.#readiness.logProblem(reason);
    if (isFinal) return this.#onFinal(new Error(reason));
    if (isNew) this.#logger.error({ reason }, "log_unavailable");
    if (!this.#isStopped) this.#probe ??= setTimeout(() => this.#try(appender), RETRY_MS);
  }

  onDurable(): void {
    if (!this.#readiness.hasLogProblem || this.#isStopped) return;
    this.#readiness.logProblem(null);
    this.#logger.info({}, "log_available");
  }

  onDropped(): void {}

  stop(): void {
    this.#isStopped = true;
    if (this.#probe !== null) clearTimeout(this.#probe);
    if (this.#look !== null) clearInterval(this.#look);
  }

  /** A node that nobody sends anything to would never learn that its log is back. A tick without a due timer changes nothing. */
  #try(appender: Appender): void {
    this.#probe = null;
    if (this.#isStopped || !this.#readiness.hasLogProblem) return;
    try {
      appender.append(0, tickAt(Date.now()));
    } catch (error) {
      // The refusal has come by `onProblem` too, which tries again.
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}
