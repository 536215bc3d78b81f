import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordKinds } from "../../src/model/record.ts";
import { Appender } from "../../src/runtime/flow/appender.ts";
import { FlowControl } from "../../src/runtime/flow/flow_control.ts";
import { Outbox } from "../../src/runtime/flow/outbox.ts";
import { packMessages } from "../../src/runtime/worker/record_bytes.ts";
import { MemoryLog } from "./memory_log.ts";

const PARTITIONS = 4;

function open() {
  const log = new MemoryLog(PARTITIONS);
  const flow = new FlowControl(1, { recordsMax: 1000, bytesMax: 1 << 20, paceMs: 1000, paceMsMax: 1000 });
  const problems: string[] = [];
  const appender = new Appender({
    log,
    flow,
    workers: 1,
    isShared: false,
    onProblem: (_isFinal, reason) => problems.push(reason),
  });
  const outbox = new Outbox(appender);
  appender.listen(outbox);
  return { log, flow, outbox, problems };
}

/** A parcel of messages that carry their number. */
function parcel(first: number, count: number): Uint8Array {
  const messages = Array.from({ length: count }, (_, i) => ({
    toPartition: (first + i) % PARTITIONS,
    record: {
      kind: recordKinds.message,
      flags: 0,
      timeMs: 1,
      idHigh: 0,
      idLow: first + i,
      payload: new Uint8Array([first + i]),
    },
  }));
  return new Uint8Array(packMessages(messages));
}

const numbers = (log: MemoryLog): number[] => log.committed.map(({ record }) => record.idLow);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
/** Lets promises settle, and longer than the outbox waits before it tries again. */
const retried = (): Promise<void> => sleep(40);

describe("outbox", () => {
  it("O3 says settled when everything sent before is durable, and not before", async () => {
    const { log, outbox, flow } = open();
    let settled = 0;
    outbox.settle(() => settled++);
    expect(settled).toBe(1);
    log.groupRecordsMax = 3;
    outbox.send(parcel(0, 4));
    outbox.settle(() => settled++);
    outbox.send(parcel(4, 1));
    expect(flow.records()).toBe(5);
    log.commit();
    await sleep(0);
    expect(settled).toBe(1);
    log.commit();
    await sleep(0);
    expect(settled).toBe(2);
    expect(outbox.isEmpty()).toBe(true);
    expect(log.committed.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 0]);
  });

  it("O2 appends again what the log dropped, in order and before what came later", async () => {
    const { log, outbox, flow, problems } = open();
    log.groupRecordsMax = 2;
    outbox.send(parcel(0, 5));
    log.commit();
    await sleep(0);
    log.pause();
    await sleep(0);
    // Dropped records are not in flight any more.
    expect(flow.records()).toBe(2);
    expect(problems.length).toBeGreaterThan(0);
    outbox.send(parcel(5, 2));
    let isSettled = false;
    outbox.settle(() => {
      isSettled = true;
    });
    await retried();
    expect(isSettled).toBe(false);
    log.resume();
    await retried();
    for (let i = 0; i < 10; i++) log.commit();
    await sleep(0);
    expect(numbers(log)).toEqual(upTo(7));
    expect(isSettled).toBe(true);
    expect(flow.records()).toBe(7);
    outbox.stop();
  });

  it("leaves out what the log is known to hold, wherever it stands in a parcel", async () => {
    for (const known of [[0], [4], [2, 3], [0, 1, 2, 3, 4]]) {
      const { log, outbox } = open();
      outbox.filter((_toPartition, payload) => known.includes(payload[0] ?? -1));
      outbox.send(parcel(0, 5));
      log.commit();
      await sleep(0);
      expect(numbers(log)).toEqual(upTo(5).filter((n) => !known.includes(n)));
      expect(outbox.isEmpty()).toBe(true);
    }
  });

  it("O1, O2 every message once and in order, whatever the log does", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("send" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constantFrom("commit" as const, "pause" as const, "resume" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20, size: "max" }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, groupRecordsMax) => {
          const { log, outbox, flow } = open();
          log.groupRecordsMax = groupRecordsMax;
          let sent = 0;
          for (const each of steps) {
            if (each.do === "send") {
              outbox.send(parcel(sent, each.count));
              sent += each.count;
            } else {
              log[each.do]();
            }
            await Promise.resolve();
          }
          log.resume();
          for (let i = 0; i < 10 && !outbox.isEmpty(); i++) {
            await sleep(25);
            for (let k = 0; k <= sent; k++) log.commit();
            await sleep(0);
          }
          expect(numbers(log)).toEqual(upTo(sent));
          expect(outbox.isEmpty()).toBe(true);
          expect(flow.records()).toBe(sent);
        },
      ),
      { numRuns: 40 },
    );
  });
});
