// Examples of persons and of what they consist of.

import type { PersonHistory } from "../../../src/model/in_flight.ts";
import {
  type Datum,
  type Journey,
  type Membership,
  type Person,
  personBlocks,
  qualities,
  type Relationship,
  type RewardSummary,
  roles,
  scopes,
  type Share,
  type Shareable,
  type Step,
  type StepDatum,
} from "../../../src/model/person.ts";
import { rewardStates } from "../../../src/model/reward.ts";
import type { Points } from "../../../src/model/points.ts";
import type { Incentives } from "../../../src/model/incentive.ts";
import { type Filled, words } from "../filled.ts";
import { namedValue, origin, review } from "./events.ts";

const quality = words(qualities);
const scope = words(scopes);

const datum: Filled<Datum> = { value: { a: [1, "b"] }, scope, createdMs: 1_000, updatedMs: 1_001 };
const stepDatum: Filled<StepDatum> = { name: "cart", value: 12.5, scope };

export const step: Filled<Step> = {
  id: "30",
  name: "bought",
  isPrimary: true,
  campaignId: "13",
  program: "refer",
  journeyName: "FRIEND",
  journeyKey: namedValue,
  eventId: "31",
  causeEventId: "32",
  rootEventId: "33",
  container: "production",
  quality,
  scope,
  value: 12.5,
  partnerEventId: namedValue,
  isDuplicate: true,
  eventMs: 1_000,
  createdMs: 1_001,
  data: [stepDatum],
};

/** Of which the second has nothing in common with the first, and the third nearly all with the second. */
export const steps: Filled<Step[]> = [
  step,
  {
    ...step,
    id: "34",
    isPrimary: false,
    campaignId: "35",
    program: "loyal",
    eventId: "36",
    causeEventId: "37",
    rootEventId: "37",
    container: "test",
    isDuplicate: false,
  },
  {
    ...step,
    id: "38",
    name: "paid",
    campaignId: "35",
    program: "loyal",
    eventId: "36",
    causeEventId: "37",
    rootEventId: "37",
    container: "test",
  },
];

const touch = { reason: "SHARE_ID", share_id: "40" };

export const journey: Filled<Journey> = {
  id: "41",
  campaignId: "13",
  program: "refer",
  name: "FRIEND",
  key: namedValue,
  container: "production",
  data: [stepDatum],
  entry: touch,
  last: touch,
  variant: "v",
  createdMs: 1_000,
  updatedMs: 1_001,
};

export const rewardSummary: Filled<RewardSummary> = {
  id: "r1",
  name: "credit",
  state: words(rewardStates),
  isFulfilFailed: true,
  faceValue: 25,
  faceValueType: "USD",
  supplierId: "CREDIT",
  campaignId: "13",
  program: "refer",
  journeyName: "FRIEND",
  tags: ["t"],
  slots: ["s"],
  data: { a: 1 },
  causeEventId: "32",
  partnerRewardId: "p1",
  earnedMs: 1_000,
  redeemedMs: 1_001,
};

export const relationship: Filled<Relationship> = {
  id: "42",
  myRole: words(roles),
  otherPersonId: "2",
  otherEmail: "frank@example.com",
  campaignId: "13",
  program: "refer",
  container: "production",
  causeEventId: "32",
  rootEventId: "33",
  reason: "SHARE_ID",
  isSelfReferral: true,
  data: [stepDatum],
  createdMs: 1_000,
  updatedMs: 1_001,
};

export const membership: Filled<Membership> = { audienceId: "9", createdMs: 1_000, updatedMs: 1_001 };

const content = { title: "t", description: "d", imageUrl: "i", url: "u", partnerContentId: "p" };

const shareable: Filled<Shareable> = {
  code: "ANN",
  label: "refer",
  key: "k",
  content,
  data: { a: "b" },
  createdMs: 1_000,
  updatedMs: 1_001,
};

export const share: Filled<Share> = {
  id: "24",
  channel: "EMAIL",
  link: "https://example.com",
  message: "m",
  subject: "s",
  shareableCode: "ANN",
  otherPersonId: "2",
  partnerId: namedValue,
  campaignId: "13",
  program: "refer",
  data: [stepDatum],
  createdMs: 1_000,
};

const incentives: Filled<Incentives> = {
  reviews: [review],
  tallies: {
    "13/1": {
      actions: 1,
      friendCount: 2,
      friends: ["2"],
      rewards: [{ rewardId: "r1", reviewId: "11", value: 3, atMs: 1_000 }],
    },
  },
};

export const points: Filled<Points> = {
  accounts: {
    POINTS: { earned: 6, spent: 2, expired: 1, reversed: 1, owed: 3, lots: [{ rewardId: "r1", left: 2 }] },
  },
  rows: [
    {
      type: "POINTS",
      kind: words(["EARNED", "SPENT", "EXPIRED", "REVERSED"]),
      amount: 6,
      balance: 2,
      atMs: 1_000,
      rewardId: "r1",
      causeEventId: "32",
      partnerEventId: "p1",
      message: "m",
    },
  ],
};

const did: Pick<Filled<Person>, "journeys" | "rewards" | "relationships" | "memberships"> = {
  journeys: [journey],
  rewards: [rewardSummary],
  relationships: [relationship],
  memberships: [membership],
};

export const person: Filled<Person> = {
  id: "1",
  client: "demo",
  version: 3,
  email: "ann@example.com",
  partnerUserId: "u1",
  data: { tier: datum },
  block: words(personBlocks),
  blockReason: "because",
  blockedMs: 1_000,
  forwardedTo: "2",
  isWaiting: true,
  mergesInto: { personId: "2", replyTo: "50" },
  isForwarding: true,
  createdMs: 1_000,
  updatedMs: 1_001,
  steps,
  olderSteps: { count: 2, bytes: "packed" },
  stepPages: 4,
  stepTotals: {
    "*/bought": {
      count: 2,
      countHigh: 1,
      countLow: 1,
      sums: { all: 25, high: 12.5, low: 12.5 },
      recent: [1_000, 12.5, 0, 1_000.5, 0, 1, 2_000, 12.5, 1],
    },
  },
  ...did,
  olderRewards: { count: 7, latestMs: [1_000, 1_001.5], marks: "\u0000\u00ffmarks" },
  shareables: [shareable],
  shares: [share],
  incentives,
  points,
  identityHistory: [
    {
      eachKind: {
        IDENTITY_SHIFT: { shape: "s", oldKeyValue: "old@example.com", atMs: 1_000, version: 2 },
        SPLIT_LOSER: { losingKeyValue: "l", winningPersonId: "2", winningKeyValue: "w", atMs: 1_000 },
      },
    },
  ],
  requests: [origin],
  trail: [3, 7],
  trailPages: 5,
};

export const history: Filled<PersonHistory> = {
  fromPersonId: "3",
  fromEmail: "from@example.com",
  partnerUserId: "u3",
  block: words(personBlocks),
  blockReason: "because",
  blockedMs: 1_000,
  data: { tier: datum },
  steps: [step],
  ...did,
  shareables: [shareable],
  shares: [share],
  incentives,
  points,
  polled: [{ pollingId: "p", eventId: "5", expiresMs: 1_000 }],
  requests: [origin],
};
