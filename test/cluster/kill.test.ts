// Nodes die at random moments under load, and come back.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, test } from "vitest";
import { beginBatch, expectEachRowOnce } from "../support/batches.ts";
import { LEASE_MS, type RunningCluster, startCluster } from "../support/cluster.ts";
import {
  SentOrders,
  moreAcknowledged,
  registerAdvocate,
  type RunningLoad,
  startLoad,
  STEADY_MS,
} from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

const rounds = isSoak ? 20 : 1;
/** Of two, the one that is left takes over all; soaked, two share what the third had. */
const NODES = isSoak ? 3 : 2;

/** Of a batch that goes on meanwhile. */
const ROWS = 1_000 * (rounds + 1);
const PEOPLE = 250;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

function loadOn({ nodes }: RunningCluster, sent: SentOrders, round: number): RunningLoad[] {
  return nodes.map((node, i) =>
    startLoad({
      url: node.process().url,
      sent,
      connections: 4,
      paceMs: STEADY_MS,
      round: round * 10 + i,
      persons: 40,
      path: (round + i) % 2 === 0 ? "/v6/async-events" : "/v6/events",
    }),
  );
}

test(`${rounds} kills of a node under load: every acknowledged event once, rewards of an undisturbed run`, {
  timeout: 60_000 + rounds * 30_000,
}, async () => {
  cluster = await startCluster(NODES, { environment: { LAUREL_WORKERS: "2" } });
  const { nodes } = cluster;
  const sent = new SentOrders();
  const url = nodes[0]?.process().url ?? "";
  await registerAdvocate(url);
  const batch = await beginBatch(url, ROWS, PEOPLE);
  for (let round = 0; round < rounds; round++) {
    const loads = loadOn(cluster, sent, round);
    await moreAcknowledged(sent, 30);
    await pause(Math.random() * 300);
    const victim = nodes[Math.floor(Math.random() * nodes.length)];
    await victim?.kill();
    // Back before its lease has run out, or after.
    await pause(Math.random() * 2 * LEASE_MS);
    await Promise.all(loads.map((load) => load.stop()));
    await victim?.restart();
  }
  for (const node of nodes) await expectExactlyOnce(node.process().url, sent);
  await expectEachRowOnce(nodes[0]?.process().url ?? "", batch, ROWS, PEOPLE);
});
