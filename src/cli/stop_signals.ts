// SIGTERM and SIGINT. The first asks for a graceful stop, a second one of either kind ends the process at once.
//
// Listening begins before the node starts: as process 1 of a container a program without a listener does not get SIGTERM at all.

import type { Ending } from "./ending.ts";
import { exitCodes } from "./usage.ts";

/** Resolves with the first signal. */
export function stopSignal(ending: Ending): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isAsked = false;
    const onSignal = (name: NodeJS.Signals): void => {
      if (isAsked) void ending.end(exitCodes.forced);
      isAsked = true;
      resolve(name);
    };
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  });
}
