import { newCrowdMarks } from "../../src/runtime/fronts/crowd_marks.ts";
import { afterEach, describe, expect, it, vi } from "vitest";
import { setImmediate as turn } from "node:timers/promises";
import { partitionOf } from "../../src/base/hash.ts";
import { RecordReader, recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import { FLAG_WANTS_REPLY, recordKinds } from "../../src/model/record.ts";
import type { CheckpointHandout, FromWorker } from "../../src/runtime/protocol.ts";
import { WorkerHost } from "../../src/runtime/worker/worker_host.ts";
import { openPartitionStore, type PartitionStore } from "../../src/store/mod.ts";
import { CLIENT, eventOf, newDirectory, removeDirectory } from "./open_node.ts";
import { encodeEventPayload } from "../support/event_payload.ts";

const PARTITIONS = 4;
/** Owned by the worker under test, which is worker 0 of 2. */
const HOME = 2;

let directory = "";
let posted: FromWorker[] = [];
const stores: PartitionStore[] = [];

function openHost(checkpointIntervalMs: number, dirtyBytesMax = 1 << 22): WorkerHost {
  directory = newDirectory();
  posted = [];
  const options = {
    workerIndex: 0,
    workers: 2,
    initialPartitions: [0, HOME],
    partitions: PARTITIONS,
    dataDirectory: directory,
    checkpointIntervalMs,
    personMarks: null,
    crowds: newCrowdMarks(),
  };
  const host = new WorkerHost(
    { ...options, cacheBytesOfPartition: 1 << 20, dirtyBytesMax },
    { post: (message) => posted.push(message) },
  );
  host.open();
  return host;
}

function kinds(): string[] {
  return posted.map(({ kind }) => kind);
}

/** How many records each slice had. */
function reports(): number[] {
  return posted.flatMap((message) => (message.kind === "report" ? [message.records] : []));
}

async function until(isReached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!isReached() && performance.now() < deadlineMs) await turn();
  expect(isReached()).toBe(true);
}

/** Long enough for stores to close, which takes a timer: turns alone may all be over before it. */
function afterTimers(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
}

function checkpoints(): CheckpointHandout[] {
  return posted.filter((message) => message.kind === "checkpoint");
}

/** What the store writer and the main thread do with a checkpoint. */
function writeNewest(host: WorkerHost): void {
  const newest = checkpoints().at(-1);
  if (newest === undefined) throw new Error("nothing was handed out");
  const store = openPartitionStore({ dataDirectory: directory, partition: newest.partition });
  stores.push(store);
  store.writeBatch(newest.batch);
  host.receive({ kind: "checkpointed", partition: newest.partition, end: "written" });
}

async function stop(host: WorkerHost, isDrained: boolean): Promise<void> {
  host.receive({ kind: "stop", isDrained });
  await until(() => kinds().at(-1) === "stopped");
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  removeDirectory(directory);
});

/** E-mails and partner user ids whose partitions are chosen. */
function textIn(keyType: string, partition: number, nth: number): string {
  for (let i = 0, found = 0; ; i++) {
    const text = keyType === "email" ? `p${i}@example.com` : `u${i}`;
    if (partitionOf(CLIENT, `${keyType}/${text}`, PARTITIONS) === partition && found++ === nth) return text;
  }
}

function eventRecords(
  sequences: readonly number[],
  data: (sequence: number) => { [name: string]: string },
  { flags = 0, partition = HOME }: { readonly flags?: number; readonly partition?: number } = {},
): ArrayBuffer {
  const records = sequences.map((sequence) => ({
    kind: recordKinds.event,
    flags,
    timeMs: 1_700_000_000_000 + sequence,
    idHigh: 1,
    idLow: sequence,
    payload: encodeEventPayload(eventOf("signup", data(sequence))),
  }));
  const bytes = new ArrayBuffer(records.reduce((sum, record) => sum + recordBytes(record), 0));
  const target = { bytes: new Uint8Array(bytes), view: viewOf(new Uint8Array(bytes)) };
  let offset = 0;
  records.forEach((record, i) => {
    offset = writeRecord(target, offset, partition, sequences[i] ?? 0, record.timeMs, record);
  });
  return bytes;
}

const alone = (sequence: number): { [name: string]: string } => ({ email: textIn("email", HOME, sequence) });
/** Its partner user id lives elsewhere: the event asks there. */
const asking = (sequence: number): { [name: string]: string } => ({
  ...alone(sequence),
  partner_user_id: textIn("partner_user_id", 1, sequence),
});

describe("worker host", () => {
  it("H1 ends a slice after as many records as it may have or after a time, and sooner when it has replies", async () => {
    const host = openHost(3_600_000);
    let nowMs = 0;
    let lookMs = 0.01;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += lookMs));
    const slicesOf = async (first: number, flags: number): Promise<number[]> => {
      posted = [];
      const sequences = Array.from({ length: 300 }, (_, at) => first + at);
      host.receive({ kind: "records", bytes: eventRecords(sequences, alone, { flags }) });
      for (let turns = 0; turns < 200; turns++) await turn();
      return reports();
    };
    try {
      expect(await slicesOf(1, 0)).toEqual([256, 44]);
      lookMs = 1;
      const inTime = await slicesOf(301, 0);
      const withReplies = await slicesOf(601, FLAG_WANTS_REPLY);
      for (const slices of [inTime, withReplies]) expect(slices.reduce((sum, records) => sum + records, 0)).toBe(300);
      expect(Math.max(...inTime)).toBeLessThan(64);
      expect(Math.max(...withReplies)).toBeLessThan(Math.max(...inTime));
    } finally {
      clock.mockRestore();
    }
    await stop(host, false);
  });

  it("W2 reports the messages of a slice before the checkpoint that covers them, and goes on applying", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1, 2, 3], asking) });
    await until(() => kinds().includes("checkpoint"));
    const report = posted.find((message) => message.kind === "report");
    expect(report).toMatchObject({ records: 3 });
    expect(messagesIn(report)).toBe(3);
    expect(kinds().indexOf("report")).toBeLessThan(kinds().indexOf("checkpoint"));
    expect(checkpoints()).toMatchObject([{ partition: HOME, batch: { position: 3 } }]);

    host.receive({ kind: "records", bytes: eventRecords([4], alone) });
    await until(() => kinds().filter((kind) => kind === "report").length === 2);
    // K1: not before the first one is written.
    expect(checkpoints()).toHaveLength(1);
    await stop(host, false);
  });

  it("begins with the fullest partition when all together hold more changes than may wait, though none holds too many", async () => {
    const host = openHost(3_600_000, 24_000);
    const elsewhere = (sequence: number): { [name: string]: string } => ({ email: textIn("email", 0, sequence) });
    host.receive({ kind: "records", bytes: eventRecords([1, 2], elsewhere, { partition: 0 }) });
    host.receive({ kind: "records", bytes: eventRecords([1, 2, 3], alone) });
    await until(() => kinds().includes("report"));
    await afterTimers();
    expect(checkpoints()).toHaveLength(0);

    host.receive({ kind: "records", bytes: eventRecords([4, 5, 6, 7, 8, 9, 10], alone) });
    await until(() => checkpoints().length === 1);
    expect(checkpoints()).toMatchObject([{ partition: HOME, batch: { position: 10 } }]);
    writeNewest(host);
    await afterTimers();
    expect(checkpoints()).toHaveLength(1);
    await stop(host, false);
  });

  it("a drained stop waits for what is being written, then hands out the rest", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1, 2], alone) });
    await until(() => kinds().includes("checkpoint"));
    host.receive({ kind: "records", bytes: eventRecords([3], alone) });
    await until(() => kinds().filter((kind) => kind === "report").length === 2);
    host.receive({ kind: "stop", isDrained: true });
    await afterTimers();
    expect(kinds()).not.toContain("stopped");
    writeNewest(host);
    await until(() => checkpoints().length === 2);
    expect(checkpoints().at(-1)).toMatchObject({ partition: HOME, batch: { position: 3 } });
    writeNewest(host);
    await until(() => kinds().at(-1) === "stopped");
  });

  it("a stop that is not drained ends once, though a checkpoint ends meanwhile", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1], alone) });
    await until(() => checkpoints().length === 1);
    host.receive({ kind: "stop", isDrained: false });
    writeNewest(host);
    await until(() => kinds().at(-1) === "stopped");
    await afterTimers();
    expect(kinds().filter((kind) => kind === "stopped")).toHaveLength(1);
  });

  it("a checkpoint that ends when stores are closed already is no failure", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1], alone) });
    await until(() => checkpoints().length === 1);
    await stop(host, false);
    await afterTimers();
    writeNewest(host);
    expect(kinds().at(-1)).toBe("stopped");
    expect(kinds()).not.toContain("failed");
  });

  it("C3 a checkpoint that could not be written is handed out again, with all that changed since", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1], alone) });
    await until(() => checkpoints().length === 1);
    host.receive({ kind: "records", bytes: eventRecords([2], alone) });
    host.receive({ kind: "checkpointed", partition: HOME, end: "not_written" });
    // K3: not before its time, and it is applied meanwhile.
    await until(() => kinds().filter((kind) => kind === "report").length === 2);
    expect(checkpoints()).toHaveLength(1);
    await until(() => checkpoints().length === 2);
    const [first, second] = checkpoints();
    expect(second?.batch.position).toBeGreaterThanOrEqual(first?.batch.position ?? 0);
    expect(second?.batch.entries).toBeGreaterThanOrEqual(first?.batch.entries ?? 0);
    await stop(host, false);
  });

  it("P1 what the state reflects is skipped, a gap is a failure that names the record, and then nothing is applied", async () => {
    const host = openHost(1_000_000);
    host.receive({ kind: "records", bytes: eventRecords([1, 2], alone) });
    host.receive({ kind: "records", bytes: eventRecords([2, 3], alone) });
    await until(() => kinds().includes("report"));
    host.receive({ kind: "describe" });
    expect(posted.at(-1)).toMatchObject({
      kind: "described",
      partitions: [
        { partition: 0, position: 0 },
        { partition: HOME, position: 3 },
      ],
    });
    host.receive({ kind: "records", bytes: eventRecords([5], alone) });
    await until(() => kinds().includes("failed"));
    expect(posted.at(-1)).toMatchObject({
      kind: "failed",
      partition: HOME,
      sequence: 5,
      error: { message: expect.stringContaining("follows 3") },
    });
    host.receive({ kind: "records", bytes: eventRecords([4], alone) });
    await turn();
    expect(kinds().at(-1)).toBe("failed");
    await stop(host, true);
    expect(kinds()).not.toContain("checkpoint");
  });

  it("H1 a query is answered between two slices of a long batch", async () => {
    const host = openHost(1_000_000);
    const sequences = Array.from({ length: 2000 }, (_, i) => i + 1);
    host.receive({ kind: "records", bytes: eventRecords(sequences, () => ({ email: textIn("email", HOME, 0) })) });
    await until(() => kinds().includes("report"));
    host.receive({
      kind: "questions",
      questions: [{ id: 7, partition: HOME, query: { kind: "rejected" }, isInOrder: false }],
    });
    await until(() => kinds().filter((kind) => kind === "report").length > 4);
    const answered = kinds().indexOf("answers");
    expect(kinds().slice(0, answered)).toContain("report");
    expect(kinds().slice(answered)).toContain("report");
    await stop(host, false);
  });

  it("H3 questions that take long are answered in several turns, with records in between, and all before the end", async () => {
    const host = openHost(1_000_000);
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 2));
    const ask = (ids: readonly number[]): void => {
      const questions = ids.map(
        (id) => ({ id, partition: HOME, query: { kind: "rejected" }, isInOrder: false }) as const,
      );
      host.receive({ kind: "questions", questions });
    };
    const answered = (): number[] =>
      posted.flatMap((message) => (message.kind === "answers" ? message.answers.map(({ id }) => id) : []));
    const sequences = Array.from({ length: 600 }, (_, i) => i + 1);
    host.receive({ kind: "records", bytes: eventRecords(sequences, () => ({ email: textIn("email", HOME, 0) })) });
    ask(Array.from({ length: 20 }, (_, id) => id));
    const first = answered().length;
    expect(first).toBeLessThan(10);
    ask([20]);
    expect(answered()).toHaveLength(first);
    await until(() => answered().length === 21);
    expect(answered()).toEqual(Array.from({ length: 21 }, (_, id) => id));
    const between = kinds().slice(kinds().indexOf("answers"), kinds().lastIndexOf("answers"));
    expect(between.filter((kind) => kind === "report").length).toBeGreaterThan(2);
    ask(Array.from({ length: 20 }, (_, id) => 100 + id));
    clock.mockRestore();
    expect(answered().length).toBeLessThan(31);
    const stopped = stop(host, false);
    expect(answered()).toHaveLength(41);
    await stopped;
  });

  it("H3 what was asked before a partition is given up is answered by it", async () => {
    const host = openHost(1_000_000);
    let nowMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 2));
    const ids = Array.from({ length: 20 }, (_, id) => id);
    const questions = ids.map(
      (id) => ({ id, partition: HOME, query: { kind: "rejected" }, isInOrder: false }) as const,
    );
    host.receive({ kind: "questions", questions });
    clock.mockRestore();
    host.receive({ kind: "unhost", partition: HOME });
    const answers = posted.flatMap((message) => (message.kind === "answers" ? message.answers : []));
    expect(answers.map(({ id, kind }) => [id, kind])).toEqual(ids.map((id) => [id, "answer"]));
    await stop(host, false);
  });

  it("a partition that is given up and opened again begins behind what was still on its way to it", async () => {
    const host = openHost(1_000_000);
    host.receive({ kind: "records", bytes: eventRecords([1], alone) });
    await until(() => kinds().includes("report"));
    // Nothing of it was checkpointed: the store is opened at 0, and the queued records follow 1.
    const sequences = Array.from({ length: 5000 }, (_, i) => i + 2);
    host.receive({ kind: "records", bytes: eventRecords(sequences, () => ({ email: textIn("email", HOME, 0) })) });
    host.receive({ kind: "unhost", partition: HOME });
    host.receive({ kind: "host", partition: HOME });
    await until(() => kinds().includes("hosted") || kinds().includes("failed"));
    expect(posted.find(({ kind }) => kind === "hosted")).toMatchObject({
      description: { partition: HOME, position: 0 },
    });
    host.receive({ kind: "records", bytes: eventRecords([1, 2], alone) });
    await until(() => kinds().at(-1) === "report");
    await stop(host, false);
    expect(kinds()).not.toContain("failed");
    expect(posted.flatMap((message) => (message.kind === "report" ? [message.records] : [])).at(-1)).toBe(2);
  });

  it("K2 a pause ends when the partition is given up whose checkpoint it waits for", async () => {
    const host = openHost(3_600_000, 24_000);
    const elsewhere = (sequence: number): { [name: string]: string } => ({ email: textIn("email", 0, sequence) });
    const sequences = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
    const applied = (): number => reports().reduce((sum, records) => sum + records, 0);
    host.receive({ kind: "records", bytes: eventRecords(sequences(1, 100), alone) });
    await until(() => checkpoints().length === 1);
    // Nobody says that it was written: from some record on nothing is applied.
    host.receive({ kind: "records", bytes: eventRecords(sequences(101, 900), alone) });
    host.receive({ kind: "records", bytes: eventRecords([1], elsewhere, { partition: 0 }) });
    await afterTimers();
    expect(applied()).toBeLessThan(1001);
    host.receive({ kind: "unhost", partition: HOME });
    await until(() => applied() === 1001);
    await stop(host, false);
  });

  it("H1 a query in order is answered behind the records that were received before it", async () => {
    const host = openHost(1_000_000);
    const sequences = Array.from({ length: 2000 }, (_, i) => i + 1);
    host.receive({ kind: "records", bytes: eventRecords(sequences, () => ({ email: textIn("email", HOME, 0) })) });
    host.receive({
      kind: "questions",
      questions: [{ id: 7, partition: HOME, query: { kind: "rejected" }, isInOrder: true }],
    });
    await until(() => kinds().includes("answers"));
    const before = posted.slice(0, kinds().indexOf("answers"));
    expect(before.reduce((sum, each) => sum + (each.kind === "report" ? each.records : 0), 0)).toBeGreaterThan(1700);
    await stop(host, false);
  });

  it("an abandoned stop writes nothing: the next start applies the records again", async () => {
    const host = openHost(1_000_000);
    host.receive({ kind: "records", bytes: eventRecords([1], asking) });
    await until(() => kinds().includes("report"));
    await stop(host, false);
    expect(kinds()).not.toContain("checkpoint");
  });
});

function messagesIn(report: FromWorker | undefined): number {
  if (report?.kind !== "report" || report.messages === null) return 0;
  const reader = new RecordReader();
  reader.reset(new Uint8Array(report.messages));
  let messages = 0;
  while (reader.next()) messages++;
  return messages;
}
