// Settings of the cluster: every bound with its unit and reason. What differs between installations is an option, all else a default.

import { defaultNatsSettings, type NatsSettings } from "../nats/mod.ts";
import type { ClusterNotice } from "./cluster_notice.ts";
import type { ClusterUnavailable } from "./errors.ts";

export interface ClusterSettings extends NatsSettings {
  /** Name of the KV bucket; created when absent. Two clusters on one set of servers need two. */
  readonly bucket: string;
  /** Copies of the bucket: 1, 3 or 5. Only asked for at creation. */
  readonly replicas: number;
  /** Between two heartbeats of a node. A third of the lease, so that one may be lost. */
  readonly heartbeatMs: number;
  /** How long a heartbeat makes its sender an owner, from when it was sent, by the sender's clock. */
  readonly leaseMs: number;
  /** What the others wait beyond the lease, by their clocks: covers clocks that run at different speeds. */
  readonly graceMs: number;
  /** Nodes that follow each partition beside its owner. */
  readonly standbys: number;
  /** A partition without owner waits this long for a node that is caught up; then the wanted owner takes it as it is. */
  readonly takeoverPatienceMs: number;
  /** An owner keeps a partition at least this long before it hands it on: nodes that come and go move nothing back and forth. */
  readonly settleMs: number;
  /** How long the owner may drain before a handover. */
  readonly drainMs: number;
  /** How often a node looks whether something is due. What it hears makes it look at once. */
  readonly tickMs: number;
  /** Without an answer for this long the outcome of a request is unknown. */
  readonly requestTimeoutMs: number;
  /** Between two attempts of what failed: a write, the watch, a return to the cluster. */
  readonly retryMs: number;
  /** `openCluster` gives up after this long; more than the lease and the grace of a process that crashed before. */
  readonly openTimeoutMs: number;
  /** `stop` gives up giving back after this long: the lease runs out by itself. */
  readonly stopTimeoutMs: number;
}

export const defaultClusterSettings: ClusterSettings = {
  ...defaultNatsSettings,
  bucket: "LAUREL_CLUSTER",
  replicas: 1,
  heartbeatMs: 1_000,
  leaseMs: 3_000,
  graceMs: 500,
  standbys: 1,
  takeoverPatienceMs: 10_000,
  settleMs: 5_000,
  drainMs: 5_000,
  tickMs: 50,
  requestTimeoutMs: 1_000,
  retryMs: 200,
  openTimeoutMs: 30_000,
  stopTimeoutMs: 3_000,
};

export interface ClusterOptions extends ClusterSettings {
  /** Name of this node, unique in the cluster: letters, digits, _ and -. */
  readonly node: string;
  /** Of the program, for those who look. */
  readonly version: string;
  /** Where this node takes requests, for those who look: `host:port`. */
  readonly httpAddress: string;
  /** Fixed when the bucket is created; opening with another number is refused. */
  readonly partitions: number;
  /** Called once, when this process cannot be a member any more: it owns nothing and should end. */
  readonly onFailure: (error: ClusterUnavailable) => void;
  readonly onNotice: (notice: ClusterNotice) => void;
}

/** As many as ids can name (`base/ids.ts`). */
const PARTITIONS_MAX = 512;

export function checkClusterSettings(settings: ClusterSettings): void {
  if (settings.servers.length === 0) refuse("servers must name at least one server");
  if (![1, 3, 5].includes(settings.replicas)) refuse(`replicas must be 1, 3 or 5, not ${settings.replicas}`);
  if (!isName(settings.bucket)) refuse(`bucket must consist of letters, digits, _ and -, not ${settings.bucket}`);
  const positive = ["heartbeatMs", "graceMs", "tickMs", "requestTimeoutMs", "retryMs", "stopTimeoutMs"] as const;
  for (const name of positive) if (!(settings[name] >= 1)) refuse(`${name} must be at least 1, not ${settings[name]}`);
  const notNegative = ["takeoverPatienceMs", "settleMs", "drainMs"] as const;
  for (const name of notNegative) if (!(settings[name] >= 0)) refuse(`${name} must not be negative`);
  if (!Number.isInteger(settings.standbys) || settings.standbys < 0) refuse("standbys must be a whole number from 0");
  if (!(settings.leaseMs >= 2 * settings.heartbeatMs)) {
    refuse(`leaseMs (${settings.leaseMs}) must be at least twice heartbeatMs (${settings.heartbeatMs})`);
  }
  if (!(settings.openTimeoutMs > settings.leaseMs + settings.graceMs)) {
    refuse(`openTimeoutMs (${settings.openTimeoutMs}) must be more than leaseMs and graceMs together`);
  }
}

export function checkClusterOptions(options: ClusterOptions): void {
  checkClusterSettings(options);
  const { node, partitions } = options;
  if (!isName(node)) refuse(`node must consist of letters, digits, _ and -, not ${node}`);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    refuse(`partitions must be a whole number from 1 to ${PARTITIONS_MAX}, not ${partitions}`);
  }
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}

function refuse(sentence: string): never {
  throw new RangeError(sentence);
}
