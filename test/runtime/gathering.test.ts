// What leaves for a worker when: records that nobody waits for cross with others, and nothing overtakes anything.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gathering, Haste } from "../../src/runtime/flow/gathering.ts";
import { GATHER_BYTES_MAX, GATHER_MS, HASTE_MS } from "../../src/runtime/settings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Posts of a gathering, each as the bytes that it had. */
function gathering(): { readonly posts: number[][]; readonly gathered: Gathering } {
  const posts: number[][] = [];
  return { posts, gathered: new Gathering((records) => void posts.push([...new Uint8Array(records)])) };
}

test("what may wait crosses in one message, in order, after its time and not again", () => {
  const { posts, gathered } = gathering();
  gathered.add(Uint8Array.of(1, 2), "later");
  vi.advanceTimersByTime(GATHER_MS - 1);
  gathered.add(Uint8Array.of(3), "later");
  expect(posts).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(posts).toEqual([[1, 2, 3]]);
  vi.advanceTimersByTime(10 * GATHER_MS);
  expect(posts).toEqual([[1, 2, 3]]);
});

test("what somebody waits for takes along what was before it", () => {
  const { posts, gathered } = gathering();
  gathered.add(Uint8Array.of(1), "later");
  gathered.add(Uint8Array.of(2), "now");
  expect(posts).toEqual([[1, 2]]);
  vi.advanceTimersByTime(10 * GATHER_MS);
  expect(posts).toEqual([[1, 2]]);
});

test("what is said to a worker follows all records that were handed over before", () => {
  const { posts, gathered } = gathering();
  gathered.add(Uint8Array.of(1), "later");
  gathered.send();
  gathered.add(Uint8Array.of(2), "turn");
  gathered.send();
  gathered.send();
  expect(posts).toEqual([[1], [2]]);
});

test("what comes in one turn leaves at its end", () => {
  const { posts, gathered } = gathering();
  gathered.add(Uint8Array.of(1), "turn");
  gathered.add(Uint8Array.of(2), "turn");
  expect(posts).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(posts).toEqual([[1, 2]]);
});

test("what fills a slice does not wait", () => {
  const { posts, gathered } = gathering();
  gathered.add(new Uint8Array(GATHER_BYTES_MAX - 1), "later");
  expect(posts).toEqual([]);
  gathered.add(Uint8Array.of(7), "later");
  expect(posts.map(({ length }) => length)).toEqual([GATHER_BYTES_MAX]);
  gathered.add(Uint8Array.of(8), "later");
  vi.advanceTimersByTime(GATHER_MS);
  expect(posts.at(-1)).toEqual([8]);
});

test("who waits makes the records after theirs leave at once, for as long as an answer may take", () => {
  const haste = new Haste();
  expect(haste.isOn(0)).toBe(false);
  haste.begin(1_000);
  expect(haste.isOn(1_000)).toBe(true);
  expect(haste.isOn(1_000 + HASTE_MS - 1)).toBe(true);
  expect(haste.isOn(1_000 + HASTE_MS)).toBe(false);
});
