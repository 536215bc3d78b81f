// Whether the log takes records: paused, resumed, failed, closed.

import { expect, test } from "vitest";
import type { LogUnavailable } from "../../../src/log/errors.ts";
import { Availability } from "../../../src/log/jetstream/availability.ts";
import { StreamUnreachable } from "../../../src/log/jetstream/stream.ts";

interface Opened {
  readonly availability: Availability;
  /** What happened to the log, in order. */
  readonly seen: string[];
  /** What the next looks at the ends of the partitions come to; without one they succeed. */
  readonly looks: (() => Promise<void>)[];
}

function open(): Opened {
  const seen: string[] = [];
  const looks: (() => Promise<void>)[] = [];
  const availability = new Availability({
    retryMs: 1,
    isUp: () => true,
    synchronize: async () => {
      seen.push("look");
      await looks.shift()?.();
    },
    stop: () => seen.push("stop"),
    drop: (error) => seen.push(`drop, ${error.retryable ? "to be tried again" : "for good"}`),
    onNotice: ({ name }) => seen.push(name),
    onFailure: ({ message }) => seen.push(message),
  });
  return { availability, seen, looks };
}

const unreachable = (): Promise<void> => Promise.reject(new StreamUnreachable("nobody answers"));

test("L4 a pause refuses with one error until all partitions were looked at, however often that takes", async () => {
  const { availability, seen, looks } = open();
  let refusal: LogUnavailable | null = null;
  looks.push(unreachable, async () => {
    refusal = availability.refusal;
    availability.pause("again");
    await Promise.resolve();
  });
  expect(availability.refusal).toBeNull();
  availability.pause("no servers");
  const first = availability.refusal;
  expect(first?.message).toBe("the log's servers take nothing: no servers");
  await expect.poll(() => availability.refusal).toBeNull();
  expect(refusal).toBe(first);
  expect(seen).toEqual(["drop, to be tried again", "log_paused", "look", "look", "log_resumed"]);
});

test("I1 a look that shows that the log is damaged ends it for good", async () => {
  const { availability, seen, looks } = open();
  looks.push(() => Promise.reject(new Error("records are missing")));
  availability.pause("no servers");
  await expect.poll(() => seen.at(-1)).toBe("the log failed: records are missing");
  expect(availability.refusal?.retryable).toBe(false);
  expect(() => availability.checkAlive()).toThrow("the log failed");
  availability.pause("no servers");
  availability.fail(new Error("again"));
  expect(seen).toEqual([
    "drop, to be tried again",
    "log_paused",
    "look",
    "stop",
    "drop, for good",
    "the log failed: records are missing",
  ]);
});

test("I1 who closes in a pause is not resumed", async () => {
  const { availability, seen, looks } = open();
  let answer: () => void = () => {};
  looks.push(() => new Promise((resolve) => (answer = resolve)));
  availability.pause("no servers");
  await expect.poll(() => seen.at(-1)).toBe("look");
  availability.beginToClose();
  const paused = availability.refusal;
  answer();
  await availability.close();
  expect(availability.refusal).toBe(paused);
  expect(() => availability.checkOpen()).toThrow("the log was closed");
  expect(seen).toEqual(["drop, to be tried again", "log_paused", "look"]);
});

test("what a close gives up is refused as closed", () => {
  const { availability, seen } = open();
  availability.beginToClose();
  const refusal = availability.refusal;
  availability.pause("no servers");
  expect(availability.refusal).toBe(refusal);
  expect(refusal?.retryable).toBe(false);
  expect(seen).toEqual(["drop, to be tried again", "log_paused"]);
  return availability.close();
});
