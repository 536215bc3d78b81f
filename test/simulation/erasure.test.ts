// The same where nodes crash, and where messages of different partitions overtake each other: whoever is erased is, and what the log alone comes to is what the
// partitions have. A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { CLIENT } from "../support/story.ts";
import { happening, leftOvers, mentions, shop, type Stage, whoeverIsLeft } from "./erasure_world.ts";
import { checkExplained } from "./retold.ts";
import { randomOf, seedsOf, Simulation } from "./simulation.ts";

const seeds = seedsOf(isSoak ? 3_000 : 8);
const HAPPENINGS = 40;
const DISTURBANCES_MAX = 10;
/** Of some forty; what is called exact is what was decided. */
const EXPLAINED = 10;
const DAY_MS = 86_400_000;

test(`whoever is erased is, whatever crashes: ${seeds.length} seeds`, { timeout: 60_000 + seeds.length * 1000 }, () => {
  let crashes = 0;
  for (const seed of seeds) crashes += run(seed).crashes;
  expect(crashes).toBeGreaterThan(seeds.length / 2);
});

function run(seed: number): Simulation {
  const random = randomOf(seed);
  const simulation = new Simulation(shop, 1 + random(5), random);
  simulation.heal();
  simulation.send("registered", { email: "april@x.com", advocate_code: "APRIL" });
  simulation.heal();
  for (let n = 0; n < HAPPENINGS; n++) {
    happening(stageOf(simulation), random, n);
    for (let left = random(DISTURBANCES_MAX); left > 0; left--) simulation.disturb();
  }
  simulation.heal();
  const where = `seed ${seed}`;
  checkExplained(simulation, random, { explained: EXPLAINED, where });
  expect(leftOvers(stageOf(simulation).states), where).toEqual([]);

  for (const personId of whoeverIsLeft(stageOf(simulation)))
    simulation.asks({ kind: "erase_person", client: CLIENT, personId });
  simulation.heal();
  simulation.passes(2 * DAY_MS);
  simulation.heal();
  expect(leftOvers(stageOf(simulation).states), where).toEqual([]);
  expect(mentions(stageOf(simulation).states), where).toEqual([]);
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  return simulation;
}

function stageOf(simulation: Simulation): Stage {
  return {
    states: simulation.partitions.map(({ state }) => state),
    event: (name, data, bearer) => {
      simulation.send(name, data, bearer);
      return "";
    },
    command: (command) => simulation.asks(command),
  };
}
