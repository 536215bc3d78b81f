// What must be true at rest of what `wider_world.ts` adds.

import { expect } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import { runQuery } from "../../src/engine/mod.ts";
import { POINTS_ROWS_MAX } from "../../src/engine/limits.ts";
import type { Person } from "../../src/model/person.ts";
import { POINT_PARTS, type PointsAccount } from "../../src/model/points.ts";
import type { Reward } from "../../src/model/reward.ts";
import { shareKeys } from "../../src/engine/person/keys.ts";
import { MERGED } from "../../src/engine/person/merge.ts";
import { CLIENT } from "../support/story.ts";
import { listed, Persons } from "./all_at_rest.ts";
import { COUPONS } from "./everything_world.ts";
import { OFFER } from "./wider_world.ts";
import { entries, type Simulation } from "./simulation.ts";

const SUPPLIERS_OF_POINTS = ["POINTS", "STARS"];
/** Until they are redeemed, or taken back, or end. */
const LASTING = ["EARNED", "FULFILLED", "SENT"];
const POLLED_MS = 20 * 3_600_000;

/** Of one simulation. */
export class WiderAtRest {
  readonly #simulation: Simulation;
  /** Names of those that there were the last time. */
  #files: ReadonlySet<string> = new Set();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  check(where: string): void {
    const simulation = this.#simulation;
    const persons = new Persons(simulation);
    const rewards: Reward[] = entries(simulation, "reward");
    checkPoints(persons, rewards, where);
    checkEnds(simulation, rewards, where);
    checkPolled(simulation, persons, where);
    checkCounts(simulation, rewards, where);
    checkCodes(simulation, rewards, where);
    checkReviews(simulation, persons, where);
    checkShares(simulation, persons, where);
    checkOffers(persons, where);
    this.#checkFiles(persons, where);
  }

  /** A2 of `assets.ts`: each is with whom its person is by now, once, and none is lost. */
  #checkFiles(persons: Persons, where: string): void {
    const files = listed(this.#simulation, "asset");
    const contents = listed(this.#simulation, "assetContent").map(({ key }) => key);
    expect(contents, `${where}: contents of files`).toEqual(files.map(({ key }) => key));
    for (const { key } of files) {
      const [personId = ""] = key.split("/");
      expect(persons.finally(personId)?.id, `${where}: ${key} is where it is looked for`).toBe(personId);
    }
    const names = files.map(({ value }) => value.name);
    const now = new Set(names);
    expect(now.size, `${where}: a file twice`).toBe(names.length);
    for (const name of this.#files) expect(now, `${where}: a file is lost`).toContain(name);
    this.#files = now;
  }
}

/** V1, V2 of `points.ts`: accounts, rows and rewards say the same. */
function checkPoints(persons: Persons, rewards: readonly Reward[], where: string): void {
  for (const person of persons.final) {
    const { id, points } = person;
    const own = rewards.filter((each) => persons.finally(each.personId)?.id === id);
    const lasting = own.filter(
      ({ supplierId, state }) => SUPPLIERS_OF_POINTS.includes(supplierId) && LASTING.includes(state),
    );
    const account = points?.accounts["POINTS"];
    const lots = account?.lots.map(({ rewardId }) => rewardId) ?? [];
    expect(lots.toSorted(), `${where}: points of ${id} are of rewards that last`).toEqual(
      lasting.map((each) => each.id).toSorted(),
    );
    if (account === undefined || points === null || points === undefined) continue;
    for (const { rewardId, left } of account.lots) {
      const value = (own.find((each) => each.id === rewardId)?.faceValue ?? 0) * POINT_PARTS;
      expect(left >= 0 && left <= value, `${where}: ${left} is left of ${rewardId}`).toBe(true);
    }
    checkRows(person, own, account, where);
  }
}

function checkRows({ id, points }: Person, own: readonly Reward[], account: PointsAccount, where: string): void {
  const rows = points?.rows ?? [];
  const times = rows.map(({ atMs }) => atMs);
  expect(times, `${where}: rows of ${id}`).toEqual(times.toSorted((a, b) => a - b));
  if (rows.length >= POINTS_ROWS_MAX) return;
  const sums = { EARNED: 0, SPENT: 0, EXPIRED: 0, REVERSED: 0 };
  for (const { kind, amount } of rows) sums[kind] += amount;
  const { earned, spent, expired, reversed } = account;
  expect(sums, `${where}: rows of ${id} come to its points`).toEqual({
    EARNED: earned,
    SPENT: spent,
    EXPIRED: expired,
    REVERSED: reversed,
  });
  for (const { kind, amount, rewardId } of rows) {
    const reward = own.find((each) => each.id === rewardId);
    if (kind === "REVERSED" && reward?.supplierId === "STARS")
      expect(amount, `${where}: all of ${rewardId} is taken back`).toBe(reward.faceValue * POINT_PARTS);
  }
}

/** D1 of `reward_timers.ts`: nothing outlives its end, but what a provider may be paying. */
function checkEnds(simulation: Simulation, rewards: readonly Reward[], where: string): void {
  const late = rewards.filter(
    ({ state, expiresMs, isSubmitted }) =>
      LASTING.includes(state) && expiresMs !== null && expiresMs <= simulation.nowMs && !isSubmitted,
  );
  expect(late, `${where}: a reward outlives its end`).toEqual([]);
}

/** Whoever polls finds the event, with whom it was about in the end. */
function checkPolled(simulation: Simulation, persons: Persons, where: string): void {
  const polled = new Map(simulation.acknowledged.map(({ eventId, pollingId }) => [eventId, pollingId]));
  for (const person of persons.final) {
    const eventIds = new Map<string, Set<string>>();
    for (const { rootEventId, createdMs, isPrimary, causeEventId } of persons.stepsOf(person)) {
      const pollingId = polled.get(rootEventId) ?? null;
      if (pollingId === null || !isPrimary || causeEventId !== rootEventId) continue;
      if (createdMs < simulation.nowMs - POLLED_MS) continue;
      eventIds.set(pollingId, (eventIds.get(pollingId) ?? new Set()).add(rootEventId));
    }
    const context = simulation.partitions[originOf(person.id) ?? 0]?.context;
    if (context === undefined) throw new Error("no partition");
    for (const [pollingId, wanted] of eventIds) {
      const answer = runQuery(context, { kind: "polled_event", client: CLIENT, personId: person.id, pollingId });
      const found = answer.kind === "polled_event" ? (answer.eventId ?? "none") : answer.kind;
      expect([...wanted], `${where}: ${pollingId} of ${person.id}`).toContain(found);
    }
  }
}

/** N1 of `reward_counts.ts`. */
function checkCounts(simulation: Simulation, rewards: readonly Reward[], where: string): void {
  const counted: { [name: string]: number } = {};
  const add = (name: string, count: number): void => {
    counted[name] = (counted[name] ?? 0) + count;
  };
  for (const { supplierId, history } of rewards)
    for (const { state, success } of history) add(`${state}/${success ? 1 : 0} ${supplierId}`, 1);
  const known: { [name: string]: number } = {};
  for (const { key, value } of listed(simulation, "rewardCount")) {
    if (!key.startsWith(`${CLIENT}/d/`)) continue;
    for (const [name, count] of Object.entries(value.counts)) {
      const [state, success, , supplierId] = name.split("/");
      const own = `${state}/${success} ${supplierId}`;
      known[own] = (known[own] ?? 0) + count;
    }
  }
  expect(known, `${where}: counts of moves`).toEqual(counted);
}

/** None is lost, and none is two rewards'. */
function checkCodes(simulation: Simulation, rewards: readonly Reward[], where: string): void {
  const given = rewards.filter(
    ({ supplierId, partnerRewardId }) => supplierId === "COUPON" && partnerRewardId !== null,
  );
  const sum = { available: 0, issued: 0 };
  for (const { context } of simulation.partitions) {
    const answer = runQuery(context, { kind: "coupon_stats", client: CLIENT, supplierId: "COUPON", atMs: 0 });
    if (answer.kind !== "coupon_stats") throw new Error(answer.kind);
    sum.available += answer.available;
    sum.issued += answer.issued;
  }
  expect(sum, `${where}: codes`).toEqual({ available: COUPONS - given.length, issued: given.length });
}

/** Each purchase is under review once, with whom it is of in the end, and none for longer than its period. */
function checkReviews(simulation: Simulation, persons: Persons, where: string): void {
  for (const person of persons.final) {
    const reviews = person.incentives?.reviews ?? [];
    const purchases = persons.stepsOf(person).filter(({ name, isDuplicate }) => name === "purchased" && !isDuplicate);
    expect(reviews.map(({ stepEventId }) => stepEventId).toSorted(), `${where}: reviews of ${person.id}`).toEqual(
      purchases.map(({ eventId }) => eventId).toSorted(),
    );
    const late = reviews.filter(
      ({ status, dueMs }) => status === "PENDING" && (dueMs === null || dueMs <= simulation.nowMs),
    );
    expect(late, `${where}: a review of ${person.id} goes on for ever`).toEqual([]);
  }
}

/** Whoever shared is found by the share. */
function checkShares(simulation: Simulation, persons: Persons, where: string): void {
  const owners = new Map(listed(simulation, "key").map(({ key, value }) => [key, value.personId]));
  for (const { id, shares } of persons.final)
    for (const share of shares) {
      const owner = persons.finally(owners.get(`${CLIENT}/${shareKeys.id}/${share.id}`) ?? "");
      expect(owner?.id, `${where}: ${share.id} leads to who shared`).toBe(id);
    }
}

/** G3 of `merge.ts`: who was drawn for one campaign sees that one, whichever devices turn out to be theirs. */
function checkOffers(persons: Persons, where: string): void {
  for (const { id, journeys, identityHistory } of persons.final) {
    if (identityHistory.some((own) => own.kind === "IDENTITY_SHIFT" && own.shape === MERGED)) continue;
    const drawn = journeys.filter(({ name }) => name === OFFER);
    expect(drawn.length, `${where}: ${id} was drawn for several campaigns`).toBeLessThan(2);
  }
}
