// Snapshots of partitions: who begins with one, what the log gives back, and what happens when one cannot be used.

import { afterEach, describe, expect, it } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { SnapshotBucket } from "../../src/cluster/snapshot_bucket.ts";
import { type EventLog, LogHole, openJetStreamLog } from "../../src/log/mod.ts";
import { Connection, defaultNatsSettings } from "../../src/nats/mod.ts";
import { natsServerOfFile, newStreamName, optionsFor } from "../log/jetstream/jetstream_fixture.ts";
import {
  CLIENT,
  eventOf,
  type Node,
  newDirectory,
  openNode,
  PARTITIONS,
  removeDirectory,
} from "../runtime/open_node.ts";
import { type RunningCluster, startCluster } from "../support/cluster.ts";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad, STEADY_MS } from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { expectExactlyOnce } from "../support/verdict.ts";
import { declareFormat, makeForeign } from "../store/other_version.ts";
import { Registry, type RegistryLink } from "./registry_link.ts";

/** A store format none of whose entries are read. */
const OLDER = 2;
/** Nodes from which one that joins takes over everything. */
const OWNERS = isSoak ? 2 : 1;
const server = natsServerOfFile();
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** Within a time that a loaded machine keeps. */
const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> =>
  expect.poll(read, { timeout: 20_000, interval: 100 });

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface MemberOptions {
  readonly directory?: string;
  readonly logRetention?: "all" | "checkpoint";
}

/** Checkpoints and snapshots follow each other closely, and the log can be cut before every batch. */
async function openMember(stream: string, link: RegistryLink, options: MemberOptions = {}): Promise<Node> {
  const { directory = newDirectory(), logRetention = "checkpoint" } = options;
  cleanups.push(() => removeDirectory(directory));
  const log = await openJetStreamLog(
    optionsFor(server(), stream, { partitions: PARTITIONS, streamBytesMax: 1 << 28, retireBytes: 1, isPartial: true }),
  );
  const settings = { replyTimeoutMs: 5_000, stopTimeoutMs: 5_000, checkpointIntervalMs: 100, snapshotIntervalMs: 0 };
  const node = await openNode(directory, { log, link, settings: { ...settings, logRetention } });
  cleanups.push(() => node.abandon());
  return node;
}

/** An e-mail whose person lives in `partition`. */
function emailIn(partition: number): string {
  for (let i = 0; ; i++) {
    const email = `p${i}@example.com`;
    if (partitionOf(CLIENT, `email/${email}`, PARTITIONS) === partition) return email;
  }
}

async function personIn(node: Node, partition: number): Promise<unknown> {
  const value = emailIn(partition);
  const owner = await node.runtime.query(partition, { kind: "owner_of_key", client: CLIENT, keyType: "email", value });
  if (owner.kind !== "owner" || owner.personId === null) return null;
  const answer = await node.runtime.query(partition, { kind: "person", client: CLIENT, personId: owner.personId });
  return answer.kind === "person" ? answer.person : null;
}

const personsOf = (node: Node): Promise<unknown[]> => Promise.all(all.map((partition) => personIn(node, partition)));

/** Each round is a batch of its own in every partition. */
async function load(node: Node, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const events = all.map((partition) =>
      node.runtime.acceptAndApply(eventOf("converted", { email: emailIn(partition) })),
    );
    for (const applied of await Promise.all(events)) expect(applied).toMatchObject({ errorCode: null });
  }
}

/** Whether the log still has the partition's record `sequence`. */
async function has(log: EventLog, partition: number, sequence: number): Promise<boolean> {
  const from = log.lastSequences().map((_, each) => (each === partition ? sequence : Number.POSITIVE_INFINITY));
  try {
    for await (const _ of log.read(from)) return true;
    return false;
  } catch (error) {
    if (error instanceof LogHole) return false;
    throw error;
  }
}

async function hasAnyFirst(log: EventLog): Promise<boolean> {
  const found = await Promise.all(all.map((partition) => has(log, partition, 1)));
  return found.includes(true);
}

/** One node that owns everything, with events behind it. */
async function openOwner(options: MemberOptions = {}): Promise<{
  registry: Registry;
  stream: string;
  link: RegistryLink;
  owner: Node;
}> {
  const registry = new Registry();
  const stream = newStreamName();
  const link = registry.link();
  link.owns = all;
  const owner = await openMember(stream, link, options);
  await load(owner, 5);
  await eventually(() => registry.snapshots.size).toBe(PARTITIONS);
  return { registry, stream, link, owner };
}

/** Begins with an empty directory. */
async function openFollower(registry: Registry, stream: string): Promise<{ link: RegistryLink; node: Node }> {
  const link = registry.link();
  link.follows = all;
  return { link, node: await openMember(stream, link) };
}

const isCaughtUp = (link: RegistryLink): boolean =>
  all.every((partition) => link.hosted.get(partition)?.isCaughtUp === true);

/** Changes one bit of every snapshot. */
function damage(registry: Registry): void {
  for (const [partition, { position, bytes }] of registry.snapshots) {
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    registry.snapshots.set(partition, { position, bytes: damaged });
  }
}

describe("snapshots", { timeout: 60_000 }, () => {
  it("a node with an empty directory goes on from them when the log no longer has the beginning", async () => {
    const { registry, stream, owner } = await openOwner();
    await eventually(() => hasAnyFirst(owner.log)).toBe(false);
    await load(owner, 2);
    const before = await personsOf(owner);
    const { link, node } = await openFollower(registry, stream);
    await eventually(() => isCaughtUp(link)).toBe(true);
    for (const partition of all) registry.give(partition, link);
    await eventually(() => personsOf(node)).toEqual(before);
    // It owns what it took over: events are applied, and it makes the snapshots from now on.
    const positions = new Map([...registry.snapshots].map(([partition, { position }]) => [partition, position]));
    await load(node, 2);
    await eventually(() =>
      all.every((each) => (registry.snapshots.get(each)?.position ?? 0) > (positions.get(each) ?? 0)),
    ).toBe(true);
    expect([...owner.failures, ...node.failures]).toEqual([]);
    expect(node.runtime.metrics()).toMatchObject({ snapshotsFailed: 0 });
    expect(node.runtime.metrics().snapshots).toBeGreaterThanOrEqual(PARTITIONS);
  });

  it("a node whose checkpoints are older than the log goes on from them, and nothing of its old state is left", async () => {
    const { registry, stream, owner } = await openOwner({ logRetention: "all" });
    const directory = newDirectory();
    const first = registry.link();
    first.follows = all;
    const sleeper = await openMember(stream, first, { directory });
    await eventually(() => isCaughtUp(first)).toBe(true);
    await sleeper.stop();
    const ends = owner.log.lastSequences();
    await load(owner, 5);
    await eventually(() =>
      all.every((each) => (registry.snapshots.get(each)?.position ?? 0) > (ends[each] ?? 0) + 1),
    ).toBe(true);
    await owner.log.retire(all.map((each) => (registry.snapshots.get(each)?.position ?? 0) + 1));
    for (const partition of all) expect(await has(owner.log, partition, (ends[partition] ?? 0) + 1)).toBe(false);
    const before = await personsOf(owner);
    const again = registry.link();
    again.follows = all;
    const woken = await openMember(stream, again, { directory });
    await eventually(() => isCaughtUp(again)).toBe(true);
    for (const partition of all) registry.give(partition, again);
    await eventually(() => personsOf(woken)).toEqual(before);
    await load(woken, 1);
    expect(woken.failures).toEqual([]);
  });

  it("stores of an earlier format are replaced by snapshots; without those, beside a log that was cut, it is said what is missing", async () => {
    const { registry, stream, link, owner } = await openOwner({ logRetention: "all" });
    const directory = newDirectory();
    const first = registry.link();
    first.follows = all;
    const sleeper = await openMember(stream, first, { directory });
    await eventually(() => isCaughtUp(first)).toBe(true);
    await sleeper.stop();
    await owner.log.retire(all.map((each) => (registry.snapshots.get(each)?.position ?? 0) + 1));
    for (const partition of all) expect(await has(owner.log, partition, 1)).toBe(false);
    const before = await personsOf(owner);
    const age = async (): Promise<void> => {
      for (const partition of all) {
        await makeForeign(directory, partition);
        await declareFormat(directory, partition, OLDER);
      }
    };

    await age();
    const again = registry.link();
    again.follows = all;
    const woken = await openMember(stream, again, { directory });
    await eventually(() => isCaughtUp(again)).toBe(true);
    for (const partition of all) registry.give(partition, again);
    await eventually(() => personsOf(woken)).toEqual(before);
    expect(woken.failures).toEqual([]);
    await woken.stop();

    await age();
    damage(registry);
    const last = registry.link();
    last.follows = all;
    for (const partition of all) registry.give(partition, link);
    const lost = await openMember(stream, last, { directory });
    await eventually(() => lost.failures).not.toEqual([]);
    expect(lost.failures[0]?.error.message).toMatch(
      /partition \d: its state has store format \d+, which this version makes anew from the log, but the log begins at record \d+/,
    );
  });

  it("with logRetention all the log keeps everything", async () => {
    const { owner } = await openOwner({ logRetention: "all" });
    await load(owner, 2);
    for (const partition of all) expect(await has(owner.log, partition, 1)).toBe(true);
  });

  it("a damaged snapshot is not used: what the log still has is replayed from the first record", async () => {
    const { registry, stream, owner } = await openOwner({ logRetention: "all" });
    const before = await personsOf(owner);
    damage(registry);
    const { link, node } = await openFollower(registry, stream);
    await eventually(() => isCaughtUp(link)).toBe(true);
    for (const partition of all) registry.give(partition, link);
    await eventually(() => personsOf(node)).toEqual(before);
    expect(node.failures).toEqual([]);
  });

  it.each([
    ["damaged", damage],
    ["missing", (registry: Registry) => registry.snapshots.clear()],
  ])("F4 with a hole in the log and a %s snapshot the node fails with a sentence", async (_how, spoil) => {
    const { registry, stream, owner } = await openOwner();
    await eventually(() => hasAnyFirst(owner.log)).toBe(false);
    await owner.stop();
    spoil(registry);
    registry.give(0, registry.link());
    const link = registry.link();
    link.follows = [0];
    link.owns = all.slice(1);
    await expect(openMember(stream, link)).rejects.toThrow(/partition \d cannot be followed: no usable snapshot/);
  });

  it("F4 a snapshot of another log is refused", async () => {
    const { registry } = await openOwner();
    const { node } = await openFollower(registry, newStreamName());
    await eventually(() => node.failures).not.toEqual([]);
    expect(node.failures[0]?.error.message).toMatch(/log ends at 0, its snapshot reflects \d+/);
  });
});

describe("the bucket of snapshots", () => {
  async function openBucket(): Promise<SnapshotBucket> {
    const connection = await Connection.open({ ...defaultNatsSettings, servers: [server().address] }, "test");
    cleanups.push(() => connection.close());
    return SnapshotBucket.open(connection, { bucket: newStreamName(), replicas: 1 });
  }

  const yes = (): boolean => true;

  it("gives back what was put, many pieces or none", async () => {
    const bucket = await openBucket();
    expect(await bucket.get(0)).toBeNull();
    const bytes = new Uint8Array(700_001).map((_, i) => i % 251);
    expect(await bucket.put(0, { position: 5, bytes }, yes)).toBe(true);
    const found = await bucket.get(0);
    expect(found?.position).toBe(5);
    expect(Buffer.compare(found?.bytes ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(await bucket.get(1)).toBeNull();
  });

  it("S1 a snapshot is replaced by a newer one only, and only by who still owns the partition", async () => {
    const bucket = await openBucket();
    const put = (position: number, isWanted = yes): Promise<boolean> =>
      bucket.put(3, { position, bytes: Buffer.from(`at ${position}`) }, isWanted);
    expect(await put(10)).toBe(true);
    expect([await put(9), await put(10), await put(11, () => false)]).toEqual([false, false, false]);
    expect(await put(12)).toBe(true);
    const found = await bucket.get(3);
    expect([found?.position, Buffer.from(found?.bytes ?? "").toString()]).toEqual([12, "at 12"]);
  });

  it("S1 of two that are put at the same time, one is refused or both are in order", async () => {
    const bucket = await openBucket();
    const outcomes = await Promise.allSettled(
      [7, 8].map((position) => bucket.put(0, { position, bytes: Buffer.from(String(position)) }, yes)),
    );
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    const found = await bucket.get(0);
    expect(Buffer.from(found?.bytes ?? "").toString()).toBe(String(found?.position));
  });
});

describe("a cluster of processes", () => {
  /** Its nodes' own log, as a node would open it. */
  async function openLogOf({ nats, name }: RunningCluster, partitions: number): Promise<EventLog> {
    const [first] = nats;
    if (first === undefined) throw new Error("there is a server");
    const names = { stream: `${name}-log`, subjectPrefix: `${name}.log` };
    const log = await openJetStreamLog(optionsFor(first, names.stream, { ...names, partitions }));
    cleanups.push(() => log.close());
    return log;
  }

  it("a node that joins with an empty directory after the log was cut takes over everything", {
    timeout: 120_000,
  }, async () => {
    const partitions = 4;
    const environment = {
      LAUREL_PARTITIONS: String(partitions),
      LAUREL_LOG_RETENTION: "checkpoint",
      LAUREL_SNAPSHOT_INTERVAL_MS: "1000",
    };
    const cluster = await startCluster(OWNERS, { environment });
    cleanups.push(() => cluster.dispose());
    const sent = new SentOrders();
    const loadUntil = async (url: string, round: number, isEnough: () => Promise<unknown>): Promise<void> => {
      const load = startLoad({
        url,
        sent,
        connections: 4,
        paceMs: STEADY_MS,
        round,
        persons: 40,
        path: "/v6/events",
      });
      await isEnough();
      await load.stop();
    };
    const some = (): Promise<void> => moreAcknowledged(sent, 40);
    const owners = [...cluster.nodes];
    const [a, b = a] = owners;
    if (a === undefined || b === undefined) throw new Error("there is a node");
    await registerAdvocate(a.process().url);
    await loadUntil(a.process().url, 0, some);
    // A node knows where the log can be cut from what passes after its start.
    for (const node of owners) {
      await node.stop();
      await node.restart();
    }
    const log = await openLogOf(cluster, partitions);
    const cut = async (): Promise<number> =>
      (await Promise.all(log.lastSequences().map(async (last, each) => last > 0 && !(await has(log, each, 1))))).filter(
        Boolean,
      ).length;
    await loadUntil(b.process().url, 1, async () => {
      await some();
      await eventually(cut).toBeGreaterThan(1);
    });
    const joined = await cluster.join();
    await loadUntil(joined.process().url, 2, some);
    await Promise.all(owners.map((node) => node.kill()));
    await loadUntil(joined.process().url, 3, some);
    expect(joined.process().output()).toContain("snapshot_restored");
    await expectExactlyOnce(joined.process().url, sent);
  });
});
