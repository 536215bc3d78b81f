// What every implementation of `EventLog` must do, whatever it stands on. A suite to be called with a way to open one.

import { beforeEach, describe, expect, test } from "vitest";
import { type EventLog, LogUnavailable, RecordReader } from "../../src/log/mod.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";
import { appendDurably, collect, contents, newRecord, PARTITIONS } from "./log_fixture.ts";

export interface LogUnderTest {
  /** Empty, with `PARTITIONS` partitions. */
  readonly log: EventLog;
  /** Closes the log and opens it again on the same data. */
  reopen(): Promise<EventLog>;
  dispose(): Promise<void>;
}

export function eventLogContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`${name} keeps the contract of EventLog`, () => {
    let subject: LogUnderTest;
    beforeEach(async () => {
      subject = await open();
      return () => subject.dispose();
    });

    test("L1 what was durable is there after a reopen", async () => {
      await appendDurably(subject.log, 1, "a", "b");
      await appendDurably(subject.log, 3, "c");
      const log = await subject.reopen();
      expect(await contents(log)).toEqual([[], ["1 a", "2 b"], [], ["1 c"]]);
    });

    test("L2 sequences go on without gap after a reopen", async () => {
      await appendDurably(subject.log, 0, "a", "b");
      const log = await subject.reopen();
      expect(log.lastSequences()).toEqual([2, 0, 0, 0]);
      await appendDurably(log, 0, "c");
      expect(log.lastSequences()).toEqual([3, 0, 0, 0]);
      expect(await contents(log)).toEqual([["1 a", "2 b", "3 c"], [], [], []]);
    });

    test("L2 record times never fall within a partition, not even across a reopen", async () => {
      for (const timeMs of [500, 300, 700]) subject.log.append(0, newRecord("x", timeMs));
      await subject.log.whenDurable(subject.log.append(1, newRecord("y", 100)));
      const log = await subject.reopen();
      await log.whenDurable(log.append(0, newRecord("z", 600)));
      const times = (await records(log)).filter((record) => record.partition === 0).map((record) => record.timeMs);
      expect(times).toEqual([500, 500, 700, 700]);
    });

    test("a record comes back as it was given", async () => {
      const given = {
        kind: recordKinds.outcome,
        flags: 5,
        timeMs: 1.5e12,
        idHigh: 2 ** 32 - 1,
        idLow: 2 ** 31,
        payload: new Uint8Array(0),
      };
      await subject.log.whenDurable(subject.log.append(2, given));
      expect(await records(subject.log)).toEqual([{ ...given, partition: 2, sequence: 1 }]);
    });

    test("the payload is copied: its owner may use the bytes again", async () => {
      const payload = new TextEncoder().encode("before");
      const group = subject.log.append(0, { ...newRecord(""), payload });
      payload.fill(0);
      await subject.log.whenDurable(group);
      expect((await contents(subject.log))[0]).toEqual(["1 before"]);
    });

    test("batches that pass hold what batches that are kept hold, through several pieces of a file", async () => {
      for (let round = 0; round < 24; round++) {
        const texts = Array.from({ length: 8 }, (_, i) => `${round} ${i} ${"x".repeat(12_000 + round * 7 + i)}`);
        await appendDurably(subject.log, round % PARTITIONS, ...texts);
      }
      const kept = await contents(subject.log, [1, 20, 1, 1]);
      const passing: string[][] = Array.from({ length: PARTITIONS }, () => []);
      for await (const batch of subject.log.read([1, 20, 1, 1], "passing")) collect(batch, passing);
      expect(kept.map((list) => list.length)).toEqual([48, 29, 48, 48]);
      expect(passing).toEqual(kept);
    });

    test("L3 a listener sees each record once, in order, and before its group is acknowledged", async () => {
      const seen: string[][] = Array.from({ length: PARTITIONS }, () => []);
      subject.log.onCommit((batch) => collect(batch, seen));
      const waits: Promise<void>[] = [];
      for (let i = 1; i <= 200; i++) {
        const group = subject.log.append(0, newRecord(`${i}`));
        waits.push(subject.log.whenDurable(group).then(() => expect(seen[0]?.length).toBeGreaterThanOrEqual(i)));
        if (i % 50 === 0) await Promise.all(waits);
      }
      expect(seen[0]).toEqual(Array.from({ length: 200 }, (_, i) => `${i + 1} ${i + 1}`));
    });

    test("L3 a listener sees nothing that is not yet durable", async () => {
      let delivered = 0;
      subject.log.onCommit(() => delivered++);
      const group = subject.log.append(0, newRecord("a"));
      expect(delivered).toBe(0);
      expect(subject.log.lastSequences()).toEqual([0, 0, 0, 0]);
      await subject.log.whenDurable(group);
      expect(delivered).toBe(1);
    });

    test("read gives only what is wanted of each partition", async () => {
      for (let i = 1; i <= 30; i++) await appendDurably(subject.log, i % 3, `${i}`);
      const wanted = await contents(subject.log, [9, 1, 11, 1]);
      expect(wanted[0]).toEqual(["9 27", "10 30"]);
      expect(wanted[1]?.length).toBe(10);
      expect(wanted[2]).toEqual([]);
    });

    test("read gives what was durable when it was called, while appending goes on", async () => {
      await appendDurably(subject.log, 0, "a");
      const reading = subject.log.read([]);
      await appendDurably(subject.log, 0, "b");
      const found: string[][] = Array.from({ length: PARTITIONS }, () => []);
      for await (const batch of reading) collect(batch, found);
      expect(found[0]).toEqual(["1 a"]);
    });

    test("retire never takes what is still wanted", async () => {
      for (let i = 1; i <= 40; i++) await appendDurably(subject.log, i % 2, "x".repeat(5000));
      await subject.log.retire([11, 6, 1, 1]);
      const kept = await contents(subject.log, [11, 6, 1, 1]);
      expect(kept.map((texts) => texts.length)).toEqual([10, 15, 0, 0]);
    });

    test("what is asked of a group late is still answered", async () => {
      const group = subject.log.append(0, newRecord("a"));
      await subject.log.whenDurable(group);
      await expect(subject.log.whenDurable(group)).resolves.toBeUndefined();
    });

    test("close commits what is queued; afterwards nothing is taken", async () => {
      const group = subject.log.append(0, newRecord("a"));
      const durable = subject.log.whenDurable(group);
      await subject.log.close();
      await durable;
      expect(() => subject.log.append(0, newRecord("b"))).toThrow(LogUnavailable);
      const log = await subject.reopen();
      expect((await contents(log))[0]).toEqual(["1 a"]);
    });

    test("the figures count what was committed", async () => {
      const group = subject.log.append(0, newRecord("abc"));
      expect(subject.log.stats()).toMatchObject({ pendingBytes: 35, pendingRecords: 1, committedRecords: 0 });
      await subject.log.whenDurable(group);
      expect(subject.log.stats()).toMatchObject({
        pendingBytes: 0,
        pendingRecords: 0,
        committedGroups: 1,
        committedRecords: 1,
        committedBytes: 35,
      });
    });
  });
}

async function records(log: EventLog): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const reader = new RecordReader();
  for await (const batch of log.read([])) {
    reader.reset(batch);
    while (reader.next()) found.push(reader.record());
  }
  return found;
}
