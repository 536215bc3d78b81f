// Campaigns are managed at any node of a cluster while all of them take events: each event is decided by a version that was current, every node
// reads, explains and tries out the same.

import { afterEach, expect, test } from "vitest";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";
import { get } from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { expectEachDecidedOnce, Operator, publishUnderLoad } from "../support/reload.ts";
import { TOKEN } from "../support/server_process.ts";

const publishes = isSoak ? 200 : 10;

let cluster: ClusterHere | null = null;
afterEach(async () => {
  await cluster?.abandon();
  cluster = null;
});

test(`${publishes} versions published at two nodes under load: decided by a current one, and explained alike by both`, {
  timeout: 120_000 + publishes * 1_000,
}, async () => {
  cluster = await startClusterHere(2);
  const urls = cluster.nodes.map((node) => node.url);
  const operator = new Operator(urls);
  const sent = await publishUnderLoad(operator, urls, publishes);
  for (const url of urls) await expectEachDecidedOnce(url, sent);
  expect(operator.inEffect, "versions that were in effect everywhere when it was said so").toBeGreaterThan(1);
  const versions = await Promise.all(urls.map((url) => get(url, `${operator.campaign}/versions`)));
  expect(versions[0]).toEqual(versions[1]);
  const last = sent.at(-1);
  if (last === undefined) throw new Error("nothing was sent");
  const path = `/v5/persons/${last.personId}/explain?event_id=${last.eventId}`;
  const explained = await Promise.all(urls.map((url) => get(url, path)));
  expect(explained[0]).toEqual(explained[1]);
  expect(JSON.stringify(explained[0])).toContain("bought_it");
  const tried = await Promise.all(urls.map((url) => simulate(url, operator.campaign, last.personId)));
  expect(tried[0]).toEqual(tried[1]);
});

/** The draft, tried on a person, without storing anything. */
async function simulate(url: string, campaign: string, personId: string): Promise<unknown> {
  const answer = await fetch(`${url}${campaign}/simulate`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ person_id: personId, event_name: "bought_it", data: {} }),
  });
  expect(answer.status).toBe(200);
  const body: unknown = await answer.json();
  // Of the moment.
  return JSON.parse(
    JSON.stringify(body, (name, value: unknown) => (/time|_at$|date|event_id/.test(name) ? null : value)),
  );
}
