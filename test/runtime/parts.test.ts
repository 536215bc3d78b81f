// The small parts of the runtime, each against a plain statement of what it does.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { idTextOfHalves, originOf } from "../../src/base/ids.ts";
import { readRecord, RecordReader, recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import { Appender } from "../../src/runtime/flow/appender.ts";
import { OutcomeUnknown, Unavailable } from "../../src/runtime/client.ts";
import { Dispatcher } from "../../src/runtime/flow/dispatch.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";
import { FrontIds, waitKey } from "../../src/base/front_ids.ts";
import { openLayout } from "../../src/runtime/layout.ts";
import { LogWatch } from "../../src/runtime/flow/log_watch.ts";
import { Pending } from "../../src/runtime/fronts/pending.ts";
import { Readiness } from "../../src/runtime/readiness.ts";
import { MessageMarks, tailLength } from "../../src/runtime/recovery.ts";
import { RETRY_MS } from "../../src/runtime/settings.ts";
import { Ticks } from "../../src/runtime/flow/ticks.ts";
import { Unconfirmed } from "../../src/runtime/cluster/unconfirmed.ts";
import { MemoryLog } from "./memory_log.ts";

describe("front ids", () => {
  it("text and halves are the same id, ids grow, and their wait keys differ", () => {
    const ids = new FrontIds(0);
    const keys = new Set<number>();
    let last = "";
    for (let i = 0; i < 10_000; i++) {
      // The clock stands still most of the time, and once steps back by an hour.
      const nowMs = 1_760_000_000_000 + Math.floor(i / 5000) - (i > 7000 ? 3_600_000 : 0);
      const text = ids.next(nowMs);
      expect(text > last).toBe(true);
      expect(idTextOfHalves(ids.high, ids.low)).toBe(text);
      expect(originOf(text)).toBe(512);
      keys.add(waitKey(ids.high, ids.low));
      last = text;
    }
    expect(keys.size).toBe(10_000);
  });

  it("continues above the ids of an earlier run when the clock stepped back", () => {
    const before = new FrontIds(0);
    const lastId = before.next(1_760_000_000_000);
    const after = new FrontIds(0);
    after.continueFrom(1_760_000_000_000);
    expect(after.next(1_750_000_000_000) > lastId).toBe(true);
  });
});

/** Sequence, partition and payload of a record. */
type Seen = [number, number, number[]];
const bySequence = ([a]: Seen, [b]: Seen): number => a - b;

describe("dispatch", () => {
  it("every record goes to its owner, unchanged and in order", () => {
    const records = fc.array(fc.record({ partition: fc.nat(7), payload: fc.uint8Array({ maxLength: 50 }) }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 5 }), (wanted, workers) => {
        const batch = new Uint8Array(wanted.reduce((sum, { payload }) => sum + 32 + payload.length, 3)).subarray(3);
        let offset = 0;
        wanted.forEach(({ partition, payload }, i) => {
          const record = {
            kind: recordKinds.event,
            flags: payload.length % 2,
            timeMs: i,
            idHigh: i,
            idLow: 2,
            payload,
          };
          offset = writeRecord({ bytes: batch, view: viewOf(batch) }, offset, partition, i + 1, i, record);
        });
        const shares = new Dispatcher(workers).divide(batch);
        const reader = new RecordReader();
        const seen = shares.flatMap(({ worker, records: count, bytes, isAwaited }) => {
          reader.reset(new Uint8Array(bytes));
          const own: Seen[] = [];
          while (reader.next()) {
            expect(reader.partition % workers).toBe(worker);
            own.push([reader.sequence, reader.partition, [...reader.payload]]);
          }
          expect(own).toHaveLength(count);
          expect(isAwaited).toBe(own.some(([, , payload]) => payload.length % 2 === 1));
          expect(own).toEqual(own.toSorted(bySequence));
          return own;
        });
        const all = wanted.map(({ partition, payload }, i) => [i + 1, partition, [...payload]]);
        expect(seen.sort(bySequence)).toEqual(all);
        expect(readRecord(viewOf(batch), 0).flags).toBe((wanted[0]?.payload.length ?? 0) % 2);
      }),
    );
  });
});

describe("flow control", () => {
  it("lets go of whoever waits for the pace when no more than so much work lies before its own, in each worker", async () => {
    const flow = new FlowControl(2, { recordsMax: 10_000, bytesMax: 10_000, paceMs: 100, paceMsMax: 60_000 });
    // A record takes each of them a millisecond: a hundred of them are near enough.
    for (const worker of [0, 1]) {
      for (let times = 0; times < 20; times++) {
        flow.add(worker, 1000, 0);
        flow.applied(worker, 1000, 0, 1000);
      }
    }
    const heard: string[] = [];
    const wait = (name: string, marks: readonly number[]): void =>
      void flow.whenNear(marks).then(() => heard.push(name));
    const first = flow.add(0, 150, 0);
    const second = flow.add(0, 50, 0);
    const other = flow.add(1, 110, 0);
    wait("first", [first, 0]);
    wait("second", [second, 0]);
    wait("both", [first, other]);
    wait("nothing of theirs", [0, 0]);
    const after = async (worker: number, records: number): Promise<readonly string[]> => {
      flow.applied(worker, records, 0, records);
      await sleep(0);
      return heard.splice(0);
    };
    expect(await after(0, 0)).toEqual(["nothing of theirs"]);
    expect(await after(0, 40)).toEqual([]);
    expect(await after(0, 15)).toEqual(["first"]);
    expect(await after(1, 15)).toEqual(["both"]);
    // Dropped records leave the queue like applied ones.
    flow.subtract(0, 145, 0);
    expect(await after(0, 0)).toEqual(["second"]);
  });

  it("holds nobody up for longer than it may when a worker stands still", async () => {
    const flow = new FlowControl(1, { recordsMax: 1000, bytesMax: 1000, paceMs: 1, paceMsMax: 30 });
    const mark = flow.add(0, 200, 0);
    let isHeard = false;
    const waiting = flow.whenNear([mark]).then(() => {
      isHeard = true;
    });
    await sleep(0);
    expect(isHeard).toBe(false);
    await waiting;
    expect(flow.records()).toBe(200);
  });

  it("is busy at either bound of one worker, deep at a quarter of it, shallow below half of that, empty at none", async () => {
    const flow = new FlowControl(2, { recordsMax: 10, bytesMax: 100, paceMs: 1000, paceMsMax: 1000 });
    flow.add(0, 1, 100);
    expect([flow.isBusy(0), flow.isBusy(1), flow.isAnyDeep()]).toEqual([true, false, true]);
    flow.add(1, 10, 1);
    expect(flow.isBusy(1)).toBe(true);
    const reached: string[] = [];
    void flow.whenShallow().then(() => reached.push("shallow"));
    void flow.whenEmpty().then(() => reached.push("empty"));
    flow.subtract(0, 1, 100);
    await sleep(0);
    expect(reached).toEqual([]);
    flow.subtract(1, 7, 0);
    await sleep(0);
    expect([flow.isBusy(1), flow.isAnyDeep(), reached]).toEqual([false, true, []]);
    flow.subtract(1, 2, 0);
    await sleep(0);
    expect([flow.isAnyDeep(), reached]).toEqual([false, ["shallow"]]);
    flow.subtract(1, 1, 1);
    await sleep(0);
    expect(reached).toEqual(["shallow", "empty"]);
    expect(flow.isEmpty()).toBe(true);
  });
});

describe("what bulk readers fill", () => {
  const reports = (flow: FlowControl, recordMs: number): void => {
    // As many as make the first guess at their cost forgotten.
    for (let round = 0; round < 20; round++) {
      flow.add(0, 512, 0);
      flow.applied(0, 512, 0, 512 * recordMs);
    }
  };

  it("is less of records that take long, and never so few that the worker idles", async () => {
    const flow = new FlowControl(2, { recordsMax: 1_000_000, bytesMax: 1_000_000, paceMs: 1000, paceMsMax: 1000 });
    reports(flow, 1);
    flow.add(0, 390, 0);
    expect(flow.isAnyDeep()).toBe(false);
    flow.add(0, 20, 0);
    expect(flow.isAnyDeep()).toBe(true);
    let isShallow = false;
    void flow.whenShallow().then(() => {
      isShallow = true;
    });
    flow.applied(0, 200, 0, 200);
    await sleep(0);
    expect([flow.isAnyDeep(), isShallow]).toEqual([false, false]);
    flow.applied(0, 20, 0, 20);
    await sleep(0);
    expect(isShallow).toBe(true);
    flow.applied(0, 190, 0, 190);
    reports(flow, 100);
    flow.add(0, 64, 0);
    expect(flow.isAnyDeep()).toBe(false);
    flow.add(0, 1, 0);
    expect(flow.isAnyDeep()).toBe(true);
  });

  it("is counted by records and bytes alone of what was read back", () => {
    const flow = new FlowControl(1, { recordsMax: 1_000_000, bytesMax: 1_000_000, paceMs: 1000, paceMsMax: 1000 });
    reports(flow, 10);
    flow.addReadBack(0, 10_000, 0);
    expect([flow.isAnyDeep(), flow.isReadBackDeep()]).toEqual([true, false]);
  });
});

describe("pending", () => {
  const open = (timeoutMs: number): Pending<string> =>
    new Pending<string>({ countMax: 2, timeoutMs, lateError: (label) => new OutcomeUnknown(label) });

  it("N1 ends by its answer, at its deadline, or when its group is dropped", async () => {
    const pending = open(300);
    const answered = pending.wait(1, "a", 5);
    const dropped = pending.wait(2, "b", 6);
    expect(pending.isFull).toBe(true);
    pending.resolve(1, (label) => `answer to ${label}`);
    pending.resolve(99, () => "nobody");
    expect(await answered).toBe("answer to a");
    pending.rejectFrom(6, new Error("dropped"));
    await expect(dropped).rejects.toThrow("dropped");
    await expect(pending.wait(3, "late", 7)).rejects.toMatchObject({ name: "OutcomeUnknown", eventId: "late" });
    expect(pending.size).toBe(0);
    pending.stop();
  });
});

describe("message marks", () => {
  it("V2 hold everything up to the newest message of a source to a receiver, and nothing else", () => {
    const marks = new MessageMarks();
    marks.raise(3, { source: 1, sequence: 10, n: 2 });
    marks.raise(3, { source: 1, sequence: 9, n: 7 });
    expect(marks.holds(3, { source: 1, sequence: 10, n: 2 })).toBe(true);
    expect(marks.holds(3, { source: 1, sequence: 9, n: 9 })).toBe(true);
    expect(marks.holds(3, { source: 1, sequence: 10, n: 3 })).toBe(false);
    expect(marks.holds(3, { source: 2, sequence: 1, n: 0 })).toBe(false);
    expect(marks.holds(2, { source: 1, sequence: 1, n: 0 })).toBe(false);
  });

  it("V1 a state ahead of the log is refused; otherwise the tail is what lies between", () => {
    const at = (partition: number, position: number) => ({
      partition,
      position,
      checkpointPosition: position,
      outdated: null,
      highWater: [],
      programs: [],
      nextDueMs: null,
      lastIdMs: 0,
    });
    expect(tailLength([5, 9], [at(0, 5), at(1, 2)])).toBe(7);
    expect(() => tailLength([5, 9], [at(0, 5), at(1, 10)])).toThrow("partition 1: log ends at 9, state reflects 10");
  });
});

describe("unconfirmed", () => {
  it("calls back who waits for messages when they were handed over, or when each of their receivers has one that came later", () => {
    const seen: string[] = [];
    const unconfirmed = new Unconfirmed();
    unconfirmed.add(1, { source: 0, sequence: 5, n: 0 }, Buffer.from("a"));
    unconfirmed.add(2, { source: 0, sequence: 6, n: 0 }, Buffer.from("b"));
    unconfirmed.add(1, { source: 0, sequence: 6, n: 1 }, Buffer.from("c"));
    unconfirmed.settle(() => seen.push("first"));
    unconfirmed.confirm(1, [6, 1]);
    expect(seen).toEqual([]);
    unconfirmed.confirm(2, [7, 0]);
    expect(seen).toEqual(["first"]);
    unconfirmed.add(1, { source: 0, sequence: 8, n: 0 }, Buffer.from("d"));
    unconfirmed.settle(() => seen.push("second"));
    unconfirmed.take((bytes) => seen.push(Buffer.from(bytes).toString()));
    expect(seen).toEqual(["first", "d", "second"]);
    expect(unconfirmed.isEmpty).toBe(true);
    unconfirmed.take(() => seen.push("nothing"));
    expect(seen).toHaveLength(3);
  });
});

describe("appender", () => {
  it("acknowledges a group when it is durable and its records are near enough to their turn", async () => {
    const log = new MemoryLog(1);
    const flow = new FlowControl(1, { recordsMax: 10_000, bytesMax: 1 << 20, paceMs: 1, paceMsMax: 60_000 });
    const appender = new Appender({ log, flow, workers: 1, isShared: false, onProblem: () => {} });
    const record = { kind: recordKinds.event, flags: 0, timeMs: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(1) };
    let group = 0;
    for (let n = 0; n < 200; n++) group = appender.append(0, record);
    const heard: string[] = [];
    appender.listen({
      onDurable: () => heard.push("durable"),
      onAcknowledged: () => heard.push("acknowledged"),
      onDropped: () => heard.push("dropped"),
    });
    void appender.acknowledged(group).then(() => heard.push("answered"));
    await sleep(0);
    expect(heard).toEqual([]);
    log.commit();
    await sleep(0);
    expect(heard).toEqual(["durable"]);
    flow.applied(0, 150, 0, 7.5);
    await sleep(0);
    expect(heard).toEqual(["durable", "acknowledged", "answered"]);
  });
});

describe("log watch", () => {
  it("a log that takes nothing is noticed where nobody appends", async () => {
    const readiness = new Readiness();
    readiness.ready();
    const watch = new LogWatch({
      readiness,
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      onFinal: () => {},
    });
    watch.start({
      makeRoom: () => {
        readiness.logProblem("away");
        throw new Unavailable("log_unavailable", 1);
      },
    });
    await expect.poll(() => readiness.status().isReady, { timeout: 20_000 }).toBe(false);
    watch.stop();
  });
});

describe("ticks", () => {
  function open() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const log = new MemoryLog(2);
    const flow = new FlowControl(1, { recordsMax: 10, bytesMax: 1000, paceMs: 1000, paceMsMax: 1000 });
    const appender = new Appender({ log, flow, workers: 1, isShared: false, onProblem: () => {} });
    const ticks = new Ticks(appender, flow, 2);
    appender.listen(ticks);
    return { log, ticks, flow };
  }

  it("T1, T2 one tick for a due time, never before it, and none before start", async () => {
    const { log, ticks } = open();
    const dueMs = Date.now() + 20;
    ticks.set(1, dueMs);
    ticks.set(0, Date.now() + 1e12);
    vi.advanceTimersByTime(30);
    log.commit();
    expect(log.committed).toEqual([]);
    ticks.start();
    vi.advanceTimersByTime(60);
    log.commit();
    vi.advanceTimersByTime(30);
    log.commit();
    expect(log.committed).toHaveLength(1);
    expect(log.committed[0]).toMatchObject({ partition: 1, record: { kind: recordKinds.tick } });
    expect(log.committed[0]?.record.timeMs).toBeGreaterThanOrEqual(dueMs);
    // The partition reports what is due next: the rest of a long list.
    ticks.set(1, dueMs);
    vi.advanceTimersByTime(100);
    log.commit();
    expect(log.committed).toHaveLength(2);
    ticks.stop();
  });

  it("T3 does not ring while what is in flight is far from its turn", async () => {
    const { log, ticks, flow } = open();
    ticks.start();
    flow.add(0, 100, 0);
    flow.applied(0, 1, 0, 1e6);
    const ring = async (): Promise<void> => {
      ticks.set(0, Date.now());
      await vi.advanceTimersByTimeAsync(1);
      log.commit();
    };
    // The first one finds out that it is one too many.
    await ring();
    await ring();
    expect(log.committed).toHaveLength(1);
    flow.applied(0, 99, 0, 1);
    await vi.advanceTimersByTimeAsync(1);
    log.commit();
    expect(log.committed).toHaveLength(2);
    ticks.stop();
  });

  it("T4 rests for as long as the tick before took, where more is due", async () => {
    const { log, ticks } = open();
    ticks.start();
    const rings = async (afterMs: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(afterMs);
      log.commit();
      return log.committed.length;
    };
    const dueMs = Date.now();
    ticks.set(0, dueMs);
    expect(await rings(1)).toBe(1);
    expect(await rings(40)).toBe(1);
    ticks.set(0, dueMs);
    expect(await rings(30)).toBe(1);
    expect(await rings(20)).toBe(2);
    ticks.stop();
  });

  it("rings again when the log dropped the tick", async () => {
    const { log, ticks } = open();
    ticks.start();
    ticks.set(0, Date.now());
    vi.advanceTimersByTime(1);
    log.pause();
    await sleep(0);
    log.resume();
    vi.advanceTimersByTime(RETRY_MS);
    log.commit();
    expect(log.committed.map(({ partition }) => partition)).toEqual([0]);
    expect(
      recordBytes(
        log.committed[0]?.record ?? { kind: 1, flags: 0, timeMs: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(1) },
      ),
    ).toBe(34);
    ticks.stop();
  });
});

describe("data directory", () => {
  it("keeps the number of partitions that it was created with", () => {
    const directory = mkdtempSync(join(tmpdir(), "laurel-layout."));
    openLayout(directory, 16);
    openLayout(directory, 16);
    expect(() => openLayout(directory, 8)).toThrow("created with 16 partitions and cannot run with 8");
    expect(JSON.parse(readFileSync(join(directory, "layout.json"), "utf8"))).toEqual({ format: 7, partitions: 16 });
    rmSync(directory, { recursive: true });
  });
});
