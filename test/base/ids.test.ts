import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ID_EPOCH_MS,
  idTextOfHalves,
  newIdCounter,
  nextId,
  nextIdText,
  originOf,
  rewardId,
  partitionOfReward,
  timeOf,
} from "../../src/base/ids.ts";

const times = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2080, 0, 1) });
// Ids of the first years have fewer digits.
const anyTime = fc.integer({ min: Date.UTC(2016, 0, 1), max: Date.UTC(2084, 0, 1) });
const origins = fc.integer({ min: 0, max: 1023 });

test("I1 ids of one origin never repeat, whatever the clock does", () => {
  fc.assert(
    fc.property(origins, fc.array(times, { minLength: 1, maxLength: 50 }), (origin, clock) => {
      const counter = newIdCounter(origin);
      const ids = clock.map((nowMs) => nextId(counter, nowMs));
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test("I1 a full millisecond borrows the next one", () => {
  const counter = newIdCounter(7);
  const ids = Array.from({ length: 10_000 }, () => nextId(counter, Date.UTC(2026, 0, 1)));
  expect(new Set(ids).size).toBe(10_000);
});

test("I2 an id gives back its origin and its time", () => {
  fc.assert(
    fc.property(origins, times, (origin, nowMs) => {
      const id = nextIdText(newIdCounter(origin), nowMs);
      expect(id).toMatch(/^[1-9][0-9]{18}$/);
      expect(originOf(id)).toBe(origin);
      expect(timeOf(id)).toBe(nowMs);
    }),
  );
});

test("the text of an id is the same by all three ways", () => {
  fc.assert(
    fc.property(origins, anyTime, fc.nat(4095), (origin, nowMs, sequence) => {
      const before = { origin, lastMs: nowMs, sequence: sequence - 1 };
      const number = nextId({ ...before }, nowMs);
      expect(nextIdText({ ...before }, nowMs)).toBe(number.toString());
      expect(idTextOfHalves(Number(number >> 32n), Number(number & 0xffff_ffffn))).toBe(number.toString());
    }),
  );
});

test("what is not an id has no origin", () => {
  for (const text of [
    "",
    "0000000000000000001",
    "123",
    "9999999999999999999",
    "12345678901234567x9",
    "-123456789012345678",
  ]) {
    expect(originOf(text)).toBeUndefined();
  }
  expect(ID_EPOCH_MS).toBe(1_420_070_400_000);
});

test("a reward id carries its partition and depends on its cause alone", () => {
  const id = rewardId(300, ["demo", "p", "c", "a", "e"]);
  expect(partitionOfReward(id)).toBe(300);
  expect(rewardId(300, ["demo", "p", "c", "a", "e"])).toBe(id);
  expect(rewardId(300, ["demo", "p", "c", "a", "f"])).not.toBe(id);
  expect(partitionOfReward("xyz")).toBeUndefined();
});
