// Webhooks in a cluster: only the owner of a partition makes its calls, and whoever takes over goes on with them, under the same keys.

import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startCluster } from "../support/cluster.ts";
import { startReceiver } from "../support/receiver.ts";
import { CATCH_UP_MS, expectAllTold, moody, programsWith, sends, type Told } from "../support/told.ts";

const rounds = process.env["LAUREL_TEST_PROFILE"] === "soak" ? 20 : 2;

test(`${rounds} kills of a node while webhooks go out lose nothing and tell nothing under two keys`, {
  timeout: 90_000 + rounds * 30_000 + CATCH_UP_MS,
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
  const [survivor, victim] = cluster.nodes;
  if (survivor === undefined || victim === undefined) throw new Error("two nodes were started");
  const acknowledged = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const senders = Array.from({ length: 4 }, (_, n) => sends(victim.process().url, acknowledged, `r${round}-${n}`));
    await pause(500 + Math.random() * 500);
    await victim.kill();
    await Promise.all(senders);
    await victim.restart();
  }
  await expectAllTold(told, acknowledged);
  expect(acknowledged.size).toBeGreaterThan(rounds * 2);
});
