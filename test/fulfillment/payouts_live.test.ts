// A gift card from the built program to a double of its provider: ordered once, under the reward's id, also when nobody knew and the process was killed.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { get, post } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { startTango } from "../support/payout_providers.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { until } from "../support/until.ts";

type Body = Record<string, unknown>;

async function send(server: ServerProcess, path: string, body: object): Promise<Body> {
  const answer = await post(server.url, path, body);
  expect(answer.status, `${path} ${await answer.clone().text()}`).toBe(200);
  return (await answer.json()) as Body;
}

async function rewardIn(server: Pick<ServerProcess, "url">, state: string): Promise<Body> {
  let reward: Body | undefined;
  await until(async () => {
    [reward] = (await get(server.url, "/v2/rewards?success_only=false")) as Body[];
    return reward?.["state"] === state;
  }, `a reward comes to ${state}`);
  return reward ?? {};
}

test("a gift card is ordered once, whatever happens in between", { timeout: 120_000 }, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-payouts-"));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const tango = await startTango();
  onTestFinished(() => tango.stop());
  const environment = {
    LAUREL_TANGO_URL: tango.url,
    LAUREL_TANGO_PLATFORM: "platform",
    LAUREL_TANGO_KEY: "secret",
    LAUREL_TANGO_CUSTOMER: "C-1",
    LAUREL_OUTGOING_ALLOW: "127.0.0.1",
    LAUREL_DELIVERY_TIMEOUT_MS: "1000",
  };
  const server = await startServer({ dataDirectory, environment });
  const cards = {
    reward_supplier_type: "TANGO_V2",
    name: "Cards",
    face_value: 25,
    face_value_type: "USD",
    account_id: "A-1",
    utid: "U-1",
  };
  // A machine that is busy may take longer over the catalogue than calls may take here.
  for (let tries = 0; tries < 20; tries++)
    if ((await post(server.url, "/v6/reward-suppliers", { ...cards, utid: "U-9" })).status !== 503) break;
  const supplier = await send(server, "/v6/reward-suppliers", cards);
  const campaign = `/v2/campaigns/${String((await send(server, "/v2/campaigns", { name: "Cards" }))["campaign_id"])}`;
  const step = await send(server, `${campaign}/controllers`, { type: "CONTROLLER", name: "joined" });
  const controller = `${campaign}/controllers/${String(step["id"])}`;
  await send(server, `${controller}/triggers/events`, { event_names: ["joined"], event_type: "INPUT" });
  await send(server, `${controller}/actions/earn-rewards`, { reward_name: "gift", reward_supplier_id: supplier["id"] });
  await send(server, `${campaign}/publish`, { launch: true });
  tango.mishaps.push("taken_and_silent");
  await send(server, "/v6/events", { event_name: "joined", data: { email: "ann@example.com" } });
  await until(() => tango.paid.size > 0);
  expect(tango.paid.size).toBe(1);
  // Tango has the order, we have no answer, and then we are gone.
  await server.kill();
  const again = await startHere({ dataDirectory, environment });
  onTestFinished(() => again.abandon());
  const reward = await rewardIn(again, "SENT");
  const id = String(reward["reward_id"] ?? reward["id"]);
  expect([...tango.paid.keys()]).toEqual([id]);
  expect(reward["partner_reward_id"]).toBe(tango.paid.get(id)?.id);
  expect(tango.complaints).toEqual([]);
});
