// What the embedded log costs: CPU per record and throughput from append to durable, and the speed of reading it back.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type EventLog, openEmbeddedLog } from "../src/log/mod.ts";
import { type NewRecord, recordKinds } from "../src/model/record.ts";
import type { Row } from "./row.ts";

const PAYLOAD_BYTES = 300;
const ROUND_MS = 2_000;
const WARM_UP_MS = 500;
const MEBI = 1024 * 1024;
const PARTITIONS = 16;

const record: NewRecord = {
  kind: recordKinds.event,
  flags: 0,
  timeMs: 1_790_000_000_000,
  idHigh: 1,
  idLow: 2,
  payload: new Uint8Array(PAYLOAD_BYTES).fill(7),
};

export async function run(): Promise<Row[]> {
  // Beside the repository or where TMPDIR says: must be a disk, or the sync costs nothing.
  const directory = await mkdtemp(join(process.env["LAUREL_BENCH_DIRECTORY"] ?? tmpdir(), "laurel-log-bench-"));
  const rows: Row[] = [];
  try {
    const log = await openLog(directory);
    for (const inFlight of [1, 64, 512]) {
      await closedLoop(log, inFlight, WARM_UP_MS);
      rows.push(...(await appendRows(log, inFlight)));
    }
    rows.push(...(await readRows(log)));
    await log.close();
    rows.push(await openRow(directory));
    rows.push(await appendOnlyRow(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
  return rows;
}

function openLog(directory: string): Promise<EventLog> {
  return openEmbeddedLog({
    directory,
    partitions: PARTITIONS,
    segmentBytes: 64 * MEBI,
    groupBytesMax: MEBI,
    pendingBytesMax: 64 * MEBI,
    sync: "always",
    syncIntervalMs: 100,
    onFailure: (error) => {
      throw error;
    },
    onNotice: () => {},
  });
}

async function appendRows(log: EventLog, inFlight: number): Promise<Row[]> {
  const before = log.stats();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await closedLoop(log, inFlight, ROUND_MS);
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(cpuBefore);
  const after = log.stats();
  const records = after.committedRecords - before.committedRecords;
  const groups = after.committedGroups - before.committedGroups;
  const name = `log append to durable, ${inFlight} in flight`;
  return [
    { name: `${name}: throughput`, value: (records / elapsedMs) * 1000, unit: "records/s" },
    { name: `${name}: CPU, all threads`, value: (cpu.user + cpu.system) / records, unit: "us/record" },
    { name: `${name}: CPU, without the kernel`, value: cpu.user / records, unit: "us/record" },
    { name: `${name}: group size`, value: records / groups, unit: "records/group" },
  ];
}

/** So many callers, each of whom appends again as soon as its record is durable. */
async function closedLoop(log: EventLog, inFlight: number, durationMs: number): Promise<void> {
  const endMs = performance.now() + durationMs;
  const caller = async (partition: number): Promise<void> => {
    while (performance.now() < endMs) await log.whenDurable(log.append(partition, record));
  };
  await Promise.all(Array.from({ length: inFlight }, (_, number) => caller(number % PARTITIONS)));
}

async function readRows(log: EventLog): Promise<Row[]> {
  const startMs = performance.now();
  let bytes = 0;
  for await (const batch of log.read([])) bytes += batch.length;
  const elapsedMs = performance.now() - startMs;
  const records = bytes / (PAYLOAD_BYTES + 32);
  return [
    { name: "log read, all records", value: bytes / 1e6 / (elapsedMs / 1000), unit: "MB/s" },
    { name: "log read, all records: rate", value: (records / elapsedMs) * 1000, unit: "records/s" },
  ];
}

async function openRow(directory: string): Promise<Row> {
  const startMs = performance.now();
  const log = await openLog(directory);
  const elapsedMs = performance.now() - startMs;
  const bytes = log.lastSequences().reduce((sum, sequence) => sum + sequence * (PAYLOAD_BYTES + 32), 0);
  await log.close();
  return { name: "log recovery, every CRC and record", value: bytes / 1e6 / (elapsedMs / 1000), unit: "MB/s" };
}

/** The calling thread alone: what an append costs the HTTP front. */
async function appendOnlyRow(directory: string): Promise<Row> {
  const log = await openLog(directory);
  const rounds = 20;
  const records = 50_000;
  let ns = 0n;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    let group = 0;
    for (let i = 0; i < records; i++) group = log.append(i % PARTITIONS, record);
    ns += process.hrtime.bigint() - start;
    await log.whenDurable(group);
  }
  await log.close();
  return { name: "log append, the call alone", value: Number(ns) / 1000 / (rounds * records), unit: "us/record" };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, value, unit } of await run()) {
    process.stdout.write(`${name.padEnd(56)} ${value.toFixed(2).padStart(14)} ${unit}\n`);
  }
}
