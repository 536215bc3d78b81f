// Members of a cluster on a real server: killed, paused, stopped, joined, cut off. Never two owners, always one again soon.

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jetstream } from "@nats-io/jetstream";
import { exitCodeOf, exitCodes } from "../../src/cli/usage.ts";
import { CLUSTER_FORMAT, describeCluster } from "../../src/cluster/cluster_format.ts";
import { NatsBucket } from "../../src/cluster/nats_bucket.ts";
import { Connection, defaultNatsSettings } from "../../src/nats/mod.ts";
import { ClusterMismatch, NodeNameInUse, openCluster, readClusterView } from "../../src/cluster/mod.ts";
import { Line } from "../support/line.ts";
import { type NatsServer, startNatsServer } from "../support/nats_server.ts";
import {
  epochsOf,
  isSettled,
  newBucketName,
  openMember,
  optionsFor,
  PARTITIONS,
  shortWaits,
  type TestMember,
  until,
  watchForTwoOwners,
} from "./cluster_fixture.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.dispose());

async function openThree(bucket: string): Promise<[TestMember, TestMember, TestMember]> {
  const members: [TestMember, TestMember, TestMember] = [
    await openMember(server, bucket, "a"),
    await openMember(server, bucket, "b"),
    await openMember(server, bucket, "c"),
  ];
  await until("three members share the partitions", () => isSettled(members));
  return members;
}

/** As if the process were suspended: nothing of it runs. */
function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("one member owns everything, under epoch 1", async () => {
  const member = await openMember(server, newBucketName(), "a");
  await until("it owns all", () => isSettled([member]));
  expect([...member.owned.values()]).toEqual(Array.from({ length: PARTITIONS }, () => 1));
  expect(member.cluster.frontNumber).toBe(0);
  expect(member.cluster.epochOf(3)).toBe(1);
  expect(member.cluster.ownerOf(3)).toBe("a");
});

test("members get different front numbers; one given back is given out again", async () => {
  const bucket = newBucketName();
  const [a, b, c] = await openThree(bucket);
  expect([a, b, c].map((each) => each.cluster.frontNumber)).toEqual([0, 1, 2]);
  await b.cluster.stop();
  expect((await openMember(server, bucket, "d")).cluster.frontNumber).toBe(1);
});

test("partitions move to a member that joins, one at a time, drained first", async () => {
  const bucket = newBucketName();
  const a = await openMember(server, bucket, "a");
  await until("a owns all", () => isSettled([a]));
  const b = await openMember(server, bucket, "b");
  const watch = watchForTwoOwners([a, b]);
  await until("they share", () => isSettled([a, b]));
  watch.end();
  expect(a.drained.length).toBe(PARTITIONS / 2);
  expect(a.losses.map((each) => each.reason)).toEqual(Array.from({ length: PARTITIONS / 2 }, () => "handed_over"));
  expect(a.losses.map((each) => each.partition)).toEqual(a.drained);
  expect([...b.owned.values()]).toEqual(Array.from({ length: PARTITIONS / 2 }, () => 2));
  // One standby of two members: everybody follows everything.
  expect([a.hosted.size, b.hosted.size]).toEqual([PARTITIONS, PARTITIONS]);
});

test("a member that has not caught up is handed nothing", async () => {
  const bucket = newBucketName();
  const a = await openMember(server, bucket, "a");
  await until("a owns all", () => isSettled([a]));
  const b = await openMember(server, bucket, "b", { catchesUp: false });
  await until("b follows all", () => b.hosted.size === PARTITIONS);
  await until("a heard what b follows", () =>
    a.cluster.view().members.some((each) => each.node === "b" && each.hosts.some((host) => host.lag === 99)),
  );
  expect([a.owns().length, a.drained.length]).toEqual([PARTITIONS, 0]);
});

test("a handover goes on when draining takes too long", async () => {
  const bucket = newBucketName();
  const a = await openCluster(optionsFor(server, bucket, "a", { drainMs: 50 }));
  try {
    a.start({
      onHost: (partition) => a.setHosted(partition, { position: 1, lag: 0, isCaughtUp: true }),
      onUnhost: () => {},
      onOwn: () => {},
      onLose: () => {},
      beforeHandOver: () => new Promise(() => {}),
    });
    await until("a owns all", () => a.view().partitions.every((each) => a.isOwner(each.partition)));
    const b = await openMember(server, bucket, "b");
    await until("b owns half", () => b.owns().length === PARTITIONS / 2);
  } finally {
    await a.stop();
  }
});

test("a member that is killed is replaced within lease and grace, by who has caught up", async () => {
  const bucket = newBucketName();
  const line = await Line.open(server.address);
  const members = [
    await openMember(server, bucket, "a"),
    await openMember(server, bucket, "b"),
    await openMember(server, bucket, "c", { servers: [line.address] }),
  ];
  const [a, b, c] = members;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three members");
  await until("three members share the partitions", () => isSettled(members));
  const before = epochsOf(a);
  const ofC = c.owns();
  const watch = watchForTwoOwners(members);
  line.cut("held");
  const frozenMs = performance.now();
  await until("the others own all", () => a.owns().length + b.owns().length === PARTITIONS);
  expect(performance.now() - frozenMs).toBeGreaterThan(shortWaits.leaseMs - shortWaits.heartbeatMs);
  expect(c.owns()).toEqual([]);
  await until("the others share", () => isSettled([a, b]));
  const after = epochsOf(a);
  for (const [partition, epoch] of after.entries()) expect(epoch).toBeGreaterThanOrEqual(before[partition] ?? 0);
  for (const partition of ofC) expect(after[partition]).toBeGreaterThan(before[partition] ?? 0);

  // What it had sent meanwhile arrives late and changes nothing; it comes back as a new member, with its front number.
  line.heal();
  await until("all three share again", () => isSettled(members));
  watch.end();
  expect(c.notices.map((each) => each.name)).toContain("cluster_expelled");
  expect(c.cluster.frontNumber).toBe(2);
  expect(c.failures).toEqual([]);
  await line.close();
});

test("a process that was paused past its lease owns nothing in its first instruction", async () => {
  const member = await openMember(server, newBucketName(), "a");
  await until("it owns all", () => isSettled([member]));
  blockLoop(shortWaits.leaseMs + 50);
  expect(member.owns()).toEqual([]);
  expect(member.cluster.isLeaseValid).toBe(false);
  expect(member.cluster.epochOf(0)).toBeNull();
  // Nobody took anything meanwhile: it is the owner again, under the same epochs.
  await until("it owns all again", () => isSettled([member]));
  // Once each; a busy machine may have let the lease lapse before.
  expect(member.losses.length).toBeGreaterThanOrEqual(PARTITIONS);
  expect(new Set(member.losses.map(({ reason }) => reason))).toEqual(new Set(["lease_lapsed"]));
  expect([...member.owned.values()]).toEqual(Array.from({ length: PARTITIONS }, () => 1));
});

test("a clean stop is taken over at once", async () => {
  const [a, b, c] = await openThree(newBucketName());
  const watch = watchForTwoOwners([a, b, c]);
  const stopped = b.cluster.stop();
  expect(b.owns()).toEqual([]);
  await stopped;
  await until("the others own all", () => a.owns().length + c.owns().length === PARTITIONS);
  // Nobody had to wait for its silence.
  expect(a.notices).toContainEqual({ name: "cluster_member_gone", node: "b", how: "left" });
  expect(new Set(b.losses.slice(-PARTITIONS / 3).map((each) => each.reason))).toEqual(new Set(["released"]));
  await until("the others share", () => isSettled([a, c]));
  watch.end();
});

test("the server restarts: what was owned is owned again, under the same epochs", async () => {
  const ownServer = await startNatsServer();
  try {
    const bucket = newBucketName();
    const members = [await openMember(ownServer, bucket, "a"), await openMember(ownServer, bucket, "b")];
    const [a, b] = members;
    if (a === undefined || b === undefined) throw new Error("two members");
    await until("they share", () => isSettled(members));
    const before = epochsOf(a);
    const watch = watchForTwoOwners(members);
    for (const end of [() => ownServer.kill(), () => ownServer.stop()]) {
      await end();
      await until("leases run out", () => a.owns().length + b.owns().length === 0);
      await ownServer.restart();
      await until("they share again", () => isSettled(members));
    }
    watch.end();
    expect(epochsOf(a)).toEqual(before);
    expect([...a.failures, ...b.failures]).toEqual([]);
    // Watches work again: what changes is heard.
    await b.cluster.stop();
    await until("a owns all", () => isSettled([a]));
  } finally {
    await ownServer.dispose();
  }
});

test("a bucket that is lost is made anew, and epochs go on growing", async () => {
  const ownServer = await startNatsServer();
  try {
    const bucket = newBucketName();
    const member = await openMember(ownServer, bucket, "a");
    await until("it owns all", () => isSettled([member]));
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const connection = await Connection.open({ ...defaultNatsSettings, servers: [ownServer.address] }, "test");
    await (await jetstreamManager(connection.client)).streams.delete(`KV_${bucket}`);
    await connection.close();
    await until("leases run out", () => member.owns().length === 0);
    await until("it owns all again", () => isSettled([member]));
    expect(Math.min(...member.owned.values())).toBe(2);
  } finally {
    await ownServer.dispose();
  }
});

test("a name is refused while a process of that name is alive, and free when that one is dead", async () => {
  const bucket = newBucketName();
  const line = await Line.open(server.address);
  const first = await openMember(server, bucket, "a", { servers: [line.address] });
  await until("it owns all", () => isSettled([first]));
  const refused = await openMember(server, bucket, "a").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NodeNameInUse);
  expect(exitCodeOf(refused)).toBe(exitCodes.temporary);
  line.cut("held");
  const second = await openMember(server, bucket, "a");
  await until("the second owns all", () => isSettled([second]));
  expect(second.cluster.frontNumber).toBe(0);
  expect(Math.min(...second.owned.values())).toBe(2);
  expect(first.owns()).toEqual([]);
  line.heal();
  await until("the first gives up", () => first.failures.length === 1);
  expect(first.owns()).toEqual([]);
  expect(second.owns().length).toBe(PARTITIONS);
  await line.close();
});

test("a bucket made for another number of partitions is refused", async () => {
  const bucket = newBucketName();
  await openMember(server, bucket, "a");
  await expect(openCluster(optionsFor(server, bucket, "b", { partitions: 5 }))).rejects.toThrow(ClusterMismatch);
});

/** What a node of the version before says, and all that it says of itself there. */
async function memberBefore(bucket: NatsBucket, node: string, revision = 0): Promise<number> {
  const value = {
    node,
    instance: node,
    front: null,
    startedMs: 1,
    version: "0",
    httpAddress: "x",
    hosts: [],
    programs: {},
  };
  const outcome = await bucket.write(`member.${node}`, JSON.stringify(value), revision);
  return outcome.kind === "written" ? outcome.revision : 0;
}

async function describeAs(connection: Connection, bucket: string, format: number): Promise<void> {
  const manager = await jetstream(connection.client).jetstreamManager();
  const description = describeCluster({ format, partitions: PARTITIONS });
  await manager.streams.update(`KV_${bucket}`, { description });
}

test("V1 a bucket whose members are of an earlier version is refused as long as one of them beats, and as it was", async () => {
  const name = newBucketName();
  const connection = await Connection.open({ ...defaultNatsSettings, servers: [server.address] }, "test");
  const bucket = await NatsBucket.open(connection, optionsFor(server, name, "a"), PARTITIONS);
  await describeAs(connection, name, CLUSTER_FORMAT - 1);
  await memberBefore(bucket, "killed");
  let revision = await memberBefore(bucket, "old");
  let isOver = false;
  const beating = (async () => {
    for (; !isOver; await pause(shortWaits.heartbeatMs)) revision = await memberBefore(bucket, "old", revision);
  })();
  const refused = openCluster(optionsFor(server, name, "b"));
  await expect(refused).rejects.toThrow(/earlier version \(killed, old\).*stop all of them.*Nothing was changed/);
  await expect(refused.catch(exitCodeOf)).resolves.toBe(exitCodes.usage);
  // Who reads is no member.
  expect((await readClusterView(optionsFor(server, name, "reader"))).members).toHaveLength(2);
  isOver = true;
  await beating;
  // V2: both were killed; two nodes of this version start at once, and raise it once.
  const [b, c] = await Promise.all([openMember(server, name, "b"), openMember(server, name, "c")]);
  await until("two members share the partitions", () => isSettled([b, c]));
  await connection.close();
});

test("V3 a bucket of a later version is refused with a sentence, and so is one raised for other partitions", async () => {
  const name = newBucketName();
  const connection = await Connection.open({ ...defaultNatsSettings, servers: [server.address] }, "test");
  await NatsBucket.open(connection, optionsFor(server, name, "a"), PARTITIONS);
  await describeAs(connection, name, CLUSTER_FORMAT - 1);
  const other = openCluster(optionsFor(server, name, "b", { partitions: 5 }));
  await expect(other).rejects.toThrow(`described as "laurel cluster, format ${CLUSTER_FORMAT - 1}, ${PARTITIONS} part`);
  await describeAs(connection, name, CLUSTER_FORMAT + 1);
  await expect(openCluster(optionsFor(server, name, "b"))).rejects.toThrow(/later version.*Nothing was changed/);
  await connection.close();
});

test("who is no member reads members, owners, epochs and lags", async () => {
  const bucket = newBucketName();
  const [a] = await openThree(bucket);
  a.cluster.setPrograms({ acme: "0123abcd" });
  await until("it is written", () => a.cluster.view().members.some((each) => "acme" in each.programs));
  const view = await readClusterView(optionsFor(server, bucket, "reader"));
  expect(view.self).toBeNull();
  expect(view.members.map((each) => [each.node, each.front, each.httpAddress])).toEqual([
    ["a", 0, "a:8080"],
    ["b", 1, "b:8080"],
    ["c", 2, "c:8080"],
  ]);
  expect(view.members[0]?.programs).toEqual({ acme: "0123abcd" });
  for (const member of view.members) expect(member.silentMs).toBeGreaterThanOrEqual(0);
  expect(view.partitions.map((each) => each.owner)).toEqual(view.partitions.map((each) => each.wanted));
  for (const each of view.partitions) {
    expect(each).toMatchObject({ isOwnerAlive: true, lag: 0 });
    expect(each.epoch).toBeGreaterThan(0);
  }
  // The servers' bucket answers, the log does not.
  const away = [...a.owned.keys()][0] ?? -1;
  a.cluster.setHosted(away, { position: 7, lag: 0, isCaughtUp: true, isLogAway: true });
  const isAway = (): boolean => a.cluster.view().partitions[away]?.isLogAway === true;
  await until("it is written", isAway);
  const { partitions } = await readClusterView(optionsFor(server, bucket, "reader"));
  expect(partitions[away]).toMatchObject({ owner: "a", lag: null, isLogAway: true });
  expect(partitions.filter((each) => each.isLogAway)).toHaveLength(1);
  await expect(readClusterView(optionsFor(server, newBucketName(), "reader"))).rejects.toThrow(ClusterMismatch);
});

test("a list that is read while its keys are written has each of them once, as it was or as it is", async () => {
  const connection = await Connection.open({ ...defaultNatsSettings, servers: [server.address] }, "test");
  const bucket = await NatsBucket.open(connection, optionsFor(server, newBucketName(), "a"), PARTITIONS);
  const keys = Array.from({ length: 4 }, (_, each) => `member.m${each}`);
  const revisions = new Map<string, number>();
  const write = async (key: string): Promise<void> => {
    const outcome = await bucket.write(key, "x", revisions.get(key) ?? 0);
    if (outcome.kind === "written") revisions.set(key, outcome.revision);
  };
  await Promise.all(keys.map(write));
  let isOver = false;
  const writing = keys.map(async (key) => {
    while (!isOver) {
      await write(key);
      await pause(2);
    }
  });
  for (let i = 0; i < 60; i++) expect((await bucket.list("member")).map(({ key }) => key).toSorted()).toEqual(keys);
  isOver = true;
  await Promise.all(writing);
  expect((await bucket.list("member")).map(({ key }) => key).toSorted()).toEqual(keys);
  await connection.close();
});
