// Phase one: events, delays, repeated messages and crashes as the seed has it. Phase two: no faults, and everything must come to rest.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { check } from "./check.ts";
import { demoProgram, randomOf, seedsOf, Simulation } from "./simulation.ts";

const seeds = seedsOf(isSoak ? 10_000 : 8);
const EVENTS = 40;
const DISTURBANCES_PER_EVENT = 12;
const document = demoProgram();

test(`no acknowledged event is lost and no reward doubled, whatever crashes: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 1000,
}, () => {
  let crashes = 0;
  let duplicates = 0;
  for (const seed of seeds) {
    const simulation = run(seed);
    crashes += simulation.crashes;
    duplicates += simulation.duplicates;
  }
  // The faults did happen.
  expect(crashes).toBeGreaterThan(seeds.length);
  expect(duplicates).toBeGreaterThan(seeds.length);
});

function run(seed: number): Simulation {
  const random = randomOf(seed);
  const simulation = new Simulation(document, 2 + random(5), random);
  simulation.heal();
  simulation.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
  simulation.heal();
  for (let i = 0; i < EVENTS; i++) {
    sendOne(simulation, random, i);
    for (let j = 0; j < DISTURBANCES_PER_EVENT; j++) simulation.disturb();
  }
  simulation.heal();
  check(simulation, `seed ${seed}`);
  return simulation;
}

function sendOne(simulation: Simulation, random: (below: number) => number, i: number): void {
  const friend = random(6);
  const email = `friend${friend}@y.com`;
  // Half of the people are first met under a device id, which then has to be merged; some orders arrive twice.
  if (random(4) === 0) simulation.send("shared", { partner_user_id: `device${friend}` });
  const orderId = random(5) === 0 ? `order-${random(Math.max(1, i))}` : `order-${i}`;
  const device: { partner_user_id?: string } = random(2) === 0 ? { partner_user_id: `device${friend}` } : {};
  simulation.send("converted", { email, advocate_code: "CODE", order_id: orderId, cart_value: "10", ...device });
}
