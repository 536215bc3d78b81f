import { afterEach, describe, expect, it } from "vitest";
import { setImmediate as turn } from "node:timers/promises";
import { partitionOf } from "../../src/base/hash.ts";
import { encodeEventPayload } from "../../src/engine/mod.ts";
import { RecordReader, recordBytes, viewOf, writeRecord } from "../../src/log/mod.ts";
import { recordKinds } from "../../src/model/record.ts";
import type { FromWorker } from "../../src/runtime/protocol.ts";
import { WorkerHost } from "../../src/runtime/worker_host.ts";
import { CLIENT, eventOf, newDirectory, removeDirectory } from "./open_node.ts";

const PARTITIONS = 4;
/** Owned by the worker under test, which is worker 0 of 2. */
const HOME = 2;

let directory = "";
let posted: FromWorker[] = [];

function openHost(checkpointIntervalMs: number): WorkerHost {
  directory = newDirectory();
  posted = [];
  const options = {
    workerIndex: 0,
    workers: 2,
    partitions: PARTITIONS,
    dataDirectory: directory,
    checkpointIntervalMs,
  };
  const host = new WorkerHost(
    { ...options, cacheBytesOfPartition: 1 << 20, dirtyBytesOfPartition: 1 << 20 },
    { post: (message) => posted.push(message) },
  );
  host.open();
  return host;
}

function kinds(): string[] {
  return posted.map(({ kind }) => kind);
}

async function until(isReached: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000 && !isReached(); i++) await turn();
  expect(isReached()).toBe(true);
}

async function stop(host: WorkerHost, isDrained: boolean): Promise<void> {
  host.receive({ kind: "stop", isDrained });
  await until(() => kinds().at(-1) === "stopped");
}

afterEach(() => removeDirectory(directory));

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
): ArrayBuffer {
  const records = sequences.map((sequence) => ({
    kind: recordKinds.event,
    flags: 0,
    timeMs: 1_700_000_000_000 + sequence,
    idHigh: 1,
    idLow: sequence,
    payload: encodeEventPayload(eventOf("signup", data(sequence))),
  }));
  const bytes = new ArrayBuffer(records.reduce((sum, record) => sum + recordBytes(record), 0));
  const target = { bytes: new Uint8Array(bytes), view: viewOf(new Uint8Array(bytes)) };
  let offset = 0;
  records.forEach((record, i) => {
    offset = writeRecord(target, offset, HOME, sequences[i] ?? 0, record.timeMs, record);
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
  it("C2 waits for outgoing messages: no checkpoint between sending and settled, nothing applied meanwhile", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1, 2, 3], asking) });
    await until(() => kinds().includes("barrier"));
    const report = posted.find((message) => message.kind === "report");
    expect(report).toMatchObject({ records: 3 });
    expect(messagesIn(report)).toBe(3);
    // W2: what it covers is reported before the barrier.
    expect(kinds().indexOf("report")).toBeLessThan(kinds().indexOf("barrier"));

    host.receive({ kind: "records", bytes: eventRecords([4], alone) });
    for (let i = 0; i < 50; i++) await turn();
    expect(kinds().filter((kind) => kind === "report" || kind === "checkpointed")).toEqual(["report"]);

    host.receive({ kind: "settled" });
    await until(() => kinds().filter((kind) => kind === "report").length === 2);
    expect(posted.find((message) => message.kind === "checkpointed")).toMatchObject({ partition: HOME, position: 3 });
    await stop(host, true);
    expect(posted.findLast((message) => message.kind === "checkpointed")).toMatchObject({
      partition: HOME,
      position: 4,
    });
  });

  it("without messages a checkpoint needs no barrier", async () => {
    const host = openHost(4);
    host.receive({ kind: "records", bytes: eventRecords([1, 2], alone) });
    await until(() => kinds().includes("checkpointed"));
    expect(kinds()).not.toContain("barrier");
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
    expect(kinds()).not.toContain("checkpointed");
  });

  it("H2 a query is answered between two slices of a long batch", async () => {
    const host = openHost(1_000_000);
    const sequences = Array.from({ length: 2000 }, (_, i) => i + 1);
    host.receive({ kind: "records", bytes: eventRecords(sequences, () => ({ email: textIn("email", HOME, 0) })) });
    await until(() => kinds().includes("report"));
    host.receive({ kind: "query", id: 7, partition: HOME, query: { kind: "rejected" } });
    await until(() => kinds().filter((kind) => kind === "report").length > 4);
    const answered = kinds().indexOf("answer");
    expect(kinds().slice(0, answered)).toContain("report");
    expect(kinds().slice(answered)).toContain("report");
    await stop(host, false);
  });

  it("an abandoned stop writes nothing: the next start applies the records again", async () => {
    const host = openHost(1_000_000);
    host.receive({ kind: "records", bytes: eventRecords([1], asking) });
    await until(() => kinds().includes("report"));
    await stop(host, false);
    expect(kinds()).not.toContain("checkpointed");
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
