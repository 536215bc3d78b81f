// The disk under a serving process fails for good: the kernel gives the file system up and refuses every write from there on.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { openPowerCutDisk, type PowerCutDisk } from "../support/power_cut.ts";
import { startServer, endOf } from "../support/server_process.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

let disk: PowerCutDisk | null = null;

const settings = { LAUREL_SEGMENT_BYTES: String(8 << 20) };

afterEach(() => {
  disk?.dispose();
  disk = null;
});

test("the log meets it: the process ends with 70 and says why, and what it acknowledged is there on the next start", {
  timeout: 120_000,
}, async () => {
  disk = openPowerCutDisk(512);
  const environment = { ...settings, LAUREL_CHECKPOINT_INTERVAL_MS: "60000" };
  const server = await startServer({ dataDirectory: join(disk.path, "data"), environment });
  await registerAdvocate(server.url);
  const sent = new SentOrders();
  const load = startLoad({
    url: server.url,
    sent,
    connections: 16,
    round: 0,
    persons: 20,
    path: "/v6/async-events",
  });
  await moreAcknowledged(sent, 50);
  execFileSync("mount", ["-o", "remount,abort", disk.path]);
  expect(await endOf(server)).toBe(70);
  await load.stop();
  expect(server.output()).toContain("the log has failed");
  const again = await startHere({ dataDirectory: join(disk.cut([]), "data"), environment });
  await expectExactlyOnce(again.url, sent);
  await again.abandon();
});

test("a checkpoint meets it while nothing is appended: the process ends with 70 as well", {
  timeout: 120_000,
}, async () => {
  disk = openPowerCutDisk(512);
  // The sixteen partitions take turns: every second or so one that is behind is checkpointed, and all of them are behind after a start.
  const environment = { ...settings, LAUREL_CHECKPOINT_INTERVAL_MS: "20000" };
  const server = await startServer({ dataDirectory: join(disk.path, "data"), environment });
  const sent = new SentOrders();
  await registerAdvocate(server.url);
  execFileSync("mount", ["-o", "remount,abort", disk.path]);
  expect(await endOf(server)).toBe(70);
  expect(server.output()).toContain("cannot be checkpointed");
  const again = await startHere({ dataDirectory: join(disk.cut([]), "data"), environment });
  await expectExactlyOnce(again.url, sent);
  await again.abandon();
});
