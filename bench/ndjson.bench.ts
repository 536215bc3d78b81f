// Bulk: NDJSON bodies of about 8 MiB, one event a line, beside JSON.parse of the same lines in one thread.
//
//   N1. The baseline runs in this process while the server rests, in turns with it.
//   N2. Throughput and CPU are up to the moment at which the server rests: everything is durable and applied.
//   N3. Memory is judged by the highest sample against the one before: a server that buffers bodies shows it here.

import { type BulkResult, BLOCK_BYTES_MIN, sendBlocks } from "./bulk_load.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, type ServerProcess, startLaurel } from "./server_process.ts";
import { type NdjsonBlock, ndjsonBlock, referenceWorkload } from "./workload.ts";

interface Budget {
  /** Distinct bodies; a round sends each of them `passes` times. */
  readonly blocks: number;
  readonly passes: number;
  readonly rounds: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { blocks: 3, passes: 1, rounds: 3 },
  full: { blocks: 8, passes: 3, rounds: 5 },
};

/** A stream that the HTTP benchmarks do not reach. */
const STREAM = 1_000;
const NEWLINE = 0x0a;

export async function run(): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const blocks = referenceBlocks(budget.blocks);
  const server = await startLaurel({ dataDirectory: newDirectory("ndjson") });
  const parsed: number[] = [];
  warmUpParser(blocks);
  const rounds: BulkRound[] = [];
  await sendBlocks(server, blocks.slice(0, 1));
  await drainMs(server);
  const memoryBefore = server.memory();
  for (let i = 0; i < budget.rounds; i++) {
    parsed.push(parsedPerSecond(blocks));
    rounds.push(await bulkRound(server, blocks, budget.passes));
  }
  const memoryAfter = server.memory();
  await server.stop();
  return [
    ...roundRows(rounds),
    ...baselineRows(parsed),
    {
      name: "ndjson ratio to JSON.parse",
      value: median(rounds.map((round) => round.eventsPerSecond)) / median(parsed),
      unit: "x",
    },
    { name: "ndjson RSS before", value: memoryBefore.nowMiB, unit: "MiB", note: "after one warm-up body" },
    {
      name: "ndjson RSS max",
      value: Math.max(...rounds.map((round) => round.load.memoryMaxMiB)),
      unit: "MiB",
      note: "should stay near the value before",
    },
    {
      name: "ndjson RSS after",
      value: memoryAfter.nowMiB,
      unit: "MiB",
      note: `${Math.round(memoryAfter.mappedMiB)} MiB of it are mapped files`,
    },
  ];
}

/** The baseline alone, for the time before there is a product to compare. */
export function runBaselineOnly(): Row[] {
  const budget = budgets[benchMode()];
  const blocks = referenceBlocks(budget.blocks);
  warmUpParser(blocks);
  return baselineRows(Array.from({ length: budget.rounds }, () => parsedPerSecond(blocks)));
}

export function referenceBlocks(count: number): NdjsonBlock[] {
  const workload = referenceWorkload(STREAM);
  return Array.from({ length: count }, () => ndjsonBlock(workload, BLOCK_BYTES_MIN));
}

interface BulkRound {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly load: BulkResult;
}

async function bulkRound(server: ServerProcess, blocks: readonly NdjsonBlock[], passes: number): Promise<BulkRound> {
  const cpuBefore = server.cpuSeconds();
  const load = await sendBlocks(server, repeated(blocks, passes));
  const restMs = await drainMs(server);
  return {
    eventsPerSecond: load.events / ((load.durationMs + restMs) / 1000),
    cpuUsPerEvent: ((server.cpuSeconds() - cpuBefore) * 1e6) / load.events,
    load,
  };
}

function* repeated(blocks: readonly NdjsonBlock[], passes: number): Iterable<NdjsonBlock> {
  for (let pass = 0; pass < passes; pass++) yield* blocks;
}

function roundRows(rounds: readonly BulkRound[]): Row[] {
  const throughputs = rounds.map((round) => round.eventsPerSecond);
  const cpuUs = rounds.map((round) => round.cpuUsPerEvent);
  return [
    {
      name: "ndjson laurel throughput",
      value: median(throughputs),
      unit: "events/s",
      target: ">= 200000",
      note: roundsNote(throughputs),
    },
    {
      name: "ndjson laurel server CPU",
      value: median(cpuUs),
      unit: "us/event",
      target: "<= 5",
      note: roundsNote(cpuUs),
    },
    {
      name: "ndjson load generator CPU share",
      value: median(rounds.map((round) => round.load.senderCpuShare)),
      unit: "cores",
    },
  ];
}

function baselineRows(parsed: readonly number[]): Row[] {
  return [
    {
      name: "ndjson baseline JSON.parse",
      value: median(parsed),
      unit: "events/s",
      note: `one thread; ${roundsNote(parsed)}`,
    },
  ];
}

/** The first pass runs interpreted and would be the spread of all rounds. */
function warmUpParser(blocks: readonly NdjsonBlock[]): void {
  parsedPerSecond(blocks.slice(0, 1));
}

function parsedPerSecond(blocks: readonly NdjsonBlock[]): number {
  const startMs = performance.now();
  let events = 0;
  for (const { bytes } of blocks) {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const parsed: unknown = JSON.parse(bytes.toString("utf8", from, end));
      if (typeof parsed === "object") events++;
      from = end + 1;
    }
  }
  return events / ((performance.now() - startMs) / 1000);
}
