// Rebalancer: brings what this process follows and owns in line with what it should (`ownership.ts` decides), a step at a time.
//
//   Z1. What is being acquired or handed over is left alone until the outcome is known; what was tried in vain is tried again later.
//   Z2. Of a new bucket nothing is taken until everybody's lease has run out: nothing in it says who owned what.

import type { ClusterNotice } from "./cluster_notice.ts";
import type { Duties } from "./duties.ts";
import type { Handover } from "./handover.ts";
import type { Leases } from "./leases.ts";
import type { Members } from "./members.ts";
import { decide, type OwnershipAction, type PartitionState } from "./ownership.ts";
import { type Placement, place } from "./placement.ts";
import { Retries } from "./retries.ts";
import type { ClusterOptions } from "./settings.ts";

export interface RebalancerParts {
  readonly options: ClusterOptions;
  readonly leases: Leases;
  readonly members: Members;
  readonly handover: Handover;
  readonly nowMs: () => number;
  /** A partition more is followed here. */
  readonly onHosted: () => void;
  readonly onNotice: (notice: ClusterNotice) => void;
}

/** Partitions that are being acquired at a time. */
const ACQUISITIONS_MAX = 64;

export class Rebalancer {
  readonly #parts: RebalancerParts;
  #placement: Placement;
  /** By partition: when it was first seen without an owner; null: it has one. */
  readonly #ownerlessSinceMs: (number | null)[];
  readonly #acquiring = new Set<number>();
  readonly #retries: Retries<number>;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RebalancerParts) {
    const { partitions, retryMs } = parts.options;
    this.#parts = parts;
    this.#placement = place([], partitions);
    this.#ownerlessSinceMs = Array.from({ length: partitions }, () => null);
    this.#retries = new Retries(retryMs, parts.nowMs);
  }

  isAcquiring(partition: number): boolean {
    return this.#acquiring.has(partition);
  }

  /** Z2 */
  acquireNothingFor(ms: number): void {
    this.#quietUntilMs = this.#parts.nowMs() + ms;
  }

  step(duties: Duties, nowMs: number): void {
    for (const action of this.#decide(duties, nowMs)) this.#act(action, duties);
  }

  #decide(duties: Duties, nowMs: number): OwnershipAction[] {
    const { members, leases, handover } = this.#parts;
    const { node, partitions, standbys, takeoverPatienceMs, settleMs } = this.#parts.options;
    if (this.#placement.members !== members.names) this.#placement = place(members.names, partitions);
    const caughtUp = Array.from({ length: partitions }, () => new Set<string>());
    for (const member of members.all) {
      if (member.value.node === node) continue;
      for (const partition of member.caughtUp) caughtUp[partition]?.add(member.value.node);
    }
    const states = caughtUp.map((names, partition): PartitionState => {
      if (duties.isCaughtUp(partition)) names.add(node);
      const record = leases.record(partition);
      const owner = members.isAlive(record.node, record.instance) ? record.node : null;
      const ownerlessSinceMs = owner === null ? (this.#ownerlessSinceMs[partition] ?? nowMs) : null;
      this.#ownerlessSinceMs[partition] = ownerlessSinceMs;
      return {
        isHosted: duties.isHosted(partition),
        caughtUp: names,
        owner,
        isHeld: leases.heldEpoch(partition) !== null,
        heldSinceMs: leases.heldSinceMs(partition),
        ownerlessSinceMs: ownerlessSinceMs ?? nowMs,
      };
    });
    const settings = { standbys, takeoverPatienceMs, settleMs };
    const handingOver = handover.partition;
    return decide({ self: node, nowMs, ...settings, placement: this.#placement, partitions: states, handingOver });
  }

  #act(action: OwnershipAction, duties: Duties): void {
    const { partition } = action;
    switch (action.kind) {
      case "host":
        duties.host(partition);
        this.#parts.onHosted();
        break;
      case "unhost":
        duties.unhost(partition);
        break;
      case "acquire":
        if (this.#mayAcquire(partition)) void this.#acquire(partition);
        break;
      case "handOver":
        void this.#parts.handover.begin(duties, partition, action.to);
        break;
    }
  }

  /** Z1, Z2 */
  #mayAcquire(partition: number): boolean {
    const { handover, nowMs } = this.#parts;
    if (this.#acquiring.has(partition) || this.#acquiring.size >= ACQUISITIONS_MAX) return false;
    return partition !== handover.partition && nowMs() >= this.#quietUntilMs && this.#retries.isDue(partition);
  }

  async #acquire(partition: number): Promise<void> {
    const { leases, onNotice } = this.#parts;
    this.#acquiring.add(partition);
    this.#retries.begin(partition);
    await leases.acquire(partition);
    this.#acquiring.delete(partition);
    const epoch = leases.heldEpoch(partition);
    if (epoch !== null) onNotice({ name: "cluster_partition_owned", partition, epoch, how: "acquired" });
  }
}
