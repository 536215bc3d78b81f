// Until: waits for what another thread or process does, without a claim about how long that takes.

import { setTimeout as pause } from "node:timers/promises";

/** Nothing takes as long unless it is broken. */
const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** Fails the test when it never comes to that. @param what for the sentence that says so */
export async function until(isSo: () => boolean | Promise<boolean>, what: string = String(isSo)): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; !(await isSo()); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    if (performance.now() > deadlineMs) throw new Error(`not in ${PATIENCE_MS} ms: ${what}`);
    await pause(pauseMs);
  }
}
