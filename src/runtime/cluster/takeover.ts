// Takeover: what a new owner does before it answers for a partition.
//
//   T1. All that was durable when it became the owner is applied here: it contradicts nothing that the owner before it has said. A standby
//       that follows is not enough: what was appended while it was cut off, or a moment ago, it may not have heard of.
//   T2. A takeover that was lost or repeated meanwhile comes to nothing.

import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog } from "../../log/mod.ts";
import type { RuntimeLogger } from "../runtime.ts";
import type { Follower } from "./follower.ts";

export interface TakeoverParts {
  readonly log: EventLog;
  readonly follower: Follower;
  /** Resolves when the follower's worker has applied all that it was handed up to the call. */
  readonly whenApplied: (partition: number) => Promise<unknown>;
  /** T2 */
  readonly isWanted: () => boolean;
  readonly logger: RuntimeLogger;
}

/** A log that is away comes back by itself, and a question to it takes a round trip. */
const RETRY_MS = 100;

/** Resolves to whether the partition may be answered for; tries for as long as it is wanted. */
export async function takeOver({ log, follower, whenApplied, isWanted, logger }: TakeoverParts): Promise<boolean> {
  const { partition } = follower;
  while (isWanted()) {
    try {
      await log.whenHeard(partition);
      await follower.whenLive();
      if (!isWanted()) return false;
      await whenApplied(partition);
      // It may have fallen behind meanwhile.
      if (follower.isLive) return isWanted();
    } catch (error) {
      if (isWanted()) logger.warn({ partition, reason: String(error) }, "takeover_put_off");
      await sleep(RETRY_MS);
    }
  }
  return false;
}
