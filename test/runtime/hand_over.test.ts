// From commits to workers: what waits for the tail, in which order all leaves, and who is in a hurry.

import { beforeEach, describe, expect, test } from "vitest";
import { RecordReader, viewOf, writeRecord } from "../../src/log/mod.ts";
import { FLAG_WANTS_REPLY, recordKinds } from "../../src/model/record.ts";
import type { Departure } from "../../src/runtime/flow/gathering.ts";
import { HandOver } from "../../src/runtime/flow/hand_over.ts";

const WORKERS = 2;
let handed: { worker: number; sequences: number[]; departure: Departure }[] = [];
let counted = 0;
let handOver = open();

function open(): HandOver {
  return new HandOver({
    workers: WORKERS,
    flow: {
      addReadBack: (_worker, records) => {
        counted += records;
        return counted;
      },
    },
    hand: (worker, records, departure) => handed.push({ worker, sequences: sequencesIn(records), departure }),
  });
}

beforeEach(() => {
  handed = [];
  counted = 0;
  handOver = open();
});

/** One record of each of these partitions, numbered from `first` on. */
function batch(first: number, partitions: readonly number[], flags = 0): Uint8Array {
  const payload = new Uint8Array(4);
  const bytes = new Uint8Array(partitions.length * (32 + payload.length));
  let offset = 0;
  partitions.forEach((partition, i) => {
    const record = { kind: recordKinds.event, flags, timeMs: 1, idHigh: 1, idLow: i, payload };
    offset = writeRecord({ bytes, view: viewOf(bytes) }, offset, partition, first + i, 1, record);
  });
  return bytes;
}

function sequencesIn(records: Uint8Array): number[] {
  const reader = new RecordReader();
  reader.reset(records);
  const sequences: number[] = [];
  while (reader.next()) sequences.push(reader.sequence);
  return sequences;
}

describe("on a node alone", () => {
  test("what is committed while the tail is read follows the tail, also when its bytes are used again", () => {
    const committed = batch(3, [0, 1]);
    handOver.commit(committed);
    committed.fill(0);
    handOver.feed(batch(1, [0, 1]));
    expect(handed.map(({ sequences }) => sequences)).toEqual([[1], [2]]);
    handOver.goLive();
    expect(handed.map(({ sequences }) => sequences)).toEqual([[1], [2], [3], [4]]);
    handOver.commit(batch(5, [1]));
    expect(handed.at(-1)).toEqual({ worker: 1, sequences: [5], departure: "later" });
  });

  test("records of the tail are counted as in flight; those that were committed have been counted before", () => {
    handOver.feed(batch(1, [0, 1, 2]));
    handOver.goLive();
    handOver.commit(batch(4, [0, 1]));
    expect(counted).toBe(3);
    expect(handed.slice(0, 2).map(({ departure }) => departure)).toEqual(["now", "now"]);
  });

  test("a record that somebody waits for leaves at once, and so does what follows it, for any worker", () => {
    handOver.goLive();
    handOver.commit(batch(1, [0]));
    handOver.commit(batch(2, [0], FLAG_WANTS_REPLY));
    handOver.commit(batch(3, [1]));
    expect(handed.map(({ departure }) => departure)).toEqual(["later", "now", "now"]);
  });

  test("so does what is committed with it, for another worker", () => {
    handOver.goLive();
    const both = new Uint8Array([...batch(1, [0]), ...batch(2, [1], FLAG_WANTS_REPLY)]);
    handOver.commit(both);
    expect(handed.map(({ sequences, departure }) => [sequences, departure])).toEqual([
      [[1], "now"],
      [[2], "now"],
    ]);
  });
});

test("in a cluster, where each partition's records come by themselves, those that are awaited leave with their turn", () => {
  handOver.follow(0, batch(1, [0]), false);
  handOver.follow(1, batch(2, [1], FLAG_WANTS_REPLY), true);
  handOver.follow(0, batch(3, [0]), false);
  expect(handed.map(({ departure }) => departure)).toEqual(["later", "turn", "turn"]);
});
