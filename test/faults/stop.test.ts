// An operator stops the process while it serves.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SentOrders, get, moreAcknowledged, registerAdvocate, startLoad } from "../support/load.ts";
import { nodeSettings } from "../support/cluster.ts";
import { startHere } from "../support/node_here.ts";
import { startNatsServer } from "../support/nats_server.ts";
import { launchServer, startServer, endOf } from "../support/server_process.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

test.each([1, 2])(
  "SIGTERM under load, %i front(s): requests in flight are answered, exit code 0, the next start replays nothing",
  {
    timeout: 60_000,
  },
  async (fronts) => {
    const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-stop-"));
    const environment = { LAUREL_WORKERS: String(fronts), LAUREL_FRONTS: String(fronts) };
    const server = await startServer({ dataDirectory, environment });
    await registerAdvocate(server.url);
    const sent = new SentOrders();
    const load = startLoad({
      url: server.url,
      sent,
      connections: 16,
      round: 0,
      persons: 20,
      path: "/v6/events",
    });
    await moreAcknowledged(sent, 50);
    expect(await server.stop()).toBe(0);
    await load.stop();
    const again = await startHere({ dataDirectory, environment });
    const metrics = async (): Promise<string> => (await fetch(`${again.url}/metrics`)).text();
    expect(await metrics()).toMatch(/^laurel_recovered_records 0$/m);
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
    // A front that is slow to say how it is counts as it was last.
    await expect
      .poll(metrics, { timeout: 15_000 })
      .toMatch(/^laurel_http_request_seconds_count\{route="\/readyz"\} [1-9]/m);
    await expectExactlyOnce(again.url, sent);
    await again.abandon();
    rmSync(dataDirectory, { recursive: true, force: true });
  },
);

test("SIGTERM to a node that is still starting ends it: exit code 0", { timeout: 60_000 }, async () => {
  // Of a cluster whose other node has the partitions and is gone without a word.
  const nats = await startNatsServer();
  const settings = (node: number): { readonly [name: string]: string } => ({
    ...nodeSettings({ cluster: "stopped", natsUrl: `nats://${nats.address}`, servers: 1, node }),
    LAUREL_LEASE_MS: "20000",
    LAUREL_LOG_LEVEL: "info",
  });
  const owner = await startServer({ environment: settings(0) });
  await owner.kill();
  const late = await launchServer({ environment: settings(1) });
  await expect.poll(() => late.output(), { timeout: 30_000 }).toContain("cluster_joined");
  await expect
    .poll(async () => (await fetch(`${late.url}/readyz`)).text(), { timeout: 30_000 })
    .toContain("starting: programs are brought into effect");
  await expect.poll(() => late.output(), { timeout: 30_000 }).toContain('"phase":"programs are brought into effect"');
  expect((await fetch(`${late.url}/healthz`)).status).toBe(200);
  expect(await late.stop()).toBe(0);
  expect(late.output()).not.toContain("Laurel listens on");
  await nats.dispose();
});

test("SIGTERM to `npm start` reaches the node: nothing is left running, exit code 0", { timeout: 60_000 }, async () => {
  const server = await startServer({ isByNpm: true });
  expect(await server.stop()).toBe(0);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow("fetch failed");
  expect(server.output()).toContain("Laurel listens on");
});

test("two processes on one data directory: the second is refused as temporary", async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-stop-"));
  const first = await startHere({ dataDirectory });
  const second = await launchServer({ dataDirectory });
  expect(await endOf(second)).toBe(75);
  await get(first.url, "/v2/rewards");
  await first.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});
