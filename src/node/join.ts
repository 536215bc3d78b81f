// Join: makes a node part of a cluster: the shared log, and the link through which its runtime knows the others.

import { WrongSetting } from "../base/wrong_setting.ts";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { Channel } from "../cluster/channel.ts";
import { type Cluster, defaultClusterSettings, openCluster } from "../cluster/mod.ts";
import { ProgramBucket } from "../cluster/program_bucket.ts";
import { SnapshotBucket } from "../cluster/snapshot_bucket.ts";
import { logKeptMs } from "./log_kept.ts";
import { VERSION } from "./version.ts";
import type { Settings } from "../config/mod.ts";
import { defaultJetStreamLogSettings, type EventLog, type LogNotice, openJetStreamLog } from "../log/mod.ts";
import { Connection, type NatsSettings, parseNatsUrl } from "../nats/mod.ts";
import type { ClusterLink } from "../runtime/mod.ts";

export interface LinkOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly onFailure: (error: Error) => void;
}

export interface SharedLogOptions {
  readonly settings: Settings;
  readonly onNotice: (notice: LogNotice) => void;
  readonly onFailure: (error: Error) => void;
}

/** Heartbeats in one lease: two may be lost. */
const HEARTBEATS_PER_LEASE = 3;
/** What others wait beyond a lease, as a share of it. */
const GRACE_SHARE = 0.2;
/** How long a node tries to get in, at least: more than a lease and its grace twice, for nodes of an earlier version that were killed and for the one of its name. */
const LEASES_PER_OPENING = 3;

/** Null: a node alone. Throws with a sentence when the address is none. */
export function natsSettings(settings: Settings): NatsSettings | null {
  if (settings.natsUrl === null) return null;
  const parsed = parseNatsUrl(settings.natsUrl);
  if (!parsed.ok) throw new WrongSetting(`natsUrl (LAUREL_NATS_URL): ${parsed.error}`);
  return parsed.value;
}

export function openSharedLog(
  nats: NatsSettings,
  { settings, onNotice, onFailure }: SharedLogOptions,
): Promise<EventLog> {
  return openJetStreamLog({
    ...defaultJetStreamLogSettings,
    ...nats,
    stream: `${settings.cluster}-log`,
    subjectPrefix: `${settings.cluster}.log`,
    replicas: settings.natsReplicas,
    pendingBytesMax: settings.logPendingBytesMax,
    partitions: settings.partitions,
    keepMs: logKeptMs(settings),
    isPartial: true,
    onFailure,
    onNotice,
  });
}

export async function openLink(nats: NatsSettings, { settings, logger, onFailure }: LinkOptions): Promise<ClusterLink> {
  const cluster = await openCluster({
    ...clusterSettings(nats, settings),
    node: settings.node ?? `${hostname().replaceAll(/[^A-Za-z0-9_-]/g, "-")}-${process.pid}`,
    version: VERSION,
    httpAddress: `${settings.host}:${settings.port}`,
    partitions: settings.partitions,
    onFailure,
    onNotice: ({ name, ...notice }) => logger.info(notice, name),
  });
  try {
    const connection = await Connection.open(nats, "laurel-channel");
    const replicas = settings.natsReplicas;
    const programs = await ProgramBucket.open(connection, { bucket: `${settings.cluster}-programs`, replicas });
    const snapshots = await SnapshotBucket.open(connection, { bucket: `${settings.cluster}-snapshots`, replicas });
    return linkOf(cluster, {
      connection,
      programs,
      snapshots,
      channel: new Channel(connection, settings.cluster, cluster.frontNumber),
    });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** As all nodes of the cluster must have them. */
export function clusterSettings(nats: NatsSettings, settings: Settings): typeof defaultClusterSettings {
  return {
    ...defaultClusterSettings,
    ...nats,
    bucket: `${settings.cluster}-cluster`,
    replicas: settings.natsReplicas,
    leaseMs: settings.leaseMs,
    heartbeatMs: Math.floor(settings.leaseMs / HEARTBEATS_PER_LEASE),
    graceMs: Math.ceil(settings.leaseMs * GRACE_SHARE),
    standbys: settings.standbys,
    // A node that crashed and is back waits for the lease that it had.
    openTimeoutMs: Math.max(defaultClusterSettings.openTimeoutMs, settings.leaseMs * LEASES_PER_OPENING),
  };
}

function linkOf(
  cluster: Cluster,
  parts: {
    readonly connection: Connection;
    readonly programs: ProgramBucket;
    readonly snapshots: SnapshotBucket;
    readonly channel: Channel;
  },
): ClusterLink {
  const { connection, programs, snapshots, channel } = parts;
  return {
    frontNumber: cluster.frontNumber,
    isOwner: (partition) => cluster.isOwner(partition),
    ownerOf: (partition) => cluster.ownerOf(partition),
    isConnected: () => cluster.isLeaseValid,
    start: (listener) => cluster.start(listener),
    setHosted: (partition, hosted) => {
      if (hosted !== null) cluster.setHosted(partition, hosted);
    },
    setPrograms: (used) => cluster.setPrograms(used),
    sendReplies: (frontNumber, bytes) => channel.sendReplies(frontNumber, bytes),
    onReplies: (listener) => channel.onReplies(listener),
    tellCrowds: (bytes) => channel.tellCrowds(bytes),
    onCrowds: (listener) => channel.onCrowds(listener),
    ask: (partition, question, timeoutMs) => channel.ask(partition, question, timeoutMs),
    serve: (partition, answer) => channel.serve(partition, answer),
    putProgram: (hash, text) => programs.put(hash, text),
    getProgram: (hash) => programs.get(hash),
    putSnapshot: (partition, position, bytes) =>
      snapshots.put(partition, { position, bytes }, () => cluster.isOwner(partition)),
    getSnapshot: (partition) => snapshots.get(partition),
    async stop() {
      await cluster.stop();
      await connection.close();
    },
  };
}
