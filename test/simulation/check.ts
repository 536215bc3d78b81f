// What must be true of a simulation that has come to rest.

import { expect } from "vitest";
import type { Person } from "../../src/model/person.ts";
import { withAllRewards } from "../support/paged_rewards.ts";
import type { Simulation } from "./simulation.ts";

export function check(simulation: Simulation, where: string): void {
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  const people = peopleOf(simulation);
  const converted = people.flatMap((person) =>
    person.steps.filter((step) => step.name === "converted" && !step.isDuplicate),
  );
  const orders = converted.map((step) => step.partnerEventId?.value ?? "");
  expect(new Set(orders).size, `${where}: an order counted twice`).toBe(orders.length);
  const wanted = new Set(simulation.acknowledged.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])));
  const lost = [...wanted].filter((order) => !orders.includes(order));
  expect(lost, `${where}: acknowledged and lost`).toEqual([]);
  const told = people.flatMap((person) => person.steps.filter((step) => step.name === "friend_converted"));
  expect(told.length, `${where}: the advocate hears of each order once`).toBe(orders.length);
  const rewards = people.flatMap((person) => person.rewards);
  for (const supplier of ["CREDIT", "COUPON"]) {
    const paid = rewards.filter((reward) => reward.supplierId === supplier).map(orderOf);
    expect(paid.toSorted(), `${where}: ${supplier} once an order`).toEqual(orders.toSorted());
  }
  const codes = rewards.filter((reward) => reward.supplierId === "COUPON").map((reward) => reward.partnerRewardId);
  expect(new Set(codes).size, `${where}: a coupon went out twice`).toBe(codes.length);
  expect(
    people.some((person) => person.isWaiting),
    `${where}: somebody waits for ever`,
  ).toBe(false);
  const counted = new Set(converted.map((step) => `${step.rootEventId} ${step.partnerEventId?.value ?? ""}`));
  const idle = claims(simulation).filter((claim) => !counted.has(claim));
  expect(idle, `${where}: claimed, and counted nowhere`).toEqual([]);
}

/** "event order" of every order that is claimed. */
function claims(simulation: Simulation): string[] {
  const all = { prefix: "", after: null, limit: 100_000, isReverse: false };
  return simulation.partitions
    .flatMap(({ state }) => state.list("partnerEvent", all))
    .flatMap(({ key, value }) =>
      Object.values(value.claims).map((eventId) => `${eventId} ${key.slice(key.lastIndexOf("/") + 1)}`),
    );
}

function orderOf(reward: Person["rewards"][number]): string {
  const order = reward.data["order_id"];
  return typeof order === "string" ? order : "";
}

/** Everybody who was not merged into somebody else, with all steps. */
function peopleOf(simulation: Simulation): Person[] {
  return simulation.partitions.flatMap(({ state }) => {
    const all = { prefix: "", after: null, limit: 100_000, isReverse: false };
    return state
      .list("person", all)
      .filter(({ value }) => value.forwardedTo === null)
      .map(({ key, value }) => {
        const older = state.list("stepPage", { ...all, prefix: `${key}/` }).flatMap((page) => page.value.steps);
        return { ...withAllRewards(state, value), steps: [...older, ...state.hotSteps(value)] };
      });
  });
}
