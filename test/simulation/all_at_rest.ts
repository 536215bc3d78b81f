// What must be true of everything when nothing is under way.

import { expect } from "vitest";
import { partitionOfReward } from "../../src/base/ids.ts";
import { listOf } from "../../src/engine/rewards/reward_index.ts";
import { walkList } from "../../src/engine/rewards/reward_places.ts";
import { SHARE_VALUE_UNIT } from "../../src/model/budget.ts";
import { type EndedStatus, type Job, jobKey } from "../../src/model/job.ts";
import type { Person, Step } from "../../src/model/person.ts";
import { balanceOf } from "../../src/model/points.ts";
import type { Reward } from "../../src/model/reward.ts";
import type { EntryKind, EntryKinds } from "../../src/model/state.ts";
import { checkPages } from "../support/paged_rewards.ts";
import { CLIENT } from "../support/story.ts";
import { entries, personsOf, type Simulation } from "./simulation.ts";

const EVERYTHING = { prefix: "", after: null, limit: 100_000, isReverse: false };

export function checkAllAtRest(simulation: Simulation, where: string): void {
  const { live, replayed } = simulation.hashes();
  expect(live, `${where}: replay equals live`).toEqual(replayed);
  checkNobodyWaits(simulation, where);
  const persons = new Persons(simulation);
  checkKeys(simulation, persons, where);
  checkEvents(simulation, persons, where);
  checkRewards(simulation, persons, where);
  checkBudgets(simulation, where);
  checkAudiences(simulation, persons, where);
  checkRelationships(simulation, persons, where);
  checkJobs(simulation, where);
  checkTimers(simulation, where);
}

/** With its key and partition. */
export function listed<K extends EntryKind>(
  simulation: Simulation,
  kind: K,
): { readonly key: string; readonly partition: number; readonly value: EntryKinds[K] }[] {
  return simulation.partitions.flatMap(({ state }, partition) =>
    state.list(kind, EVERYTHING).map((each) => ({ ...each, partition })),
  );
}

/** Of all partitions. */
export class Persons {
  readonly all: readonly Person[];
  /** Who is nobody else. */
  readonly final: readonly Person[];
  readonly #byId: ReadonlyMap<string, Person>;
  readonly #stepsOf = new Map<string, readonly Step[]>();

  constructor(simulation: Simulation) {
    this.all = personsOf(simulation);
    this.#byId = new Map(this.all.map((person) => [person.id, person]));
    this.final = this.all.filter(({ forwardedTo }) => forwardedTo === null);
    for (const { state } of simulation.partitions) {
      for (const { key, value } of state.list("person", EVERYTHING)) {
        const older = state.list("stepPage", { ...EVERYTHING, prefix: `${key}/` }).flatMap((page) => page.value.steps);
        this.#stepsOf.set(key, [...older, ...state.hotSteps(value)]);
        checkPages(state, value, `person ${key}`);
      }
    }
  }

  stepsOf(person: Person): readonly Step[] {
    return this.#stepsOf.get(person.id) ?? [];
  }

  /** Links followed; undefined: nobody. */
  finally(id: string): Person | undefined {
    const person = this.#byId.get(id);
    return person === undefined || person.forwardedTo === null ? person : this.finally(person.forwardedTo);
  }
}

/** Events that are due are listed by person, in their partition. */
function checkTimers(simulation: Simulation, where: string): void {
  const wanted = listed(simulation, "timer").flatMap(({ key, value, partition }) =>
    "event" in value ? [`${partition} ${value.personId}/${key}`] : [],
  );
  const listedBy = listed(simulation, "personTimer").map(({ key, partition }) => `${partition} ${key}`);
  expect(listedBy.toSorted(), `${where}: timers by person`).toEqual(wanted.toSorted());
}

function checkNobodyWaits(simulation: Simulation, where: string): void {
  const waits = (entries(simulation, "person") as Person[]).filter(
    ({ isWaiting, mergesInto, isForwarding, forwardedTo }) =>
      isWaiting || mergesInto !== null || (isForwarding && forwardedTo === null),
  );
  expect(waits, `${where}: a person waits for ever`).toEqual([]);
  for (const kind of ["waiting", "stash", "heldReward"] as const)
    expect(entries(simulation, kind), `${where}: ${kind} for ever`).toEqual([]);
  for (const lease of entries(simulation, "lease")) {
    const isLeft = lease.isAsking || lease.waiting.length > 0 || (lease.decided ?? []).length > 0;
    expect(isLeft, `${where}: a partition waits for a budget for ever`).toBe(false);
  }
  for (const budget of entries(simulation, "budget"))
    expect([...budget.waiting, ...budget.recalling], `${where}: a budget waits for ever`).toEqual([]);
  const operations = entries(simulation, "audienceOperation").filter(({ state }) => state === "BUILDING");
  expect(operations, `${where}: an operation goes on for ever`).toEqual([]);
}

/** N1 of `2_identity.ts`: whoever has an e-mail or a device is found by it, and nobody else is. */
function checkKeys(simulation: Simulation, persons: Persons, where: string): void {
  const owners = new Map(listed(simulation, "key").map(({ key, value }) => [key, value.personId]));
  for (const person of persons.final) {
    const { id, email, partnerUserId, shareables } = person;
    const own = [
      email === null ? [] : [`email/${email}`],
      partnerUserId === null ? [] : [`partner_user_id/${partnerUserId}`],
      shareables.map(({ code }) => `advocate_code/${code}`),
    ].flat();
    for (const key of own) {
      const owner = persons.finally(owners.get(`${CLIENT}/${key}`) ?? "");
      expect(owner?.id, `${where}: ${key} leads to who has it`).toBe(id);
    }
  }
  for (const [key, owner] of owners)
    if (/^acme\/(email|partner_user_id|device)\//.test(key))
      expect(persons.finally(owner), `${where}: ${key} leads to somebody`).toBeDefined();
}

/** Every acknowledged event made its step once, or its refusal is listed; ids of orders are claimed by what counts. */
function checkEvents(simulation: Simulation, persons: Persons, where: string): void {
  const refused = new Set(
    entries(simulation, "meta").flatMap(({ rejected }) => rejected.map(({ eventId }) => eventId)),
  );
  const counted = new Map<string, number>();
  const claimed: string[] = [];
  for (const person of persons.final) {
    const steps = persons.stepsOf(person);
    const ids = new Set(steps.map(({ id }) => id));
    expect(ids.size, `${where}: ${person.id} has a step twice`).toBe(steps.length);
    for (const { rootEventId, name, isPrimary, isDuplicate, partnerEventId } of steps) {
      if (!isPrimary) continue;
      const key = `${rootEventId} ${name === "revisited" ? "visited" : name}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
      if (name === "bought" && !isDuplicate) claimed.push(`${rootEventId} ${partnerEventId?.value ?? ""}`);
    }
    checkTotals(person, steps, where);
  }
  const messages = new Map<string, number>();
  for (const { eventId, name, messageId } of simulation.acknowledged) {
    const times = counted.get(`${eventId} ${name}`) ?? 0;
    if (messageId !== null) messages.set(messageId, (messages.get(messageId) ?? 0) + times);
    const isRight = times === 1 || (times === 0 && refused.has(eventId));
    expect(isRight, `${where}: ${name} ${eventId} counted ${times} times`).toBe(true);
  }
  for (const [messageId, times] of messages) expect(times, `${where}: ${messageId} counted again`).toBeLessThan(2);
  const claims = listed(simulation, "partnerEvent").flatMap(({ key, value }) =>
    Object.entries(value.claims).flatMap(([controller, eventId]) =>
      controller === "bought" ? [`${eventId} ${key.slice(key.lastIndexOf("/") + 1)}`] : [],
    ),
  );
  expect(claims.toSorted(), `${where}: orders are claimed by what counts`).toEqual(claimed.toSorted());
}

/** P2 of `model/person.ts`. */
function checkTotals({ id, stepTotals }: Person, steps: readonly Step[], where: string): void {
  const counts: { [key: string]: number } = {};
  for (const { campaignId, name, isDuplicate } of steps) {
    if (isDuplicate) continue;
    for (const key of [`${campaignId}/${name.toLowerCase()}`, `*/${name.toLowerCase()}`])
      counts[key] = (counts[key] ?? 0) + 1;
  }
  const totals = Object.fromEntries(Object.entries(stepTotals).map(([key, { count }]) => [key, count]));
  expect(totals, `${where}: totals of ${id}`).toEqual(counts);
}

/** What persons, lists and indexes say of rewards; no cause pays twice. */
function checkRewards(simulation: Simulation, persons: Persons, where: string): void {
  const rewards: Reward[] = entries(simulation, "reward");
  const summaries = new Map(
    persons.final.flatMap((person) => person.rewards.map((own) => [own.id, { own, person }] as const)),
  );
  const counted = persons.final.flatMap(({ rewards: own }) => own.map(({ id }) => id));
  expect(counted.toSorted(), `${where}: persons count what there is, once`).toEqual(
    rewards.map(({ id }) => id).toSorted(),
  );
  for (const reward of rewards) {
    const { own, person } = summaries.get(reward.id) ?? {};
    expect(person?.id, `${where}: ${reward.id} is its person's`).toBe(persons.finally(reward.personId)?.id);
    const said = [own?.state, own?.isFulfilFailed, own?.partnerRewardId];
    const { state, isFulfilFailed, partnerRewardId } = reward;
    expect(said, `${where}: the summary of ${reward.id}`).toEqual([state, isFulfilFailed, partnerRewardId]);
  }
  const causes = rewards.map(({ rootEventId, causeEventId, actionId, personId, supplierId, program }) => {
    // Two reminders of one event are two causes.
    const cause = supplierId === "CREDIT" && rootEventId !== causeEventId ? `${causeEventId} ${personId}` : rootEventId;
    return `${cause} ${actionId} ${supplierId} ${program}`;
  });
  const twice = causes.filter((cause, at) => causes.indexOf(cause) !== at);
  expect(twice, `${where}: a cause paid twice`).toEqual([]);
  const codes = rewards.flatMap(({ supplierId, partnerRewardId }) =>
    supplierId === "COUPON" && partnerRewardId !== null ? [partnerRewardId] : [],
  );
  expect(new Set(codes).size, `${where}: a code went out twice`).toBe(codes.length);
  checkLists(simulation, rewards, where);
  checkPoints(persons, where);
}

/** X1 of `reward_index.ts`. */
function checkLists(simulation: Simulation, rewards: readonly Reward[], where: string): void {
  simulation.partitions.forEach(({ state }, partition) => {
    const here = rewards.filter(({ id }) => partitionOfReward(id) === partition);
    const found = (list: string): string[] => {
      const ids: string[] = [];
      const walk = walkList(state, list, null);
      for (let place = walk.at(); place !== null; place = walk.at()) {
        ids.push(place.slice(-24));
        walk.next();
      }
      return ids.toSorted();
    };
    const ids = (those: readonly Reward[]): string[] => those.map(({ id }) => id).toSorted();
    expect(found(listOf(CLIENT, null)), `${where}: all rewards of ${partition}`).toEqual(ids(here));
    for (const name of ["EARNED", "FULFILLED", "CANCELED", "FAILED", "EXPIRED", "SENT", "REDEEMED", "REVOKED"]) {
      const list = listOf(CLIENT, { name: "state", value: name });
      expect(found(list), `${where}: ${name} of ${partition}`).toEqual(ids(here.filter((own) => own.state === name)));
    }
    const byRoot = state.list("rewardIndex", { ...EVERYTHING, prefix: `${CLIENT}/root_event\0` });
    expect(byRoot.map(({ value }) => value.rewardId).toSorted(), `${where}: by their events`).toEqual(ids(here));
  });
}

/** P1 of `model/points.ts`. */
function checkPoints(persons: Persons, where: string): void {
  for (const { id, points } of persons.final) {
    for (const account of Object.values(points?.accounts ?? {})) {
      const left = account.lots.reduce((sum, lot) => sum + lot.left, 0);
      expect(balanceOf(account), `${where}: points of ${id}`).toBe(left - account.owed);
    }
  }
}

/** B1 of `budgets.ts`, and that what is granted is what rewards have. */
function checkBudgets(simulation: Simulation, where: string): void {
  const rewards: Reward[] = entries(simulation, "reward");
  const leases = listed(simulation, "lease");
  for (const { key, partition, value: lease } of leases) {
    const name = key.slice(CLIENT.length + 1);
    const holders = rewards.filter(({ id, budgets }) => partitionOfReward(id) === partition && budgets.includes(name));
    const value = holders.reduce((sum, { faceValue }) => sum + Math.round(faceValue * SHARE_VALUE_UNIT), 0);
    expect(lease.granted, `${where}: granted of ${key} in ${partition}`).toEqual({ count: holders.length, value });
  }
  for (const { key, value: budget } of listed(simulation, "budget")) {
    const sum = { count: 0, value: 0 };
    for (const { value: lease } of leases.filter((own) => own.key === key)) {
      sum.count += lease.granted.count + lease.left.count;
      sum.value += lease.granted.value + lease.left.value;
    }
    expect(budget.leased, `${where}: leased of ${key}`).toEqual(sum);
  }
}

/** V1 of `memberships.ts`. */
function checkAudiences(simulation: Simulation, persons: Persons, where: string): void {
  const members = persons.final.flatMap(({ id, memberships }) =>
    memberships.map(({ audienceId }) => `${CLIENT}/${audienceId}/${id}`),
  );
  const known = listed(simulation, "audienceMember").map(({ key }) => key);
  expect(known.toSorted(), `${where}: members`).toEqual(members.toSorted());
  const sum = entries(simulation, "audienceSize").reduce((total, { count }) => total + count, 0);
  expect(sum, `${where}: how many members`).toBe(members.length);
}

/**
 * Each side knows of the other, as who it is by now, and nobody is related to himself. On several nodes word of a merge may overtake that of the
 * relationship: then one side knows the other by its former id, which leads to the same person.
 */
function checkRelationships({ isOneNode }: Simulation, persons: Persons, where: string): void {
  const nameOf = (id: string): string => (isOneNode ? id : (persons.finally(id)?.id ?? id));
  const ids: string[] = [];
  const sides = new Set<string>();
  const others = new Set<string>();
  for (const { id, relationships } of persons.final) {
    for (const { myRole, otherPersonId, campaignId } of relationships) {
      ids.push(`${myRole} ${id} ${otherPersonId} ${campaignId}`);
      sides.add(`${myRole} ${id} ${nameOf(otherPersonId)} ${campaignId}`);
      others.add(`${myRole === "FRIEND" ? "ADVOCATE" : "FRIEND"} ${nameOf(otherPersonId)} ${id} ${campaignId}`);
      expect(otherPersonId, `${where}: related to himself`).not.toBe(id);
    }
  }
  expect(new Set(ids).size, `${where}: a relationship twice`).toBe(ids.length);
  expect([...others].toSorted(), `${where}: both sides know of each other`).toEqual([...sides].toSorted());
}

/** Jobs stand where they say. */
function checkJobs(simulation: Simulation, where: string): void {
  const jobs: Job[] = entries(simulation, "job");
  const ready = entries(simulation, "readyPage").flatMap((page) => page.jobs.map((job) => job.jobKey));
  const isReady = ({ status, place }: Job): boolean => status === "WAITING" && place !== null;
  expect(ready.toSorted(), `${where}: jobs that are ready`).toEqual(jobs.filter(isReady).map(jobKey).toSorted());
  const ended = entries(simulation, "jobEnded").map((each) => each.jobKey);
  const hasEnded = ({ status }: Job): boolean =>
    (["DONE", "DEAD"] satisfies EndedStatus[] as string[]).includes(status);
  expect(ended.toSorted(), `${where}: jobs that have ended`).toEqual(jobs.filter(hasEnded).map(jobKey).toSorted());
}
