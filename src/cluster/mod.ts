// cluster: who owns which partition. The only door of this folder.
//
// It knows names, numbers and times; nothing of the runtime, the engine or the log. What it promises:
//
//   O1. At no instant is `isOwner(p)` true in two processes, whatever is lost, late, paused or cut off, as long as clocks run at the same speed
//       within `graceMs` / `leaseMs`. No two clocks are ever compared.
//   O2. The epoch of a partition grows with every change of its owner and is never used by two processes.
//   O3. Nothing here throws into the event loop: servers that are away are tried again until `stop`.

import type { ClusterOptions, ClusterSettings } from "./settings.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { HostedProgress, Programs } from "./records.ts";

export interface Cluster {
  readonly node: string;
  /** 0 to 510, unique among live members, the same until the process ends. */
  readonly frontNumber: number;
  /** True while the partition's record names this process and its lease is valid at this very call. Cheap: meant for every batch. */
  isOwner(partition: number): boolean;
  /** The epoch to write into effects and checkpoints; null unless `isOwner`. */
  epochOf(partition: number): number | null;
  /** As last heard; it may have changed since. Null: nobody, or nobody heard of. */
  ownerOf(partition: number): string | null;
  /** Whether the lease is valid at this very call: this node was heard of lately. Cheap. */
  readonly isLeaseValid: boolean;
  /** From here on the listener is told what to host and what it owns. Once. */
  start(listener: ClusterListener): void;
  /** What this node's copy of a partition has reached. Sent with the next heartbeat; at once when `isCaughtUp` changed. */
  setHosted(partition: number, progress: HostedProgress): void;
  /** By client: the hash of the program that this node runs. Sent with the next heartbeat. */
  setPrograms(programs: Programs): void;
  /** For people: costs a placement of all partitions. */
  view(): ClusterView;
  /**
   * Owner of nothing from this call on; gives its partitions, its front number and its membership back, so that others need not
   * wait for the lease. Hands nothing over and drains nothing: that is before. Bounded by `stopTimeoutMs`.
   */
  stop(): Promise<void>;
}

/** Calls come one after the other, never from inside a call of `Cluster`. What they throw is a notice. */
export interface ClusterListener {
  /** Follow this partition, and report by `setHosted`. */
  onHost(partition: number): void;
  /** No longer follow it. Never while this node owns it. */
  onUnhost(partition: number): void;
  /** This node owns the partition, which it hosts. The same epoch again after `lease_lapsed` and after a handover that was called off. */
  onOwn(partition: number, epoch: number): void;
  /** It is not the owner any more; `isOwner` said so before. */
  onLose(partition: number, reason: LossReason): void;
  /**
   * Finish what is begun and begin nothing more: the partition goes to another node when this resolves, or after `drainMs`. `onLose`
   * follows; or `onOwn`, when the handover was called off because the other node is gone.
   */
  beforeHandOver(partition: number): Promise<void>;
}

/**
 * handed_over: the record was written for another node. lease_lapsed: no heartbeat came through for `leaseMs`; it may come back.
 * expelled: the others declared this process dead. released: by `stop`.
 */
export type LossReason = "handed_over" | "lease_lapsed" | "expelled" | "released";

export { ClusterMismatch, NodeNameInUse } from "./errors.ts";
export type { ClusterNotice } from "./cluster_notice.ts";
export type { HostedPartition, HostedProgress, Programs } from "./records.ts";
export type { ClusterView, MemberView, PartitionView } from "./cluster_view.ts";
export { type ClusterOptions, type ClusterSettings, defaultClusterSettings } from "./settings.ts";

/**
 * Connects, opens the bucket or creates it, joins as a member and claims a front number. Rejects with `NodeNameInUse` when a process of the
 * same name is alive, `ClusterMismatch` when the bucket was made for something else, and the client's error when no server can be
 * reached. After a crash it waits until the lease of the process before it is over.
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = await import("./cluster.ts");
  return cluster.openCluster(options);
}

/** For who is no member: connects, reads the bucket once, and goes. Rejects with `ClusterMismatch` when there is none. */
export async function readClusterView(settings: ClusterSettings): Promise<ClusterView> {
  const reading = await import("./cluster_reading.ts");
  return reading.readClusterView(settings);
}
