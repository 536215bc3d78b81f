// Webhooks in a cluster: only the owner of a partition makes its calls, and whoever takes over goes on with them, under the same keys. Whether the one
// before it is dead or sleeps, and wakes up in the middle of a call that is not its own any more.

import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { timedAnswer } from "../support/answers.ts";
import { type ClusterNode, type RunningCluster, startCluster } from "../support/cluster.ts";
import { clusterView, ownedBy } from "../support/cluster_status.ts";
import { isSoak } from "../support/profile.ts";
import { startReceiver } from "../support/receiver.ts";
import { CATCH_UP_MS, expectAllTold, moody, programsWith, sends, type Told } from "../support/told.ts";

const rounds = isSoak ? 20 : 1;
/** A look at who owns what takes a connection of its own. */
const patience = { timeout: 40_000, interval: 300 } as const;

interface Fault {
  readonly what: string;
  /** Resolves when the victim is at work again. */
  readonly endure: (victim: ClusterNode, cluster: RunningCluster) => Promise<void>;
}

const faults: readonly Fault[] = [
  {
    what: "killed",
    endure: async (victim) => {
      await victim.kill();
      await victim.restart();
    },
  },
  {
    what: "asleep beyond its lease",
    endure: async (victim, cluster) => {
      const owned = async (): Promise<number> => ownedBy(await clusterView(cluster), victim.name).length;
      await expect.poll(owned, patience).toBeGreaterThan(0);
      process.kill(victim.process().pid, "SIGSTOP");
      await expect.poll(owned, patience).toBe(0);
      process.kill(victim.process().pid, "SIGCONT");
      const status = async (): Promise<number> => (await timedAnswer(victim.process().url, "/readyz")).status;
      await expect.poll(status, patience).toBe(200);
    },
  },
];

test(`${rounds} of each fault of a node while webhooks go out: nothing is lost, nothing told under two keys`, {
  timeout: 90_000 + faults.length * (rounds * 60_000 + CATCH_UP_MS),
}, async () => {
  const told = new Map<string, Told>();
  const receiver = await startReceiver(moody(told));
  onTestFinished(() => receiver.stop());
  const environment = {
    LAUREL_PROGRAMS: programsWith(receiver.url),
    LAUREL_OUTGOING_ALLOW: "127.0.0.1",
    LAUREL_PARTITIONS: "4",
    LAUREL_DELIVERY_TIMEOUT_MS: "2000",
  };
  const cluster = await startCluster(2, { environment });
  onTestFinished(() => cluster.dispose());
  const victim = cluster.nodes[1];
  if (victim === undefined) throw new Error("two nodes were started");
  // One after the other on the same nodes, which are at work again after each.
  for (const { what, endure } of faults) {
    const acknowledged = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const over = new AbortController();
      const senders = Array.from({ length: 4 }, (_, n) =>
        sends(victim.process().url, acknowledged, `${what.replaceAll(" ", "-")}-r${round}-${n}`, over.signal),
      );
      // On a busy machine the first answers take longer than the pause.
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, patience).toBeGreaterThan(before + 2);
      await pause(500 + Math.random() * 500);
      await endure(victim, cluster);
      over.abort();
      await Promise.all(senders);
    }
    await expectAllTold(told, acknowledged);
    expect(acknowledged.size, what).toBeGreaterThan(rounds * 2);
  }
});
