// An owner that was asleep beyond its lease, nodes that join and leave: nobody answers for what he does not own, nothing is lost.

import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { LEASE_MS, type RunningCluster, startCluster } from "../support/cluster.ts";
import { type Acknowledged, get, post, registerAdvocate, startLoad } from "../support/load.ts";
import { builtMain } from "../support/server_process.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

interface Status {
  readonly members: readonly { readonly node: string; readonly front: number }[];
  readonly partitions: readonly {
    readonly partition: number;
    readonly owner: string | null;
    readonly epoch: number;
    readonly isOwnerAlive: boolean;
  }[];
}

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

/** What `laurel cluster status --json` says; it ends with 1 while a partition has no living owner. */
function statusOf({ natsUrl, name }: RunningCluster): Status {
  try {
    const text = execFileSync(process.execPath, [builtMain, "cluster", "status", "--json"], {
      env: {
        PATH: process.env["PATH"],
        LAUREL_NATS_URL: natsUrl,
        LAUREL_CLUSTER: name,
        LAUREL_LEASE_MS: String(LEASE_MS),
      },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    return JSON.parse(text) as Status;
  } catch (error) {
    const stdout = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    if (stdout === "") throw error;
    return JSON.parse(stdout) as Status;
  }
}

function ownedBy(status: Status, node: string): number[] {
  return status.partitions.filter(({ owner }) => owner === node).map(({ partition }) => partition);
}

function resume(pid: number): void {
  process.kill(pid, "SIGCONT");
}

test("an owner that slept past its lease neither answers nor takes back what others own now", {
  timeout: 90_000,
}, async () => {
  cluster = await startCluster(2);
  const [asleep, awake] = cluster.nodes;
  if (asleep === undefined || awake === undefined) throw new Error("there are two nodes");
  const running = cluster;
  const acknowledged: Acknowledged = new Map();
  await registerAdvocate(awake.process().url);
  const load = (round: number, url: string): ReturnType<typeof startLoad> =>
    startLoad({ url, acknowledged, connections: 4, round, persons: 40, path: "/v6/events" });
  const before = load(1, asleep.process().url);
  await expect.poll(() => ownedBy(statusOf(running), asleep.name).length, { timeout: 20_000 }).toBeGreaterThan(0);
  process.kill(asleep.process().pid, "SIGSTOP");
  await expect.poll(() => ownedBy(statusOf(running), awake.name).length, { timeout: 20_000 }).toBe(16);
  const epochs = statusOf(running).partitions.map(({ epoch }) => epoch);
  const during = load(2, awake.process().url);
  await pause(1_000);
  resume(asleep.process().pid);
  // Its first words after waking up: it knows that it owns nothing.
  const first = await fetch(`${asleep.process().url}/readyz`).catch(() => null);
  if (first !== null && first.ok) expect(ownedBy(statusOf(running), asleep.name).length).toBeLessThan(16);
  await Promise.all([before.stop(), during.stop()]);
  const after = statusOf(running).partitions.map(({ epoch }) => epoch);
  after.forEach((epoch, partition) => expect(epoch).toBeGreaterThanOrEqual(epochs[partition] ?? 0));
  await expect
    .poll(async () => (await fetch(`${asleep.process().url}/readyz`).catch(() => null))?.status, { timeout: 20_000 })
    .toBe(200);
  for (const node of cluster.nodes) await expectExactlyOnce(node.process().url, acknowledged);
});

test("a node joins and another leaves while traffic flows: partitions move, nothing is lost, and everybody stays reachable", {
  timeout: 120_000,
}, async () => {
  cluster = await startCluster(2);
  const running = cluster;
  const acknowledged: Acknowledged = new Map();
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error("there are two nodes");
  await registerAdvocate(first.process().url);
  const load = startLoad({
    url: first.process().url,
    acknowledged,
    connections: 4,
    round: 1,
    persons: 40,
    path: "/v6/events",
  });
  await pause(500);
  const third = await cluster.join();
  await expect.poll(() => ownedBy(statusOf(running), third.name).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(5);
  expect(await second.stop()).toBe(0);
  await expect
    .poll(() => ownedBy(statusOf(running), first.name).length + ownedBy(statusOf(running), third.name).length, {
      timeout: 20_000,
    })
    .toBe(16);
  const answer = await post(third.process().url, "/v6/events", { event_name: "signed_up", data: { email: "x@y.com" } });
  expect(answer.status).toBe(200);
  await load.stop();
  expect(load.refused(), "requests that were refused").toBe(0);
  expect(acknowledged.size).toBeGreaterThan(50);
  for (const node of [first, third]) await expectExactlyOnce(node.process().url, acknowledged);
  expect(await get(third.process().url, "/v5/persons?identity_key_value=x%40y.com")).toHaveLength(1);
  await second.restart();
});
