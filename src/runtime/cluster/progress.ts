// Progress: tells the cluster how far this node has followed each partition.
//
//   S4. A follower says that it has caught up when it has, by the word of the log's leader, since this node was cut off last: nobody hands
//       a partition to a node that first has to learn what it missed.

import type { EventLog } from "../../log/mod.ts";
import type { Follower } from "./follower.ts";
import type { ClusterLink } from "./link.ts";

/** How often the cluster is told. */
export const PROGRESS_INTERVAL_MS = 250;

export type Followed = Pick<Follower, "partition" | "position" | "isLive">;

export class Progress {
  readonly #link: Pick<ClusterLink, "isConnected" | "setHosted">;
  readonly #log: Pick<EventLog, "lastSequences" | "whenHeard">;
  readonly #isLogAway: () => boolean;
  /** Followers that have heard of all that the log holds since this node was connected last. */
  #current = new WeakSet<Followed>();
  readonly #hearing = new WeakSet<Followed>();

  constructor(
    link: Pick<ClusterLink, "isConnected" | "setHosted">,
    log: Pick<EventLog, "lastSequences" | "whenHeard">,
    isLogAway: () => boolean,
  ) {
    this.#link = link;
    this.#log = log;
    this.#isLogAway = isLogAway;
  }

  /** S4 */
  report(followers: Iterable<Followed>): void {
    const link = this.#link;
    if (!link.isConnected()) this.#current = new WeakSet();
    const isLogAway = this.#isLogAway();
    const ends = this.#log.lastSequences();
    for (const follower of followers) {
      const { partition, position, isLive } = follower;
      const isCaughtUp = isLive && this.#current.has(follower);
      if (isLive && !isCaughtUp && link.isConnected()) this.#hear(follower);
      const lag = Math.max(0, (ends[partition] ?? 0) - position);
      link.setHosted(partition, { position, lag, isCaughtUp, ...(isLogAway ? { isLogAway } : {}) });
    }
  }

  /** S4. One look at a time; what was cut off meanwhile looks again. */
  #hear(follower: Followed): void {
    if (this.#hearing.has(follower)) return;
    this.#hearing.add(follower);
    const current = this.#current;
    this.#log.whenHeard(follower.partition).then(
      () => {
        current.add(follower);
        this.#hearing.delete(follower);
      },
      // The log is away: asked again at the next turn.
      () => void this.#hearing.delete(follower),
    );
  }
}
