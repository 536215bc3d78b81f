// The scenarios again, each request to any node of a cluster, through the balancer's configuration in `config/`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { type Balancer, startBalancer } from "../support/balancer.ts";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";
import { quiet } from "../support/load.ts";
import { programDirectory, readScenario, retold, type Scenario } from "../support/scenario.ts";
import { runOverHttp } from "../support/scenario_http.ts";

const directory = join(import.meta.dirname, "../scenarios");
const isSoak = process.env["LAUREL_TEST_PROFILE"] === "soak";

/** Each program needs a cluster of its own. Outside of the soak, those in which persons ask each other most; all run against one node anyway. */
const chosen = /^s(1|2|4|8)_/;
const scenarios = readdirSync(directory)
  .filter((file) => file.endsWith(".json") && (isSoak || chosen.test(file)))
  .map(readScenario)
  .toSorted((a, b) => (a.program < b.program ? -1 : Number(a.program > b.program)));

const nodes = isSoak ? 3 : 2;

interface Running {
  readonly cluster: ClusterHere;
  readonly balancer: Balancer;
}

/** Of the program of the last scenario. */
let program = "";
let running: Running | null = null;
afterAll(() => stop());

async function stop(): Promise<void> {
  await running?.balancer.stop();
  await running?.cluster.stop();
  running = null;
}

async function runningFor(scenario: Scenario): Promise<Running> {
  if (running !== null && program === scenario.program) return running;
  await stop();
  program = scenario.program;
  // Several fronts a node: a reply finds the node, and in it the front, that waits.
  const environment = { LAUREL_PROGRAMS: programDirectory(scenario), LAUREL_FRONTS: "2" };
  const cluster = await startClusterHere(nodes, environment);
  running = { cluster, balancer: await startBalancer(cluster.nodes.map((node) => node.port)) };
  return running;
}

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "%s",
  { timeout: 90_000 },
  async (_title, scenario) => {
    const { cluster, balancer } = await runningFor(scenario);
    const urls = cluster.nodes.map((node) => node.url);
    const { url } = balancer;
    const isAlone = scenarios.filter((each) => each.program === scenario.program).length === 1;
    await runOverHttp(isAlone ? scenario : retold(scenario), {
      url: () => url,
      // Twice: a message may have gone from a node that was looked at last to one that was looked at first.
      quiet: async () => {
        for (const each of [...urls, ...urls]) await quiet(each);
      },
    });
  },
);
