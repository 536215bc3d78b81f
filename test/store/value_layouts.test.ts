// One value of each layout, byte by byte as it was written: stores of earlier versions are read as they are, so all of them stay readable.
//
// A layout that is written no more keeps its line here, and a new one gets a line of its own. No line is ever edited.

import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { decodeValue, writeValue } from "../../src/store/codec.ts";
import { kindNumbers } from "../../src/store/keys.ts";
import { allKindNumbers, contentHash, openMemoryStore } from "../../src/store/mod.ts";
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

function hashOf(bytes: Uint8Array): string {
  const store = openMemoryStore(0);
  store.writeBatch(rawBatch([{ kind: kindNumbers.person, key: person.id, bytes }], 1));
  return contentHash(store, allKindNumbers);
}

describe.each(persons)("a person in layout %i", (layout, text) => {
  it("is read", () => {
    expect(stored(text)[0]).toBe(layout);
    expect(decodeValue(stored(text), 0, person.id)).toEqual(person);
  });

  it("counts as the same content as the person written now", () => {
    const writer = new ByteWriter();
    writeValue(writer, "person", person);
    expect(hashOf(stored(text))).toBe(hashOf(writer.take()));
  });
});

it("what has no layout of its own is read", () => {
  const text = "Adtv7IqCqHBlcnNvbklkszcwMDAwMDAwMDAwMDAwMDAwMDGnc2luY2VNc8tCebdtqoAAAA==";
  expect(decodeValue(stored(text), 0, "k")).toEqual({ personId: person.id, sinceMs: MS });
});
