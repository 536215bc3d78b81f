// What waits to become durable is counted and bounded.

import { expect, test } from "vitest";
import { Backlog } from "../../../src/log/jetstream/backlog.ts";
import { Batch, type Parcel } from "../../../src/log/jetstream/batch.ts";
import { LogFull, recordBytes, viewOf, writeRecord } from "../../../src/log/mod.ts";
import { newRecord } from "../log_fixture.ts";

const record = newRecord("a");
const BYTES = recordBytes(record);

function newParcel(): Parcel {
  const bytes = Buffer.alloc(BYTES);
  writeRecord({ bytes, view: viewOf(bytes) }, 0, 0, 1, record.timeMs, record);
  return { id: "other.1", bytes, records: 1, settle: () => undefined };
}

test("J1 own records and parcels have the same room, each for itself", () => {
  const backlog = new Backlog(2 * BYTES);
  const parcel = newParcel();
  for (let i = 0; i < 2; i++) {
    backlog.makeRoom(BYTES);
    backlog.add(BYTES);
  }
  expect(() => backlog.makeRoom(1)).toThrow(LogFull);
  for (let i = 0; i < 2; i++) {
    expect(backlog.hasRoomFor(parcel)).toBe(true);
    backlog.addParcel(parcel);
  }
  expect(backlog.hasRoomFor(parcel)).toBe(false);
  backlog.giveBack([parcel]);
  expect(backlog.hasRoomFor(parcel)).toBe(true);
  expect(() => backlog.makeRoom(1)).toThrow(LogFull);
});

test("a batch of both kinds that is durable leaves room of both kinds, and counts once", () => {
  const backlog = new Backlog(BYTES);
  const batch = new Batch("writer.1", 0, 1, null);
  const parcel = newParcel();
  backlog.add(BYTES);
  batch.add(0, record.timeMs, record, 0);
  backlog.addParcel(parcel);
  batch.addParcel(parcel, record.timeMs, 0);
  expect(backlog.counts()).toMatchObject({ pendingBytes: BYTES, pendingRecords: 1 });
  backlog.settle(batch);
  expect(backlog.counts()).toEqual({
    pendingBytes: 0,
    pendingRecords: 0,
    committedGroups: 1,
    committedRecords: 2,
    committedBytes: 2 * BYTES,
  });
  backlog.makeRoom(BYTES);
  expect(backlog.hasRoomFor(parcel)).toBe(true);
});

test("what is given up leaves room, and is said to its last record", () => {
  const backlog = new Backlog(2 * BYTES);
  backlog.add(BYTES);
  backlog.add(BYTES);
  backlog.addParcel(newParcel());
  expect(backlog.drop()).toBe(2);
  expect(backlog.counts()).toMatchObject({ pendingBytes: 0, pendingRecords: 0, committedRecords: 0 });
  backlog.makeRoom(2 * BYTES);
});
