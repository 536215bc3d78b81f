// When what was appended leaves, by a clock of the test.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Waves } from "../../../src/log/jetstream/waves.ts";

const WAVE_MS = 3;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setImmediate", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function newWaves(): { readonly waves: Waves; readonly begun: () => number } {
  let count = 0;
  const waves = new Waves(WAVE_MS, () => {
    count++;
  });
  return { waves, begun: () => count };
}

test("V1 what one turn of the event loop appends leaves together, and not within it", () => {
  const { waves, begun } = newWaves();
  for (let i = 0; i < 100; i++) waves.add(1);
  expect(begun()).toBe(0);
  vi.advanceTimersByTime(0);
  expect(begun()).toBe(1);
});

test("a single record does not wait, however soon it follows the one before", () => {
  const { waves, begun } = newWaves();
  for (let wave = 1; wave <= 5; wave++) {
    waves.add(1);
    vi.advanceTimersByTime(0);
    expect(begun()).toBe(wave);
  }
});

test("behind a wave of many the next waits until its time, and one of few behind that waits no more", () => {
  const { waves, begun } = newWaves();
  waves.add(100);
  vi.advanceTimersByTime(0);
  waves.add(1);
  vi.advanceTimersByTime(WAVE_MS - 1);
  expect(begun()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(begun()).toBe(2);
  waves.add(1);
  vi.advanceTimersByTime(0);
  expect(begun()).toBe(3);
});

test("a wave that was begun out of turn counts as the last one", () => {
  const { waves, begun } = newWaves();
  waves.add(100);
  waves.begin();
  expect(begun()).toBe(1);
  vi.advanceTimersByTime(0);
  expect(begun()).toBe(2);
});
