import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Readiness } from "../../src/runtime/readiness.ts";
import { PROGRESS_MS, StartProgress } from "../../src/runtime/start_progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a start says what it is at to whoever asks, and to the log at a bounded interval, whatever it waits for", () => {
  const lines: string[] = [];
  const readiness = new Readiness();
  const progress = new StartProgress(readiness, {
    info: (fields, name) => void lines.push(`${name} ${JSON.stringify(fields)}`),
  });
  progress.begin("stores are opened");
  expect(readiness.status()).toEqual({ isReady: false, reason: "starting: stores are opened" });
  vi.advanceTimersByTime(PROGRESS_MS - 1);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1);
  let records = 0;
  progress.begin("the log's tail is applied", () => ({ records, of: 7 }));
  records = 5;
  expect(readiness.status().reason).toBe("starting: the log's tail is applied (records 5, of 7)");
  vi.advanceTimersByTime(2 * PROGRESS_MS);
  expect(lines).toEqual([
    'recovering {"phase":"stores are opened"}',
    'recovering {"phase":"the log\'s tail is applied","records":5,"of":7}',
    'recovering {"phase":"the log\'s tail is applied","records":5,"of":7}',
  ]);
  progress.end();
  readiness.ready();
  progress.begin("nothing");
  vi.advanceTimersByTime(2 * PROGRESS_MS);
  expect(lines).toHaveLength(3);
  expect(readiness.status()).toEqual({ isReady: true, reason: null });
});
