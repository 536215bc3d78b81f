// Members of a cluster in one process, on a server that all tests of a file share, each test with a bucket of its own.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import {
  type Cluster,
  type ClusterNotice,
  type ClusterOptions,
  defaultClusterSettings,
  type LossReason,
  openCluster,
} from "../../src/cluster/mod.ts";
import type { NatsServer } from "../support/nats_server.ts";

export const PARTITIONS = 12;
/** Nothing here takes longer unless it is broken; a busy machine gets ten times what it needs. */
const WAIT_MS = 15_000;
const POLL_MS = 5;

export const shortWaits = {
  heartbeatMs: 100,
  leaseMs: 400,
  graceMs: 100,
  takeoverPatienceMs: 2_000,
  settleMs: 100,
  drainMs: 1_000,
  tickMs: 10,
  requestTimeoutMs: 300,
  retryMs: 30,
  openTimeoutMs: 10_000,
  stopTimeoutMs: 1_000,
} as const;

export interface LossOfPartition {
  readonly partition: number;
  readonly reason: LossReason;
}

export interface TestMember {
  readonly cluster: Cluster;
  readonly notices: ClusterNotice[];
  readonly failures: Error[];
  readonly hosted: Set<number>;
  /** By partition: the epoch it was told. */
  readonly owned: Map<number, number>;
  readonly losses: LossOfPartition[];
  readonly drained: number[];
  /** Partitions that it owns at this moment. */
  owns(): number[];
}

export function newBucketName(): string {
  return `cluster-${randomBytes(6).toString("hex")}`;
}

export function optionsFor(
  server: NatsServer,
  bucket: string,
  node: string,
  overrides: Partial<ClusterOptions> = {},
): ClusterOptions {
  return {
    ...defaultClusterSettings,
    ...shortWaits,
    servers: [server.address],
    bucket,
    node,
    version: "test",
    httpAddress: `${node}:8080`,
    partitions: PARTITIONS,
    onFailure: () => {},
    onNotice: () => {},
    ...overrides,
  };
}

/** Catches up at once with all that it hosts. Stopped when the test is over. */
export async function openMember(
  server: NatsServer,
  bucket: string,
  node: string,
  overrides: Partial<ClusterOptions> & { readonly catchesUp?: boolean } = {},
): Promise<TestMember> {
  const notices: ClusterNotice[] = [];
  const failures: Error[] = [];
  const { catchesUp = true, ...options } = overrides;
  const cluster = await openCluster(
    optionsFor(server, bucket, node, {
      onFailure: (error) => failures.push(error),
      onNotice: (notice) => notices.push(notice),
      ...options,
    }),
  );
  onTestFinished(() => cluster.stop());
  const member: TestMember = {
    cluster,
    notices,
    failures,
    hosted: new Set(),
    owned: new Map(),
    losses: [],
    drained: [],
    owns: () => Array.from({ length: PARTITIONS }, (_, each) => each).filter((each) => cluster.isOwner(each)),
  };
  cluster.start({
    onHost: (partition) => {
      member.hosted.add(partition);
      setImmediate(() => cluster.setHosted(partition, { position: 7, lag: catchesUp ? 0 : 99, isCaughtUp: catchesUp }));
    },
    onUnhost: (partition) => member.hosted.delete(partition),
    onOwn: (partition, epoch) => {
      if (!member.hosted.has(partition)) throw new Error(`owns ${partition} and does not host it`);
      if (member.owned.has(partition)) throw new Error(`was told twice to own ${partition}`);
      member.owned.set(partition, epoch);
    },
    onLose: (partition, reason) => {
      if (cluster.isOwner(partition) && reason !== "lease_lapsed") throw new Error(`still owns ${partition}`);
      if (!member.owned.delete(partition)) throw new Error(`lost ${partition}, which it was not told to own`);
      member.losses.push({ partition, reason });
    },
    beforeHandOver: async (partition) => {
      await sleep(1);
      if (!cluster.isOwner(partition)) throw new Error(`drains ${partition}, which it does not own`);
      member.drained.push(partition);
    },
  });
  return member;
}

/** Polls until it holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${WAIT_MS} ms in vain: ${what}`);
    await sleep(POLL_MS);
  }
}

export function ownedCounts(members: readonly TestMember[]): number[] {
  return members.map((each) => each.owns().length);
}

/** Every partition has one owner, shares differ by one at most, and every listener was told what is so. */
export function isSettled(members: readonly TestMember[]): boolean {
  const counts = ownedCounts(members);
  const total = counts.reduce((sum, each) => sum + each, 0);
  const isTold = members.every((each) => each.owned.size === each.owns().length);
  return total === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1 && isTold;
}

export function epochsOf(member: TestMember): number[] {
  return member.cluster.view().partitions.map((each) => each.epoch);
}

/** Looks at all members as often as the event loop allows; throws at `end` when two owned a partition at a time. */
export function watchForTwoOwners(members: readonly TestMember[]): { end(): void } {
  const found: string[] = [];
  let isOver = false;
  const look = (): void => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const owners = members.filter((each) => each.cluster.isOwner(partition)).map((each) => each.cluster.node);
      if (owners.length > 1) found.push(`${partition}: ${owners.join()}`);
    }
    if (!isOver) setTimeout(look, 1);
  };
  look();
  return {
    end: () => {
      isOver = true;
      if (found.length > 0) throw new Error(`two owners: ${found.slice(0, 5).join("; ")}`);
    },
  };
}
