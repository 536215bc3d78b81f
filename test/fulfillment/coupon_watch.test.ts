// Coupons from a double of Salesforce Commerce, which nobody asks for: the node has more taken before they run out, and says why it cannot.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { get, post } from "../support/load.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";
import { type SalesforceDouble, shopSupplier, SITE, startSalesforce } from "../support/salesforce.ts";
import { until } from "../support/until.ts";

type Body = Record<string, unknown>;

async function send(node: NodeHere, path: string, body: object): Promise<Body> {
  const answer = await post(node.url, path, body);
  expect(answer.status, `${path} ${await answer.clone().text()}`).toBe(200);
  return (await answer.json()) as Body;
}

const supplier = { ...shopSupplier, balance_refill_amount: 10, initial_offset: 0 };

async function openShop(codes: string[]): Promise<{ node: NodeHere; shop: SalesforceDouble }> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-coupons-"));
  const shop = await startSalesforce(codes);
  const environment = {
    LAUREL_SALESFORCE_URL: shop.url,
    LAUREL_SALESFORCE_TOKEN_URL: shop.tokenUrl,
    LAUREL_SALESFORCE_SITE: SITE,
    LAUREL_SALESFORCE_CLIENT_ID: "client",
    LAUREL_SALESFORCE_SECRET: "secret",
    LAUREL_COUPON_REFILL_INTERVAL_MS: "100",
    LAUREL_OUTGOING_ALLOW: "127.0.0.1",
  };
  const node = await startHere({ dataDirectory, environment });
  onTestFinished(async () => {
    await node.abandon();
    await shop.stop();
    rmSync(dataDirectory, { recursive: true });
  });
  return { node, shop };
}

/** A campaign that gives each who joins a coupon of the supplier. */
async function giveTo(node: NodeHere, supplierId: string): Promise<void> {
  const campaign = `/v2/campaigns/${String((await send(node, "/v2/campaigns", { name: "Coupons" }))["campaign_id"])}`;
  const step = await send(node, `${campaign}/controllers`, { type: "CONTROLLER", name: "joined" });
  const controller = `${campaign}/controllers/${String(step["id"])}`;
  await send(node, `${controller}/triggers/events`, { event_names: ["joined"], event_type: "INPUT" });
  await send(node, `${controller}/actions/earn-rewards`, { reward_name: "coupon", reward_supplier_id: supplierId });
  await send(node, `${campaign}/publish`, { launch: true });
}

async function operationsOf(node: NodeHere, id: string): Promise<Body[]> {
  return (await get(node.url, `/v2/reward-suppliers/salesforce-coupons/${id}/operations`)) as Body[];
}

async function codesGiven(node: NodeHere): Promise<string[]> {
  const rewards = (await get(node.url, "/v2/rewards?limit=100")) as Body[];
  return rewards.flatMap(({ partner_reward_id: code }) => (typeof code === "string" ? [code] : []));
}

const asks = (shop: SalesforceDouble): number => shop.calls.filter((call) => call.endsWith("/codes")).length;

test("a new supplier gets its first codes, and the next ones when a tenth is left, each once and in order", async () => {
  const codes = Array.from({ length: 25 }, (_, i) => `FRIEND-${i}`);
  const { node } = await openShop(codes);
  const id = String((await send(node, "/v6/reward-suppliers", supplier))["id"]);
  await until(async () => (await operationsOf(node, id)).length === 1, "the first codes are there");
  await giveTo(node, id);
  const given: string[] = [];
  for (let person = 0; person < 20; person++) {
    await send(node, "/v6/events", { event_name: "joined", data: { email: `p${person}@example.com` } });
    await until(async () => {
      const fresh = (await codesGiven(node)).filter((code) => !given.includes(code));
      given.push(...fresh);
      return fresh.length > 0;
    }, `person ${person} has a code`);
    const refills = person >= 18 ? 3 : person >= 8 ? 2 : 1;
    await until(async () => (await operationsOf(node, id)).length === refills, `${refills} refills`);
  }
  expect(given).toEqual(codes.slice(0, 20));
  const brought = (await operationsOf(node, id)).map(({ offset, number_of_received_coupons: count }) => [
    offset,
    count,
  ]);
  expect(brought.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
    [0, 10],
    [10, 10],
    [20, 5],
  ]);
});

test("a shop that is away, or has no more, is asked again; of what did not come nothing is kept", async () => {
  const { node, shop } = await openShop([]);
  shop.mishaps.push(...Array.from({ length: 2 }, () => ({ status: 503, body: "" })));
  const id = String((await send(node, "/v6/reward-suppliers", supplier))["id"]);
  await until(async () => asks(shop) >= 4, "asked again");
  expect(await operationsOf(node, id)).toEqual([]);
  shop.codes = ["LATE-1", "LATE-2"];
  await until(async () => (await operationsOf(node, id)).length === 1, "the codes are there");
  expect((await operationsOf(node, id))[0]).toMatchObject({
    number_of_received_coupons: 2,
    offset: 0,
    status: "SUCCESS",
  });
});

test("who is not to hand anything out is left alone: archived, switched off, or of another site", async () => {
  // A shop that has nothing is asked at every look.
  const { node, shop } = await openShop([]);
  const id = String((await send(node, "/v6/reward-suppliers", supplier))["id"]);
  await until(async () => asks(shop) > 0, "the shop is asked");
  const archived = await fetch(`${node.url}/v6/reward-suppliers/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(archived.status).toBe(200);
  await send(node, "/v6/reward-suppliers", { ...supplier, name: "Off", enabled: false });
  await send(node, "/v6/reward-suppliers", { ...supplier, name: "Away", settings_id: "other", coupon_pool_id: "else" });
  await send(node, "/v6/reward-suppliers", { ...supplier, name: "Awake", coupon_pool_id: "awake" });
  const looks = (): number => shop.calls.filter((call) => call.endsWith("/awake/codes")).length;
  const look = async (): Promise<void> => {
    const before = looks();
    await until(async () => looks() > before, "the shop is asked for another supplier");
  };
  // The one that was under way when they were archived is over at the second.
  for (let n = 0; n < 2; n++) await look();
  const others = (): number => asks(shop) - looks();
  const before = others();
  for (let n = 0; n < 2; n++) await look();
  expect(others()).toBe(before);
});
