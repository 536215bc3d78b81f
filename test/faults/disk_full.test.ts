// The disk fills up under a serving process, then there is room again.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { SentOrders, post, registerAdvocate, startLoad } from "../support/load.ts";
import { openPowerCutDisk, type PowerCutDisk } from "../support/power_cut.ts";
import { startServer } from "../support/server_process.ts";
import { until } from "../support/until.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

let disk: PowerCutDisk | null = null;

afterEach(() => {
  disk?.dispose();
  disk = null;
});

test.each([1, 2])(
  "a full disk, %i front(s): nothing more is acknowledged, /readyz says so, nothing acknowledged is lost, and it goes on by itself",
  {
    timeout: 120_000,
  },
  async (fronts) => {
    disk = openPowerCutDisk(160);
    const environment = {
      LAUREL_SEGMENT_BYTES: String(2 << 20),
      LAUREL_CHECKPOINT_INTERVAL_MS: "500",
      LAUREL_PARTITIONS: "4",
      LAUREL_FRONTS: String(fronts),
    };
    const server = await startServer({ dataDirectory: join(disk.path, "data"), environment });
    await registerAdvocate(server.url);
    const filler = join(disk.path, "filler");
    // Whatever is left goes to the filler; dd ends with an error when the disk is full, which is what it is for.
    expect(() => execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { stdio: "pipe" })).toThrow();
    const sent = new SentOrders();
    const load = startLoad({
      url: server.url,
      sent,
      connections: 16,
      round: 0,
      persons: 20,
      path: "/v6/async-events",
      // As fast as it goes, until there is no room.
      paceMs: 0,
    });
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 503);
    const refused = await post(server.url, "/v6/async-events", {
      event_name: "shared",
      data: { email: "a@b.example" },
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    rmSync(filler);
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 200);
    const before = sent.acknowledged.size;
    await until(() => Promise.resolve(sent.acknowledged.size > before));
    await load.stop();
    await expectExactlyOnce(server.url, sent);
    expect(await server.stop()).toBe(0);
  },
);
