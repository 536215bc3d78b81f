// One value of each layout, byte by byte as it was written: stores of earlier versions are read as they are, so all of them stay readable.
//
// A layout that is written no more keeps its line here, and a new one gets a line of its own. No line is ever edited.

import { describe, expect, it } from "vitest";
import { TextMemo } from "../../src/base/text_memo.ts";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { decodeValue, writeValue } from "../../src/store/codec.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import { contentHash, openMemoryStore, openPartitionState } from "../../src/store/mod.ts";
import type { EntryKind, EntryKinds, SummaryPage } from "../../src/model/state.ts";
import type { Reward } from "../../src/model/reward.ts";
import type { Person, RewardSummary, Step } from "../../src/model/person.ts";
import { unpackSteps } from "../../src/store/step_codec.ts";
import { rawBatch } from "./raw_batch.ts";

const MS = 1_767_225_600_000;

const person: Person = {
  id: "7000000000000000001",
  client: "demo",
  version: 3,
  email: "frank@example.com",
  partnerUserId: null,
  data: {},
  block: "NONE",
  blockReason: "",
  blockedMs: null,
  forwardedTo: null,
  isWaiting: false,
  mergesInto: null,
  isForwarding: false,
  createdMs: MS,
  updatedMs: MS + 5,
  steps: [],
  olderSteps: null,
  stepPages: 0,
  stepTotals: {},
  journeys: [],
  rewards: [],
  olderRewards: null,
  relationships: [],
  memberships: [],
  shareables: [],
  shares: [],
  incentives: null,
  points: null,
  identityHistory: [],
  requests: [],
  trail: [4, 9],
  trailPages: 0,
};

const reward: Reward = {
  id: "7000000000000000002",
  client: "demo",
  personId: person.id,
  name: null,
  state: "FULFILLED",
  isFulfilFailed: false,
  faceValue: 10,
  faceValueType: "USD",
  supplierId: "COUPON",
  supplierType: "MANUAL_COUPON",
  partnerSupplierId: null,
  partnerRewardId: "SAVE10-1",
  partnerRewardKeyType: "COUPON",
  campaignId: "7000000000000000003",
  programHash: "abc",
  campaignVersion: 2,
  program: "refer",
  actionId: "a1",
  causeEventId: "7000000000000000004",
  rootEventId: "7000000000000000004",
  depth: 1,
  journeyName: null,
  journeyKey: { name: "order", value: "o-1" },
  container: "production",
  sandbox: "production",
  tags: ["friend"],
  slots: [],
  data: { cart: 12.5 },
  valueOfRewardedEvent: 12.5,
  earnedMs: MS,
  createdMs: MS,
  updatedMs: MS + 5,
  expiresMs: null,
  attemptMs: null,
  alertMs: MS + 9,
  failMs: null,
  attempts: 0,
  isSubmitted: false,
  budgets: ["campaign/7000000000000000003"],
  redeemedMs: null,
  history: [
    {
      success: true,
      message: null,
      partnerRewardId: null,
      amount: null,
      partnerEventId: null,
      data: {},
      delivery: null,
      state: "EARNED",
      operatorUserId: null,
      atMs: MS,
    },
  ],
};

/** The same reward in each layout, by its number. */
const rewards = [
  [
    1,
    "AU4uqd7eACmiaWSzNzAwMDAwMDAwMDAwMDAwMDAwMqZjbGllbnSkZGVtb6hwZXJzb25JZLM3MDAwMDAwMDAwMDAwMDAwMDAxpG5hbWXApXN0YXRlqUZVTEZJTExFRK5pc0Z1bGZpbEZhaWxlZMKpZmFjZVZhbHVlCq1mYWNlVmFsdWVUeXBlo1VTRKpzdXBwbGllcklkpkNPVVBPTqxzdXBwbGllclR5cGWtTUFOVUFMX0NPVVBPTrFwYXJ0bmVyU3VwcGxpZXJJZMCvcGFydG5lclJld2FyZElkqFNBVkUxMC0xtHBhcnRuZXJSZXdhcmRLZXlUeXBlpkNPVVBPTqpjYW1wYWlnbklkszcwMDAwMDAwMDAwMDAwMDAwMDOrcHJvZ3JhbUhhc2ijYWJjr2NhbXBhaWduVmVyc2lvbgKncHJvZ3JhbaVyZWZlcqhhY3Rpb25JZKJhMaxjYXVzZUV2ZW50SWSzNzAwMDAwMDAwMDAwMDAwMDAwNKtyb290RXZlbnRJZLM3MDAwMDAwMDAwMDAwMDAwMDA0pWRlcHRoAatqb3VybmV5TmFtZcCqam91cm5leUtleYKkbmFtZaVvcmRlcqV2YWx1ZaNvLTGpY29udGFpbmVyqnByb2R1Y3Rpb26nc2FuZGJveKpwcm9kdWN0aW9upHRhZ3ORpmZyaWVuZKVzbG90c5CkZGF0YYGkY2FydMtAKQAAAAAAALR2YWx1ZU9mUmV3YXJkZWRFdmVudMtAKQAAAAAAAKhlYXJuZWRNc8tCebdtqoAAAKljcmVhdGVkTXPLQnm3baqAAACpdXBkYXRlZE1zy0J5t22qgFAAqWV4cGlyZXNNc8CpYXR0ZW1wdE1zwKdhbGVydE1zy0J5t22qgJAApmZhaWxNc8CoYXR0ZW1wdHMAq2lzU3VibWl0dGVkwqdidWRnZXRzkbxjYW1wYWlnbi83MDAwMDAwMDAwMDAwMDAwMDAzqnJlZGVlbWVkTXPAp2hpc3RvcnmRiqdzdWNjZXNzw6dtZXNzYWdlwK9wYXJ0bmVyUmV3YXJkSWTApmFtb3VudMCucGFydG5lckV2ZW50SWTApGRhdGGAqGRlbGl2ZXJ5wKVzdGF0ZaZFQVJORUSub3BlcmF0b3JVc2VySWTApGF0TXPLQnm3baqAAAA=",
  ],
  [
    7,
    "ByvCRVsTNzAwMDAwMDAwMDAwMDAwMDAwMgRkZW1vEzcwMDAwMDAwMDAwMDAwMDAwMDEAAQAAAAAAAAAkQANVU0QGQ09VUE9ODU1BTlVBTF9DT1VQT04AAQhTQVZFMTAtMQATNzAwMDAwMDAwMDAwMDAwMDAwMwNhYmMAAAAAAAAAQAVyZWZlcgJhMRM3MDAwMDAwMDAwMDAwMDAwMDA0EzcwMDAwMDAwMDAwMDAwMDAwMDQAAAAAAADwPwABBW9yZGVyA28tMQpwcm9kdWN0aW9uCnByb2R1Y3Rpb24BBmZyaWVuZAANeyJjYXJ0IjoxMi41fQEAAAAAAAApQAAAgKptt3lCAACAqm23eUIAUICqbbd5QgAAAQCQgKptt3lCAAAAAAAAAAAAAAEcY2FtcGFpZ24vNzAwMDAwMDAwMDAwMDAwMDAwMwABAQAAAAACe30AAAAAAICqbbd5Qg==",
  ],
] as const;

/** Its place in an index. */
const places = [
  [1, "Ac2x4ruBqHJld2FyZElkszcwMDAwMDAwMDAwMDAwMDAwMDI="],
  [8, "CKEQVJ4TNzAwMDAwMDAwMDAwMDAwMDAwMg=="],
] as const;

/** Steps that have something in common, and one that has little. */
const first: Step = {
  id: "7000000000000000005",
  name: "bought",
  isPrimary: true,
  campaignId: "7000000000000000003",
  program: "refer",
  journeyName: "FRIEND",
  journeyKey: null,
  eventId: "7000000000000000006",
  causeEventId: "7000000000000000004",
  rootEventId: "7000000000000000004",
  container: "production",
  quality: "HIGH",
  scope: "PRIVATE",
  value: 12.5,
  partnerEventId: { name: "order", value: "o-1" },
  isDuplicate: false,
  eventMs: MS,
  createdMs: MS + 1,
  data: [{ name: "cart", value: 12.5, scope: "PUBLIC" }],
};
const steps: Step[] = [
  first,
  { ...first, id: "7000000000000000007", name: "converted", isPrimary: false },
  {
    ...first,
    id: "7000000000000000008",
    campaignId: "7000000000000000009",
    eventId: "7000000000000000010",
    causeEventId: "7000000000000000011",
    quality: "LOW",
    value: null,
    partnerEventId: null,
    data: [],
  },
];

/** A person that has done something. */
const buyer: Person = {
  ...person,
  steps,
  stepTotals: {
    "*/bought": {
      count: 3,
      countHigh: 2,
      countLow: 1,
      sums: { all: 25, high: 25, low: 0 },
      recent: [MS - 1e10, 12.5, 0, MS, 12.5, 0, MS + 7, 0, 1],
    },
    "*/viewed": { count: 1, countHigh: 1, countLow: 0, sums: null, recent: [MS, 0, 0] },
  },
};

/** The same buyer in each layout, by its number. */
const buyers = [
  [
    6,
    "BqVtzY8TNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAxM3MDAwMDAwMDAwMDAwMDAwMDA1BmJvdWdodAETNzAwMDAwMDAwMDAwMDAwMDAwMwVyZWZlcgEGRlJJRU5EABM3MDAwMDAwMDAwMDAwMDAwMDA2EzcwMDAwMDAwMDAwMDAwMDAwMDQTNzAwMDAwMDAwMDAwMDAwMDAwNApwcm9kdWN0aW9uAAEBAAAAAAAAKUABBW9yZGVyA28tMQAAAICqbbd5QgAQgKptt3lCAQRjYXJ0AwAAAAAAAClAAhM3MDAwMDAwMDAwMDAwMDAwMDA3CWNvbnZlcnRlZAATNzAwMDAwMDAwMDAwMDAwMDAwMwVyZWZlcgEGRlJJRU5EABM3MDAwMDAwMDAwMDAwMDAwMDA2EzcwMDAwMDAwMDAwMDAwMDAwMDQTNzAwMDAwMDAwMDAwMDAwMDAwNApwcm9kdWN0aW9uAAEBAAAAAAAAKUABBW9yZGVyA28tMQAAAICqbbd5QgAQgKptt3lCAQRjYXJ0AwAAAAAAAClAAhM3MDAwMDAwMDAwMDAwMDAwMDA4BmJvdWdodAETNzAwMDAwMDAwMDAwMDAwMDAwOQVyZWZlcgEGRlJJRU5EABM3MDAwMDAwMDAwMDAwMDAwMDEwEzcwMDAwMDAwMDAwMDAwMDAwMTETNzAwMDAwMDAwMDAwMDAwMDAwNApwcm9kdWN0aW9uAQEAAAAAAICqbbd5QgAQgKptt3lCAAACCCovYm91Z2h0AwIBAAAAAAAAOUAAAAAAAAA5QAAAAAAAAAAAABCAqm23eUIJAABA7CySeUIAAAAAAAApQAAAAAAAAAAAAACAqm23eUIAAAAAAAApQAAAAAAAAAAAAHCAqm23eUIAAAAAAAAAAAAAAAAAAPA/CCovdmlld2VkAQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAqm23eUIDAACAqm23eUIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAAAAAAQQAAFAA==",
  ],
  [
    10,
    "Ctfn+jETNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCA0ATNzAwMDAwMDAwMDAwMDAwMDAwNQZib3VnaHQBEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIBBkZSSUVORAATNzAwMDAwMDAwMDAwMDAwMDAwNhM3MDAwMDAwMDAwMDAwMDAwMDA0CnByb2R1Y3Rpb24AAQEAAAAAAAApQAEFb3JkZXIDby0xAAAAgKptt3lCABCAqm23eUIBBGNhcnQDAAAAAAAAKUACfxM3MDAwMDAwMDAwMDAwMDAwMDA3CWNvbnZlcnRlZAABBkZSSUVORAAAAQEAAAAAAAApQAEFb3JkZXIDby0xAAAAgKptt3lCABCAqm23eUIBBGNhcnQDAAAAAAAAKUACFhM3MDAwMDAwMDAwMDAwMDAwMDA4BmJvdWdodAETNzAwMDAwMDAwMDAwMDAwMDAwOQEGRlJJRU5EABM3MDAwMDAwMDAwMDAwMDAwMDEwEzcwMDAwMDAwMDAwMDAwMDAwMTEBAQAAAAAAgKptt3lCABCAqm23eUIAAAIIKi9ib3VnaHQDAgEBAAAAAAAAOUAAAAAAAAA5QAAAAAAAAAAAABCAqm23eUIDBgAAQOwsknlCAAAAAAAAKUAGAACAqm23eUIAAAAAAAApQAEHCCovdmlld2VkAQEAAAAAgKptt3lCAQQAAICqbbd5QgAAAAAAAAAAAAACAAAAAAAAEEAABQA=",
  ],
  [
    14,
    "DiDZyQkTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAQATNzAwMDAwMDAwMDAwMDAwMDAwOAZib3VnaHQBEzcwMDAwMDAwMDAwMDAwMDAwMDkFcmVmZXIBBkZSSUVORAATNzAwMDAwMDAwMDAwMDAwMDAxMBM3MDAwMDAwMDAwMDAwMDAwMDExEzcwMDAwMDAwMDAwMDAwMDAwMDQKcHJvZHVjdGlvbgEBAAAAAACAqm23eUIAEICqbbd5QgAC+QAAAFYTNzAwMDAwMDAwMDAwMDAwMDAwNwljb252ZXJ0ZWQAEzcwMDAwMDAwMDAwMDAwMDAwMDMBBkZSSUVORAATNzAwMDAwMDAwMDAwMDAwMDAwNhM3MDAwMDAwMDAwMDAwMDAwMDA0AAEBAAAAAAAAKUABBW9yZGVyA28tMQAAAICqbbd5QgAQgKptt3lCAQRjYXJ0AwAAAAAAAClAAn8TNzAwMDAwMDAwMDAwMDAwMDAwNQZib3VnaHQBAQZGUklFTkQAAAEBAAAAAAAAKUABBW9yZGVyA28tMQAAAICqbbd5QgAQgKptt3lCAQRjYXJ0AwAAAAAAAClAAgACCCovYm91Z2h0AwIBAQAAAAAAADlAAAAAAAAAOUAAAAAAAAAAAAMGAABA7CySeUIAAAAAAAApQAYAAICqbbd5QgAAAAAAAClAAQcIKi92aWV3ZWQBAQAAAQQAAICqbbd5QgAAAAAAAAAAAAACAAAAAAAAEEAABQA=",
  ],
] as const;

/** The same page of those steps in each layout, by its number. */
const stepPages = [
  [
    3,
    "A+zl+kwDEzcwMDAwMDAwMDAwMDAwMDAwMDUGYm91Z2h0ARM3MDAwMDAwMDAwMDAwMDAwMDAzBXJlZmVyAQZGUklFTkQAEzcwMDAwMDAwMDAwMDAwMDAwMDYTNzAwMDAwMDAwMDAwMDAwMDAwNBM3MDAwMDAwMDAwMDAwMDAwMDA0CnByb2R1Y3Rpb24AAQEAAAAAAAApQAEFb3JkZXIDby0xAAAAgKptt3lCABCAqm23eUIBBGNhcnQDAAAAAAAAKUACEzcwMDAwMDAwMDAwMDAwMDAwMDcJY29udmVydGVkABM3MDAwMDAwMDAwMDAwMDAwMDAzBXJlZmVyAQZGUklFTkQAEzcwMDAwMDAwMDAwMDAwMDAwMDYTNzAwMDAwMDAwMDAwMDAwMDAwNBM3MDAwMDAwMDAwMDAwMDAwMDA0CnByb2R1Y3Rpb24AAQEAAAAAAAApQAEFb3JkZXIDby0xAAAAgKptt3lCABCAqm23eUIBBGNhcnQDAAAAAAAAKUACEzcwMDAwMDAwMDAwMDAwMDAwMDgGYm91Z2h0ARM3MDAwMDAwMDAwMDAwMDAwMDA5BXJlZmVyAQZGUklFTkQAEzcwMDAwMDAwMDAwMDAwMDAwMTATNzAwMDAwMDAwMDAwMDAwMDAxMRM3MDAwMDAwMDAwMDAwMDAwMDA0CnByb2R1Y3Rpb24BAQAAAAAAgKptt3lCABCAqm23eUIA",
  ],
  [
    11,
    "Cy+RjHIDQBM3MDAwMDAwMDAwMDAwMDAwMDA1BmJvdWdodAETNzAwMDAwMDAwMDAwMDAwMDAwMwVyZWZlcgEGRlJJRU5EABM3MDAwMDAwMDAwMDAwMDAwMDA2EzcwMDAwMDAwMDAwMDAwMDAwMDQKcHJvZHVjdGlvbgABAQAAAAAAAClAAQVvcmRlcgNvLTEAAACAqm23eUIAEICqbbd5QgEEY2FydAMAAAAAAAApQAJ/EzcwMDAwMDAwMDAwMDAwMDAwMDcJY29udmVydGVkAAEGRlJJRU5EAAABAQAAAAAAAClAAQVvcmRlcgNvLTEAAACAqm23eUIAEICqbbd5QgEEY2FydAMAAAAAAAApQAIWEzcwMDAwMDAwMDAwMDAwMDAwMDgGYm91Z2h0ARM3MDAwMDAwMDAwMDAwMDAwMDA5AQZGUklFTkQAEzcwMDAwMDAwMDAwMDAwMDAwMTATNzAwMDAwMDAwMDAwMDAwMDAxMQEBAAAAAACAqm23eUIAEICqbbd5QgA=",
  ],
] as const;

/** The same page of a trail in each layout, by its number; the first has a person with it. */
const trailPages = [
  [
    1,
    "AU0SW3aDpmJlZm9yZdoI6XsiaWQiOiI3MDAwMDAwMDAwMDAwMDAwMDAxIiwiY2xpZW50IjoiZGVtbyIsInZlcnNpb24iOjMsImVtYWlsIjoiZnJhbmtAZXhhbXBsZS5jb20iLCJwYXJ0bmVyVXNlcklkIjpudWxsLCJkYXRhIjp7fSwiYmxvY2siOiJOT05FIiwiYmxvY2tSZWFzb24iOiIiLCJibG9ja2VkTXMiOm51bGwsImZvcndhcmRlZFRvIjpudWxsLCJpc1dhaXRpbmciOmZhbHNlLCJtZXJnZXNJbnRvIjpudWxsLCJpc0ZvcndhcmRpbmciOmZhbHNlLCJjcmVhdGVkTXMiOjE3NjcyMjU2MDAwMDAsInVwZGF0ZWRNcyI6MTc2NzIyNTYwMDAwNSwic3RlcHMiOlt7ImlkIjoiNzAwMDAwMDAwMDAwMDAwMDAwNSIsIm5hbWUiOiJib3VnaHQiLCJpc1ByaW1hcnkiOnRydWUsImNhbXBhaWduSWQiOiI3MDAwMDAwMDAwMDAwMDAwMDAzIiwicHJvZ3JhbSI6InJlZmVyIiwiam91cm5leU5hbWUiOiJGUklFTkQiLCJqb3VybmV5S2V5IjpudWxsLCJldmVudElkIjoiNzAwMDAwMDAwMDAwMDAwMDAwNiIsImNhdXNlRXZlbnRJZCI6IjcwMDAwMDAwMDAwMDAwMDAwMDQiLCJyb290RXZlbnRJZCI6IjcwMDAwMDAwMDAwMDAwMDAwMDQiLCJjb250YWluZXIiOiJwcm9kdWN0aW9uIiwicXVhbGl0eSI6IkhJR0giLCJzY29wZSI6IlBSSVZBVEUiLCJ2YWx1ZSI6MTIuNSwicGFydG5lckV2ZW50SWQiOnsibmFtZSI6Im9yZGVyIiwidmFsdWUiOiJvLTEifSwiaXNEdXBsaWNhdGUiOmZhbHNlLCJldmVudE1zIjoxNzY3MjI1NjAwMDAwLCJjcmVhdGVkTXMiOjE3NjcyMjU2MDAwMDEsImRhdGEiOlt7Im5hbWUiOiJjYXJ0IiwidmFsdWUiOjEyLjUsInNjb3BlIjoiUFVCTElDIn1dfSx7ImlkIjoiNzAwMDAwMDAwMDAwMDAwMDAwNyIsIm5hbWUiOiJjb252ZXJ0ZWQiLCJpc1ByaW1hcnkiOmZhbHNlLCJjYW1wYWlnbklkIjoiNzAwMDAwMDAwMDAwMDAwMDAwMyIsInByb2dyYW0iOiJyZWZlciIsImpvdXJuZXlOYW1lIjoiRlJJRU5EIiwiam91cm5leUtleSI6bnVsbCwiZXZlbnRJZCI6IjcwMDAwMDAwMDAwMDAwMDAwMDYiLCJjYXVzZUV2ZW50SWQiOiI3MDAwMDAwMDAwMDAwMDAwMDA0Iiwicm9vdEV2ZW50SWQiOiI3MDAwMDAwMDAwMDAwMDAwMDA0IiwiY29udGFpbmVyIjoicHJvZHVjdGlvbiIsInF1YWxpdHkiOiJISUdIIiwic2NvcGUiOiJQUklWQVRFIiwidmFsdWUiOjEyLjUsInBhcnRuZXJFdmVudElkIjp7Im5hbWUiOiJvcmRlciIsInZhbHVlIjoiby0xIn0sImlzRHVwbGljYXRlIjpmYWxzZSwiZXZlbnRNcyI6MTc2NzIyNTYwMDAwMCwiY3JlYXRlZE1zIjoxNzY3MjI1NjAwMDAxLCJkYXRhIjpbeyJuYW1lIjoiY2FydCIsInZhbHVlIjoxMi41LCJzY29wZSI6IlBVQkxJQyJ9XX0seyJpZCI6IjcwMDAwMDAwMDAwMDAwMDAwMDgiLCJuYW1lIjoiYm91Z2h0IiwiaXNQcmltYXJ5Ijp0cnVlLCJjYW1wYWlnbklkIjoiNzAwMDAwMDAwMDAwMDAwMDAwOSIsInByb2dyYW0iOiJyZWZlciIsImpvdXJuZXlOYW1lIjoiRlJJRU5EIiwiam91cm5leUtleSI6bnVsbCwiZXZlbnRJZCI6IjcwMDAwMDAwMDAwMDAwMDAwMTAiLCJjYXVzZUV2ZW50SWQiOiI3MDAwMDAwMDAwMDAwMDAwMDExIiwicm9vdEV2ZW50SWQiOiI3MDAwMDAwMDAwMDAwMDAwMDA0IiwiY29udGFpbmVyIjoicHJvZHVjdGlvbiIsInF1YWxpdHkiOiJMT1ciLCJzY29wZSI6IlBSSVZBVEUiLCJ2YWx1ZSI6bnVsbCwicGFydG5lckV2ZW50SWQiOm51bGwsImlzRHVwbGljYXRlIjpmYWxzZSwiZXZlbnRNcyI6MTc2NzIyNTYwMDAwMCwiY3JlYXRlZE1zIjoxNzY3MjI1NjAwMDAxLCJkYXRhIjpbXX1dLCJzdGVwUGFnZXMiOjAsInN0ZXBUb3RhbHMiOnsiKi9ib3VnaHQiOnsiY291bnQiOjMsImNvdW50SGlnaCI6MiwiY291bnRMb3ciOjEsInN1bSI6MjUsInN1bUhpZ2giOjI1LCJzdW1Mb3ciOjAsImxhc3RNcyI6MTc2NzIyNTYwMDAwMSwicmVjZW50IjpbMTc1NzIyNTYwMDAwMCwxMi41LDAsMTc2NzIyNTYwMDAwMCwxMi41LDAsMTc2NzIyNTYwMDAwNywwLDFdfSwiKi92aWV3ZWQiOnsiY291bnQiOjEsImNvdW50SGlnaCI6MSwiY291bnRMb3ciOjAsInN1bSI6MCwic3VtSGlnaCI6MCwic3VtTG93IjowLCJsYXN0TXMiOjE3NjcyMjU2MDAwMDAsInJlY2VudCI6WzE3NjcyMjU2MDAwMDAsMCwwXX19LCJqb3VybmV5cyI6W10sInJld2FyZHMiOltdLCJyZWxhdGlvbnNoaXBzIjpbXSwibWVtYmVyc2hpcHMiOltdLCJzaGFyZWFibGVzIjpbXSwic2hhcmVzIjpbXSwiaW5jZW50aXZlcyI6bnVsbCwicG9pbnRzIjpudWxsLCJpZGVudGl0eUhpc3RvcnkiOltdLCJyZXF1ZXN0cyI6W10sInRyYWlsIjpbNCw5XSwidHJhaWxQYWdlcyI6MH2oYmVmb3JlTXPLQnm3baqAAACndG91Y2hlc5IECQ==",
  ],
  [12, "DJNexNQAAICqbbd5QgIAAAAAAAAQQAAF"],
] as const;

/** Whose a key is, in each layout, by its number; the first is that of all that has no layout of its own. */
const keys = [
  [1, "Adtv7IqCqHBlcnNvbklkszcwMDAwMDAwMDAwMDAwMDAwMDGnc2luY2VNc8tCebdtqoAAAA=="],
  [13, "De/Ffp8TNzAwMDAwMDAwMDAwMDAwMDAwMQAAgKptt3lC"],
] as const;

/** The same person in each layout, by its number. */
const persons = [
  [
    4,
    "BGWh8AITNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAAAAAAAAAACAAAAAAAAEEAABQA=",
  ],
  [
    5,
    "BdRs1X0TNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAAAAAAAAAAAAgAAAAAAABBAAAUA",
  ],
  [
    6,
    "BnGmVewTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAAAAAAAAAAAAAIAAAAAAAAQQAAFAA==",
  ],
  [
    14,
    "Dibv2F8TNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAAAAAAAAAAAAAACAAAAAAAAEEAABQA=",
  ],
  [
    15,
    "D4/531cTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAAAAAAAAAAAAAAAAgAAAAAAABBAAAUA",
  ],
] as const;

const credit: RewardSummary = {
  id: "000000000000000000a1ff01",
  name: "credit",
  state: "FULFILLED",
  isFulfilFailed: false,
  faceValue: 25,
  faceValueType: "USD",
  supplierId: "CREDIT",
  campaignId: "7000000000000000003",
  program: "refer",
  journeyName: null,
  tags: ["friend"],
  slots: [],
  data: { cart: 12.5 },
  causeEventId: "7000000000000000004",
  partnerRewardId: null,
  earnedMs: MS + 1,
  redeemedMs: null,
};
const redeemed: RewardSummary = {
  ...credit,
  id: "000000000000000000a2ff02",
  state: "REDEEMED",
  partnerRewardId: "P-2",
  earnedMs: MS + 2,
  redeemedMs: MS + 9,
};

/** A person with rewards in each layout, by its number. */
const rewarded = [
  [
    14,
    "Dh9TqtwTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAACGDAwMDAwMDAwMDAwMDAwMDAwMGExZmYwMQEGY3JlZGl0AQAAAAAAAAA5QANVU0QGQ1JFRElUEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIAAQZmcmllbmQADXsiY2FydCI6MTIuNX0TNzAwMDAwMDAwMDAwMDAwMDAwNAAAEICqbbd5QgAYMDAwMDAwMDAwMDAwMDAwMDAwYTJmZjAyAQZjcmVkaXQDAAAAAAAAADlAA1VTRAZDUkVESVQTNzAwMDAwMDAwMDAwMDAwMDAwMwVyZWZlcgABBmZyaWVuZAANeyJjYXJ0IjoxMi41fRM3MDAwMDAwMDAwMDAwMDAwMDA0AQNQLTIAIICqbbd5QgEAkICqbbd5QgAAAAAAAAAAAgAAAAAAABBAAAUA",
  ],
  [
    15,
    "DyjEZ+kTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAACGDAwMDAwMDAwMDAwMDAwMDAwMGExZmYwMQEGY3JlZGl0AQAAAAAAAAA5QANVU0QGQ1JFRElUEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIAAQZmcmllbmQADXsiY2FydCI6MTIuNX0TNzAwMDAwMDAwMDAwMDAwMDAwNAAAEICqbbd5QgAYMDAwMDAwMDAwMDAwMDAwMDAwYTJmZjAyAQZjcmVkaXQDAAAAAAAAADlAA1VTRAZDUkVESVQTNzAwMDAwMDAwMDAwMDAwMDAwMwVyZWZlcgABBmZyaWVuZAANeyJjYXJ0IjoxMi41fRM3MDAwMDAwMDAwMDAwMDAwMDA0AQNQLTIAIICqbbd5QgEAkICqbbd5QgAAAAAAAAAAAAIAAAAAAAAQQAAFAA==",
  ],
] as const;

/** The same person, one of whose rewards is in a page. */
const paged: Person = {
  ...person,
  rewards: [redeemed],
  olderRewards: { count: 1, latestMs: [MS + 1], marks: "\u00ff\u0001" },
};
const pagedText =
  "D83lLEgTNzAwMDAwMDAwMDAwMDAwMDAwMQRkZW1vAwERZnJhbmtAZXhhbXBsZS5jb20AAAIAAAAAAAAAAICqbbd5QgBQgKptt3lCAAAAAAABGDAwMDAwMDAwMDAwMDAwMDAwMGEyZmYwMgEGY3JlZGl0AwAAAAAAAAA5QANVU0QGQ1JFRElUEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIAAQZmcmllbmQADXsiY2FydCI6MTIuNX0TNzAwMDAwMDAwMDAwMDAwMDAwNAEDUC0yACCAqm23eUIBAJCAqm23eUIBAQAQgKptt3lCAv8BAAAAAAAAAAACAAAAAAAAEEAABQA=";

/** Which a reward has left again. */
const summaryPage: SummaryPage = {
  summaries: [redeemed],
  changes: [
    {
      kind: "moved",
      sequence: 7,
      at: 1,
      state: "FULFILLED",
      isFulfilFailed: false,
      partnerRewardId: null,
      redeemedMs: null,
    },
    { kind: "removed", sequence: 8, at: 0, summary: credit },
  ],
  forgotten: 3,
};
const summaryPages = [
  [
    16,
    "EB0oSW4BGDAwMDAwMDAwMDAwMDAwMDAwMGEyZmYwMgEGY3JlZGl0AwAAAAAAAAA5QANVU0QGQ1JFRElUEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIAAQZmcmllbmQADXsiY2FydCI6MTIuNX0TNzAwMDAwMDAwMDAwMDAwMDAwNAEDUC0yACCAqm23eUIBAJCAqm23eUICAQAAAAAAABxAAQEAAAACAAAAAAAAIEAAGDAwMDAwMDAwMDAwMDAwMDAwMGExZmYwMQEGY3JlZGl0AQAAAAAAAAA5QANVU0QGQ1JFRElUEzcwMDAwMDAwMDAwMDAwMDAwMDMFcmVmZXIAAQZmcmllbmQADXsiY2FydCI6MTIuNX0TNzAwMDAwMDAwMDAwMDAwMDAwNAAAEICqbbd5QgAAAAAAAAAIQA==",
  ],
] as const;

function withAllSteps(person: Person): Person {
  unpackSteps(person, new TextMemo());
  return person;
}

const stored = (text: string): Buffer => Buffer.from(text, "base64");

function hashOf(kind: EntryKind, bytes: Uint8Array): string {
  const store = openMemoryStore(0);
  store.writeBatch(rawBatch([{ kind: kindNumbers[kind], key: "key", bytes }], 1));
  return contentHash(store);
}

function hashOfNow<K extends EntryKind>(kind: K, value: EntryKinds[K]): string {
  const writer = new ByteWriter();
  writeValue(writer, kind, value);
  return hashOf(kind, writer.take());
}

describe.each(persons)("a person in layout %i", (layout, text) => {
  it("is read", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, person.id)).toEqual(person);
  });

  it("counts as the same content as the person written now", () => {
    expect(hashOf("person", stored(text))).toBe(hashOfNow("person", person));
  });
});

describe.each(rewards)("a reward in layout %i", (layout, text) => {
  it("is read, and counts as the same content as the reward written now", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, reward.id)).toEqual(reward);
    expect(hashOf("reward", stored(text))).toBe(hashOfNow("reward", reward));
  });
});

describe.each(places)("the place of a reward in an index in layout %i", (layout, text) => {
  it("is read, and counts as the same content as the place written now", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, "k")).toEqual({ rewardId: reward.id });
    expect(hashOf("rewardIndex", stored(text))).toBe(hashOfNow("rewardIndex", { rewardId: reward.id }));
  });
});

describe.each(buyers)("a person with steps in layout %i", (layout, text) => {
  it("is read, and counts as the same content as the person written now", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(withAllSteps(decodeValue(stored(text), 0, buyer.id) as Person)).toEqual(buyer);
    expect(hashOf("person", stored(text))).toBe(hashOfNow("person", structuredClone(buyer)));
  });
});

describe.each(stepPages)("a page of steps in layout %i", (layout, text) => {
  it("is read, and counts as the same content as the page written now", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, "k")).toEqual({ steps });
    expect(hashOf("stepPage", stored(text))).toBe(hashOfNow("stepPage", { steps }));
  });
});

describe.each(trailPages)("a page of a trail in layout %i", (layout, text) => {
  it("is read, and counts as the same content as the page written now", () => {
    const page = { beforeMs: MS, touches: [4, 9] };
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, "k")).toMatchObject(page);
    expect(hashOf("trailPage", stored(text))).toBe(hashOfNow("trailPage", page));
  });
});

it("the copy of a person that a trail keeps is read back, in whichever layout it was made", () => {
  const state = openPartitionState(openMemoryStore(0), { cacheBytesMax: 1 << 20, dirtyBytesMax: 1 << 20 });
  for (const [, text] of buyers) expect(withAllSteps(state.personIn(stored(text)))).toEqual(buyer);
  state.put("personBefore", "k", { copy: state.copyOf(structuredClone(buyer)) });
  state.checkpoint(1);
  const copy = state.find("personBefore", "k")?.copy ?? new Uint8Array();
  expect(withAllSteps(state.personIn(copy))).toEqual(buyer);
});

describe.each(rewarded)("a person with rewards in layout %i", (layout, text) => {
  const all: Person = { ...person, rewards: [credit, redeemed] };

  it("is read, and counts as the same content as the person written now", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, person.id)).toEqual(all);
    expect(hashOf("person", stored(text))).toBe(hashOfNow("person", structuredClone(all)));
  });

  it("counts as the same content with some of the rewards in pages, but not with others", () => {
    const [key, page] = [person.id, `${person.id}/00000000`];
    const hashOfPaged = (summaries: RewardSummary[]): string => {
      const store = openMemoryStore(0);
      const state = openPartitionState(store, { cacheBytesMax: 1 << 20, dirtyBytesMax: 1 << 20 });
      state.put("person", key, paged);
      state.put("summaryPage", page, { summaries, changes: [], forgotten: 0 });
      state.checkpoint(1);
      return contentHash(store);
    };
    const unpaged = openMemoryStore(0);
    unpaged.writeBatch(rawBatch([{ kind: kindNumbers.person, key, bytes: stored(text) }], 1));
    expect(hashOfPaged([credit])).toBe(contentHash(unpaged));
    expect(hashOfPaged([{ ...credit, state: "CANCELED" }])).not.toBe(contentHash(unpaged));
    expect(hashOfPaged([])).not.toBe(contentHash(unpaged));
  });
});

it("a person with rewards in pages is read in layout 15", () => {
  expect(stored(pagedText)[0]).toBe(15);
  expect(decodeValue(stored(pagedText), 0, person.id)).toEqual(paged);
});

it.each(summaryPages)("a page of older rewards is read in layout %i", (layout, text) => {
  expect(stored(text)[0]).toBe(layout);
  expect(decodeValue(stored(text), 0, "k")).toEqual(summaryPage);
});

describe.each(keys)("whose a key is, in layout %i", (layout, text) => {
  it("is read, and counts as the same content as what is written now", () => {
    const key = { personId: person.id, sinceMs: MS };
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, "k")).toEqual(key);
    expect(hashOf("key", stored(text))).toBe(hashOfNow("key", key));
  });
});
