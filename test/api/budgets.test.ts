// Budgets over HTTP: set, read, taken away; partitions run by them.

import { expect, test } from "vitest";
import { CLIENT, expectEnvelope, openFront, READER_TOKEN, type Reply, type TestFront } from "./front_fixture.ts";
import { send } from "./operator.ts";

async function paths(front: TestFront): Promise<{ campaign: string; supplier: string }> {
  const campaign = await send(front, "POST", "/v2/campaigns", { name: "First" });
  const supplier = await send(front, "POST", "/v6/reward-suppliers", {
    reward_supplier_type: "CUSTOM_REWARD",
    type: "ACCOUNT_CREDIT",
    name: "Credit",
    face_value: 25,
    face_value_type: "USD",
  });
  const idOf = ({ body }: Reply, name: string): string => String((body as Record<string, unknown>)[name]);
  return {
    campaign: `/v2/campaigns/${idOf(campaign, "campaign_id")}`,
    supplier: `/v6/reward-suppliers/${idOf(supplier, "id")}`,
  };
}

test("a budget of a campaign and of a supplier is set, counted over partitions, and taken away", async () => {
  const front = await openFront();
  const { campaign, supplier } = await paths(front);
  expect((await send(front, "POST", `${campaign}/publish`, { launch: true })).status).toBe(200);
  for (const path of [campaign, supplier]) {
    expect((await send(front, "GET", `${path}/budget`)).body).toMatchObject({ limit: null, left: { count: null } });
    const set = await send(front, "PUT", `${path}/budget`, { count: 100, value: null });
    // Four partitions: 0 + 1 + 2 + 3 granted, one held in each.
    expect(set.body).toEqual({
      limit: { count: 100, value: null },
      granted: { count: 6, value: 149.9298 },
      held: { count: 4, value: 0 },
      left: { count: 90, value: null },
    });
    expect((await send(front, "GET", `${path}/budget`)).body).toEqual(set.body);
  }
  const bound = await send(front, "PUT", `${campaign}/budget`, { count: null, value: 150 });
  expect(bound.body).toMatchObject({ left: { count: null, value: 0.0702 } });
  await send(front, "PUT", `${campaign}/budget`, { count: 100, value: null });
  const program = front.configuration.program(CLIENT);
  expect(program?.campaigns).toMatchObject([{ budget: { count: 100, value: null } }]);
  expect(program?.suppliers).toMatchObject([{ budget: { count: 100, value: null } }]);
  // It stays through other changes, and is no member of the supplier as the contract has it.
  const changed = await send(front, "PUT", supplier, { display_name: "Money" });
  expect(changed.body).not.toHaveProperty("budget");
  expect((await send(front, "PUT", campaign, { name: "Second" })).status).toBe(200);
  expect(front.configuration.program(CLIENT)).toEqual(program);
  for (const path of [campaign, supplier]) await send(front, "PUT", `${path}/budget`, { count: null, value: null });
  expect(front.configuration.program(CLIENT)?.suppliers[0]).not.toHaveProperty("budget");
  expect(front.configuration.program(CLIENT)?.campaigns[0]).not.toHaveProperty("budget");
});

test("budgets of nobody, bounds below nothing and readers are refused", async () => {
  const front = await openFront();
  const { supplier } = await paths(front);
  const bound = { count: 1, value: null };
  expectEnvelope(await send(front, "PUT", "/v2/campaigns/1/budget", bound), "campaign_not_found");
  expectEnvelope(await send(front, "GET", "/v6/reward-suppliers/1/budget"), "reward_supplier_not_found");
  for (const body of [
    { count: -1, value: null },
    { count: 1.5, value: null },
    { count: 1 },
    { count: "1", value: null },
  ])
    expectEnvelope(await send(front, "PUT", `${supplier}/budget`, body), "validation_error");
  expectEnvelope(await send(front, "PUT", `${supplier}/budget`, bound, READER_TOKEN), "access_denied");
  expect((await send(front, "GET", `${supplier}/budget`, undefined, READER_TOKEN)).body).toMatchObject({ limit: null });
});
