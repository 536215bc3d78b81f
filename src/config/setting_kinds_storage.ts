// The settings of what a node keeps: its log, checkpoints and the state in memory; part of the table in `setting_kinds.ts`.

import type { SettingKind } from "./setting_kind.ts";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

export const storageSettingKinds = {
  sync: {
    environment: "LAUREL_SYNC",
    type: "string",
    default: "always",
    unit: "mode",
    values: ["always", "interval", "never"],
    sentence:
      "always: an acknowledged event survives a power cut. interval: it may be lost for syncIntervalMs. never: until the segment is full.",
  },
  syncIntervalMs: {
    environment: "LAUREL_SYNC_INTERVAL_MS",
    type: "integer",
    default: 100,
    unit: "ms",
    minimum: 1,
    maximum: 60_000,
    sentence: "How often the log is synced when sync is `interval`.",
  },
  segmentBytes: {
    environment: "LAUREL_SEGMENT_BYTES",
    type: "integer",
    default: 64 * MiB,
    unit: "bytes",
    // A segment holds a whole commit group, which is a mebibyte at most.
    minimum: 2 * MiB,
    maximum: 1 * GiB,
    sentence: "Size of a log segment; one is prepared ahead, so this much disk is taken early.",
  },
  logPendingBytesMax: {
    environment: "LAUREL_LOG_PENDING_BYTES_MAX",
    type: "integer",
    default: 64 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 1 * GiB,
    sentence: "Bytes that may wait for the disk before events are refused as busy.",
  },
  logRetention: {
    environment: "LAUREL_LOG_RETENTION",
    type: "string",
    default: "all",
    unit: "mode",
    values: ["all", "checkpoint"],
    sentence:
      "all: the log is kept whole, for replay and audits. checkpoint: what every checkpoint, or snapshot in a cluster, covers may go.",
  },
  logKeepDays: {
    environment: "LAUREL_LOG_KEEP_DAYS",
    type: "integer",
    default: null,
    unit: "days",
    minimum: 1,
    maximum: 3_650,
    sentence:
      "With logRetention checkpoint: for so long, and an eighth more at most, the log keeps records nevertheless: for explanations and audits. Not set: no longer than they are needed.",
  },
  checkpointIntervalMs: {
    environment: "LAUREL_CHECKPOINT_INTERVAL_MS",
    type: "integer",
    default: 30_000,
    unit: "ms",
    minimum: 100,
    maximum: 3_600_000,
    sentence: "How often a changing partition is checkpointed: what a crash has to replay.",
  },
  snapshotIntervalMs: {
    environment: "LAUREL_SNAPSHOT_INTERVAL_MS",
    type: "integer",
    default: 600_000,
    unit: "ms",
    minimum: 1000,
    maximum: 86_400_000,
    sentence: "In a cluster: how often a changing partition's snapshot is put where other nodes can get it.",
  },
  checkpointDirtyBytes: {
    environment: "LAUREL_CHECKPOINT_DIRTY_BYTES",
    type: "integer",
    default: 96 * MiB,
    unit: "bytes",
    minimum: 1 * MiB,
    maximum: 16 * GiB,
    sentence: "Changed state in memory at which a checkpoint does not wait for its time.",
  },
  cacheBytes: {
    environment: "LAUREL_CACHE_BYTES",
    type: "integer",
    default: 192 * MiB,
    unit: "bytes",
    minimum: 16 * MiB,
    maximum: 64 * GiB,
    sentence: "State kept in memory, all partitions together; the rest is read from disk when needed.",
  },
} as const satisfies { readonly [name: string]: SettingKind };
