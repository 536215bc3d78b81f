// Groups end in order, and a record never belongs to a group that has ended.

import { expect, test } from "vitest";
import { GroupLedger } from "../../../src/log/jetstream/group_ledger.ts";

const isSettled = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

test("G1 what is appended after a group ended is durable when it is, although nothing of that group was ever sent", async () => {
  const ledger = new GroupLedger();
  const first = ledger.give();
  // Parcels alone, all given back: nothing is left anywhere.
  ledger.settleBelow(Number.POSITIVE_INFINITY);
  expect(await isSettled(ledger.whenDurable(first, null))).toBe(true);
  const second = ledger.give();
  expect(second).toBeGreaterThan(first);
  const durable = ledger.whenDurable(second, null);
  expect(await isSettled(durable)).toBe(false);
  ledger.seal(second);
  ledger.settleBelow(second);
  expect(await isSettled(durable)).toBe(false);
  ledger.settleBelow(second + 1);
  expect(await isSettled(durable)).toBe(true);
});

test("G2 a group ends with the last of its records, and its elders before it", async () => {
  const ledger = new GroupLedger();
  const [a, b] = [ledger.give(), ledger.give()];
  expect(b).toBe(a);
  ledger.seal(a);
  const c = ledger.give();
  expect(c).toBeGreaterThan(a);
  const waiting = [ledger.whenDurable(a, null), ledger.whenDurable(c, null)];
  ledger.settleBelow(c);
  expect(await Promise.all(waiting.map(isSettled))).toEqual([true, false]);
  ledger.dropAll(new Error("dropped"));
  await expect(waiting[1]).rejects.toThrow("dropped");
});
