import fc from "fast-check";
import { expect, test } from "vitest";
import { readRecord, RecordReader, recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";

const records = fc.record({
  kind: fc.constantFrom(...Object.values(recordKinds)),
  flags: fc.nat(255),
  partition: fc.nat(511),
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  timeMs: fc.integer({ min: 0, max: 4e12 }),
  idHigh: fc.nat(2 ** 32 - 1),
  idLow: fc.nat(2 ** 32 - 1),
  payload: fc.uint8Array({ maxLength: 100 }),
});

function write(given: readonly LogRecord[]): Uint8Array {
  const bytes = new Uint8Array(given.reduce((sum, record) => sum + recordBytes(record), 0));
  const target = { bytes, view: viewOf(bytes) };
  let offset = 0;
  for (const record of given) {
    offset = writeRecord(target, offset, record.partition, record.sequence, record.timeMs, record);
  }
  return bytes;
}

test("R1 a batch reads back as it was written, one by one and as objects", () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 20 }), (given) => {
      const bytes = write(given);
      const reader = new RecordReader();
      reader.reset(bytes);
      const found: LogRecord[] = [];
      while (reader.next()) {
        const { kind, flags, partition, sequence, timeMs, idHigh, idLow, payload } = reader;
        const record = reader.record();
        expect({ kind, flags, partition, sequence, timeMs, idHigh, idLow, payload }).toEqual(record);
        expect(readRecord(viewOf(bytes), reader.offset)).toEqual(record);
        found.push(record);
      }
      expect(found).toEqual(given);
    }),
  );
});

test("R2 a batch that is cut short is noticed", () => {
  const bytes = write([
    { kind: 1, flags: 0, partition: 0, sequence: 1, timeMs: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(10) },
  ]);
  for (let length = 1; length < bytes.length; length++) {
    const reader = new RecordReader();
    reader.reset(bytes.subarray(0, length));
    expect(() => reader.next()).toThrow("the batch ends inside a record");
  }
});

test("a record kind that this version does not know is left to the caller, until an object is asked for", () => {
  const bytes = write([
    { kind: 1, flags: 0, partition: 0, sequence: 1, timeMs: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) },
  ]);
  bytes[6] = 99;
  const reader = new RecordReader();
  reader.reset(bytes);
  expect(reader.next()).toBe(true);
  expect(reader.kind).toBe(99);
  expect(() => reader.record()).toThrow("unknown record kind 99");
});
