// The port between a front thread and the runtime, over a log that is told when to commit, to be full and to give up.

import { newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";
import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { FrontIds, shareOfLow } from "../../src/base/front_ids.ts";
import { originOf } from "../../src/base/ids.ts";
import { recordKinds } from "../../src/model/record.ts";
import { Appender } from "../../src/runtime/flow/appender.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";
import { Front } from "../../src/runtime/fronts/front.ts";
import { FrontDesks } from "../../src/runtime/fronts/front_desks.ts";
import { PortRuntime } from "../../src/runtime/fronts/port_runtime.ts";
import { BATCH_BYTES_MAX, type FrontAnswer, type FrontCall } from "../../src/runtime/fronts/protocol.ts";
import { Readiness } from "../../src/runtime/readiness.ts";
import { MemoryLog } from "./memory_log.ts";
import { eventOf, PARTITIONS } from "./open_node.ts";

const WORKERS = 2;
const RECORDS_MAX = 40;
const UNSETTLED_BYTES_MAX = 2 * BATCH_BYTES_MAX;
const UNSETTLED_RECORDS_MAX = 10;

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

interface Opened {
  readonly log: MemoryLog;
  readonly flow: FlowControl;
  readonly readiness: Readiness;
  readonly desks: FrontDesks;
  readonly fronts: readonly PortRuntime[];
  readonly failures: Error[];
}

async function open(count: number, answer: (call: FrontCall) => Promise<FrontAnswer> = nobody): Promise<Opened> {
  const log = new MemoryLog(PARTITIONS);
  const flow = new FlowControl(WORKERS, {
    recordsMax: RECORDS_MAX,
    bytesMax: 1 << 20,
    paceMs: 1000,
    paceMsMax: 1000,
  });
  const readiness = new Readiness();
  const appender = new Appender({ log, flow, workers: WORKERS, isShared: false, onProblem: () => {} });
  const ids = new FrontIds(3, { index: 0, of: count + 1 });
  const common = { partitions: PARTITIONS, workers: WORKERS, replyTimeoutMs: 5_000, crowds: newCrowdMarks() };
  const failures: Error[] = [];
  const desks = new FrontDesks({
    count,
    front: new Front({ sink: appender, flow, readiness, ids, ...common }),
    appender,
    readiness,
    status: () => readiness.status(),
    answer,
    onFailure: (error) => failures.push(error),
    birth: {
      ...common,
      frontNumber: 3,
      flow: flow.memory,
      recordBytesMax: 1 << 20,
      unsettledBytesMax: UNSETTLED_BYTES_MAX,
      unsettledRecordsMax: UNSETTLED_RECORDS_MAX,
    },
  });
  appender.listen(desks);
  readiness.ready();
  const fronts = await Promise.all(
    Array.from({ length: count }, () => {
      const { port1, port2 } = new MessageChannel();
      return PortRuntime.open(port2, structuredClone(desks.open(port1)));
    }),
  );
  opened.push(() => {
    for (const front of fronts) front.stop();
    desks.stop();
  });
  return { log, flow, readiness, desks, fronts, failures };
}

function nobody(call: FrontCall): Promise<FrontAnswer> {
  return Promise.reject(new Error(`nobody answers ${call.kind}`));
}

function frontOf({ fronts }: Opened, index = 0): PortRuntime {
  const front = fronts[index];
  if (front === undefined) throw new Error(`there is no front ${index}`);
  return front;
}

const visit = (n: number) => eventOf("visit", { email: `p${n}@example.com` });

/** Becomes true within a few turns of the event loop. */
const becomes = (isTrue: () => boolean): Promise<void> => expect.poll(isTrue, { interval: 1 }).toBe(true);

describe("ids of several fronts", () => {
  it("F1 never meet, also when a millisecond is full, and say who waits for the reply", () => {
    const of = 4;
    const seen = new Set<string>();
    for (let index = 0; index < of; index++) {
      const ids = new FrontIds(7, { index, of });
      for (let i = 0; i < 3_000; i++) {
        const id = ids.next(1_760_000_000_000);
        if (originOf(id) === 512 + 7 && shareOfLow(ids.low, of) === index) seen.add(id);
      }
    }
    expect(seen.size).toBe(of * 3_000);
  });

  it.each([1, 2, 3, 33])("every sequence is of one of %i shares", (of) => {
    const shares = new Set(Array.from({ length: 4_096 }, (_, sequence) => shareOfLow(sequence, of)));
    expect([...shares].toSorted((a, b) => a - b)).toEqual(Array.from({ length: of }, (_, index) => index));
  });
});

describe("records of fronts", () => {
  it("of one turn are one batch, in the log in their order, and durable when their group is", async () => {
    const all = await open(2);
    const accepted = [0, 1, 2].map((n) => frontOf(all).accept(visit(n)));
    const other = frontOf(all, 1).accept(visit(9));
    expect(new Set(accepted.map(({ durable }) => durable)).size).toBe(1);
    let isDurable = false;
    void accepted[0]?.durable.then(() => {
      isDurable = true;
    });
    await becomes(() => all.log.stats().pendingRecords === 4);
    expect(isDurable).toBe(false);
    all.log.commit();
    await Promise.all([...accepted.map(({ durable }) => durable), other.durable]);
    const bodies = all.log.committed.map(({ record }) => Buffer.from(record.payload).toString());
    const places = [0, 1, 2].map((n) => bodies.findIndex((body) => body.includes(`p${n}@example.com`)));
    expect(places).toEqual([...places].toSorted((a, b) => a - b));
    expect(all.log.committed.map(({ record }) => record.kind)).toEqual(Array(4).fill(recordKinds.event));
    expect(all.desks.accepted).toBe(4);
    expect(all.failures).toEqual([]);
  });

  it("that the log has no room for are refused as a whole, and the next ones are taken again", async () => {
    const all = await open(1);
    const front = frontOf(all);
    all.log.isFull = true;
    const refused = front.accept(visit(0));
    const applied = front.acceptAndApply(visit(1));
    await expect(refused.durable).rejects.toThrow(Unavailable);
    await expect(applied).rejects.toMatchObject({ reason: "log_unavailable", retryAfterSeconds: 1 });
    expect(all.log.stats().pendingRecords).toBe(0);
    all.log.resume();
    const taken = front.accept(visit(2));
    await becomes(() => all.log.stats().pendingRecords === 1);
    all.log.commit();
    await taken.durable;
  });

  it("that the log gives up are refused; what comes after it goes on is not", async () => {
    const all = await open(1);
    const front = frontOf(all);
    const kept = front.accept(visit(0));
    await becomes(() => all.log.stats().pendingRecords === 1);
    all.log.commit();
    const dropped = front.accept(visit(1));
    const waiting = front.acceptAndApply(visit(2));
    await becomes(() => all.log.stats().pendingRecords === 2);
    all.log.pause();
    all.log.resume();
    const later = front.accept(visit(3));
    await kept.durable;
    await expect(dropped.durable).rejects.toMatchObject({ reason: "log_unavailable" });
    await expect(waiting).rejects.toMatchObject({ reason: "log_unavailable" });
    await becomes(() => all.log.stats().pendingRecords === 1);
    all.log.commit();
    await later.durable;
    expect(all.flow.records()).toBe(2);
  });

  it("S1 are bounded while the main thread does not answer: further ones are busy at once, and taken when it does", async () => {
    const all = await open(1);
    const front = frontOf(all);
    const large = (n: number) => eventOf("visit", { email: `p${n}@example.com`, note: "x".repeat(100_000) });
    const accepted = [];
    let refusal: unknown = null;
    for (let n = 0; n < 100 && refusal === null; n++) {
      try {
        accepted.push(front.accept(large(n)));
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ reason: "busy" });
    expect(accepted.length * 100_000).toBeGreaterThan(UNSETTLED_BYTES_MAX / 2);
    expect(accepted.length * 100_000).toBeLessThanOrEqual(UNSETTLED_BYTES_MAX);
    expect(front.isDeep()).toBe(true);
    await becomes(() => all.log.stats().pendingRecords === accepted.length);
    while (all.log.stats().pendingRecords > 0) all.log.commit();
    await Promise.all(accepted.map(({ durable }) => durable));
    front.accept(large(101));
  });

  it("S1 so are small ones, by their number", async () => {
    const all = await open(1);
    const front = frontOf(all);
    for (let n = 0; n < UNSETTLED_RECORDS_MAX; n++) front.accept(visit(n));
    expect(() => front.accept(visit(0))).toThrow(Unavailable);
    expect(front.isDeep()).toBe(true);
    await becomes(() => all.log.stats().pendingRecords === UNSETTLED_RECORDS_MAX);
    all.log.commit();
    await becomes(() => !front.isDeep());
    front.accept(visit(0));
  });

  it("S1 and bulk readers stop at a quarter of them, which leaves the rest to others", async () => {
    const all = await open(1);
    const front = frontOf(all);
    for (let n = 0; n < UNSETTLED_RECORDS_MAX / 4; n++) {
      expect(front.isDeep()).toBe(false);
      front.accept(visit(n));
    }
    expect(front.isDeep()).toBe(true);
    await becomes(() => all.log.stats().pendingRecords >= UNSETTLED_RECORDS_MAX / 4);
    all.log.commit();
    await becomes(() => !front.isDeep());
  });

  it("a worker with too much before it refuses those of all fronts", async () => {
    const all = await open(2);
    for (let worker = 0; worker < WORKERS; worker++) all.flow.add(worker, RECORDS_MAX, 0);
    for (const front of all.fronts) {
      expect(front.isDeep()).toBe(true);
      expect(() => front.accept(visit(0))).toThrow(Unavailable);
    }
    for (let worker = 0; worker < WORKERS; worker++) all.flow.subtract(worker, RECORDS_MAX, 0);
    for (const front of all.fronts) {
      expect(front.isDeep()).toBe(false);
      front.accept(visit(0));
    }
  });

  it("K2 that were sent before the runtime closed are refused", async () => {
    const all = await open(1);
    const front = frontOf(all);
    const sent = front.accept(visit(0));
    all.readiness.stopping();
    await expect(sent.durable).rejects.toMatchObject({ reason: "stopping" });
    expect(all.log.stats().pendingRecords).toBe(0);
    await becomes(() => !front.status().isReady);
    expect(() => front.accept(visit(1))).toThrow(Unavailable);
    await expect(front.query(0, { kind: "marks" })).rejects.toMatchObject({ reason: "stopping" });
  });
});

describe("what the main thread tells fronts", () => {
  it("D1 a reply goes to the front that gave the id, and to no other", async () => {
    const all = await open(3);
    const waiting = all.fronts.map((front, n) => front.acceptAndApply(visit(n)));
    await becomes(() => all.log.stats().pendingRecords === 3);
    all.log.commit();
    const records = all.log.committed.map(({ record }) => record);
    expect(new Set(records.map(({ idLow }) => shareOfLow(idLow, 4)))).toEqual(new Set([1, 2, 3]));
    all.desks.answer({
      partitions: Uint16Array.from(records, () => 0),
      ids: Uint32Array.from(records.flatMap(({ idHigh, idLow }) => [idHigh, idLow])),
      personIds: records.map(({ idLow }) => `of ${shareOfLow(idLow, 4)}`),
      errorCodes: records.map(() => null),
      values: records.map(() => null),
    });
    const applied = await Promise.all(waiting);
    expect(applied.map(({ personId }) => personId)).toEqual(["of 1", "of 2", "of 3"]);
  });

  it("P3 calls are answered, also by what they threw", async () => {
    const all = await open(1, async (call) => {
      if (call.kind !== "query") throw new Error(`no ${call.kind} here`);
      if (call.partition === 1) throw new Unavailable("busy", 7);
      return { kind: "query", answer: { kind: "document", text: `asked ${call.partition}` } };
    });
    const front = frontOf(all);
    expect(await front.query(0, { kind: "marks" })).toEqual({ kind: "document", text: "asked 0" });
    await expect(front.query(1, { kind: "marks" })).rejects.toMatchObject({ name: "Unavailable", reason: "busy" });
    await expect(front.query(PARTITIONS, { kind: "marks" })).rejects.toThrow(RangeError);
    const wanted = { client: "demo", personId: "1", eventId: "2" };
    await expect(front.explain(wanted)).rejects.toThrow("no explain here");
  });

  it("whoever waits for an answer is told when the front stops", async () => {
    const all = await open(1, () => new Promise(() => {}));
    const front = frontOf(all);
    const asked = front.query(0, { kind: "marks" });
    const waiting = front.acceptAndApply(visit(0));
    const changing = front.command({ kind: "answer_request", client: "demo", key: "k", answer: null });
    const outcomes = Promise.allSettled([asked, waiting, changing]);
    const shallow = front.whenShallow().catch((error: unknown) => error);
    front.stop();
    expect(await shallow).toBeInstanceOf(Unavailable);
    expect(await outcomes).toMatchObject([
      { reason: { reason: "stopping" } },
      { reason: { name: "OutcomeUnknown", eventId: expect.any(String) } },
      { reason: { name: "OutcomeUnknown", eventId: null } },
    ]);
    await expect(front.whenShallow()).rejects.toThrow(Unavailable);
  });

  it("whoever waits until all have heard is not held by one that is gone", async () => {
    const all = await open(2);
    await all.desks.whenHeard();
    frontOf(all, 1).stop();
    const startedMs = performance.now();
    await all.desks.whenHeard();
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });
});
