// When a checkpoint may be written: all that was sent before it is durable, or nobody waits any longer.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { QueryAnswer } from "../../src/engine/mod.ts";
import { MARKS_INTERVAL_MS, Settlement } from "../../src/runtime/cluster/settlement.ts";
import { Unconfirmed } from "../../src/runtime/cluster/unconfirmed.ts";

const SOURCE = 3;
const RECEIVER = 5;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Opened {
  readonly settlement: Settlement;
  readonly unconfirmed: Unconfirmed;
  /** What is to become durable in the outbox. */
  readonly sent: (() => void)[];
  readonly seen: string[];
  readonly settle: (partition: number) => void;
}

/** @param marks what the receiver has applied last, by source; null: it has no owner */
function open(marks: { [source: string]: [number, number] } | null = {}): Opened {
  const unconfirmed = new Unconfirmed();
  const sent: (() => void)[] = [];
  const seen: string[] = [];
  const settlement = new Settlement({
    outbox: { settle: (resolve) => void sent.push(resolve) },
    unconfirmedOf: (partition) => (partition === SOURCE ? unconfirmed : undefined),
    askMarks: (partition): Promise<QueryAnswer> => {
      seen.push(`ask ${partition}`);
      return marks === null
        ? Promise.reject(new Error("nobody answers"))
        : Promise.resolve({ kind: "marks", highWater: marks, programs: {} });
    },
  });
  const settle = (partition: number): void =>
    settlement.settle(
      partition,
      () => seen.push("settled"),
      () => seen.push("refused"),
    );
  return { settlement, unconfirmed, sent, seen, settle };
}

const keep = (unconfirmed: Unconfirmed, sequence: number): void =>
  unconfirmed.add(RECEIVER, { source: SOURCE, sequence, n: 0 }, new Uint8Array(1));

test("S3 settled when what was kept has arrived and what was sent is durable", async () => {
  const { settlement, unconfirmed, sent, seen, settle } = open({ [SOURCE]: [7, 0] });
  keep(unconfirmed, 7);
  settle(SOURCE);
  expect(sent).toEqual([]);
  settlement.confirm([unconfirmed]);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(seen).toEqual([`ask ${RECEIVER}`]);
  sent[0]?.();
  expect(seen.at(-1)).toBe("settled");
  vi.runAllTimers();
  expect(seen).toHaveLength(2);
});

test("S3 nobody waits for ever, and what comes about later is not said any more", async () => {
  const { settlement, unconfirmed, sent, seen, settle } = open(null);
  keep(unconfirmed, 7);
  settle(SOURCE);
  settlement.confirm([unconfirmed]);
  await vi.advanceTimersByTimeAsync(3 * MARKS_INTERVAL_MS - 1);
  expect(seen).toEqual([`ask ${RECEIVER}`]);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.at(-1)).toBe("refused");
  unconfirmed.confirm(RECEIVER, [7, 0]);
  sent[0]?.();
  expect(seen).toHaveLength(2);
});

test("S3 a stop refuses what waits, and what is asked later unless nothing is kept", () => {
  const { settlement, unconfirmed, sent, seen, settle } = open();
  keep(unconfirmed, 7);
  settle(SOURCE);
  settlement.stop();
  expect(seen).toEqual(["refused"]);
  settle(SOURCE);
  expect(seen).toEqual(["refused", "refused"]);
  unconfirmed.take(() => undefined);
  settle(SOURCE);
  sent.at(-1)?.();
  expect(seen.at(-1)).toBe("settled");
});

test("of a partition that is not followed nothing is settled", () => {
  const { seen, settle } = open();
  settle(SOURCE + 1);
  expect(seen).toEqual(["refused"]);
});
