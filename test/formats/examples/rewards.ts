// Examples of rewards, and of what is ordered to leave the process.

import { type Job, type JobOutcome, jobStatuses, type JobTry, type OrderedJob } from "../../../src/model/job.ts";
import { payoutProviders } from "../../../src/model/payout.ts";
import {
  type Delivery,
  type MoveOrder,
  partnerRewardKeyTypes,
  type Reward,
  type RewardMove,
  rewardStates,
} from "../../../src/model/reward.ts";
import { webhookMethods } from "../../../src/model/webhook.ts";
import { type Filled, words } from "../filled.ts";
import { namedValue } from "./events.ts";

const delivery: Filled<Delivery> = {
  costCode: "c",
  faceValue: 25,
  faceValueType: "USD",
  email: "ann@example.com",
  partnerSentId: "s1",
  partnerRedeemId: "d1",
};

export const moveOrder: Filled<MoveOrder> = {
  success: true,
  message: "m",
  partnerRewardId: "p1",
  amount: 25,
  partnerEventId: "o-1",
  data: { a: 1 },
  delivery,
  eventMs: 1_000,
};

const move: Filled<RewardMove> = {
  state: words(rewardStates),
  success: true,
  message: "m",
  partnerRewardId: "p1",
  amount: 25,
  partnerEventId: "o-1",
  data: { a: 1 },
  delivery,
  operatorUserId: "7",
  atMs: 1_000,
};

export const reward: Filled<Reward> = {
  id: "r1",
  client: "demo",
  personId: "1",
  name: "credit",
  state: words(rewardStates),
  isFulfilFailed: true,
  faceValue: 25,
  faceValueType: "USD",
  supplierId: "CREDIT",
  supplierType: "CUSTOM_REWARD",
  partnerSupplierId: "ps",
  partnerRewardId: "p1",
  partnerRewardKeyType: words(partnerRewardKeyTypes),
  campaignId: "13",
  programHash: "h1",
  campaignVersion: 2,
  program: "refer",
  actionId: "12",
  causeEventId: "32",
  rootEventId: "33",
  depth: 1,
  journeyName: "FRIEND",
  journeyKey: namedValue,
  container: "production",
  sandbox: "s",
  tags: ["t"],
  slots: ["s"],
  data: { a: 1 },
  valueOfRewardedEvent: 12.5,
  earnedMs: 1_000,
  createdMs: 1_001,
  updatedMs: 1_002,
  expiresMs: 1_003,
  attemptMs: 1_004,
  alertMs: 1_005,
  failMs: 1_006,
  attempts: 2,
  isSubmitted: true,
  budgets: ["campaign/13"],
  redeemedMs: 1_007,
  history: [move],
};

/** What may be absent of a reward, absent: its layout says so by other bytes. */
export const plainReward: Reward = {
  id: "r1",
  client: "demo",
  personId: "1",
  name: null,
  state: "EARNED",
  isFulfilFailed: false,
  faceValue: 0,
  faceValueType: "USD",
  supplierId: "CREDIT",
  supplierType: "CUSTOM_REWARD",
  partnerSupplierId: null,
  partnerRewardId: null,
  partnerRewardKeyType: "ID",
  campaignId: "13",
  programHash: "h1",
  campaignVersion: 2,
  program: "refer",
  actionId: "12",
  causeEventId: "32",
  rootEventId: "33",
  depth: 0,
  journeyName: null,
  journeyKey: null,
  container: "production",
  sandbox: "",
  tags: [],
  slots: [],
  data: {},
  valueOfRewardedEvent: null,
  earnedMs: 1_000,
  createdMs: 1_001,
  updatedMs: 1_002,
  expiresMs: null,
  attemptMs: null,
  alertMs: null,
  failMs: null,
  attempts: 0,
  isSubmitted: false,
  budgets: [],
  redeemedMs: null,
  history: [],
};

const orderedJob: Filled<OrderedJob> = {
  id: "60",
  client: "demo",
  personId: "1",
  order: {
    eachKind: {
      WEBHOOK: { webhookId: "61" },
      EMAIL: { zoneName: "z", recipient: "ann@example.com", mail: { subject: "s", html: "<p>", text: "t" } },
      SHARE_EMAIL: { shareId: "24", recipient: "ann@example.com" },
      DATA_INTELLIGENCE: {
        provider: words(["EMAIL_AGE", "MAXMIND"]),
        eventName: "scored",
        updateIntervalMs: 1_000,
        asked: { ip: "192.0.2.1", email: "ann@example.com", userAgent: "agent" },
      },
      PAYOUT: {
        provider: words(payoutProviders),
        amount: 25,
        currency: "USD",
        email: "ann@example.com",
        firstName: "Ann",
        accountId: "a",
        utid: "u",
        merchantToken: "m",
      },
    },
  },
  subscriber: "webhook/61",
  idempotencyKey: "k",
  rewardId: "r1",
  request: {
    method: words(webhookMethods),
    url: "https://example.com",
    headers: { accept: "text/plain" },
    body: "b",
    keyId: "62",
    readsAnswer: true,
  },
  data: { a: 1 },
  campaignId: "13",
  campaignVersion: 2,
  actionId: "12",
  causeEventId: "32",
  rootEventId: "33",
  container: "production",
  sandbox: "s",
  depth: 1,
  createdMs: 1_000,
};

const jobTry: Filled<JobTry> = {
  atMs: 1_000,
  tookMs: 5,
  outcome: words(["OK", "FAILED", "UNKNOWN"]),
  httpStatus: 200,
  detail: "d",
};

export const job: Filled<Job> = {
  ...orderedJob,
  status: words(jobStatuses),
  attempts: 2,
  attemptsBefore: 1,
  dueMs: 1_001,
  place: "demo/webhook/61/1",
  tries: [jobTry],
  endedMs: 1_002,
};

export const outcome: Filled<JobOutcome> = {
  jobKey: "1/60",
  attempt: 2,
  tookMs: 5,
  result: {
    eachKind: {
      answered: { status: 200, body: "b", retryAfterMs: 1_000 },
      done: { value: { a: 1 } },
      not_sent: { reason: "r", isFinal: true, isWithheld: true },
      unknown: { reason: "r" },
    },
  },
};
