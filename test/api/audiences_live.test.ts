// Audiences against the built node: lists and orders reach persons, campaigns hear of it, and it is all there after a restart.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { get, post, quiet } from "../support/load.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "laurel-audiences-"));
afterAll(() => rmSync(dataDirectory, { recursive: true, force: true }));

async function send(server: NodeHere, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await post(server.url, path, body);
  expect(answer.status, `${path} ${await answer.clone().text()}`).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

async function state(server: NodeHere, path: string): Promise<Record<string, unknown>> {
  let answer: Record<string, unknown> = {};
  await until(async () => {
    answer = (await get(server.url, `${path}/state`)) as Record<string, unknown>;
    return answer["state"] !== "BUILDING";
  }, "the operation ends");
  return answer;
}

async function stepsOf(server: NodeHere, email: string): Promise<string[]> {
  const [person] = (await get(server.url, `/v5/persons?identity_key_value=${email}`)) as { id: string }[];
  const steps = (await get(server.url, `/v5/persons/${person?.id}/steps?is_primary=true`)) as { name: string }[];
  return steps.map(({ name }) => name).toReversed();
}

test("a list joins, a campaign welcomes, the back end takes one out; all of it outlives a restart", {
  timeout: 120_000,
}, async () => {
  let server = await startHere({ dataDirectory });
  const audience = `/v1/audiences/${String((await send(server, "/v1/audiences", { name: "Gold" }))["id"])}`;
  const id = audience.slice(audience.lastIndexOf("/") + 1);
  const campaign = `/v2/campaigns/${String((await send(server, "/v2/campaigns", { name: "Club" }))["campaign_id"])}`;
  const step = await send(server, `${campaign}/controllers`, { type: "CONTROLLER", name: "welcomed" });
  const triggers = `${campaign}/controllers/${String(step["id"])}/triggers`;
  await send(server, `${triggers}/audience-membership-events`, { audience_ids: [id], event_types: ["CREATED"] });
  await send(server, `${campaign}/publish`, { launch: true });

  const emails = Array.from({ length: 450 }, (_, n) => `member${n}@example.com`);
  const list = { type: "PERSON_LIST", audience_members: emails.map((email) => ({ email })) };
  const operation = await send(server, `${audience}/operations`, { type: "ADD", data_source: list });
  const path = `${audience}/operations/${String(operation["id"])}`;
  expect(await state(server, path)).toMatchObject({
    state: "READY",
    input_rows_count: 450,
    result: { member_count: 450 },
  });
  expect(await stepsOf(server, "member449@example.com")).toEqual(["welcomed"]);
  await quiet(server.url);
  await server.stop();

  server = await startHere({ dataDirectory });
  expect(await get(server.url, `${audience}/stats`)).toEqual({ active_members_count: 450 });
  const members = (await get(server.url, `${audience}/members?limit=1000`)) as string[];
  expect(new Set(members).size).toBe(450);
  const out = await fetch(`${server.url}/v5/persons/${members[0]}/memberships/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(await out.json()).toMatchObject({ audience_id: id, audience_name: "Gold" });
  expect(await get(server.url, `${audience}/stats`)).toEqual({ active_members_count: 449 });
  expect(await get(server.url, `/v5/persons/${members[0]}/memberships`)).toEqual([]);
  const again = await post(server.url, `/v5/persons/${members[0]}/memberships`, { audience_id: id });
  expect(await again.json()).toMatchObject({ audience_id: id });
  await server.abandon();
});
