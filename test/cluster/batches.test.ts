// A batch in a cluster whose nodes die in the middle of it, each in turn: whoever takes over goes on, and each row is an event once.

import { afterEach, test } from "vitest";
import { beginBatch, expectEachRowOnce, untilDone } from "../support/batches.ts";
import { type RunningCluster, startCluster } from "../support/cluster.ts";

const ROWS = 4_000;
const PEOPLE = 250;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

test("each node dies once in the middle of a batch", { timeout: 120_000 }, async () => {
  cluster = await startCluster(2, { environment: { LAUREL_WORKERS: "1" } });
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error("two nodes");
  const id = await beginBatch(first.process().url, ROWS, PEOPLE);
  await untilDone(first.process().url, id, 100);
  await first.kill();
  const { success_rows } = await untilDone(second.process().url, id, 200);
  await first.restart();
  await untilDone(first.process().url, id, Math.min(ROWS, success_rows + 100));
  await second.kill();
  await expectEachRowOnce(first.process().url, id, ROWS, PEOPLE);
});
