// The wall clock jumps ahead, back, and back by a second again and again, under load.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad } from "../support/load.ts";
import { startServer } from "../support/server_process.ts";
import { expectExactlyOnce, expectSameReplayed } from "../support/verdict.ts";

const HOUR_MS = 3_600_000;
const jumpsMs = [0, 72 * HOUR_MS, -2 * HOUR_MS, -1_000, -2_000, -3_000, HOUR_MS, -240 * HOUR_MS, 0];
const clock = pathToFileURL(join(import.meta.dirname, "../../dist/test/support/jumping_clock.js")).href;

test("events are taken and applied once, ids stay unique and grow, and a replay comes to the same state", {
  timeout: 180_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "laurel-clock-"));
  const dataDirectory = join(directory, "data");
  const file = join(directory, "off");
  writeFileSync(file, "0");
  const server = await startServer({
    dataDirectory,
    environment: {
      NODE_OPTIONS: `--import ${clock}`,
      JUMPING_CLOCK_FILE: file,
      LAUREL_CHECKPOINT_INTERVAL_MS: "200",
    },
  });
  await registerAdvocate(server.url);
  const sent = new SentOrders();
  const path = "/v6/events";
  const load = startLoad({ url: server.url, sent, connections: 8, round: 0, persons: 20, paceMs: 50, path });
  const newest: bigint[] = [];
  for (const jumpMs of jumpsMs) {
    writeFileSync(file, String(jumpMs));
    await moreAcknowledged(sent, 15);
    newest.push([...sent.acknowledged.values()].map(BigInt).reduce((last, id) => (id > last ? id : last), 0n));
  }
  await load.stop();
  expect(load.refused()).toBe(0);
  expect(newest).toEqual(newest.toSorted((a, b) => Number(a - b)));
  expect(new Set(newest).size).toBe(jumpsMs.length);
  expect(new Set(sent.acknowledged.values()).size).toBe(sent.acknowledged.size);
  await expectExactlyOnce(server.url, sent);
  expect(await server.stop()).toBe(0);
  expectSameReplayed(dataDirectory);
  rmSync(directory, { recursive: true });
});
