import { describe, expect, it } from "vitest";
import { TextMemo } from "../../src/base/text_memo.ts";
import type { JsonValue } from "../../src/model/json.ts";
import type { OlderRewards, Person, RewardSummary, Share, Shareable, Step } from "../../src/model/person.ts";
import { rewardStates } from "../../src/model/reward.ts";
import type { SummaryPage } from "../../src/model/state.ts";
import { ByteReader } from "../../src/store/byte_reader.ts";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { readPerson, writePerson } from "../../src/store/person_codec.ts";
import { readStepPage, unpackSteps, writeStepPage } from "../../src/store/step_codec.ts";
import { readSummaryPage, writeSummaryPage } from "../../src/store/summary_codec.ts";
import { isSoak } from "../support/profile.ts";
import { fc } from "./property.ts";

/** Whole persons take a while to make. */
const RUNS = isSoak ? 1_000 : 40;

const text = fc
  .oneof(fc.string({ maxLength: 80 }), fc.string({ unit: "grapheme", maxLength: 40 }), fc.constant("é".repeat(64)))
  .filter((value) => Buffer.from(value).toString() === value);
const name = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString"));
const ms = fc.integer({ min: 0, max: 4_000_000_000_000 });
const scope = fc.constantFrom("CLIENT" as const, "PRIVATE" as const, "PUBLIC" as const);
const json = fc
  .jsonValue({ maxDepth: 2 })
  // Through text, as every value that comes from outside: no minus zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const named = fc.record({ name: text, value: text }, { noNullPrototype: true });
const datum = fc.record({ name: text, value: json, scope }, { noNullPrototype: true });
const count = fc.nat({ max: 2 ** 31 - 1 });
const number = fc.double({ noNaN: true });

const step: fc.Arbitrary<Step> = fc.record(
  {
    id: text,
    name: text,
    isPrimary: fc.boolean(),
    campaignId: text,
    program: text,
    journeyName: orNull(text),
    journeyKey: orNull(named),
    eventId: text,
    causeEventId: text,
    rootEventId: text,
    container: text,
    quality: fc.constantFrom("HIGH" as const, "LOW" as const, "NONE" as const),
    scope,
    value: orNull(number),
    partnerEventId: orNull(named),
    isDuplicate: fc.boolean(),
    eventMs: ms,
    createdMs: ms,
    data: fc.array(datum, { maxLength: 3 }),
  },
  { noNullPrototype: true },
);

const shareable: fc.Arbitrary<Shareable> = fc.record(
  {
    code: text,
    label: text,
    key: text,
    content: fc.record(
      {
        title: orNull(text),
        description: orNull(text),
        imageUrl: orNull(text),
        url: orNull(text),
        partnerContentId: orNull(text),
      },
      { noNullPrototype: true },
    ),
    data: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
    createdMs: ms,
    updatedMs: ms,
  },
  { noNullPrototype: true },
);

const share: fc.Arbitrary<Share> = fc.record(
  {
    id: text,
    channel: text,
    link: orNull(text),
    message: orNull(text),
    subject: orNull(text),
    shareableCode: orNull(text),
    otherPersonId: orNull(text),
    partnerId: orNull(named),
    campaignId: text,
    program: text,
    data: fc.array(datum, { maxLength: 2 }),
    createdMs: ms,
  },
  { noNullPrototype: true },
);

const summary: fc.Arbitrary<RewardSummary> = fc.record(
  {
    id: text,
    name: orNull(text),
    state: fc.constantFrom("EARNED" as const, "FULFILLED" as const, "EXPIRED" as const),
    isFulfilFailed: fc.boolean(),
    faceValue: number,
    faceValueType: text,
    supplierId: text,
    campaignId: text,
    program: text,
    journeyName: orNull(text),
    tags: fc.array(text, { maxLength: 2 }),
    slots: fc.array(text, { maxLength: 2 }),
    data: fc.dictionary(name, json, { maxKeys: 2, noNullPrototype: true }),
    causeEventId: text,
    partnerRewardId: orNull(text),
    earnedMs: ms,
    redeemedMs: orNull(ms),
  },
  { noNullPrototype: true },
);

/** A page at least, or there is none. */
const olderRewards: fc.Arbitrary<OlderRewards> = fc.record(
  {
    count,
    latestMs: fc.array(number, { minLength: 1, maxLength: 3 }),
    marks: fc.array(fc.nat({ max: 255 }), { maxLength: 9 }).map((codes) => String.fromCharCode(...codes)),
  },
  { noNullPrototype: true },
);

const summaryPage: fc.Arbitrary<SummaryPage> = fc.record(
  {
    summaries: fc.array(summary, { maxLength: 3 }),
    changes: fc.array(
      fc.oneof(
        fc.record(
          {
            kind: fc.constant("moved" as const),
            sequence: count,
            at: fc.nat({ max: 7 }),
            state: fc.constantFrom(...rewardStates),
            isFulfilFailed: fc.boolean(),
            partnerRewardId: orNull(text),
            redeemedMs: orNull(ms),
          },
          { noNullPrototype: true },
        ),
        fc.record(
          { kind: fc.constant("removed" as const), sequence: count, at: fc.nat({ max: 7 }), summary },
          { noNullPrototype: true },
        ),
      ),
      { maxLength: 3 },
    ),
    forgotten: count,
  },
  { noNullPrototype: true },
);

const person: fc.Arbitrary<Person> = fc.record(
  {
    id: text,
    client: text,
    version: count,
    email: orNull(text),
    partnerUserId: orNull(text),
    data: fc.dictionary(
      name,
      fc.record({ value: json, scope, createdMs: ms, updatedMs: ms }, { noNullPrototype: true }),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    ),
    block: fc.constantFrom("EVENTS" as const, "REWARDS" as const, "NONE" as const),
    blockReason: text,
    blockedMs: orNull(ms),
    forwardedTo: orNull(text),
    isWaiting: fc.boolean(),
    mergesInto: orNull(fc.record({ personId: text, replyTo: orNull(text) }, { noNullPrototype: true })),
    isForwarding: fc.boolean(),
    createdMs: ms,
    updatedMs: ms,
    steps: fc.array(step, { maxLength: 4 }),
    olderSteps: fc.constant(null),
    stepPages: count,
    stepTotals: fc.dictionary(
      name,
      fc.record(
        {
          count,
          countHigh: count,
          countLow: count,
          // As the engine keeps them: null while there is no value.
          sums: orNull(
            fc
              .record({ all: number, high: number, low: number }, { noNullPrototype: true })
              .filter(({ all, high, low }) => all !== 0 || high !== 0 || low !== 0),
          ),
          // Times near each other, far from each other, and such as no date has, but none below zero that is zero; values that are zero in one sense or the other.
          recent: fc
            .array(
              fc.tuple(
                fc.oneof(ms, fc.nat(), number).map((time) => time + 0),
                fc.oneof(fc.constant(0), number),
                fc.nat(1),
              ),
              {
                maxLength: 3,
              },
            )
            .map((steps) => steps.flat()),
        },
        { noNullPrototype: true },
      ),
      { maxKeys: 3, noNullPrototype: true },
    ),
    journeys: fc.array(
      fc.record(
        {
          id: text,
          campaignId: text,
          program: text,
          name: text,
          key: orNull(named),
          container: text,
          data: fc.array(datum, { maxLength: 2 }),
          entry: fc.dictionary(name, text, { maxKeys: 2, noNullPrototype: true }),
          last: fc.dictionary(name, text, { maxKeys: 2, noNullPrototype: true }),
          variant: orNull(text),
          createdMs: ms,
          updatedMs: ms,
        },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
    rewards: fc.array(summary, { maxLength: 2 }),
    olderRewards: orNull(olderRewards),
    relationships: fc.array(
      fc.record(
        {
          id: text,
          myRole: fc.constantFrom("ADVOCATE" as const, "FRIEND" as const),
          otherPersonId: text,
          otherEmail: orNull(text),
          campaignId: text,
          program: text,
          container: text,
          causeEventId: text,
          rootEventId: text,
          reason: text,
          isSelfReferral: fc.boolean(),
          data: fc.array(datum, { maxLength: 2 }),
          createdMs: ms,
          updatedMs: ms,
        },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
    memberships: fc.array(fc.record({ audienceId: text, createdMs: ms, updatedMs: ms }, { noNullPrototype: true }), {
      maxLength: 2,
    }),
    shareables: fc.array(shareable, { maxLength: 2 }),
    shares: fc.array(share, { maxLength: 2 }),
    incentives: orNull(
      fc.record(
        {
          reviews: fc.constant([]),
          tallies: fc.dictionary(
            name,
            fc.record(
              {
                actions: count,
                friendCount: count,
                friends: fc.array(text, { maxLength: 2 }),
                rewards: fc.array(
                  fc.record({ rewardId: text, reviewId: text, value: count, atMs: ms }, { noNullPrototype: true }),
                  { maxLength: 2 },
                ),
              },
              { noNullPrototype: true },
            ),
            { maxKeys: 2, noNullPrototype: true },
          ),
        },
        { noNullPrototype: true },
      ),
    ),
    points: orNull(
      fc.record(
        {
          accounts: fc.dictionary(
            text,
            fc.record(
              {
                earned: count,
                spent: count,
                expired: count,
                reversed: count,
                owed: count,
                lots: fc.array(fc.record({ rewardId: text, left: count }, { noNullPrototype: true }), { maxLength: 2 }),
              },
              { noNullPrototype: true },
            ),
            { maxKeys: 2, noNullPrototype: true },
          ),
          rows: fc.constant([]),
        },
        { noNullPrototype: true },
      ),
    ),
    identityHistory: fc.array(
      fc.oneof(
        fc.record(
          {
            kind: fc.constant("IDENTITY_SHIFT" as const),
            shape: text,
            oldKeyValue: orNull(text),
            atMs: ms,
            version: count,
          },
          { noNullPrototype: true },
        ),
        fc.record(
          {
            kind: fc.constant("SPLIT_LOSER" as const),
            losingKeyValue: text,
            winningPersonId: text,
            winningKeyValue: text,
            atMs: ms,
          },
          { noNullPrototype: true },
        ),
      ),
      { maxLength: 2 },
    ),
    requests: fc.array(
      fc.record(
        { ip: orNull(text), deviceId: orNull(text), country: orNull(text), atMs: ms },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
    trail: fc.array(count, { maxLength: 3 }).map((list) => list.toSorted((a, b) => a - b)),
    trailPages: count,
  },
  { noNullPrototype: true },
);

describe("persons as bytes", () => {
  it("round trip: every member comes back, with the same bytes when written again", () => {
    fc.assert(
      fc.property(person, (value) => {
        const before = structuredClone(value);
        const bytes = written((writer) => writePerson(writer, value));
        const reader = new ByteReader(bytes, 0);
        const read = readPerson(reader);
        expect(reader.isAtEnd).toBe(true);
        expect(read).toEqual(value);
        expect(written((writer) => writePerson(writer, read))).toEqual(bytes);
        expect(unpacked(read)).toEqual(before);
        expect(unpacked(value)).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it("steps make the same bytes, whenever they were written or looked at before", () => {
    fc.assert(
      fc.property(
        person,
        fc.array(fc.tuple(step, fc.constantFrom("write", "read", "look", "go on"))),
        (value, added) => {
          const whole = structuredClone(value);
          let one = value;
          for (const [newest, then] of added) {
            whole.steps.push(newest);
            one.steps.push(newest);
            if (then === "write") written((writer) => writePerson(writer, one));
            if (then === "read")
              one = readPerson(
                new ByteReader(
                  written((writer) => writePerson(writer, one)),
                  0,
                ),
              );
            if (then === "look") expect(unpacked(one).steps).toEqual(whole.steps);
          }
          expect(written((writer) => writePerson(writer, one))).toEqual(
            written((writer) => writePerson(writer, whole)),
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("round trip of a page of steps", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const bytes = written((writer) => writeStepPage(writer, { steps }));
        expect(readStepPage(new ByteReader(bytes, 0))).toEqual({ steps });
      }),
    );
  });

  it("round trip of a page of older rewards", () => {
    fc.assert(
      fc.property(summaryPage, (page) => {
        const reader = new ByteReader(
          written((writer) => writeSummaryPage(writer, page)),
          0,
        );
        expect(readSummaryPage(reader)).toEqual(page);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it("members are built in the order of the model, so that read and made persons have one shape", () => {
    fc.assert(
      fc.property(person, (value) => {
        const read = readPerson(
          new ByteReader(
            written((writer) => writePerson(writer, value)),
            0,
          ),
        );
        expect(Object.keys(unpacked(read))).toEqual(Object.keys(unpacked(value)));
        expect(read.steps.map((each) => Object.keys(each))).toEqual(value.steps.map((each) => Object.keys(each)));
      }),
      { numRuns: 10 },
    );
  });
});

function unpacked(value: Person): Person {
  unpackSteps(value, new TextMemo());
  return value;
}

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.take();
}
