// The scenarios again, each request to another node of a cluster, through the balancer's configuration in `config/`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "vitest";
import { type Balancer, startBalancer } from "../support/balancer.ts";
import { type RunningCluster, startCluster } from "../support/cluster.ts";
import { quiet } from "../support/load.ts";
import { programDirectory, readScenario } from "../support/scenario.ts";
import { runOverHttp } from "../support/scenario_http.ts";

const directory = join(import.meta.dirname, "../scenarios");
const isSoak = process.env["LAUREL_TEST_PROFILE"] === "soak";

/** Each needs a cluster of its own. Outside of the soak, those in which persons ask each other most; all run against one node anyway. */
const chosen = /^s(1|2|4|8)_/;
const scenarios = readdirSync(directory)
  .filter((file) => file.endsWith(".json") && (isSoak || chosen.test(file)))
  .map(readScenario);

let cluster: RunningCluster | null = null;
let balancer: Balancer | null = null;
afterEach(async () => {
  await balancer?.stop();
  await cluster?.dispose();
  balancer = null;
  cluster = null;
});

const nodes = isSoak ? 3 : 2;

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "%s",
  { timeout: 90_000 },
  async (_title, scenario) => {
    cluster = await startCluster(nodes, { environment: { LAUREL_PROGRAMS: programDirectory(scenario) } });
    const urls = cluster.nodes.map((node) => node.process().url);
    balancer = await startBalancer(cluster.nodes.map((node) => node.process().port));
    const { url } = balancer;
    await runOverHttp(scenario, {
      url: () => url,
      // Twice: a message may have gone from a node that was looked at last to one that was looked at first.
      quiet: async () => {
        for (const each of [...urls, ...urls]) await quiet(each);
      },
    });
  },
);
