// One person buys all the time, as a till does that knows all its customers by one address: what was acknowledged is applied, in order, and who comes
// faster than that is told when to come again.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";

const PURCHASES = 4_000;
const GUEST = "guest@example.com";

let node: NodeHere;

beforeAll(async () => {
  node = await startHere();
});

afterAll(() => node.abandon());

function post(path: string, body: string, type = "application/json"): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": type };
  return fetch(`${node.url}${path}`, { method: "POST", headers, body });
}

function purchase(email: string, order: string): string {
  return JSON.stringify({ event_name: "converted", data: { email, order_id: order, cart_value: "20" } });
}

/** Events by what became of them. */
async function count(result: "applied" | "refused"): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return Number(new RegExp(`^laurel_events_total\\{result="${result}"\\} (\\d+)`, "m").exec(text)?.[1]);
}

test("what was acknowledged is applied; who comes too fast is told when to come again, and nobody else", async () => {
  const lines = Array.from({ length: PURCHASES }, (_, n) => `${purchase(GUEST, `G-${n}`)}\n`).join("");
  // The rest of these waits as well, when enough of them do.
  const bulk = post("/v6/async-events", lines, "application/x-ndjson");
  let accepted = PURCHASES;
  let refusal: Response | null = null;
  await until(async () => {
    const reply = await post("/v6/async-events", purchase(GUEST, `H-${accepted}`));
    if (reply.ok) accepted++;
    else refusal = reply;
    return !reply.ok;
  }, "the sender is held back once enough of its events wait");
  await expectHeldBack(refusal);
  expect((await post("/v6/async-events", purchase("ann@example.com", "A-1"))).ok).toBe(true);
  accepted++;
  expect(await (await bulk).json()).toEqual({ accepted: PURCHASES, rejected: [], rejected_count: 0 });
  await until(async () => (await count("applied")) === accepted, "all that was acknowledged is applied");
  expect(await count("refused")).toBe(0);
  await until(async () => (await post("/v6/events", purchase(GUEST, "G-last"))).ok, "the sender is let in again");
}, 90_000);

async function expectHeldBack(reply: Response | null): Promise<void> {
  expect(reply?.status).toBe(429);
  expect(Number(reply?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await reply?.json()).toMatchObject({ code: "person_busy" });
}
