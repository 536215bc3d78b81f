// Who owns what in a running cluster, as its bucket has it: what `laurel cluster status` shows.

import { type ClusterView, defaultClusterSettings, readClusterView } from "../../src/cluster/mod.ts";
import type { RunningCluster } from "./cluster.ts";

/** Past the lines of the nodes, which may be cut. */
export function clusterView({ nats, name }: RunningCluster): Promise<ClusterView> {
  const servers = nats.map(({ address }) => address);
  return readClusterView({ ...defaultClusterSettings, servers, bucket: `${name}-cluster` });
}

export function ownedBy({ partitions }: ClusterView, node: string): number[] {
  return partitions.filter(({ owner }) => owner === node).map(({ partition }) => partition);
}

export function epochsOf({ partitions }: ClusterView): number[] {
  return partitions.map(({ epoch }) => epoch);
}
