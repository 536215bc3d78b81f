// The scenarios again, each request to any node of a cluster, through the balancer's configuration in `config/`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { type Balancer, startBalancer } from "../support/balancer.ts";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";
import { quiet } from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { readScenario } from "../support/scenario.ts";
import { clientsOf, runOverHttp } from "../support/scenario_http.ts";

const directory = join(import.meta.dirname, "../scenarios");

/** Outside of the soak, those in which persons ask each other most; all run against one node anyway. */
const chosen = /^s(1|2|4|8)_/;
const scenarios = readdirSync(directory)
  .filter((file) => file.endsWith(".json") && (isSoak || chosen.test(file)))
  .map(readScenario);

const nodes = isSoak ? 3 : 2;

// Several fronts a node: a reply finds the node, and in it the front, that waits.
const environment = { ...clientsOf(scenarios), LAUREL_FRONTS: "2" };
let cluster: ClusterHere | null = null;
let balancer: Balancer | null = null;
beforeAll(async () => {
  cluster = await startClusterHere(nodes, environment);
  balancer = await startBalancer(cluster.nodes.map((node) => node.port));
});
afterAll(async () => {
  await balancer?.stop();
  await cluster?.abandon();
});

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "%s",
  { timeout: 90_000 },
  async (_title, scenario) => {
    const urls = cluster?.nodes.map((node) => node.url) ?? [];
    const url = balancer?.url ?? "";
    await runOverHttp(scenario, {
      url: () => url,
      // Twice: a message may have gone from a node that was looked at last to one that was looked at first.
      quiet: async () => {
        for (const each of [...urls, ...urls]) await quiet(each);
      },
    });
  },
);
