// A back-test: the same log folded by other campaigns. What it says must be what a node that had run them would have done.

import { describe, expect, test } from "vitest";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { messageIdentity } from "../../src/engine/mod.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";
import type { Program } from "../../src/rules/mod.ts";
import { contentHash } from "../../src/store/mod.ts";
import type { FoldedPartition } from "../../src/runtime/folded_partition.ts";
import { Counterfactual } from "../../src/runtime/backtest/counterfactual.ts";
import { Lane } from "../../src/runtime/backtest/lane.ts";
import { LoggedMessages } from "../../src/runtime/backtest/logged_messages.ts";
import { demoProgram, randomOf, Simulation } from "../simulation/simulation.ts";
import { isSoak } from "../support/profile.ts";

const demo = demoProgram();
const couponForSharing = {
  action_type: "EARN_REWARD",
  action_id: "a-share-coupon",
  reward_supplier_id: "COUPON",
  reward_name: "for sharing",
};
const SEEDS = isSoak ? 500 : 3;
const EVENTS = 30;

describe("by the programs that decided", () => {
  test(`it comes to the state that the log comes to, crashes, repetitions and timers included: ${SEEDS} seeds`, {
    timeout: 60_000 + SEEDS * 2_000,
  }, () => {
    let duplicates = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomOf(seed);
      const simulation = new Simulation(demo, 2 + random(4), random);
      people(simulation, random, () => {
        for (let n = 0; n < 12; n++) simulation.disturb();
        if (random(4) === 0) simulation.passes(40 * 86_400_000);
      });
      const folded = foldAgain(simulation, () => simulation.program);
      const hashes = folded.map(({ state, store }, partition) => {
        state.checkpoint(simulation.partitions[partition]?.log.length ?? 0);
        return contentHash(store);
      });
      expect(hashes, `seed ${seed}`).toEqual(simulation.hashes().replayed);
      duplicates += simulation.duplicates;
    }
    expect(duplicates).toBeGreaterThan(0);
  });
});

describe("by other programs", () => {
  test("it gives the rewards of a node that had run them from the beginning", {
    timeout: 60_000 + SEEDS * 2_000,
  }, () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const happened = undisturbed(demo, seed);
      const otherwise = undisturbed(generous, seed);
      const folded = foldAgain(happened, () => otherwise.program);
      const rewards = rewardsOf(folded);
      expect(rewards, `seed ${seed}`).toEqual(rewardsOf(otherwise.partitions));
      expect(rewards).not.toEqual(rewardsOf(happened.partitions));
    }
  });

  test("it gives what happened where they begin behind the end of the log, and both where they begin in the middle", () => {
    const happened = undisturbed(demo, 1);
    const { program } = undisturbed(generous, 1);
    const times = recordsOf(happened).map(({ timeMs }) => timeMs);
    const middleMs = times[Math.floor(times.length / 2)] ?? 0;
    const from = (fromMs: number): string[] =>
      rewardsOf(foldAgain(happened, (nowMs) => (nowMs < fromMs ? happened.program : program)));
    expect(from(Number.POSITIVE_INFINITY)).toEqual(rewardsOf(happened.partitions));
    const values = from(middleMs).filter((each) => each.startsWith("CREDIT"));
    expect(values.some((each) => each.startsWith("CREDIT 25 "))).toBe(true);
    expect(values.some((each) => each.startsWith("CREDIT 40 "))).toBe(true);
  });
});

describe("messages of a fold", () => {
  const message = (name: string): { toPartition: number; record: { timeMs: number } & Message["record"] } => ({
    toPartition: 1,
    record: { kind: recordKinds.message, flags: 0, timeMs: 0, idHigh: 0, idLow: 0, payload: Buffer.from(name) },
  });
  type Message = Parameters<Lane["send"]>[1];
  const named = (messages: readonly Message[]): string[] => messages.map(({ record }) => String(record.payload));

  test("wait for those of the log that have the same cause, and go at once where the log has none", () => {
    const lane = new Lane(1, [3, 3, 5]);
    lane.send(3, message("a"));
    lane.send(3, message("b"));
    lane.send(3, message("one more"));
    expect(named(lane.unawaited())).toEqual([]);
    expect(named(lane.logged())).toEqual(["a"]);
    // What is behind the last one that was awaited goes with it.
    expect(named(lane.logged())).toEqual(["b", "one more"]);
    lane.send(4, message("c"));
    expect(named(lane.unawaited())).toEqual(["c"]);
  });

  test("never overtake each other, and what was not sent holds up nothing", () => {
    const lane = new Lane(1, [3, 5]);
    lane.send(4, message("before"));
    lane.send(5, message("awaited"));
    lane.send(6, message("behind"));
    expect(named(lane.unawaited())).toEqual(["before"]);
    // Stands for the cause 3, which sent nothing this time.
    expect(named(lane.logged())).toEqual([]);
    lane.send(7, message("at the end"));
    expect(named(lane.logged())).toEqual(["awaited", "behind", "at the end"]);
    expect(named(lane.rest())).toEqual([]);
  });

  test("repeated in the log stand for nothing", () => {
    const logged = new LoggedMessages(2);
    expect(logged.note(1, { source: 0, sequence: 7, n: 0 })).toBe(true);
    expect(logged.note(1, { source: 0, sequence: 7, n: 1 })).toBe(true);
    expect(logged.note(1, { source: 0, sequence: 7, n: 0 })).toBe(false);
    expect(logged.note(1, { source: 1, sequence: 7, n: 0 })).toBe(true);
    expect(logged.causes(0, 1)).toEqual([7, 7]);
  });
});

/** Advocates earn 40 instead of the demo's 25, and a share earns a coupon. */
const generous: ProgramDocument = {
  ...demo,
  suppliers: demo.suppliers.map((supplier) => (supplier.id === "CREDIT" ? { ...supplier, face_value: 40 } : supplier)),
  campaigns: demo.campaigns.map((campaign) => ({
    ...campaign,
    steps: campaign.steps.map((step) =>
      step.type !== "JOURNEY_ENTRY" && step.name === "shared" ? { ...step, actions: [couponForSharing] } : step,
    ),
  })),
};

function undisturbed(document: ProgramDocument, seed: number): Simulation {
  const random = randomOf(seed);
  const simulation = new Simulation(document, 4, random);
  people(simulation, random, () => simulation.heal());
  return simulation;
}

function people(simulation: Simulation, random: (below: number) => number, between: () => void): void {
  simulation.heal();
  simulation.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
  simulation.heal();
  for (let n = 0; n < EVENTS; n++) {
    const friend = random(6);
    const device = { partner_user_id: `device${friend}` };
    if (random(3) === 0) simulation.send("shared", device);
    const keys = random(2) === 0 ? device : {};
    const order = { order_id: `order-${n}`, cart_value: "10" };
    simulation.send("converted", { email: `friend${friend}@y.com`, advocate_code: "CODE", ...order, ...keys });
    if (random(5) === 0) simulation.send("canceled", { order_id: `order-${n}` });
    between();
  }
  simulation.heal();
}

function foldAgain(simulation: Simulation, programAt: (nowMs: number) => Program): readonly FoldedPartition[] {
  const records = recordsOf(simulation);
  const partitions = simulation.partitions.length;
  const logged = new LoggedMessages(partitions);
  for (const { kind, partition, payload } of records)
    if (kind === recordKinds.message) logged.noteMessage(partition, payload);
  let nowMs = 0;
  const programs = { find: () => programAt(nowMs) };
  const fold = new Counterfactual({ partitions, programs, logged, onTime: (timeMs) => (nowMs = timeMs) });
  // Programs come from nowhere here, and not from the configuration's actor.
  for (const record of records) {
    if (record.kind === recordKinds.config) fold.folded[record.partition]?.apply(record);
    else fold.take(record);
  }
  fold.end();
  return fold.folded;
}

/** All partitions' records as one log: the earliest first, and no message before what caused it. */
function recordsOf(simulation: Simulation): LogRecord[] {
  const logs = simulation.partitions.map(({ log }) => log);
  const read = logs.map(() => 0);
  const ordered: LogRecord[] = [];
  for (;;) {
    const heads = logs.flatMap((log, partition) => log[read[partition] ?? 0] ?? []);
    const [first] = heads.filter((head) => isCaused(head, read)).toSorted((a, b) => a.timeMs - b.timeMs);
    if (first === undefined && heads.length > 0) throw new Error("a message lies in the log before its cause");
    if (first === undefined) return ordered;
    read[first.partition] = first.sequence;
    ordered.push(first);
  }
}

/** The program's first record comes from nowhere. */
function isCaused(record: LogRecord, read: readonly number[]): boolean {
  if (record.kind !== recordKinds.message) return true;
  const { source, sequence } = messageIdentity(record.payload);
  return (read[source] ?? 0) >= sequence;
}

function rewardsOf(partitions: readonly Pick<FoldedPartition, "state">[]): string[] {
  return partitions
    .flatMap(({ state }) => state.list("reward", { prefix: "", after: null, limit: 100_000, isReverse: false }))
    .map(({ value }) => `${value.supplierId} ${value.faceValue} ${value.state} ${value.rootEventId} ${value.personId}`)
    .toSorted();
}
