// Format of a cluster: what its nodes have to agree on to work side by side, as the description of the bucket says it.
//
//   V1. Nodes of one cluster are of one format. Each applies the records that others wrote, follows partitions that others own, and asks others: one that
//       does not know a message ends at it, and two that make different states of one record no longer hold the same partition.
//   V2. A later format is written into the bucket by the first node that has it, and only while nobody of an earlier one is a member. Who was killed is
//       one until it was silent for a lease and its grace.
//   V3. Nodes of an earlier format are refused by a bucket of a later one; so they are when they start again. What a later one wrote is not touched.

import { ClusterMismatch } from "./errors.ts";

/**
 * Raise it when a node of the version before could not take what this one writes (a message, a question between nodes, a snapshot), or would make another
 * state of a record that both take.
 */
export const CLUSTER_FORMAT = 8;

export interface ClusterDescription {
  readonly format: number;
  readonly partitions: number;
}

export function describeCluster({ format, partitions }: ClusterDescription): string {
  return `laurel cluster, format ${format}, ${partitions} partitions`;
}

/** Null: it describes something else. */
export function readDescription(text: string): ClusterDescription | null {
  const [, format, partitions] = /^laurel cluster, format (\d{1,9}), (\d{1,9}) partitions$/.exec(text) ?? [];
  return format === undefined || partitions === undefined
    ? null
    : { format: Number(format), partitions: Number(partitions) };
}

/** Whether a bucket of this format has to be raised first (V2). Throws `ClusterMismatch` when a later version wrote it (V3). */
export function isFormatBefore(format: number, bucket: string): boolean {
  if (format > CLUSTER_FORMAT) {
    throw new ClusterMismatch(
      `the cluster of bucket ${bucket} is one of a later version (format ${format}, this version knows formats up to ${CLUSTER_FORMAT}): ` +
        "run that version. Nothing was changed.",
    );
  }
  return format < CLUSTER_FORMAT;
}

/** For a bucket that has to be raised, and has members. */
export function stillRunning(bucket: string, nodes: readonly string[]): ClusterMismatch {
  return new ClusterMismatch(
    `the cluster of bucket ${bucket} is run by nodes of an earlier version (${nodes.join(", ")}), which cannot work beside this one: ` +
      "stop all of them, then start this version. Nothing was changed.",
  );
}
