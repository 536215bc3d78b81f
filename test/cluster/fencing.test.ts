// An owner that was asleep beyond its lease, nodes that join and leave: nobody answers for what he does not own, nothing is lost.

import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type ClusterNode, type RunningCluster, startCluster } from "../support/cluster.ts";
import { clusterView, epochsOf, ownedBy } from "../support/cluster_status.ts";
import { Connection } from "../support/connection.ts";
import { SentOrders, get, moreAcknowledged, post, registerAdvocate, startLoad, STEADY_MS } from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { builtMain } from "../support/server_process.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

/** Nothing takes as long unless it is broken; a look at who owns what takes a connection of its own. */
const patience = { timeout: 60_000, interval: 300 } as const;
/** Odd: the node that joined first is there at the end. */
const rounds = isSoak ? 21 : 1;
/** They move one after the other: few, so that a node has its share soon. */
const PARTITIONS = 6;
const environment = { LAUREL_PARTITIONS: String(PARTITIONS) };
/** They were not there when it fell asleep; so many that each partition has some. */
const newcomers = Array.from({ length: 32 }, (_, n) => `newcomer${n}@awake.example`);
/** For requests to reach a socket on the same machine. */
const ARRIVAL_MS = 200;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

/** What `laurel cluster status --json` says; it ends with 1 while a partition has no living owner. */
function statusOf({ natsUrl, name }: RunningCluster): unknown {
  const env = { PATH: process.env["PATH"], LAUREL_NATS_URL: natsUrl, LAUREL_CLUSTER: name };
  const text = execFileSync(process.execPath, [builtMain, "cluster", "status", "--json"], { env, encoding: "utf8" });
  return JSON.parse(text);
}

function personPath(email: string): string {
  return `/v5/persons?identity_key_value=${encodeURIComponent(email)}`;
}

type Pair = readonly [ClusterNode, ClusterNode];

function resume(pid: number): void {
  process.kill(pid, "SIGCONT");
}

test(`an owner that slept past its lease neither answers nor takes back what others own now; ${rounds} times a node joins and another leaves while traffic flows: partitions move, nothing is lost, everybody stays reachable`, {
  timeout: 300_000 + rounds * 60_000,
}, async () => {
  cluster = await startCluster(2, { environment });
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error("there are two nodes");
  const sent = new SentOrders();
  await registerAdvocate(second.process().url);
  await sleepPastLease(cluster, [first, second], sent);
  await joinAndLeave(cluster, [first, second], sent);
});

/** They come back to where they were: both are ready and own something. */
async function sleepPastLease(running: RunningCluster, [asleep, awake]: Pair, sent: SentOrders): Promise<void> {
  const load = (round: number, url: string): ReturnType<typeof startLoad> =>
    startLoad({ url, sent, connections: 4, paceMs: STEADY_MS, round, persons: 40, path: "/v6/events" });
  const before = load(1, asleep.process().url);
  await expect.poll(async () => ownedBy(await clusterView(running), asleep.name).length, patience).toBeGreaterThan(0);
  const connections = newcomers.map(() => new Connection(asleep.process().url));
  for (const connection of connections) expect((await connection.ask("/healthz")).status).toBe(200);
  process.kill(asleep.process().pid, "SIGSTOP");
  await expect.poll(async () => ownedBy(await clusterView(running), awake.name).length, patience).toBe(PARTITIONS);
  const epochs = epochsOf(await clusterView(running));
  const during = load(2, awake.process().url);
  await moreAcknowledged(sent, 10);
  for (const email of newcomers) {
    const event = { event_name: "signed_up", data: { email } };
    expect((await post(awake.process().url, "/v6/events", event)).status).toBe(200);
  }
  // What it is asked while it sleeps, over connections that it has already, is what it hears first: before any timer of its own, and any word of others.
  const asked = connections.map((connection, n) => connection.ask(personPath(newcomers[n] ?? "")));
  await pause(ARRIVAL_MS);
  resume(asleep.process().pid);
  for (const answer of await Promise.all(asked)) {
    if (answer.status === 200) expect(JSON.parse(answer.body), "an answer from before it slept").toHaveLength(1);
    else expect([429, 503], answer.body).toContain(answer.status);
  }
  for (const connection of connections) connection.close();
  await Promise.all([before.stop(), during.stop()]);
  const after = epochsOf(await clusterView(running));
  after.forEach((epoch, partition) => expect(epoch).toBeGreaterThanOrEqual(epochs[partition] ?? 0));
  await expect
    .poll(async () => (await fetch(`${asleep.process().url}/readyz`).catch(() => null))?.status, patience)
    .toBe(200);
  for (const node of running.nodes) await expectExactlyOnce(node.process().url, sent);
  await expect
    .poll(async () => ownedBy(await clusterView(running), asleep.name).length, patience)
    .toBeGreaterThanOrEqual(2);
}

async function joinAndLeave(running: RunningCluster, [first, second]: Pair, sent: SentOrders): Promise<void> {
  const load = startLoad({
    url: first.process().url,
    sent,
    connections: 4,
    paceMs: STEADY_MS,
    round: 3,
    persons: 40,
    path: "/v6/events",
  });
  await moreAcknowledged(sent, 30);
  const third = await running.join();
  for (let round = 0; round < rounds; round++) {
    const [leaving, staying] = round % 2 === 0 ? [second, third] : [third, second];
    if (round > 0) await staying.restart();
    const owned = async (): Promise<number> => ownedBy(await clusterView(running), staying.name).length;
    await expect.poll(owned, patience).toBeGreaterThanOrEqual(2);
    expect(await leaving.stop()).toBe(0);
    const isLeft = async (): Promise<boolean> => ownedBy(await clusterView(running), leaving.name).length === 0;
    await expect.poll(isLeft, patience).toBe(true);
    expect(statusOf(running)).toMatchObject({
      partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        owner: expect.stringMatching(`^(${first.name}|${staying.name})$`) as string,
        isOwnerAlive: true,
      })),
    });
    await moreAcknowledged(sent, 30);
  }
  const answer = await post(third.process().url, "/v6/events", { event_name: "signed_up", data: { email: "x@y.com" } });
  expect(answer.status).toBe(200);
  await load.stop();
  expect(load.refused(), "requests that were refused").toBe(0);
  for (const node of [first, third]) await expectExactlyOnce(node.process().url, sent);
  expect(await get(third.process().url, "/v5/persons?identity_key_value=x%40y.com")).toHaveLength(1);
}
