// What the cluster tells the operator without being asked. `name` is the event name in the process log; the rest are its fields.

export type ClusterNotice =
  | { readonly name: "cluster_joined"; readonly node: string; readonly front: number; readonly bucket: string }
  | { readonly name: "cluster_member_joined"; readonly node: string }
  /** left: it said so. silent: it was not heard of for a lease and its grace. */
  | { readonly name: "cluster_member_gone"; readonly node: string; readonly how: "left" | "silent" }
  /** acquired: nobody had it. handed: its owner gave it. */
  | {
      readonly name: "cluster_partition_owned";
      readonly partition: number;
      readonly epoch: number;
      readonly how: "acquired" | "handed";
    }
  | {
      readonly name: "cluster_partition_handed_over";
      readonly partition: number;
      readonly to: string;
      readonly epoch: number;
    }
  | { readonly name: "cluster_handover_called_off"; readonly partition: number; readonly reason: string }
  /** The handover went on: the epoch keeps what is left of the old owner out. */
  | { readonly name: "cluster_drain_incomplete"; readonly partition: number; readonly reason: string }
  /** No heartbeat came through for a lease: owner of nothing until one does. */
  | { readonly name: "cluster_lease_lapsed"; readonly partitions: number }
  | { readonly name: "cluster_lease_renewed"; readonly lapsedMs: number }
  /** The others declared this process dead. It joins again as a new member. */
  | { readonly name: "cluster_expelled"; readonly partitions: number }
  /** Said once until a request is answered again. */
  | { readonly name: "cluster_unreachable"; readonly reason: string; readonly retryMs: number }
  | { readonly name: "cluster_reachable"; readonly awayMs: number }
  | { readonly name: "cluster_entry_unreadable"; readonly key: string; readonly reason: string }
  | {
      readonly name: "cluster_listener_failed";
      readonly call: string;
      readonly partition: number;
      readonly reason: string;
    };
