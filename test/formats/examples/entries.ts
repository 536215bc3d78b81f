// An example of every kind of entry of a store.

import { assetTypes } from "../../../src/model/asset.ts";
import { operationStates, operationTypes } from "../../../src/model/audience.ts";
import type { BudgetLimit, Share } from "../../../src/model/budget.ts";
import { type Collection, collections } from "../../../src/model/configuration.ts";
import type { CouponWaiter } from "../../../src/model/coupon.ts";
import type { Answer, EventInFlight } from "../../../src/model/in_flight.ts";
import { qualities, roles } from "../../../src/model/person.ts";
import { rewardStates } from "../../../src/model/reward.ts";
import type { EntryKind, EntryKinds } from "../../../src/model/state.ts";
import type { EventTimer } from "../../../src/model/timer.ts";
import { type Filled, words } from "../filled.ts";
import { batch, batchEnds, batchRows, fileAsset, filePart, row } from "./batches.ts";
import { card, event, namedValue } from "./events.ts";
import { history, person, rewardSummary, steps } from "./persons.ts";
import { job, reward } from "./rewards.ts";

export const share: Filled<Share> = { count: 2, value: 30_000 };
export const limit: Filled<BudgetLimit> = { count: 5, value: 100 };
const waiter: Filled<CouponWaiter> = { rewardId: "r1", sinceMs: 1_000 };
const eventTimer: Filled<EventTimer> = { personId: "1", event, client: "demo" };
export const answer: Filled<Answer> = {
  eachKind: {
    claim: { isGranted: true, personId: "1" },
    person: { card },
    owner: { personId: "1" },
    history: { history, isMerged: true, isFirst: true },
  },
};
export const collection = words<Collection>(Object.keys(collections) as Collection[]);

export const asset: Filled<EntryKinds["asset"]> = {
  id: "70",
  name: "n",
  filename: "f.png",
  mimeType: "image/png",
  dataType: words(assetTypes),
  tags: ["t"],
  bytes: 3,
  createdMs: 1_000,
};

export const idempotentAnswer = { status: 200, body: "{}", contentType: "application/json" };

export const memberEvent = { name: "gift", data: { a: 1 }, columns: ["tier"] };

export const optedOutList: Filled<EntryKinds["optOut"]["lists"][number]> = {
  name: "news",
  listType: "l",
  source: "s",
  party: words(roles),
  atMs: 1_000,
};

export const signal: Filled<EntryKinds["signal"]["signals"][number]> = {
  name: "s",
  aliases: ["a"],
  data: { a: 1 },
  partnerEventId: namedValue,
  quality: words(qualities),
  personId: "1",
  atMs: 1_000,
};

export const couponOperation: Filled<EntryKinds["couponOperation"]> = {
  id: "71",
  type: words(["COUPON_UPLOAD", "COUPON_DELETE", "COUPON_REFILL"]),
  filename: "f.csv",
  createdMs: 1_000,
  requested: 3,
  first: 1,
  end: 4,
  status: words(["RUNNING", "SUCCESS", "FAILED"]),
  message: "m",
  discarded: 1,
  deletes: "72",
  deletedBy: "73",
  isDiscarding: true,
};

export const audienceOperation: Filled<EntryKinds["audienceOperation"]> = {
  id: "10",
  type: words(operationTypes),
  tags: ["t"],
  members: [{ email: "ann@example.com", data: { tier: "gold" } }],
  event: memberEvent,
  createdMs: 1_000,
  state: words(operationStates),
  stateMs: 1_001,
  updatedMs: 1_002,
  retryCount: 1,
  next: 2,
  isListDone: true,
  sweeps: [{ partition: 1, after: "1" }],
  sweeping: 1,
  sent: 2,
  done: 1,
  processed: 1,
  refused: 1,
};

export const inFlight: Filled<EventInFlight> = {
  client: "demo",
  event,
  wantsReply: true,
  hops: 1,
  absorbs: "3",
  otherPerson: card,
  claimedIn: 2,
  row,
  ahead: {
    personId: "1",
    questions: [
      {
        question: "q",
        sequence: 6,
        answer,
        claim: {
          kind: "claim",
          container: "production",
          name: "order_id",
          value: "1",
          controller: "bought",
          eventId: "20",
        },
      },
    ],
  },
};

export const meta: Filled<EntryKinds["meta"]> = {
  ids: { origin: 1, lastMs: 1_000, sequence: 2 },
  highWater: { "3": [4, 0] },
  programs: { demo: { hash: "h1", revision: 3, changes: 1 } },
  rejected: [{ sequence: 5, eventId: "20", reason: "r", atMs: 1_000 }],
  aheadSince: 6,
  isMergedListed: true,
  areTimersListed: true,
  erasedMs: 1_000,
};

export const entries: { readonly [K in EntryKind]: Filled<EntryKinds[K]> } = {
  person,
  key: { personId: "1", sinceMs: 1_000 },
  mergedPerson: { personId: "2" },
  personTimer: { timerKey: "000000000001000/20" },
  partnerEvent: { personId: "1", claims: { bought: "20" } },
  reward,
  rewardByTime: { rewardId: "r1" },
  rewardIndex: { rewardId: "r1" },
  rewardPage: { places: ["000000000001000/r1"] },
  rewardList: { newest: ["000000000001000/r1"], pages: 1 },
  rewardCount: { counts: { "EARNED/1/CUSTOM_REWARD/CREDIT": 2 } },
  stepPage: { steps },
  summaryPage: {
    summaries: [rewardSummary],
    changes: [
      {
        eachKind: {
          moved: {
            sequence: 5,
            at: 0,
            state: words(rewardStates),
            isFulfilFailed: true,
            partnerRewardId: "p1",
            redeemedMs: 1_001,
          },
          removed: { sequence: 6, at: 1, summary: rewardSummary },
        },
      },
    ],
    forgotten: 4,
  },
  waiting: {
    inFlight,
    queue: [event],
    answers: [{ question: "q", answer }],
    open: ["q"],
    stashFirst: 1,
    stashNext: 2,
    askedNext: 2,
    claimedNext: 2,
    rounds: 1,
  },
  stash: { inFlight },
  timer: {
    forms: [
      eventTimer,
      { client: "demo", rewardId: "r1", due: words(["expires", "attempt", "alert", "fail"]), dueMs: 1_000 },
      { client: "demo", jobKey: "1/60", dueMs: 1_000 },
      { client: "demo", supplierId: "COUPON", dueMs: 1_000 },
      { client: "demo", supplierId: "COUPON", opensMs: 1_000 },
      { client: "demo", supplierId: "COUPON", idleMs: 1_000 },
      { client: "demo", fileId: "90", dueMs: 1_000 },
      { client: "demo", batchId: "91", dueMs: 1_000 },
    ],
  },
  pool: {
    ranges: [[1, 4]],
    end: 4,
    returned: [2],
    available: 3,
    issued: 1,
    hasExpiries: true,
    fileCodes: 2,
    isLow: true,
    busy: { operationId: "71", atMs: 1_000 },
    loans: {
      holders: [{ partition: 1, codes: 2, last: 1, short: 1 }],
      recalling: [1],
      recalled: [[2, 3]],
      waiting: ["r1"],
      withdrawal: { id: "72", operationId: "71" },
    },
    line: {
      partitions: [{ partition: 1, named: [waiter], isCalled: true, hasMore: true, after: "k" }],
      asking: [waiter],
      opensMs: 1_000,
    },
  },
  couponPage: { codes: ["C1"], expires: [1_000], holders: ["r1"] },
  couponBucket: { hashes: [7], numbers: [1] },
  couponIssue: { number: 1 },
  couponOperation,
  couponLoan: {
    numbers: [1],
    codes: ["C1"],
    expires: [1_000],
    used: [2],
    usedBy: ["r1"],
    passed: [3],
    tellMs: 1_000,
    lent: 3,
    lentMs: 1_001,
    wanted: 2,
    isAsking: true,
  },
  couponWaiter: waiter,
  couponWatch: { idleMs: 1_000, told: "k" },
  supplierUse: { hour: 1, inHour: 2, day: 3, inDay: 4 },
  budget: {
    limit,
    leased: share,
    holders: [1],
    recalling: [2],
    waiting: [{ partition: 3, least: share, wanted: share }],
    closed: [4],
  },
  lease: {
    limit,
    left: share,
    granted: share,
    waiting: [{ forms: ["r1", { rewardId: "r1", value: 250_000 }] }],
    isAsking: true,
    isClosed: true,
    decided: [{ isGranted: true, rewardIds: ["r2"] }],
  },
  heldReward: { reward, wanted: ["campaign/13"] },
  optOut: { lists: [optedOutList] },
  configuration: { revision: 3, hash: "h1" },
  document: { revision: 3, text: "{}" },
  documentChange: { collection, id: "13" },
  trailPage: { before: "{}", beforeMs: 1_000, touches: [3, 7] },
  personBefore: { copy: Uint8Array.of(1, 2, 3) },
  firedTimers: { timers: [eventTimer] },
  programChange: { sequence: 5, hash: "h1", revision: 3 },
  job,
  personJobs: { waiting: [{ id: "60", subscriber: "webhook/61" }], done: ["63"], dead: ["64"] },
  readyPage: { jobs: [{ place: "p", jobKey: "1/60" }] },
  readyQueue: { first: 1, last: 2, added: 3 },
  readySubscribers: { keys: ["demo/webhook/61"] },
  jobEnded: { jobKey: "1/60" },
  signal: { signals: [signal], expiresMs: 1_000 },
  signalExpiry: { key: "k" },
  endedToken: { expiresMs: 1_000 },
  endedTokenExpiry: { key: "k" },
  polledEvent: { eventId: "20", expiresMs: 1_000 },
  polledEventExpiry: { key: "k" },
  asset,
  assetContent: { base64: "AA==" },
  idempotentRequest: { requestHash: "rh", answer: idempotentAnswer, expiresMs: 1_000, mark: "m" },
  idempotencyExpiry: { key: "k" },
  audienceMember: { markedBy: "10" },
  audienceSize: { count: 2 },
  audienceOperation,
  fileAsset,
  filePart,
  batch,
  batchRows,
  batchEnds,
  meta,
};
