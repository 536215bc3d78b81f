// Coupons under crashes, delays and repeated messages, most of them lent: one code to one reward, none lost, nobody refused while one is left.
// A failing seed is printed; run it alone with LAUREL_SEED.

import { expect, test } from "vitest";
import { lentOf } from "../../src/engine/coupons/coupon_lending.ts";
import { numbersOf } from "../../src/engine/coupons/coupon_numbers.ts";
import { runQuery } from "../../src/engine/mod.ts";
import { partitionOfReward } from "../../src/base/ids.ts";
import type { CouponLoan, CouponPool, CouponWaiter } from "../../src/model/coupon.ts";
import type { Reward } from "../../src/model/reward.ts";
import { isSoak } from "../support/profile.ts";
import { action, CLIENT, coupons, earn, on, programme } from "../support/story.ts";
import { entries, randomOf, seedsOf, Simulation } from "./simulation.ts";

const seeds = seedsOf(isSoak ? 500 : 2);
/** Of which one has its codes lent. */
const seedsOfCanceled = seedsOf(isSoak ? 500 : 1);
const of = { client: CLIENT, supplierId: "COUPON" };

/** Codes come as a file with the programme, or as an upload, which lends them to every partition while all that can go wrong does. */
function open(count: number, partitions: number, random: (below: number) => number): Simulation {
  const codes = Array.from({ length: count }, (_, n) => `C-${n}`);
  const isFile = random(2) === 0;
  const own = "javascript@runtime:context.getPerson().getRewards()[0].getRewardId()";
  const steps = [
    on("bought", { actions: [earn("COUPON")] }),
    on("regretted", { actions: [action("CANCEL_REWARD", { reward_id: own })] }),
  ];
  const supplier = coupons("COUPON", isFile ? codes : []);
  const simulation = new Simulation(programme(steps, { suppliers: [supplier] }), partitions, random);
  simulation.heal();
  if (isFile) return simulation;
  upload(simulation, codes);
  return simulation;
}

/** Bursts of events with a little of everything in between. */
function play(simulation: Simulation, random: (below: number) => number, buyers: number, regrets: boolean): void {
  for (let i = 0; i < buyers; i++) {
    simulation.send("bought", { email: `p${i}@x.com` });
    if (regrets && random(3) === 0) simulation.send("regretted", { email: `p${i - random(3)}@x.com` });
    if (random(10) === 0) simulation.passes(random(700));
    if (random(4) > 0) continue;
    for (let disturbances = random(24); disturbances > 0; disturbances--) simulation.disturb();
  }
  simulation.heal();
}

function stats(simulation: Simulation): { available: number; issued: number } {
  const sum = { available: 0, issued: 0 };
  for (const { context } of simulation.partitions) {
    const answer = runQuery(context, { kind: "coupon_stats", ...of, atMs: 0 });
    if (answer.kind !== "coupon_stats") throw new Error(answer.kind);
    sum.available += answer.available;
    sum.issued += answer.issued;
  }
  return sum;
}

/** What must hold whenever nothing is under way. Returns the codes that rewards have. */
function checkAtRest(simulation: Simulation, codes: number, where: string): string[] {
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  const rewards: Reward[] = entries(simulation, "reward");
  const given = rewards.flatMap(({ partnerRewardId }) => (partnerRewardId === null ? [] : [partnerRewardId]));
  expect(new Set(given).size, `${where}: a code is two rewards'`).toBe(given.length);
  expect(stats(simulation), `${where}: a code is lost`).toEqual({
    available: codes - given.length,
    issued: given.length,
  });
  const [pool]: CouponPool[] = entries(simulation, "pool");
  if (pool === undefined) return given;
  const loans: CouponLoan[] = entries(simulation, "couponLoan");
  const held = loans.reduce((sum, { numbers, used, passed }) => sum + numbers.length + used.length + passed.length, 0);
  expect(lentOf(pool), `${where}: the pool knows what is lent`).toBe(held);
  const free = [...numbersOf(pool), ...loans.flatMap(({ numbers }) => numbers)];
  expect(new Set(free).size, `${where}: a number is nobody's, and once`).toBe(codes - given.length);
  expect(
    loans.filter(({ isAsking }) => isAsking),
    `${where}: a partition waits for ever`,
  ).toEqual([]);
  expect([pool.loans?.recalling ?? [], pool.loans?.waiting ?? []], `${where}: a reward waits for ever`).toEqual([
    [],
    [],
  ]);
  const line = pool.line ?? { partitions: [], asking: [], opensMs: null };
  expect(line.asking, `${where}: a request is not answered`).toEqual([]);
  expect(
    line.partitions.filter(({ isCalled, named }) => isCalled || named.length > 0),
    `${where}: a partition has yet to name its own`,
  ).toEqual([]);
  const waiters: CouponWaiter[] = entries(simulation, "couponWaiter");
  const earned = rewards.filter(({ state }) => state === "EARNED");
  expect(waiters.map(({ rewardId }) => rewardId).toSorted(), `${where}: who has no code waits for one`).toEqual(
    earned.map(({ id }) => id).toSorted(),
  );
  const inLine = new Set(line.partitions.map(({ partition }) => partition));
  for (const { id } of earned) expect(inLine, `${where}: nobody will come for ${id}`).toContain(partitionOfReward(id));
  return given;
}

function upload(simulation: Simulation, listed: readonly string[]): void {
  const begin = { filename: null, requested: listed.length, isDiscarding: false };
  const operationId = simulation.asks({ kind: "begin_coupon_upload", ...of, ...begin });
  simulation.asks({ kind: "add_coupons", ...of, operationId, codes: listed, expires: null });
  simulation.asks({ kind: "end_coupon_upload", ...of, operationId, failure: null });
  simulation.commit();
}

test(`of n codes and more buyers, exactly n get one each; of fewer buyers, all: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 20_000,
}, () => {
  let [crashes, lent] = [0, 0];
  for (const seed of seeds) {
    const random = randomOf(seed);
    const partitions = 2 + random(2);
    const codes = 256 * partitions + 50 + random(400);
    const simulation = open(codes, partitions, random);
    play(simulation, random, codes + random(200) - 50, false);
    crashes += simulation.crashes;
    const where = `seed ${seed}`;
    const given = checkAtRest(simulation, codes, where);
    expect(given.length, where).toBe(Math.min(codes, simulation.acknowledged.length));
    lent += entries(simulation, "couponLoan").length;
    // Whatever is left finds a buyer, wherever that lives.
    for (let i = given.length; i <= codes; i++) simulation.send("bought", { email: `late${i}@x.com` });
    simulation.heal();
    expect(checkAtRest(simulation, codes, where), where).toHaveLength(codes);
  }
  expect(crashes).toBeGreaterThan(seeds.length / 2);
  expect(lent).toBeGreaterThan(seeds.length);
});

test(`what is canceled while its code is on its way comes back: ${seedsOfCanceled.length} seeds`, {
  timeout: 60_000 + seedsOfCanceled.length * 20_000,
}, () => {
  for (const seed of seedsOfCanceled) {
    const random = randomOf(seed + 1_000);
    const partitions = 2 + random(2);
    const codes = 256 * partitions + 50 + random(300);
    const simulation = open(codes, partitions, random);
    play(simulation, random, codes, true);
    checkAtRest(simulation, codes, `seed ${seed}`);
  }
});

test(`who waits is served by later uploads, the first to earn first, whatever happens meanwhile: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 20_000,
}, () => {
  let [waited, crashes] = [0, 0];
  for (const seed of seeds) {
    const random = randomOf(seed + 2_000);
    const partitions = 2 + random(3);
    let codes = 1 + random(40);
    const simulation = open(codes, partitions, random);
    const disturb = (): void => {
      for (let disturbances = random(40); disturbances > 0; disturbances--) simulation.disturb();
    };
    for (let i = 0; i < 400; i++) {
      simulation.send("bought", { email: `p${i}@x.com` });
      if (random(5) === 0) simulation.send("regretted", { email: `p${i - random(60)}@x.com` });
      if (random(40) > 0) continue;
      const count = random(80);
      upload(
        simulation,
        Array.from({ length: count }, (_, n) => `U${codes + n}`),
      );
      codes += count;
      disturb();
    }
    simulation.heal();
    const where = `seed ${seed}`;
    checkAtRest(simulation, codes, where);
    crashes += simulation.crashes;
    const waiting = (entries(simulation, "reward") as Reward[]).filter(({ state }) => state === "EARNED");
    waited += waiting.length;
    const count = Math.floor(waiting.length / 2);
    upload(
      simulation,
      Array.from({ length: count }, (_, n) => `V${n}`),
    );
    disturb();
    simulation.heal();
    checkAtRest(simulation, codes + count, where);
    const first = waiting.toSorted((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)).slice(0, count);
    const served = new Set(
      (entries(simulation, "reward") as Reward[]).flatMap(({ id, partnerRewardId }) =>
        partnerRewardId?.startsWith("V") === true ? [id] : [],
      ),
    );
    expect(served, where).toEqual(new Set(first.map(({ id }) => id)));
  }
  expect(waited).toBeGreaterThan(0);
  expect(crashes).toBeGreaterThan(0);
});
