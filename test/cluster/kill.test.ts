// Nodes and NATS servers die at random moments under load, and come back.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type RunningCluster, startCluster } from "../support/cluster.ts";
import { type Acknowledged, registerAdvocate, type RunningLoad, startLoad } from "../support/load.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

const rounds = process.env["LAUREL_TEST_PROFILE"] === "soak" ? 20 : 3;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

function loadOn({ nodes }: RunningCluster, acknowledged: Acknowledged, round: number): RunningLoad[] {
  return nodes.map((node, i) =>
    startLoad({
      url: node.process().url,
      acknowledged,
      connections: 4,
      round: round * 10 + i,
      persons: 40,
      path: (round + i) % 2 === 0 ? "/v6/async-events" : "/v6/events",
    }),
  );
}

test(`${rounds} kills of a node under load: every acknowledged event once, rewards of an undisturbed run`, {
  timeout: 60_000 + rounds * 30_000,
}, async () => {
  cluster = await startCluster(3);
  const { nodes } = cluster;
  const acknowledged: Acknowledged = new Map();
  await registerAdvocate(nodes[0]?.process().url ?? "");
  for (let round = 0; round < rounds; round++) {
    const loads = loadOn(cluster, acknowledged, round);
    await pause(500 + Math.random() * 1_000);
    const victim = nodes[Math.floor(Math.random() * nodes.length)];
    await victim?.kill();
    await pause(Math.random() * 3_000);
    await Promise.all(loads.map((load) => load.stop()));
    await victim?.restart();
  }
  expect(acknowledged.size).toBeGreaterThan(rounds * 20);
  for (const node of nodes) await expectExactlyOnce(node.process().url, acknowledged);
});

test("a NATS server that dies and comes back: nothing acknowledged is lost, and the nodes go on by themselves", {
  timeout: 120_000,
}, async () => {
  cluster = await startCluster(2);
  const { nodes, nats } = cluster;
  const acknowledged: Acknowledged = new Map();
  await registerAdvocate(nodes[0]?.process().url ?? "");
  const loads = loadOn(cluster, acknowledged, 0);
  await pause(1_500);
  await nats[0]?.kill();
  await pause(1_500);
  const before = acknowledged.size;
  await nats[0]?.restart();
  await expect.poll(() => acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(before + 20);
  await Promise.all(loads.map((load) => load.stop()));
  for (const node of nodes) await expectExactlyOnce(node.process().url, acknowledged);
});
