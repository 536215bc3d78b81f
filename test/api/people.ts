// Persons, steps and rewards with everything filled in; a test changes what it is about.

import { newIdCounter, nextIdText, rewardId } from "../../src/base/ids.ts";
import { summaryOf } from "../../src/engine/rewards/reward_events.ts";
import { spillSummaries } from "../../src/engine/rewards/summary_pages.ts";
import { emptyPerson, type Journey, type Person, type Relationship, type Step } from "../../src/model/person.ts";
import type { Reward } from "../../src/model/reward.ts";
import { openMemoryStore, openPartitionState } from "../../src/store/mod.ts";
import { CLIENT } from "./front_fixture.ts";
import type { RecordingRuntime } from "./recording_runtime.ts";

export const AT_MS = Date.UTC(2026, 4, 1, 10);

/** An id that lives in `partition`. */
export function personIdIn(partition: number, n = 0): string {
  return nextIdText(newIdCounter(partition), AT_MS + n);
}

export function aPerson(id: string, changes: Partial<Person> = {}): Person {
  return {
    ...emptyPerson(id, CLIENT, AT_MS),
    version: 3,
    email: "a@example.com",
    partnerUserId: "u-1",
    data: { locale: { value: "de_DE", scope: "PUBLIC", createdMs: 0, updatedMs: 0 } },
    ...changes,
  };
}

export function aStep(n: number, changes: Partial<Step> = {}): Step {
  return {
    id: `step-${n}`,
    name: "converted",
    isPrimary: true,
    campaignId: "c-1",
    program: "refer",
    journeyName: "FRIEND",
    journeyKey: { name: "order_id", value: "A-1" },
    eventId: `e-${n}`,
    causeEventId: `cause-${n}`,
    rootEventId: `root-${n}`,
    container: "production",
    quality: "HIGH",
    scope: "PRIVATE",
    value: 5,
    partnerEventId: null,
    isDuplicate: false,
    eventMs: AT_MS + n,
    createdMs: AT_MS + n,
    data: [{ name: "cart_value", value: 5, scope: "PUBLIC" }],
    ...changes,
  };
}

export function aJourney(n: number, changes: Partial<Journey> = {}): Journey {
  return {
    id: `journey-${n}`,
    campaignId: "c-1",
    program: "refer",
    name: "ADVOCATE",
    key: null,
    container: "production",
    data: [{ name: "tier", value: "gold", scope: "CLIENT" }],
    entry: {},
    last: {},
    variant: null,
    createdMs: AT_MS + n,
    updatedMs: AT_MS + n,
    ...changes,
  };
}

export function aRelationship(n: number, changes: Partial<Relationship> = {}): Relationship {
  return {
    id: `relationship-${n}`,
    myRole: "ADVOCATE",
    otherPersonId: `70000000000000000${String(n).padStart(2, "0")}`,
    otherEmail: `friend${n}@example.com`,
    campaignId: "c-1",
    program: "refer",
    container: "production",
    causeEventId: "cause",
    rootEventId: "root",
    reason: "ADVOCATE_CODE",
    isSelfReferral: false,
    data: [{ name: "channel", value: "EMAIL", scope: "PUBLIC" }],
    createdMs: AT_MS + n,
    updatedMs: AT_MS + n,
    ...changes,
  };
}

export function aReward(partition: number, n: number, changes: Partial<Reward> = {}): Reward {
  return {
    id: rewardId(partition, ["reward", String(n)]),
    client: CLIENT,
    personId: personIdIn(partition),
    name: "ten dollars",
    state: "EARNED",
    isFulfilFailed: false,
    faceValue: 10,
    faceValueType: "USD",
    supplierId: "supplier-1",
    supplierType: "CUSTOM_REWARD",
    partnerSupplierId: null,
    partnerRewardId: null,
    partnerRewardKeyType: "ID",
    campaignId: "c-1",
    programHash: "hash",
    campaignVersion: 1,
    program: "refer",
    actionId: "action-1",
    causeEventId: "cause",
    rootEventId: "root",
    depth: 1,
    journeyName: null,
    journeyKey: null,
    container: "production",
    sandbox: "production-production",
    tags: ["welcome"],
    slots: [],
    data: { order: { id: 7 }, note: "hello" },
    valueOfRewardedEvent: null,
    earnedMs: AT_MS + n,
    createdMs: AT_MS + n,
    updatedMs: AT_MS + n,
    expiresMs: null,
    attemptMs: null,
    alertMs: null,
    failMs: null,
    attempts: 0,
    isSubmitted: false,
    budgets: [],
    redeemedMs: null,
    history: [
      {
        state: "EARNED",
        success: true,
        message: null,
        partnerRewardId: null,
        amount: null,
        partnerEventId: null,
        data: {},
        delivery: null,
        operatorUserId: null,
        atMs: AT_MS + n,
      },
    ],
    ...changes,
  };
}

/** Puts a person with its rewards where queries find them. */
export function settle(runtime: RecordingRuntime, person: Person, rewards: readonly Reward[] = []): Person {
  const settled = { ...person, rewards: rewards.map(summaryOf) };
  const state = openPartitionState(openMemoryStore(0), { cacheBytesMax: 1 << 24, dirtyBytesMax: 1 << 24 });
  spillSummaries(state, settled);
  const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
  for (const { key, value } of state.list("summaryPage", everything)) runtime.summaryPages.set(key, value.summaries);
  runtime.persons.set(person.id, settled);
  for (const reward of rewards) runtime.rewards.set(reward.id, reward);
  return settled;
}
