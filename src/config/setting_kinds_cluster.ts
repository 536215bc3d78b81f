// The settings that make a node one of a cluster; part of the table in `setting_kinds.ts`.

import type { SettingKind } from "./setting_kind.ts";

export const clusterSettingKinds = {
  natsUrl: {
    environment: "LAUREL_NATS_URL",
    type: "string",
    default: null,
    unit: "address",
    sentence:
      "Makes this a node of a cluster whose log is NATS JetStream: nats://user:password@host:4222, more hosts after commas; a node alone when not set.",
  },
  natsReplicas: {
    environment: "LAUREL_NATS_REPLICAS",
    type: "integer",
    default: 1,
    unit: "copies",
    minimum: 1,
    maximum: 5,
    sentence: "Copies of the log among the NATS servers when this node creates it: 1, 3 or 5.",
  },
  cluster: {
    environment: "LAUREL_CLUSTER",
    type: "string",
    default: "laurel",
    unit: "name",
    sentence: "Nodes of one name share a log; names keep clusters on the same NATS servers apart.",
  },
  node: {
    environment: "LAUREL_NODE",
    type: "string",
    default: null,
    unit: "name",
    sentence: "This node's name, unique in its cluster; host name and process number when not set.",
  },
  standbys: {
    environment: "LAUREL_STANDBYS",
    type: "integer",
    default: 1,
    unit: "nodes",
    minimum: 0,
    maximum: 8,
    sentence: "Nodes that follow each partition beside its owner, ready to take over.",
  },
  leaseMs: {
    environment: "LAUREL_LEASE_MS",
    type: "integer",
    default: 2_000,
    unit: "ms",
    minimum: 200,
    maximum: 60_000,
    sentence: "How long a node owns its partitions without being heard of by the others.",
  },
} as const satisfies { readonly [name: string]: SettingKind };
