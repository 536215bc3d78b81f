// How a lane moves over what the stream holds, on a stream of the test's own.

import { expect, test } from "vitest";
import { Cursor } from "../../../src/log/jetstream/cursor.ts";
import type { StoredBatch } from "../../../src/log/jetstream/stream.ts";

const START = { streamSequence: 0, sequence: 0, timeMs: 0 };

/** Two messages of the stream lie between two of the partition. */
const place = (firstSequence: number): number => 3 * firstSequence;

function batch(firstSequence: number, timeMs = firstSequence): StoredBatch {
  const span = {
    firstSequence,
    lastSequence: firstSequence,
    records: 1,
    firstTimeMs: timeMs,
    lastTimeMs: timeMs,
  };
  return { streamSequence: place(firstSequence), messageId: "w.1", parcels: "", bytes: new Uint8Array(1), span };
}

interface Opened {
  readonly cursor: Cursor;
  readonly stored: StoredBatch[];
  readonly passed: number[];
  /** What happens while the servers are asked. */
  readonly whileAsked: (() => void)[];
}

function open(): Opened {
  const stored: StoredBatch[] = [];
  const passed: number[] = [];
  const whileAsked: (() => void)[] = [];
  const stream = {
    next: async (_: number, from: number): Promise<StoredBatch | null> => {
      const found = stored.find(({ streamSequence }) => streamSequence >= from) ?? null;
      await Promise.resolve();
      whileAsked.shift()?.();
      return found;
    },
    last: async (): Promise<StoredBatch | null> => {
      const found = stored.at(-1) ?? null;
      await Promise.resolve();
      whileAsked.shift()?.();
      return found;
    },
  };
  const cursor: Cursor = new Cursor(0, START, stream, (next) => {
    cursor.moveOver(next);
    passed.push(next.span.firstSequence);
  });
  return { cursor, stored, passed, whileAsked };
}

test("K3 what is announced while the same is fetched is passed on once", async () => {
  const { cursor, stored, passed, whileAsked } = open();
  cursor.follow(START);
  stored.push(batch(1), batch(2), batch(3));
  whileAsked.push(() => {
    cursor.moveOver(batch(1));
    cursor.moveOver(batch(2));
  });
  expect(cursor.notice(place(3))).toBe(true);
  expect(cursor.isBehind).toBe(true);
  await cursor.hear();
  expect(passed).toEqual([3]);
  expect(cursor.isBehind).toBe(false);
});

test("K3 a hole is no reason to go on, where somebody follows", () => {
  const { cursor } = open();
  cursor.moveOver(batch(2));
  cursor.follow(cursor.tail);
  expect(() => cursor.moveOver(batch(4))).toThrow("records between them are missing");
  expect(() => cursor.moveOver(batch(3, 1))).toThrow("records between them are missing");
  cursor.moveOver(batch(3));
  expect(cursor.tail).toEqual({ streamSequence: place(3), sequence: 3, timeMs: 3 });
});

test("what was noticed and is not there is not looked for again, but what was noticed since is", async () => {
  const { cursor, whileAsked } = open();
  cursor.follow(START);
  cursor.notice(5);
  await cursor.hear();
  expect(cursor.isBehind).toBe(false);
  expect(cursor.notice(5)).toBe(true);
  whileAsked.push(() => cursor.notice(6));
  await cursor.hear();
  expect(cursor.isBehind).toBe(true);
});

test("K4 a stream that ends sooner has lost something, one that grows meanwhile has not", async () => {
  const { cursor, stored, whileAsked } = open();
  cursor.follow(START);
  stored.push(batch(1));
  whileAsked.push(
    () => undefined,
    () => undefined,
    () => cursor.moveOver(batch(2)),
  );
  expect(await cursor.catchUp(Number.POSITIVE_INFINITY)).toBe(1);
  await cursor.checkNothingLost();
  expect(cursor.tail.sequence).toBe(2);
  await expect(cursor.checkNothingLost()).rejects.toThrow("the stream lost records");
});

test("where nothing is followed, the tail is doubted until it was looked at, and never falls", () => {
  const { cursor } = open();
  expect(cursor.isTailKnown).toBe(true);
  cursor.doubtTail();
  expect(cursor.isTailKnown).toBe(false);
  cursor.jumpTo({ streamSequence: 9, sequence: 30, timeMs: 1 });
  expect(cursor.isTailKnown).toBe(true);
  expect(() => cursor.jumpTo({ streamSequence: 8, sequence: 29, timeMs: 1 })).toThrow("the stream lost records");
});
