// Limits of a supplier under crashes, delays and repeated messages: never more than they let go, nobody left waiting, the first to earn first.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import type { CouponPool, CouponWaiter } from "../../src/model/coupon.ts";
import type { Reward } from "../../src/model/reward.ts";
import { isSoak } from "../support/profile.ts";
import { action, earn, on, programme, supplier } from "../support/story.ts";
import { entries, randomOf, seedsOf, Simulation } from "./simulation.ts";

const seeds = seedsOf(isSoak ? 1_000 : 3);
const HOUR_MS = 3_600_000;
const HOURS = 5;

function open(limit: number, random: (below: number) => number): Simulation {
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const steps = [
    on("won", { actions: [earn("CREDIT")] }),
    on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
  ];
  const credit = supplier("CREDIT", { auto_fulfillment_enabled: true, limit_per_hour: limit });
  const simulation = new Simulation(programme(steps, { suppliers: [credit] }), 2 + random(3), random);
  simulation.heal();
  return simulation;
}

function disturb(simulation: Simulation, random: (below: number) => number): void {
  for (let disturbances = random(40); disturbances > 0; disturbances--) simulation.disturb();
}

/** What must hold whenever nothing is under way. Returns the rewards that wait, in their order. */
function checkAtRest(simulation: Simulation, granted: number, where: string): Reward[] {
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  const rewards: Reward[] = entries(simulation, "reward");
  const fulfilled = rewards.filter(({ state }) => state === "FULFILLED");
  expect(fulfilled.length, `${where}: no more than the limit lets go`).toBeLessThanOrEqual(granted);
  const earned = rewards.filter(({ state }) => state === "EARNED");
  const waiters: CouponWaiter[] = entries(simulation, "couponWaiter");
  expect(waiters.map(({ rewardId }) => rewardId).toSorted(), `${where}: who was not let go waits`).toEqual(
    earned.map(({ id }) => id).toSorted(),
  );
  const [pool]: CouponPool[] = entries(simulation, "pool");
  const line = pool?.line ?? { partitions: [], asking: [], opensMs: null };
  expect(line.asking, `${where}: a request is not answered`).toEqual([]);
  const inLine = new Set(line.partitions.map(({ partition }) => partition));
  for (const { id } of earned) expect(inLine, `${where}: nobody will come for ${id}`).toContain(partitionOfReward(id));
  return earned.toSorted((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
}

test(`what is over a limit goes hour by hour, the first to earn first, whatever happens meanwhile: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 20_000,
}, () => {
  let [waited, crashes] = [0, 0];
  for (const seed of seeds) {
    const random = randomOf(seed + 3_000);
    const limit = 1 + random(40);
    const simulation = open(limit, random);
    const where = `seed ${seed}`;
    for (let hour = 1; hour <= HOURS; hour++) {
      for (let i = random(80); i > 0; i--) {
        simulation.send("won", { email: `p${hour}-${i}@x.com` });
        if (random(5) === 0) simulation.send("regretted", { email: `p${hour}-${i + random(10)}@x.com` });
        if (random(8) === 0) disturb(simulation, random);
      }
      simulation.heal();
      checkAtRest(simulation, limit * hour, where);
      simulation.passes(HOUR_MS);
      disturb(simulation, random);
    }
    crashes += simulation.crashes;
    // The ticks of the last hour may be among what a crash took.
    simulation.passes(1);
    simulation.heal();
    const waiting = checkAtRest(simulation, limit * (HOURS + 1), where);
    waited += waiting.length;
    simulation.passes(HOUR_MS);
    disturb(simulation, random);
    simulation.passes(1);
    simulation.heal();
    const left = checkAtRest(simulation, limit * (HOURS + 2), where);
    expect(
      left.map(({ id }) => id),
      where,
    ).toEqual(waiting.slice(limit).map(({ id }) => id));
    for (let served = limit; served < waiting.length; served += limit) {
      simulation.passes(HOUR_MS);
      simulation.heal();
    }
    expect(checkAtRest(simulation, Number.POSITIVE_INFINITY, where), where).toEqual([]);
  }
  expect(waited).toBeGreaterThan(0);
  expect(crashes).toBeGreaterThan(0);
});
