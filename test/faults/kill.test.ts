// kill -9 of the real process at random moments under load, restart, again.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "vitest";
import { beginBatch, expectEachRowOnce } from "../support/batches.ts";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { startServer } from "../support/server_process.ts";
import { expectExactlyOnce, expectSameReplayed } from "../support/verdict.ts";

const rounds = isSoak ? 50 : 2;
/** Of a batch that goes on meanwhile. */
const ROWS = 2_000 * rounds;
const PEOPLE = 250;

test(`${rounds} kills at random moments lose nothing acknowledged and double nothing`, {
  timeout: 60_000 + rounds * 30_000,
}, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-kill-"));
  const sent = new SentOrders();
  let batch = "";
  for (let round = 0; round < rounds; round++) {
    // The same data, whether requests are taken by one thread or by several.
    const environment = {
      LAUREL_CHECKPOINT_INTERVAL_MS: "150",
      LAUREL_WORKERS: "2",
      LAUREL_FRONTS: String(1 + (round % 3)),
    };
    const server = await startServer({ dataDirectory, environment });
    if (round === 0) {
      await registerAdvocate(server.url);
      batch = await beginBatch(server.url, ROWS, PEOPLE);
    }
    const path = round % 2 === 0 ? "/v6/async-events" : "/v6/events";
    const load = startLoad({ url: server.url, sent, connections: 16, round, persons: 40, path });
    await moreAcknowledged(sent, 10);
    await pause(Math.random() * 400);
    await server.kill();
    await load.stop();
  }
  const server = await startHere({ dataDirectory });
  await expectExactlyOnce(server.url, sent);
  await expectEachRowOnce(server.url, batch, ROWS, PEOPLE);
  await server.stop();
  expectSameReplayed(dataDirectory);
  rmSync(dataDirectory, { recursive: true, force: true });
});
