// An example of everything that one node says to another: questions to the owner of a partition, its answers, replies; and what nodes keep in the bucket.

import { controllerOutcomes } from "../../../src/model/decision.ts";
import type { FrontValue, MemberValue, PartitionValue } from "../../../src/cluster/records.ts";
import type { Query, QueryAnswer } from "../../../src/engine/queries.ts";
import type { ExplainedEvent, ExplainedController } from "../../../src/engine/explain/decision_recorder.ts";
import type { ExplainedMessage, Explanation } from "../../../src/engine/explain/explain.ts";
import type { RewardFilter } from "../../../src/engine/rewards/reward_filter.ts";
import type { StepFilter } from "../../../src/engine/person/person_list_filters.ts";
import type { Reply } from "../../../src/model/effect.ts";
import { eventTypes } from "../../../src/model/event.ts";
import { jobStatuses } from "../../../src/model/job.ts";
import { personBlocks, type PersonHead, qualities } from "../../../src/model/person.ts";
import { type LogRecord, recordKinds } from "../../../src/model/record.ts";
import { rewardStates } from "../../../src/model/reward.ts";
import { triggerPhases } from "../../../src/model/trigger.ts";
import { type Filled, words } from "../filled.ts";
import { audienceOperation, collection, couponOperation, asset, meta, optedOutList, share, signal } from "./entries.ts";
import * as batches from "./batches.ts";
import { enrichment, review } from "./events.ts";
import { bearer, messages } from "./messages.ts";
import * as persons from "./persons.ts";
import { job, reward } from "./rewards.ts";

const messageKinds = Object.keys(messages) as (keyof typeof messages)[];
const ofPerson = { client: "demo", personId: "1" };
const pool = { client: "demo", supplierId: "COUPON" };
const page = { limit: 10, offset: 5 };
const pairs = [{ key: "k", value: "v" }];

const record: Filled<LogRecord> = {
  kind: recordKinds.event,
  flags: 1,
  partition: 2,
  sequence: 3,
  timeMs: 1_000,
  idHigh: 4,
  idLow: 5,
  payload: Uint8Array.of(1, 2),
};

const rewardFilter: Filled<RewardFilter> = {
  states: ["EARNED"],
  hidesFailed: true,
  types: ["CUSTOM_REWARD"],
  suppliers: ["CREDIT"],
  partnerSuppliers: ["ps"],
  actions: ["12"],
  roots: ["33"],
  partnerIds: ["p1"],
  containers: ["production"],
  keyNames: ["order"],
  keyValues: pairs,
  dataKeys: ["a"],
  dataValues: pairs,
  fromMs: 1_000,
  toMs: 2_000,
};

const stepFilter: Filled<StepFilter> = {
  names: ["bought"],
  containers: ["production"],
  campaigns: ["13"],
  programs: ["refer"],
  journeys: ["FRIEND"],
  keyNames: ["order"],
  keyValues: pairs,
  dataKeys: ["a"],
  events: ["20"],
  causes: ["32"],
  roots: ["33"],
  qualities: ["HIGH"],
  partnerEventNames: ["order"],
  partnerEventValues: ["o-1"],
  isPrimary: true,
  hidesClients: true,
};

const steps = {
  ...ofPerson,
  filter: stepFilter,
  beforePage: 3,
  skip: 1,
  limit: 10,
};

export const queries: Filled<Query>["eachKind"] = {
  person: ofPerson,
  profile: ofPerson,
  identities: { client: "demo", personIds: ["1"] },
  owner_of_key: { client: "demo", keyType: "email", value: "ann@example.com" },
  bearer: { client: "demo", bearer },
  assets: ofPerson,
  asset_content: { ...ofPerson, assetId: "70" },
  polled_event: { ...ofPerson, pollingId: "p" },
  journeys: {
    ...ofPerson,
    filter: {
      ids: ["41"],
      names: ["FRIEND"],
      programs: ["refer"],
      campaigns: ["13"],
      containers: ["production"],
      keyNames: ["order"],
      keyValues: pairs,
      dataKeys: ["a"],
      dataValues: pairs,
    },
    page,
  },
  relationships: {
    ...ofPerson,
    filter: {
      roles: ["FRIEND"],
      containers: ["production"],
      programs: ["refer"],
      campaigns: ["13"],
      dataKeys: ["a"],
      dataValues: pairs,
      hidesAnonymous: true,
      showsDuplicates: true,
      showsSelfReferrals: true,
    },
    page,
  },
  memberships: { ...ofPerson, filter: { audienceIds: ["9"], among: ["9"] }, page },
  shares: {
    ...ofPerson,
    filter: {
      ids: ["24"],
      programs: ["refer"],
      campaigns: ["13"],
      partnerIds: pairs,
      partnerValues: ["v"],
      dataKeys: ["a"],
      dataValues: pairs,
    },
    page,
  },
  identity_history: ofPerson,
  reviews: ofPerson,
  points: { ...ofPerson, page },
  steps,
  reward_ids: {
    ...ofPerson,
    filter: { ids: ["r1"], names: ["credit"], programs: ["refer"], campaigns: ["13"], journeys: ["FRIEND"] },
    before: 3,
    skip: 1,
    limit: 10,
  },
  hot_steps: { ...ofPerson, filter: { rootEventId: "33", partnerEventValue: "o-1", isPublic: true } },
  reward: { client: "demo", rewardId: "r1" },
  rewards: { client: "demo", rewardIds: ["r1"] },
  wanted_rewards: { client: "demo", rewardIds: ["r1"], filter: rewardFilter },
  rewards_by_time: {
    client: "demo",
    filter: rewardFilter,
    beforeMs: 2_000,
    beforePlace: "000000000001000/r1",
    limit: 10,
    lookedMax: 100,
    form: words(["rewards", "places"]),
  },
  reward_counts: {
    client: "demo",
    periods: [{ fromMs: 1_000, toMs: 2_000 }],
    filter: { successOnly: true, supplierIds: ["CREDIT"], supplierTypes: ["CUSTOM_REWARD"] },
  },
  changed_documents: { client: "demo", sinceRevision: 2, afterKey: "k" },
  document: { client: "demo", collection, id: "13" },
  documents: { client: "demo", collection, prefix: "1", beforeId: "14", limit: 10 },
  members: {
    client: "demo",
    audienceId: "9",
    isReverse: true,
    afterId: "1",
    limit: 10,
    has: ["tier"],
    shown: { forms: [["tier"], "ids"] },
  },
  member_count: { client: "demo", audienceId: "9" },
  audience_operations: { client: "demo", audienceId: "9", operationId: "10" },
  files: { client: "demo", beforeId: "90" },
  file: { client: "demo", fileId: "90" },
  file_part: { client: "demo", fileId: "90", part: 1 },
  batches: { client: "demo", beforeId: "91" },
  batch: { client: "demo", batchId: "91" },
  batch_part: { client: "demo", batchId: "91", part: 1 },
  opt_out: { client: "demo", email: "ann@example.com" },
  coupons: { ...pool, operationId: "71", isIssued: true, unexpiredAtMs: 1_000, from: 1, skip: 1, limit: 10 },
  coupon_stats: { ...pool, atMs: 1_000 },
  coupon_operations: { ...pool, operationId: "71" },
  budget: { client: "demo", budget: "campaign/13" },
  rejected: {},
  trail: { ...ofPerson, page: 2 },
  explain: { ...ofPerson, eventId: "20", page: 2, records: [record], later: [record] },
  simulate: {
    personId: "1",
    event: { name: "bought", data: { a: 1 }, eventMs: 1_000, nowMs: 2_000 },
    program: { asGiven: { client: "demo", time_zone: "UTC", suppliers: [], audiences: [], campaigns: [] } },
  },
  jobs: ofPerson,
  ended_jobs: {
    client: "demo",
    subscriber: "webhook/61",
    status: words(jobStatuses),
    beforeKey: "k",
    limit: 10,
  },
  jobs_by_key: { client: "demo", jobKeys: ["1/60"] },
  ready_jobs: {
    afterSubscriber: "demo/webhook/61",
    skipped: ["demo/webhook/62"],
    cursors: [["demo/webhook/63", "p"]],
    perSubscriber: 5,
    limit: 10,
  },
  signals: { client: "demo", pollingId: "p" },
  marks: {},
  program_revision: { client: "demo" },
};

const personHead: Filled<PersonHead> = {
  id: "1",
  client: "demo",
  version: 3,
  email: "ann@example.com",
  partnerUserId: "u1",
  data: persons.person.data,
  block: words(personBlocks),
  blockReason: "because",
  blockedMs: 1_000,
  forwardedTo: "2",
  isWaiting: true,
  mergesInto: { personId: "2", replyTo: "50" },
  isForwarding: true,
  createdMs: 1_000,
  updatedMs: 1_001,
  shareables: persons.person.shareables,
  requests: persons.person.requests,
};

const controller: Filled<ExplainedController> = {
  campaignId: "13",
  campaignName: "c",
  campaignVersion: 2,
  controllerId: "80",
  controllerName: "bought",
  outcome: words(controllerOutcomes),
  quality: words(qualities),
  triggers: [
    {
      triggerId: "81",
      triggerType: "EVENT",
      phase: words(triggerPhases),
      nesting: 1,
      verdict: true,
      fault: "f",
      seen: [{ what: "event name", value: "bought" }],
      wants: ["w"],
      code: "c",
    },
  ],
  actions: [{ actionId: "12", actionType: "EARN_REWARD", isRun: true }],
};

const explainedEvent: Filled<ExplainedEvent> = {
  id: "20",
  type: words(eventTypes),
  name: "bought",
  eventMs: 1_000,
  prehandling: enrichment.prehandled,
  controllers: [controller],
  shown: {
    campaignId: "13",
    campaignVersion: 2,
    controllerName: "z",
    actionId: "12",
    actionType: words(["CREATIVE", "DISPLAY"]),
    status: 200,
    headers: { a: "b" },
    contentType: "text/html",
    body: "b",
  },
};

const explainedMessage: Filled<ExplainedMessage> = {
  kind: words(messageKinds),
  personId: "1",
};

const explanation: Filled<Explanation> = {
  eventId: "20",
  personId: "1",
  processedMs: 1_000,
  programHash: "h1",
  configurationRevision: 3,
  isExact: true,
  events: [explainedEvent],
  rewards: [{ rewardId: "r1", name: "credit", supplierId: "CREDIT", stateNow: words(rewardStates) }],
  messages: [explainedMessage],
  refusals: ["r"],
};

export const queryAnswers: Filled<QueryAnswer>["eachKind"] = {
  person: { person: personHead, forwardedTo: "2" },
  profile: { profile: { id: "1", email: "ann@example.com", version: 3, locale: "en" }, forwardedTo: "2" },
  identities: { identities: [{ email: "ann@example.com", partnerUserId: "u1", forwardedTo: "2" }] },
  owner: { personId: "1" },
  bearer: { isEnded: true, person: personHead, forwardedTo: "2" },
  assets: { assets: [asset] },
  asset_content: { content: { base64: "AA==" } },
  polled_event: { eventId: "20" },
  journeys: { items: [persons.journey], forwardedTo: "2" },
  relationships: { items: [persons.relationship], forwardedTo: "2" },
  memberships: { items: [persons.membership], forwardedTo: "2" },
  shares: { items: [persons.share], forwardedTo: "2" },
  identity_history: { items: persons.person.identityHistory, forwardedTo: "2" },
  reviews: { items: [review], forwardedTo: "2" },
  points: {
    points: {
      personId: "1",
      accounts: { POINTS: { earned: 6, spent: 2, expired: 1, reversed: 1 } },
      rows: persons.points.rows,
    },
    forwardedTo: "2",
  },
  steps: { items: persons.steps, skipped: 1, next: 2, forwardedTo: "2" },
  reward_ids: { items: ["r1"], skipped: 1, next: 2, forwardedTo: "2" },
  hot_steps: { items: persons.steps, forwardedTo: "2" },
  reward: { reward },
  rewards: { rewards: [reward] },
  wanted_rewards: { createdMs: [1_000] },
  rewards_by_time: { rewards: [reward], places: ["000000000001000/r1"], looked: 1, lastPlace: "000000000001000/r1" },
  reward_counts: {
    counts: [{ EARNED: 1, FULFILLED: 2, SENT: 3, REDEEMED: 4, CANCELED: 5, REVOKED: 6, FAILED: 7, EXPIRED: 8 }],
  },
  changed_documents: {
    page: { revision: 3, hash: "h1", documents: [{ collection, id: "13", text: "{}" }], lastKey: "k" },
  },
  document: { text: "{}" },
  documents: { documents: [{ collection, id: "13", text: "{}" }] },
  members: {
    persons: [
      {
        id: "1",
        email: "ann@example.com",
        partnerUserId: "u1",
        block: words(personBlocks),
        version: 3,
        data: persons.person.data,
      },
    ],
    ids: ["1"],
    looked: 1,
    lastId: "1",
  },
  member_count: { count: 2 },
  audience_operations: { operations: [audienceOperation] },
  files: { files: [batches.fileAsset], isMore: true },
  file: { file: batches.fileAsset },
  file_part: batches.filePart,
  batches: { batches: [batches.batch], isMore: true },
  batch: { batch: batches.batch },
  batch_part: { bodies: ["{}"], ...batches.batchEnds },
  opt_out: { lists: [optedOutList], personId: "1" },
  coupons: { coupons: [{ code: "C1", expiresMs: 1_000 }], skipped: 1, next: 2 },
  coupon_stats: { available: 2, issued: 1 },
  coupon_operations: { operations: [couponOperation] },
  budget: { granted: share, held: share },
  rejected: { rejected: meta.rejected },
  trail: { trail: { newest: 2, beforeMs: 1_000, touches: [3, 7] } },
  explain: { explanation, isGone: true, wantsLater: true, takenOver: ["3"] },
  simulate: {
    simulation: {
      prehandlers: [
        { id: "17", name: "p", outcome: words(["applied", "not_applied", "failed"]), condition: 1, message: "m" },
      ],
      events: [explainedEvent],
      rewards: [{ name: "credit", supplierId: "CREDIT", faceValue: 25, faceValueType: "USD" }],
      messages: [explainedMessage],
      refusals: ["r"],
    },
    errors: [
      {
        campaign: "13",
        controller: "80",
        trigger: "81",
        action: "12",
        data: "cart",
        prehandler: "17",
        webhook: "61",
        supplier: "CREDIT",
        parameter: "p",
        message: "m",
        line: 1,
        column: 2,
      },
    ],
  },
  jobs: { jobs: [job] },
  ended_jobs: { ended: [{ jobKey: "1/60", id: "60", endedMs: 1_000 }], lastKey: "k" },
  jobs_by_key: { jobs: [job] },
  ready_jobs: { jobs: [job], more: ["demo/webhook/61"], lastSubscriber: "demo/webhook/61" },
  signals: { signals: [signal] },
  marks: { highWater: meta.highWater, programs: meta.programs },
  program_revision: { revision: 3 },
};

export const reply: Filled<Reply> = {
  partition: 2,
  idHigh: 4,
  idLow: 5,
  personId: "1",
  errorCode: "e",
  value: { a: 1 },
};

/** By what their keys in the bucket begin with. */
export const bucketValues: {
  readonly member: Filled<MemberValue>;
  readonly partition: Filled<PartitionValue>;
  readonly front: Filled<FrontValue>;
} = {
  member: {
    node: "n1",
    instance: "i1",
    front: 3,
    startedMs: 1_000,
    version: "0.1.0",
    httpAddress: "127.0.0.1:8080",
    hosts: [{ partition: 1, position: 2, lag: 3, isCaughtUp: true, isLogAway: true }],
    programs: { demo: "h1" },
  },
  partition: { node: "n1", instance: "i1", epoch: 4 },
  front: { node: "n1", instance: "i1", startedMs: 1_000 },
};
