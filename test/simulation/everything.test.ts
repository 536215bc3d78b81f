// A little of everything under crashes, delays and repeated messages: what people, rewards, budgets, audiences and lists say of each other stays true.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { checkAllAtRest } from "./all_at_rest.ts";
import { everything, limitsOf, World } from "./everything_world.ts";
import { checkRetold } from "./retold.ts";
import { WiderAtRest } from "./wider_at_rest.ts";
import { wider, WiderWorld } from "./wider_world.ts";
import { randomOf, seedsOf, Simulation } from "./simulation.ts";

/** Somebody had become one with whom an event had asked about, and was related to herself. */
const FAILED_ONCE = [3669];
/** What a device had handed over was lost with the event, which turned out to be of somebody else. */
const FAILED_ONCE_WITH_TOKENS = [1936];
/**
 * Explanations that called themselves exact: one took whom an event had been traced to first for nobody, one lacked the reward for a review that was decided
 * after what it could not know.
 */
const FAILED_ONCE_OF_WIDER = [15, 2607];
const seeds = seedsAnd(FAILED_ONCE, 2);
const seedsWithTokens = seedsAnd(FAILED_ONCE_WITH_TOKENS, 1);
const seedsOfWider = seedsAnd(FAILED_ONCE_OF_WIDER, 1);
const DEEDS = 80;
/** Events of a seed that are explained; of one that failed once, all are. */
const EXPLAINED = isSoak ? 40 : 5;

function seedsAnd(failedOnce: readonly number[], count: number): number[] {
  const some = seedsOf(isSoak ? 3_000 : count);
  return some.length === 1 ? some : [...some, ...failedOnce];
}

/** Each is a world of its own: seeds mean the same as ever in the others. */
type Kind = "plain" | "with_tokens" | "wider";

function run(seed: number, kind: Kind): Simulation {
  const isWider = kind === "wider";
  const document = isWider ? wider : everything;
  const random = randomOf(seed);
  const simulation = new Simulation(document(limitsOf(random)), 1 + random(5), random);
  const widerAtRest = new WiderAtRest(simulation);
  const check = (where: string): void => {
    if (isWider) simulation.passes(0);
    simulation.heal();
    checkAllAtRest(simulation, where);
    if (isWider) widerAtRest.check(where);
  };
  simulation.heal();
  simulation.toldAtOnce = random(2) === 0 ? 1 + random(3) : null;
  const world = isWider ? new WiderWorld(simulation, random) : new World(simulation, random, kind === "with_tokens");
  for (let i = 0; i < DEEDS; i++) {
    world.happens();
    if (random(30) === 0) simulation.uses(document(limitsOf(random)));
    for (let left = random(16); left > 0; left--) simulation.disturb();
    if (random(10) === 0) check(`seed ${seed}, deed ${i}`);
  }
  check(`seed ${seed}`);
  const explained = FAILED_ONCE_OF_WIDER.includes(seed) ? Number.POSITIVE_INFINITY : EXPLAINED;
  if (isWider) checkRetold(simulation, random, explained, `seed ${seed}`);
  return simulation;
}

test(`all that is said of each other stays true, whatever happens: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 3_000,
}, () => {
  let crashes = 0;
  for (const seed of seeds) crashes += run(seed, "plain").crashes;
  // The faults did happen.
  if (seeds.length > 1) expect(crashes).toBeGreaterThan(seeds.length / 2);
});

test(`also where devices send with consumers' tokens: ${seedsWithTokens.length} seeds`, {
  timeout: 60_000 + seedsWithTokens.length * 3_000,
}, () => {
  for (const seed of seedsWithTokens) run(seed, "with_tokens");
});

test(`also where links are followed, points are spent and rewards end: ${seedsOfWider.length} seeds`, {
  timeout: 60_000 + seedsOfWider.length * 3_000,
}, () => {
  for (const seed of seedsOfWider) run(seed, "wider");
});
