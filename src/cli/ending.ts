// How the process ends when it must not go on.
//
//   E1. A thread that `process.exit` takes down in the middle of an LMDB transaction hangs for ever or aborts (measured with three threads that
//       write without a pause: 19 exits of 40 hung). So the threads are asked to let go of their stores first.
//   E2. A process that was told to end does end, whatever its threads do: what has not let go in time is killed with it.

import { exitCodes } from "./usage.ts";

/** How long threads may take to close their stores, ms: the longest that LMDB holds one is a checkpoint. */
const LET_GO_MS = 5_000;

export class Ending {
  readonly #letGoMs: number;
  #letGo: (isAskedFor: boolean) => Promise<void> = () => Promise.resolve();
  #isBegun = false;

  constructor(letGoMs: number = LET_GO_MS) {
    this.#letGoMs = letGoMs;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** From now on there are stores to let go of. @param letGo is told whether the process ends since somebody asked it to, and with nothing wrong */
  letGoFirst(letGo: (isAskedFor: boolean) => Promise<void>): void {
    this.#letGo = letGo;
  }

  /** Ends the process with `code`, or by SIGKILL (E2). What was asked for first counts. Does not return to what called it: it never resolves. */
  end(code: number): Promise<never> {
    if (!this.#isBegun) {
      this.#isBegun = true;
      const killed = setTimeout(() => process.kill(process.pid, "SIGKILL"), this.#letGoMs);
      this.#letGo(code === exitCodes.ok).then(
        () => process.exit(code),
        (error: unknown) => {
          // Still held: an exit could hang (E1).
          clearTimeout(killed);
          process.stderr.write(`laurel: the stores were not let go of: ${String(error)}\n`);
          process.kill(process.pid, "SIGKILL");
        },
      );
    }
    return new Promise<never>(() => undefined);
  }

  /**
   * Ends the process with 70 when an exception or a rejection reached nobody: after a bug nothing in memory is trusted; the log and the
   * checkpoints are, and the next start uses them. `report` must write before it returns.
   */
  endOnBugs(report: (error: unknown, kind: string) => void): void {
    for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(kind, (error: unknown) => {
        report(error, kind);
        void this.end(exitCodes.internal);
      });
    }
  }
}
