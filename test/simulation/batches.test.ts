// Batches under crashes, delays and repeated messages: every row becomes an event once, and is told of as it was.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { checkAllAtRest } from "./all_at_rest.ts";
import { BatchWorld, checkBatches } from "./batch_world.ts";
import { limitsOf } from "./everything_world.ts";
import { checkRetold } from "./retold.ts";
import { entries, randomOf, seedsOf, Simulation } from "./simulation.ts";
import { wider } from "./wider_world.ts";

const seeds = seedsOf(isSoak ? 1_000 : 3);
const DEEDS = 60;
/** Events of a seed that are explained. */
const EXPLAINED = isSoak ? 40 : 5;

test(`each row of a batch is an event once: ${seeds.length} seeds`, { timeout: 60_000 + seeds.length * 3_000 }, () => {
  let crashes = 0;
  let sent = 0;
  for (const seed of seeds) {
    const random = randomOf(seed);
    const simulation = new Simulation(wider(limitsOf(random)), 1 + random(5), random);
    simulation.heal();
    const world = new BatchWorld(simulation, random);
    for (let deed = 0; deed < DEEDS; deed++) {
      world.happens();
      if (random(2) === 0) simulation.passes(1);
      for (let left = random(16); left > 0; left--) simulation.disturb();
      if (random(15) > 0) continue;
      comeToRest(simulation);
      checkBatches(simulation, `seed ${seed}, deed ${deed}`);
    }
    comeToRest(simulation);
    checkAllAtRest(simulation, `seed ${seed}`);
    sent += checkBatches(simulation, `seed ${seed}`);
    checkRetold(simulation, random, EXPLAINED, `seed ${seed}`);
    crashes += simulation.crashes;
  }
  // There were rows, and the faults did happen.
  expect(sent).toBeGreaterThan(seeds.length * 5);
  if (seeds.length > 1) expect(crashes).toBeGreaterThan(seeds.length / 2);
});

/** Batches go on with ticks. */
function comeToRest(simulation: Simulation): void {
  simulation.heal();
  const isGoing = (): boolean => entries(simulation, "batch").some(({ status }) => status === "IN_PROGRESS");
  for (let ticks = 0; isGoing(); ticks++) {
    expect(ticks).toBeLessThan(1_000);
    simulation.passes(1);
    simulation.heal();
  }
}
