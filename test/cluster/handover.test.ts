// A partition is given to another member: drained, or not in time, or not after all.

import { expect, test } from "vitest";
import type { ClusterNotice } from "../../src/cluster/mod.ts";
import { Duties } from "../../src/cluster/duties.ts";
import { Handover } from "../../src/cluster/handover.ts";
import { Lease } from "../../src/cluster/lease.ts";
import { Leases } from "../../src/cluster/leases.ts";
import { Members } from "../../src/cluster/members.ts";
import { partitionKey } from "../../src/cluster/records.ts";
import { MemoryBucket } from "./memory_bucket.ts";

const DRAIN_MS = 5_000;
const LEASE_MS = 60_000;
const PARTITION = 3;

async function open() {
  const clock = { nowMs: 0 };
  const nowMs = (): number => clock.nowMs;
  const notices: ClusterNotice[] = [];
  const onNotice = (notice: ClusterNotice): void => void notices.push(notice);
  const bucket = new MemoryBucket();
  const members = new Members();
  const lease = new Lease(LEASE_MS, nowMs);
  const leases = new Leases({ bucket, node: "a", nowMs, onAnswer: () => undefined, onMemberRead: () => undefined }, 8);
  const hear = (instance: string | null, revision: number): void => {
    const base = { node: "b", front: null, startedMs: 0, version: "", httpAddress: "", hosts: [], programs: {} };
    members.hear("b", instance === null ? null : { ...base, instance }, revision, clock.nowMs);
  };
  hear("b/1", 1);
  lease.extend(0);
  leases.begin("a/1");
  await leases.acquire(PARTITION);
  const drains: ((error?: Error) => void)[] = [];
  const told: string[] = [];
  const duties = new Duties(
    {
      onHost: () => undefined,
      onUnhost: () => undefined,
      onOwn: () => told.push("own"),
      onLose: () => told.push("lose"),
      beforeHandOver: () =>
        new Promise((resolve, reject) => {
          drains.push((error) => (error === undefined ? resolve() : reject(error)));
        }),
    },
    onNotice,
  );
  duties.host(PARTITION);
  const isOwner = (partition: number): boolean => leases.heldEpoch(partition) !== null && lease.isValid;
  const handover = new Handover({ lease, leases, members, isOwner, drainMs: DRAIN_MS, nowMs, onNotice });
  const names = (): string[] => notices.map(({ name }) => name);
  /** Ends the first that has not ended. */
  const drain = (error?: Error): void => drains.shift()?.(error);
  return { clock, bucket, names, lease, leases, duties, told, handover, hear, drain };
}

test("N1 the partition is known while it is handed over, and goes to the instance that it was meant for", async () => {
  const { names, leases, duties, handover, drain } = await open();
  const done = handover.begin(duties, PARTITION, "b");
  expect(handover.partition).toBe(PARTITION);
  expect(leases.heldEpoch(PARTITION)).toBe(1);
  drain();
  await done;
  expect(handover.partition).toBeNull();
  expect(leases.record(PARTITION)).toMatchObject({ node: "b", instance: "b/1", epoch: 2 });
  expect(leases.heldEpoch(PARTITION)).toBeNull();
  expect(names()).toEqual(["cluster_partition_handed_over"]);
});

test("N2 a drain that was given up leaves the next one its deadline when it ends", async () => {
  const { clock, names, leases, duties, handover, drain } = await open();
  const first = handover.begin(duties, PARTITION, "b");
  handover.tick(DRAIN_MS);
  await first;
  clock.nowMs = DRAIN_MS;
  const other = PARTITION + 1;
  await leases.acquire(other);
  duties.host(other);
  const second = handover.begin(duties, other, "b");
  drain();
  await new Promise(setImmediate);
  handover.tick(2 * DRAIN_MS);
  await second;
  expect(names().filter((name) => name === "cluster_drain_incomplete")).toHaveLength(2);
});

test("N2 what does not drain in time, or fails to, goes all the same", async () => {
  const late = await open();
  const done = late.handover.begin(late.duties, PARTITION, "b");
  late.handover.tick(DRAIN_MS - 1);
  expect(late.names()).toEqual([]);
  late.handover.tick(DRAIN_MS);
  await done;
  expect(late.names()).toEqual(["cluster_drain_incomplete", "cluster_partition_handed_over"]);
  const failed = await open();
  const over = failed.handover.begin(failed.duties, PARTITION, "b");
  failed.drain(new Error("no room"));
  await over;
  expect(failed.names()).toEqual(["cluster_drain_incomplete", "cluster_partition_handed_over"]);
});

test("N3 a lease that lapsed meanwhile calls it off, also when it was renewed", async () => {
  const { clock, names, lease, leases, duties, handover, drain } = await open();
  const done = handover.begin(duties, PARTITION, "b");
  clock.nowMs += LEASE_MS;
  lease.extend(clock.nowMs);
  drain();
  await done;
  expect(names()).toEqual(["cluster_handover_called_off"]);
  expect(leases.heldEpoch(PARTITION)).toBe(1);
  expect(handover.partition).toBeNull();
});

test("N3 nothing goes to another instance of the same name; its owner settles anew and is told to go on", async () => {
  const { clock, names, leases, duties, told, handover, hear, drain } = await open();
  const owned = { epoch: 1, gaps: 1 };
  duties.follow(PARTITION, owned, () => "expelled");
  const done = handover.begin(duties, PARTITION, "b");
  clock.nowMs += 10;
  hear("b/2", 2);
  drain();
  await done;
  expect(names()).toEqual(["cluster_handover_called_off"]);
  expect(leases.heldEpoch(PARTITION)).toBe(1);
  expect(leases.heldSinceMs(PARTITION)).toBe(10);
  duties.follow(PARTITION, owned, () => "expelled");
  expect(told).toEqual(["own", "own"]);
});

test("to a member that nobody heard of nothing is handed", async () => {
  const { names, duties, handover } = await open();
  await handover.begin(duties, PARTITION, "c");
  expect([handover.partition, names()]).toEqual([null, []]);
});

test("R2 a node that stops gives back what is its own, and not what another took while it was cut off", async () => {
  const { clock, bucket, leases } = await open();
  const nowMs = (): number => clock.nowMs;
  const others = new Leases({ bucket, node: "b", nowMs, onAnswer: () => undefined, onMemberRead: () => undefined }, 8);
  others.begin("b/1");
  const before = leases.record(PARTITION);
  others.hear(PARTITION, before, before.revision);
  expect(await others.acquire(PARTITION)).toBe(true);
  const taken = others.record(PARTITION);
  leases.hear(PARTITION, taken, taken.revision);
  await leases.release(PARTITION);
  expect((await bucket.read(partitionKey(PARTITION)))?.revision).toBe(taken.revision);
});
