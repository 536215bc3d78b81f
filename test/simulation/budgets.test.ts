// Budgets under crashes, delays and repeated messages: a limit of N grants exactly N, whatever happens, and nothing waits for ever.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import type { BudgetLimit, Lease } from "../../src/model/budget.ts";
import type { HeldReward, Reward } from "../../src/model/reward.ts";
import { isSoak } from "../support/profile.ts";
import { action, campaign, earn, fromEvent, on, programme, supplier } from "../support/story.ts";
import { entries, personsOf, randomOf, seedsOf, Simulation } from "./simulation.ts";

const seeds = seedsOf(isSoak ? 5_000 : 3);
const EVENTS = 60;
const DISTURBANCES_PER_EVENT = 8;

interface Terms {
  readonly ofCampaign: BudgetLimit | null;
  readonly ofSupplier: BudgetLimit | null;
}

function open(random: (below: number) => number, { ofCampaign, ofSupplier }: Terms): Simulation {
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const steps = [
    on("won", { actions: [earn("CASH", { value_of_event_being_rewarded: fromEvent("value") })] }),
    on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
  ];
  const cash = supplier("CASH", {
    face_value_algorithm_type: "CASH_BACK",
    cash_back_percentage: 1,
    ...(ofSupplier === null ? {} : { budget: ofSupplier }),
  });
  const document = programme(steps, { suppliers: [cash] });
  const campaigns = [campaign(steps, ofCampaign === null ? {} : { budget: ofCampaign })];
  const simulation = new Simulation({ ...document, campaigns }, 2 + random(6), random);
  simulation.heal();
  return simulation;
}

function play(simulation: Simulation, random: (below: number) => number, regrets: boolean): void {
  simulation.toldAtOnce = 1 + random(3);
  for (let i = 0; i < EVENTS; i++) {
    const email = `p${regrets ? random(EVENTS) : i}@x.com`;
    if (regrets && random(4) === 0) simulation.send("regretted", { email });
    else simulation.send("won", { email, value: String(1 + random(9) / 4) });
    for (let j = 0; j < DISTURBANCES_PER_EVENT; j++) simulation.disturb();
  }
  simulation.heal();
}

/** What must hold whenever nothing is under way. */
function checkAtRest(simulation: Simulation, where: string): Reward[] {
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  const held: HeldReward[] = entries(simulation, "heldReward");
  expect(held, `${where}: a reward waits for ever`).toEqual([]);
  for (const lease of entries(simulation, "lease")) {
    const isLeft = lease.isAsking || lease.waiting.length > 0 || (lease.decided ?? []).length > 0;
    expect(isLeft, `${where}: a partition waits for ever`).toBe(false);
  }
  for (const budget of entries(simulation, "budget")) {
    expect([...budget.waiting, ...budget.recalling], `${where}: a budget waits for ever`).toEqual([]);
  }
  const rewards: Reward[] = entries(simulation, "reward");
  const known = new Set(rewards.map(({ id }) => id));
  const counted = personsOf(simulation).flatMap(({ rewards: own }) => own.map(({ id }) => id));
  expect(new Set(counted), `${where}: persons count what there is`).toEqual(known);
  return rewards;
}

/** Of one budget over all partitions. */
function grantedBy(simulation: Simulation, name: string): { count: number; value: number } {
  const sum = { count: 0, value: 0 };
  for (const { state } of simulation.partitions) {
    const lease: Lease | undefined = state.find("lease", `acme/${name}`);
    sum.count += lease?.granted.count ?? 0;
    sum.value += (lease?.granted.value ?? 0) / 10_000;
  }
  return sum;
}

test.each([1, 7, 30, 200])(
  `a limit of %i grants as many, or all that are wanted: ${seeds.length} seeds`,
  {
    timeout: 60_000 + seeds.length * 2_000,
  },
  (limit) => {
    let crashes = 0;
    let carriedOn = 0;
    for (const seed of seeds) {
      const random = randomOf(seed * 1000 + limit);
      const simulation = open(random, { ofCampaign: { count: limit, value: null }, ofSupplier: null });
      play(simulation, random, false);
      crashes += simulation.crashes;
      carriedOn += simulation.messages().filter(({ kind }) => kind === "carry_lease_on").length;
      const where = `seed ${seed}`;
      const rewards = checkAtRest(simulation, where);
      const wanted = simulation.acknowledged.length;
      expect(rewards.length, where).toBe(Math.min(limit, wanted));
      expect(grantedBy(simulation, "campaign/7078000000000000001").count, where).toBe(rewards.length);
    }
    expect(crashes).toBeGreaterThan(seeds.length / 2);
    expect(carriedOn).toBeGreaterThan(seeds.length / 2);
  },
);

test(`of two budgets neither is exceeded, and what is canceled comes back: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 2_000,
}, () => {
  for (const seed of seeds) {
    const random = randomOf(seed);
    const limit = { count: 3 + random(20), value: 10 + random(30) };
    const simulation = open(random, {
      ofCampaign: { count: limit.count, value: null },
      ofSupplier: { count: null, value: limit.value },
    });
    const where = `seed ${seed}`;
    play(simulation, random, true);
    const kept = checkAtRest(simulation, where).filter(({ state }) => state !== "CANCELED");
    const value = kept.reduce((sum, { faceValue }) => sum + faceValue, 0);
    expect(kept.length, where).toBeLessThanOrEqual(limit.count);
    expect(value, where).toBeLessThanOrEqual(limit.value + 1e-9);
    expect(grantedBy(simulation, "campaign/7078000000000000001").count, where).toBe(kept.length);
    expect(grantedBy(simulation, "supplier/CASH").value, where).toBeCloseTo(value, 6);
    // What is left is granted to whoever comes next, as far as it goes.
    const left = Math.min(limit.count - kept.length, Math.floor(limit.value - value));
    for (let i = 0; i < 40; i++) simulation.send("won", { email: `late${i}@x.com`, value: "1" });
    simulation.heal();
    const after = checkAtRest(simulation, where).filter(({ state }) => state !== "CANCELED");
    expect(after.length - kept.length, where).toBe(Math.min(40, left));
  }
});
