// After a bug nothing in memory is trusted: the log and the checkpoints are, and the next start uses them.

import { exitCodes } from "./usage.ts";

/** Ends the process with exit code 70 when an exception or a rejection reached nobody. `report` must write before it returns. */
export function endOnBugs(report: (error: unknown, kind: string) => void): void {
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => {
      report(error, kind);
      process.exit(exitCodes.internal);
    });
  }
}
