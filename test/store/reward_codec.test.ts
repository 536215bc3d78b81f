// Rewards as bytes: every member comes back, whatever it holds.

import { expect, it } from "vitest";
import type { JsonValue } from "../../src/model/json.ts";
import { type Delivery, type Reward, type RewardMove, rewardStates } from "../../src/model/reward.ts";
import { ByteReader } from "../../src/store/byte_reader.ts";
import { ByteWriter } from "../../src/store/byte_writer.ts";
import { readReward, readRewardPlace, writeReward, writeRewardPlace } from "../../src/store/reward_codec.ts";
import { fc } from "./property.ts";

const text = fc
  .oneof(fc.string({ maxLength: 80 }), fc.string({ unit: "grapheme", maxLength: 40 }), fc.constant("é".repeat(64)))
  .filter((value) => Buffer.from(value).toString() === value);
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const number = fc.double({ noNaN: true });
const ms = fc.integer({ min: 0, max: 4_000_000_000_000 });
const name = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString"));
const data = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  // Through text, as every value that comes from outside: no minus zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as { [name: string]: JsonValue });
const state = fc.constantFrom(...rewardStates);
const texts = fc.array(text, { maxLength: 3 });
const plain = { noNullPrototype: true } as const;

const delivery: fc.Arbitrary<Delivery> = fc.record(
  {
    costCode: orNull(text),
    faceValue: orNull(fc.integer()),
    faceValueType: orNull(text),
    email: orNull(text),
    partnerSentId: orNull(text),
    partnerRedeemId: orNull(text),
  },
  plain,
);

const move: fc.Arbitrary<RewardMove> = fc.record(
  {
    success: fc.boolean(),
    message: orNull(text),
    partnerRewardId: orNull(text),
    amount: orNull(number),
    partnerEventId: orNull(text),
    data,
    delivery: orNull(delivery),
    state,
    operatorUserId: orNull(text),
    atMs: ms,
  },
  plain,
);

const reward: fc.Arbitrary<Reward> = fc.record(
  {
    id: text,
    client: text,
    personId: text,
    name: orNull(text),
    state,
    isFulfilFailed: fc.boolean(),
    faceValue: number,
    faceValueType: text,
    supplierId: text,
    supplierType: text,
    partnerSupplierId: orNull(text),
    partnerRewardId: orNull(text),
    partnerRewardKeyType: fc.constantFrom("COUPON" as const, "ID" as const, "LINK" as const),
    campaignId: text,
    programHash: text,
    campaignVersion: fc.nat(),
    program: text,
    actionId: text,
    causeEventId: text,
    rootEventId: text,
    depth: fc.nat(),
    journeyName: orNull(text),
    journeyKey: orNull(fc.record({ name: text, value: text }, plain)),
    container: text,
    sandbox: text,
    tags: texts,
    slots: texts,
    data,
    valueOfRewardedEvent: orNull(number),
    earnedMs: ms,
    createdMs: ms,
    updatedMs: ms,
    expiresMs: orNull(ms),
    attemptMs: orNull(ms),
    alertMs: orNull(ms),
    failMs: orNull(ms),
    attempts: fc.nat(),
    isSubmitted: fc.boolean(),
    budgets: texts,
    redeemedMs: orNull(ms),
    history: fc.array(move, { maxLength: 3 }),
  },
  plain,
);

it("round trip: every member comes back in the order of the model, with the same bytes when written again", () => {
  fc.assert(
    fc.property(reward, (value) => {
      const bytes = written((writer) => writeReward(writer, value));
      const reader = new ByteReader(bytes, 0);
      const read = readReward(reader);
      expect(reader.isAtEnd).toBe(true);
      expect(read).toEqual(value);
      expect(Object.keys(read)).toEqual(Object.keys(value));
      expect(read.history.map((each) => Object.keys(each))).toEqual(value.history.map((each) => Object.keys(each)));
      expect(written((writer) => writeReward(writer, read))).toEqual(bytes);
    }),
  );
});

it("round trip of a place in an index", () => {
  fc.assert(
    fc.property(text, (rewardId) => {
      const bytes = written((writer) => writeRewardPlace(writer, { rewardId }));
      expect(readRewardPlace(new ByteReader(bytes, 0))).toEqual({ rewardId });
    }),
  );
});

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.take();
}
