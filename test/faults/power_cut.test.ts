// The power goes while the server acknowledges. Only this test tells fdatasync from hope.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad } from "../support/load.ts";
import { openPowerCutDisk, type PowerCutDisk } from "../support/power_cut.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { startServer } from "../support/server_process.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

const rounds = isSoak ? 20 : 1;
let disk: PowerCutDisk | null = null;

afterEach(() => {
  disk?.dispose();
  disk = null;
});

test("control: a writer that does not sync loses what it wrote", { timeout: 60_000 }, async () => {
  disk = openPowerCutDisk(64);
  const file = join(disk.path, "unsynced");
  const script = `const fs=require("fs");const fd=fs.openSync(process.argv[1],"w");for(let i=0;i<1000;i++)fs.writeSync(fd,"acknowledged\\n");console.log("written");setInterval(()=>{},1000)`;
  const writer = spawn(process.execPath, ["-e", script, file], { stdio: ["ignore", "pipe", "inherit"] });
  await once(writer.stdout, "data");
  const after = disk.cut([writer.pid ?? -1]);
  const survived = existsSync(join(after, "unsynced")) ? readFileSync(join(after, "unsynced")).length : 0;
  expect(survived).toBe(0);
});

test.each(Array.from({ length: rounds }, (_, round) => round))(
  "cut %i: nothing acknowledged is lost",
  { timeout: 120_000 },
  async (round) => {
    disk = openPowerCutDisk(512);
    const environment = { LAUREL_SEGMENT_BYTES: String(8 << 20), LAUREL_CHECKPOINT_INTERVAL_MS: "200" };
    const server = await startServer({ dataDirectory: join(disk.path, "data"), environment });
    await registerAdvocate(server.url);
    const sent = new SentOrders();
    const load = startLoad({
      url: server.url,
      sent,
      connections: 32,
      round,
      persons: 40,
      path: "/v6/async-events",
    });
    await moreAcknowledged(sent, 50);
    await pause(Math.random() * 1000);
    const after = disk.cut([server.pid]);
    await load.stop();
    const again = await startHere({ dataDirectory: join(after, "data"), environment });
    await expectExactlyOnce(again.url, sent);
    await again.abandon();
  },
);
