// One value of each layout, byte by byte as it was written: stores of earlier versions are read as they are, so all of them stay readable.
//
// A layout that is written no more keeps its line here, and a new one gets a line of its own. No line is ever edited.

import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { decodeValue, writeValue } from "../../src/store/codec.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import { contentHash, openMemoryStore } from "../../src/store/mod.ts";
import type { EntryKind, EntryKinds } from "../../src/model/state.ts";
import type { Reward } from "../../src/model/reward.ts";
import type { Person } from "../../src/model/person.ts";
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
  stepPages: 0,
  stepTotals: {},
  journeys: [],
  rewards: [],
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
] as const;

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

it("what has no layout of its own is read", () => {
  const text = "Adtv7IqCqHBlcnNvbklkszcwMDAwMDAwMDAwMDAwMDAwMDGnc2luY2VNc8tCebdtqoAAAA==";
  expect(decodeValue(stored(text), 0, "k")).toEqual({ personId: person.id, sinceMs: MS });
});
