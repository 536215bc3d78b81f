// What waits, and what is on its way.

import { expect, test } from "vitest";
import type { Batch, Parcel } from "../../../src/log/jetstream/batch.ts";
import { Queue } from "../../../src/log/jetstream/queue.ts";
import { recordBytes, viewOf, writeRecord } from "../../../src/log/mod.ts";
import { newRecord } from "../log_fixture.ts";

const record = newRecord("a");
const BYTES = recordBytes(record);

/** Two records a batch. */
function newQueue(): Queue {
  let batches = 0;
  return new Queue(0, { batchBytesMax: 2 * BYTES, batchRecordsMax: 2 }, () => `w.${batches++}`);
}

function newParcel(id: string): Parcel {
  const bytes = Buffer.alloc(BYTES);
  writeRecord({ bytes, view: viewOf(bytes) }, 0, 0, 1, record.timeMs, record);
  return { id, bytes, records: 1, settle: () => undefined };
}

const idsOf = (parcels: readonly Parcel[]): string[] => parcels.map(({ id }) => id);

function send(queue: Queue): Batch {
  const batch = queue.take();
  if (batch === null) throw new Error("nothing waits");
  queue.sending = batch;
  return batch;
}

test("Q1 what waits is numbered behind the tail and the batch on its way, unless that was given up", () => {
  const queue = newQueue();
  const tail = { streamSequence: 7, sequence: 10, timeMs: 0 };
  queue.renumber(tail);
  queue.append(record, 0);
  queue.append(record, 0);
  expect(send(queue).firstSequence).toBe(11);
  queue.renumber(tail);
  queue.append(record, 0);
  expect(queue.take()?.firstSequence).toBe(13);
  queue.drop();
  queue.renumber(tail);
  queue.append(record, 0);
  expect(queue.take()?.firstSequence).toBe(11);
});

test("Q3 parcels get every second batch, however much waits here", () => {
  const queue = newQueue();
  for (let i = 0; i < 8; i++) queue.append(record, 0);
  for (let i = 0; i < 4; i++) queue.appendParcel(newParcel(`p${i}`), 0);
  const parcels = Array.from({ length: 6 }, () => queue.take()?.parcels.length);
  expect(parcels).toEqual([2, 0, 2, 0, 0, 0]);
  expect(queue.isEmpty).toBe(true);
});

test("what is open is due when it was said so, until all was taken; what is full is due at once", () => {
  const queue = newQueue();
  queue.append(record, 0);
  expect(queue.isDue).toBe(false);
  queue.flush();
  expect(queue.isDue).toBe(true);
  queue.take();
  queue.append(record, 0);
  expect(queue.isDue).toBe(false);
  queue.append(record, 0);
  queue.append(record, 0);
  expect(queue.isDue).toBe(true);
});

test("the oldest group is that of the batch on its way, until it is given up", () => {
  const queue = newQueue();
  expect(queue.oldestGroup).toBe(Number.POSITIVE_INFINITY);
  queue.append(record, 3);
  send(queue);
  queue.append(record, 4);
  expect(queue.oldestGroup).toBe(3);
  queue.drop();
  expect(queue.oldestGroup).toBe(Number.POSITIVE_INFINITY);
});

test("parcels are given back from wherever they are; once given up, those on their way are left to their senders", () => {
  const queue = newQueue();
  queue.appendParcel(newParcel("a"), 0);
  send(queue);
  queue.appendParcel(newParcel("b"), 0);
  expect(idsOf(queue.removeParcels())).toEqual(["a", "b"]);
  expect(queue.sending?.records).toBe(0);
  queue.sending = null;
  queue.take();
  queue.appendParcel(newParcel("c"), 0);
  const sending = send(queue);
  queue.appendParcel(newParcel("d"), 0);
  expect(idsOf(queue.drop())).toEqual(["d"]);
  expect(sending.isDropped).toBe(true);
  expect(queue.isEmpty).toBe(true);
  expect(queue.removeParcels()).toEqual([]);
});
