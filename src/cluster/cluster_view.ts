// View: plain data about a cluster, for a status command. Made by a member of what it heard, or by anybody who reads the bucket once. Pure.

import { place } from "./placement.ts";
import type { MemberValue, PartitionValue } from "./records.ts";

export interface ClusterView {
  readonly bucket: string;
  /** The member that made this view; null when it was read from outside. */
  readonly self: { readonly node: string; readonly isLeaseValid: boolean; readonly leaseLeftMs: number } | null;
  /** By name. */
  readonly members: readonly MemberView[];
  readonly partitions: readonly PartitionView[];
}

export interface MemberView extends MemberValue {
  /**
   * Since its last heartbeat: by the clock of the member that made this view; read from outside, by the servers' clock and behind
   * the newest entry of the bucket.
   */
  readonly silentMs: number;
}

export interface PartitionView {
  readonly partition: number;
  /** The node that the record names. */
  readonly owner: string | null;
  /** 0: never owned. */
  readonly epoch: number;
  /** The process that the record names is a member. */
  readonly isOwnerAlive: boolean;
  /** Where it should be, given the members; null without any. */
  readonly wanted: string | null;
  readonly standbys: readonly string[];
  /** Lag of the owner's copy, in records; null when it did not say, or cannot know since its log is away. */
  readonly lag: number | null;
  /** The log is away from the owner: it takes nothing in, and others may have got further. */
  readonly isLogAway: boolean;
  /** Nodes that follow it and have caught up, owner included. */
  readonly caughtUp: readonly string[];
}

export function viewOf(heard: {
  readonly bucket: string;
  readonly self: ClusterView["self"];
  readonly members: readonly MemberView[];
  /** By partition. */
  readonly records: readonly PartitionValue[];
  readonly standbys: number;
}): ClusterView {
  const { bucket, self, records, standbys } = heard;
  const members = heard.members.toSorted((a, b) => (a.node < b.node ? -1 : 1));
  const placement = place(
    members.map((each) => each.node),
    records.length,
  );
  const partitions = records.map((record, partition): PartitionView => {
    const preferences = placement.preferences[partition] ?? [];
    const copyOf = (member: MemberView): MemberView["hosts"][number] | undefined =>
      member.hosts.find((each) => each.partition === partition);
    const owner = members.find((each) => each.node === record.node);
    const owned = owner === undefined ? undefined : copyOf(owner);
    const isLogAway = owned?.isLogAway === true;
    return {
      partition,
      owner: record.node,
      epoch: record.epoch,
      isOwnerAlive: owner !== undefined && owner.instance === record.instance,
      wanted: preferences[0] ?? null,
      standbys: preferences.slice(1, 1 + standbys),
      lag: isLogAway ? null : (owned?.lag ?? null),
      isLogAway,
      caughtUp: members.filter((each) => copyOf(each)?.isCaughtUp === true).map((each) => each.node),
    };
  });
  return { bucket, self, members, partitions };
}
