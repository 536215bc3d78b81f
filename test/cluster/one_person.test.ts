// One person buys faster than its purchases are applied, through any node of a cluster: what was acknowledged is applied, whichever node took it.

import { afterEach, expect, test } from "vitest";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";
import type { NodeHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";

const PURCHASES = 4_000;

let cluster: ClusterHere | null = null;
afterEach(async () => {
  await cluster?.abandon();
  cluster = null;
});

function post({ url }: NodeHere, body: string, type = "application/json"): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": type };
  return fetch(`${url}/v6/async-events`, { method: "POST", headers, body });
}

function purchase(email: string, order: string): string {
  return JSON.stringify({ event_name: "converted", data: { email, order_id: order, cart_value: "20" } });
}

/** Events by what became of them, of all nodes together: each partition has one that applies it. */
async function count(nodes: readonly NodeHere[], result: "applied" | "refused"): Promise<number> {
  const texts = await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const line = new RegExp(`^laurel_events_total\\{result="${result}"\\} (\\d+)`, "m");
  return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
}

test("the sender is told at each node when to come again, and nobody else is", { timeout: 120_000 }, async () => {
  cluster = await startClusterHere(2, { LAUREL_STANDBYS: "0" });
  const { nodes } = cluster;
  let accepted = 0;
  for (const [at, node] of (isSoak ? nodes : nodes.slice(0, 1)).entries()) {
    const email = `till${at}@example.com`;
    const lines = Array.from({ length: PURCHASES }, (_, n) => `${purchase(email, `${at}-${n}`)}\n`).join("");
    // The rest of these waits as well, when enough of them do.
    const bulk = post(node, lines, "application/x-ndjson");
    // One of the two owns the person's partition, and the other has to be told.
    for (const door of nodes) {
      await until(async () => {
        const reply = await post(door, purchase(email, `${at}-more-${accepted}`));
        if (reply.ok) accepted++;
        else expect([reply.status, await reply.json()]).toMatchObject([429, { code: "person_busy" }]);
        return !reply.ok;
      }, "the sender is held back once enough of its events wait");
      expect((await post(door, purchase(`else${accepted}@example.com`, `else-${accepted}`))).ok).toBe(true);
      accepted++;
    }
    expect(await (await bulk).json()).toMatchObject({ accepted: PURCHASES, rejected_count: 0 });
    accepted += PURCHASES;
  }
  await until(async () => (await count(nodes, "applied")) === accepted, "all that was acknowledged is applied");
  expect(await count(nodes, "refused")).toBe(0);
});
