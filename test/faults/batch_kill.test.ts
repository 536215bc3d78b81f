// kill -9 in the middle of a batch: it goes on where it was, and each row is an event once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { beginBatch, expectEachRowOnce, untilDone } from "../support/batches.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { startServer } from "../support/server_process.ts";
import { expectSameReplayed } from "../support/verdict.ts";

const kills = isSoak ? 20 : 1;
const ROWS = 1_000 * (kills + 1);
const PEOPLE = 250;

test(`${kills} kills in the middle of a batch`, { timeout: 60_000 + kills * 30_000 }, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-batch-"));
  let id = "";
  for (let kill = 0; kill < kills; kill++) {
    const environment = { LAUREL_CHECKPOINT_INTERVAL_MS: "150", LAUREL_WORKERS: "2" };
    const server = await startServer({ dataDirectory, environment });
    if (kill === 0) id = await beginBatch(server.url, ROWS, PEOPLE);
    const { success_rows } = await untilDone(server.url, id, 1);
    await untilDone(server.url, id, success_rows + 100);
    await server.kill();
  }
  const server = await startHere({ dataDirectory });
  await expectEachRowOnce(server.url, id, ROWS, PEOPLE);
  await server.stop();
  expectSameReplayed(dataDirectory);
  rmSync(dataDirectory, { recursive: true, force: true });
});
