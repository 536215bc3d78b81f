// Crowds as nodes of a cluster tell each other of them.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CROWDS_TOLD_MAX, CrowdTelling } from "../../src/runtime/cluster/crowd_telling.ts";
import { decodeCrowds, encodeCrowds, type ToldCrowd } from "../../src/runtime/cluster/wire.ts";
import { heldBackMs, newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const any = { partition: 3, timeMs: 0 };

function openTelling() {
  const marks = newCrowdMarks();
  const told: ToldCrowd[][] = [];
  let hear: (bytes: Uint8Array) => void = () => {};
  const telling = new CrowdTelling(
    { tellCrowds: (bytes) => void told.push(decodeCrowds(bytes)), onCrowds: (listener) => (hear = listener) },
    marks,
  );
  return { marks, told, telling, hear: (crowds: ToldCrowd[]) => hear(encodeCrowds(crowds)) };
}

it("marks here at once, tells the others a moment later, and each sender once, by its newest word", () => {
  const { marks, told, telling } = openTelling();
  telling.tell([
    { ...any, sender: 7, size: 1 },
    { ...any, sender: 7, size: 2 },
  ]);
  telling.tell([{ ...any, sender: 8, size: 1 }]);
  expect([heldBackMs(marks, 7, Date.now()), heldBackMs(marks, 8, Date.now())]).toEqual([2_000, 1_000]);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([
    [
      { sender: 7, size: 2 },
      { sender: 8, size: 1 },
    ],
  ]);
});

it("V1 says so much at a time, and so often, however much there is to say", () => {
  const { told, telling } = openTelling();
  for (let ms = 0; ms < 1_000; ms++) {
    telling.tell(Array.from({ length: 64 }, (_, i) => ({ ...any, sender: ms * 64 + i, size: 1 })));
    vi.advanceTimersByTime(1);
  }
  expect(told.length).toBeLessThanOrEqual(50);
  expect(Math.max(...told.map(({ length }) => length))).toBe(CROWDS_TOLD_MAX);
});

it("says nothing when there is nothing to say, nor after its end", () => {
  const { told, telling } = openTelling();
  telling.tell([]);
  vi.advanceTimersByTime(1_000);
  telling.tell([{ ...any, sender: 7, size: 1 }]);
  telling.stop();
  telling.tell([{ ...any, sender: 7, size: 1 }]);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
});

it("marks here what others tell, from when it is heard", () => {
  const { marks, hear } = openTelling();
  hear([{ sender: 7, size: 3 }]);
  expect(heldBackMs(marks, 7, Date.now())).toBe(3_000);
  vi.advanceTimersByTime(3_000);
  expect(heldBackMs(marks, 7, Date.now())).toBe(0);
});
