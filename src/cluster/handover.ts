// Handover: gives a partition to another member, drained first.
//
//   N1. One partition at a time.
//   N2. Draining is bounded by `drainMs`; what is not finished then, the new epoch keeps out.
//   N3. Only what is still held as it was before the draining is given away, and only to the instance that it was meant for.

import type { ClusterNotice } from "./cluster_notice.ts";
import type { Duties } from "./duties.ts";
import type { Lease } from "./lease.ts";
import type { Leases } from "./leases.ts";
import type { Members } from "./members.ts";

export interface HandoverParts {
  readonly lease: Lease;
  readonly leases: Leases;
  readonly members: Members;
  readonly isOwner: (partition: number) => boolean;
  readonly drainMs: number;
  readonly nowMs: () => number;
  readonly onNotice: (notice: ClusterNotice) => void;
}

interface Drain {
  readonly deadlineMs: number;
  readonly giveUp: (reason: string) => void;
}

export class Handover {
  readonly #parts: HandoverParts;
  #drain: Drain | null = null;
  #partition: number | null = null;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** The partition that is being handed over; null: none. */
  get partition(): number | null {
    return this.#partition;
  }

  /** N2 */
  tick(nowMs: number): void {
    if (this.#drain !== null && nowMs >= this.#drain.deadlineMs) {
      this.#drain.giveUp(`not drained within ${this.#parts.drainMs} ms`);
    }
  }

  /** N3. Resolves when it is done or called off. */
  async begin(duties: Duties, partition: number, to: string): Promise<void> {
    const { lease, leases, members, isOwner, onNotice } = this.#parts;
    const target = members.get(to)?.value;
    const { gaps } = lease;
    const epoch = leases.heldEpoch(partition);
    if (target === undefined) return;
    this.#partition = partition;
    const failure = await this.#drained(duties, partition);
    if (failure !== null) onNotice({ name: "cluster_drain_incomplete", partition, reason: failure });
    if (!isOwner(partition) || lease.gaps !== gaps || leases.heldEpoch(partition) !== epoch) {
      onNotice({ name: "cluster_handover_called_off", partition, reason: "no longer the owner" });
    } else if (!members.isAlive(to, target.instance)) {
      onNotice({ name: "cluster_handover_called_off", partition, reason: `${to} is gone` });
      leases.resettle(partition);
      duties.askAgain(partition);
    } else if (await leases.handOver(partition, target)) {
      onNotice({ name: "cluster_partition_handed_over", partition, to, epoch: leases.record(partition).epoch });
    }
    this.#partition = null;
  }

  /** N2. Resolves to what went wrong; null: nothing. */
  #drained(duties: Duties, partition: number): Promise<string | null> {
    const { nowMs, drainMs } = this.#parts;
    return new Promise((resolve) => {
      const end = (reason: string | null): void => {
        // One that was given up may end while the next has begun.
        if (this.#drain === drain) this.#drain = null;
        resolve(reason);
      };
      const drain: Drain = { deadlineMs: nowMs() + drainMs, giveUp: end };
      this.#drain = drain;
      void duties.drain(partition).then(end);
    });
  }
}
