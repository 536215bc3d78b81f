// Coupons of Salesforce Commerce: read page by page as they are published, and never made up.

import { expect, onTestFinished, test } from "vitest";
import { HttpCaller } from "../../src/fulfillment/http_call.ts";
import { SalesforceShop } from "../../src/fulfillment/salesforce.ts";
import { POOL, SITE, type SalesforceDouble, startSalesforce } from "../support/salesforce.ts";

const codes = Array.from({ length: 450 }, (_, n) => `CODE-${n}`);

async function open(secret = "secret"): Promise<{ shop: SalesforceShop; salesforce: SalesforceDouble }> {
  const salesforce = await startSalesforce(codes);
  const caller = new HttpCaller({ allowedNetworks: ["127.0.0.1"], timeoutMs: 5_000, connectionsMax: 2 });
  onTestFinished(async () => {
    await caller.close();
    await salesforce.stop();
  });
  const { url, tokenUrl } = salesforce;
  const settings = { url, tokenUrl, site: SITE, clientId: "client", secret };
  return { shop: new SalesforceShop(settings, (call) => caller.call(call)), salesforce };
}

test("pools that have a code for each person are on offer", async () => {
  const { shop } = await open();
  expect(await shop.listPools()).toEqual({
    ok: true,
    value: [
      { id: POOL, isEnabled: true, codes: 450, type: "MULTIPLE_CODES" },
      { id: "made", isEnabled: false, codes: 7, type: "SYSTEM_CODES" },
    ],
  });
});

test.each([
  [0, 450, codes],
  [0, 200, codes.slice(0, 200)],
  [199, 202, codes.slice(199, 401)],
  [400, 100, codes.slice(400)],
  [450, 100, []],
])("from %i on, %i codes at most", async (offset, count, expected) => {
  const { shop } = await open();
  expect(await shop.takeCodes({ pool: POOL, offset, count })).toEqual({ ok: true, value: expected });
});

test("a token serves many calls, and one that is refused is renewed with the next", async () => {
  const { shop, salesforce } = await open();
  await shop.listPools();
  await shop.listPools();
  const asked = (): number => salesforce.calls.filter((call) => call.includes("access_token")).length;
  expect(asked()).toBe(1);
  salesforce.mishaps = [{ status: 401, body: "{}" }];
  expect(await shop.listPools()).toEqual({ ok: false, error: "not_authenticated" });
  expect(await shop.listPools()).toMatchObject({ ok: true });
  expect(asked()).toBe(2);
});

test("who is not known there gets nothing", async () => {
  const { shop, salesforce } = await open("wrong");
  expect(await shop.listPools()).toEqual({ ok: false, error: "not_authenticated" });
  expect(salesforce.calls).toEqual(["POST /dwsso/oauth2/access_token"]);
});

test.each([
  [403, "{}", "not_authorized"],
  [404, "{}", "no_such_pool"],
  [500, "{}", "unavailable"],
  [302, "", "unavailable"],
  [200, "<html>", "unavailable"],
  [200, '{"count":2}', "unavailable"],
  [200, '{"count":1,"data":[{"issued":false}]}', "unavailable"],
  [200, '{"count":2,"data":"CODE-1"}', "unavailable"],
])("%i with %s is no codes: %s", async (status, body, error) => {
  const { shop, salesforce } = await open();
  salesforce.mishaps = [{ status, body }];
  expect(await shop.takeCodes({ pool: POOL, offset: 0, count: 100 })).toEqual({ ok: false, error });
});
