// One node over NATS JetStream beside one node alone, and how long a killed node's partitions are without an owner.
//
//   C1. CPU counts the NATS server. Its store syncs as the server does by default: an acknowledgement is not yet on the disk, which the node
//       alone promises (`sync: always`). The row says so.
//   C2. Failover is from kill -9 to the moment at which a synchronous event of every partition has been answered by the survivor.

import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { sendBlocks } from "./bulk_load.ts";
import { type LoadOrder, type LoadResult, refusalsNote } from "./load_order.ts";
import { runLoad } from "./load_process.ts";
import { natsProgram, startNats, type NatsProcess } from "./nats_process.ts";
import { referenceBlocks } from "./ndjson.bench.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import {
  drainMs,
  laurelScript,
  newDirectory,
  SERVER_HOST,
  SERVER_TOKEN,
  type ServerProcess,
  startLaurel,
} from "./server_process.ts";

interface Budget {
  readonly blocks: number;
  readonly rounds: number;
  readonly loadMs: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { blocks: 3, rounds: 1, loadMs: 2_000 },
  full: { blocks: 6, rounds: 3, loadMs: 5_000 },
};

const CONNECTIONS = 128;
const WARM_UP_MS = 1_500;
const STREAM = 2_000;
const BODIES = 50_000;
/** Persons enough that every partition has some. */
const FAILOVER_PERSONS = 200;
const FAILOVER_TIMEOUT_MS = 30_000;
const RETRY_MS = 20;

export async function run(): Promise<Row[]> {
  const program = natsProgram();
  if (program === null) throw new Error("nats-server is not installed (Debian: apt-get install nats-server)");
  return [...(await throughput(program)), ...(await failover(program))];
}

async function throughput(program: string): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const blocks = referenceBlocks(budget.blocks);
  const nats = await startNats(program);
  const shared = await startLaurel({ dataDirectory: newDirectory("shared"), environment: memberOf(nats, "node0") });
  const alone = await startLaurel({ dataDirectory: newDirectory("alone") });
  const bulk: { shared: number[]; alone: number[]; cpu: number[] } = { shared: [], alone: [], cpu: [] };
  for (const server of [shared, alone]) await sendBlocks(server, blocks.slice(0, 1));
  for (let round = 0; round < budget.rounds; round++) {
    bulk.alone.push((await bulkRound(alone, blocks, () => alone.cpuSeconds())).perSecond);
    const overNats = await bulkRound(shared, blocks, () => shared.cpuSeconds() + nats.cpuSeconds());
    bulk.shared.push(overNats.perSecond);
    bulk.cpu.push(overNats.cpuUs);
  }
  const single = await singleRequests({ shared, alone, nats }, budget);
  await shared.stop();
  await alone.stop();
  await nats.stop();
  return [
    {
      name: "nats bulk throughput",
      value: median(bulk.shared),
      unit: "events/s",
      note: `${roundsNote(bulk.shared)}; NATS not synced`,
    },
    { name: "nats bulk CPU, NATS included", value: median(bulk.cpu), unit: "us/event" },
    {
      name: "nats bulk ratio to a node alone",
      value: median(bulk.shared.map((value, i) => value / (bulk.alone[i] ?? Number.NaN))),
      unit: "x",
      target: ">= 0.5",
    },
    ...single,
  ];
}

function memberOf(nats: NatsProcess, node: string): Readonly<Record<string, string>> {
  return { LAUREL_NATS_URL: nats.url, LAUREL_NODE: node };
}

async function bulkRound(
  server: ServerProcess,
  blocks: Parameters<typeof sendBlocks>[1],
  cpuSeconds: () => number,
): Promise<{ perSecond: number; cpuUs: number }> {
  const cpuBefore = cpuSeconds();
  const load = await sendBlocks(server, blocks);
  const restMs = await drainMs(server);
  return {
    perSecond: load.events / ((load.durationMs + restMs) / 1000),
    cpuUs: ((cpuSeconds() - cpuBefore) * 1e6) / load.events,
  };
}

interface SingleRound {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly load: LoadResult;
}

/** A node alone in turns with one over NATS, under the same load. */
async function singleRequests(
  {
    shared,
    alone,
    nats,
  }: { readonly shared: ServerProcess; readonly alone: ServerProcess; readonly nats: NatsProcess },
  { rounds, loadMs }: Budget,
): Promise<Row[]> {
  const overNats: SingleRound[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const stream = STREAM + 2 * round;
    const beside = await singleRound(alone, { stream, loadMs, cpuSeconds: () => alone.cpuSeconds() });
    const cpuSeconds = (): number => shared.cpuSeconds() + nats.cpuSeconds();
    const measured = await singleRound(shared, { stream: stream + 1, loadMs, cpuSeconds });
    overNats.push(measured);
    ratios.push(measured.perSecond / beside.perSecond);
  }
  const loads = overNats.map(({ load }) => load);
  const p99Ms = median(loads.map(({ latencyP99Ms }) => latencyP99Ms));
  const generator = median(loads.map(({ cpuShare }) => cpuShare));
  return [
    {
      name: "nats async, one event a request",
      value: median(overNats.map(({ perSecond }) => perSecond)),
      unit: "events/s",
      target: ">= 25000",
      note: `${refusalsNote(loads)}, p99 ${p99Ms.toFixed(1)} ms; the generator takes ${generator.toFixed(2)} of a core`,
    },
    { name: "nats async ratio to a node alone", value: median(ratios), unit: "x", note: roundsNote(ratios) },
    {
      name: "nats async CPU, NATS included",
      value: median(overNats.map(({ cpuUs }) => cpuUs)),
      unit: "us/event",
    },
  ];
}

async function singleRound(
  server: ServerProcess,
  options: { readonly stream: number; readonly loadMs: number; readonly cpuSeconds: () => number },
): Promise<SingleRound> {
  const order: LoadOrder = {
    host: SERVER_HOST,
    port: server.port,
    path: "/v6/async-events",
    token: SERVER_TOKEN,
    connections: CONNECTIONS,
    warmUpMs: WARM_UP_MS,
    durationMs: options.loadMs,
    generator: { kind: "closed" },
    stream: options.stream,
    bodies: BODIES,
  };
  let cpuBefore = 0;
  const load = await runLoad(order, async () => {
    cpuBefore = options.cpuSeconds();
  });
  const accepted = load.requests - load.non2xx;
  const restMs = await drainMs(server);
  return {
    perSecond: accepted / ((load.durationMs + restMs) / 1000),
    cpuUs: ((options.cpuSeconds() - cpuBefore) * 1e6) / accepted,
    load,
  };
}

async function failover(program: string): Promise<Row[]> {
  const nats = await startNats(program);
  const [victim, survivor] = await Promise.all(
    ["node0", "node1"].map((node) =>
      startLaurel({ dataDirectory: newDirectory(node), environment: memberOf(nats, node) }),
    ),
  );
  if (victim === undefined || survivor === undefined) throw new Error("there are two nodes");
  const persons = Array.from({ length: FAILOVER_PERSONS }, (_, i) => `f${i}@example.com`);
  for (const email of persons) await answered(survivor, email);
  await whenShared(nats);
  const killedMs = performance.now();
  await victim.kill();
  await Promise.all(persons.map((email) => answered(survivor, email)));
  const tookMs = performance.now() - killedMs;
  await survivor.stop();
  await nats.stop();
  return [
    {
      name: "failover of a killed node, warm standby",
      value: tookMs,
      unit: "ms",
      target: "<= 3000",
      note: "kill -9 to every partition answering; lease 2 s",
    },
  ];
}

/** Until both nodes own half of the partitions and follow the other half. */
async function whenShared(nats: NatsProcess): Promise<void> {
  const deadlineMs = performance.now() + FAILOVER_TIMEOUT_MS * 4;
  while (performance.now() < deadlineMs) {
    const { partitions } = statusOf(nats);
    const owned = new Set(partitions.map(({ owner }) => owner));
    const isEven = [...owned].every(
      (node) => partitions.filter(({ owner }) => owner === node).length === partitions.length / 2,
    );
    if (owned.size === 2 && isEven && partitions.every(({ caughtUp }) => caughtUp.length === 2)) return;
    await sleep(RETRY_MS * 10);
  }
  throw new Error("the partitions were not shared out in time");
}

interface Status {
  readonly partitions: readonly { readonly owner: string | null; readonly caughtUp: readonly string[] }[];
}

function statusOf(nats: NatsProcess): Status {
  const result = spawnSync(process.execPath, [laurelScript(), "cluster", "status", "--json"], {
    env: { PATH: process.env["PATH"], LAUREL_NATS_URL: nats.url },
    encoding: "utf8",
  });
  return JSON.parse(result.stdout) as Status;
}

/** Sends a synchronous event until it is answered. */
async function answered(server: ServerProcess, email: string): Promise<void> {
  const deadlineMs = performance.now() + FAILOVER_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`${server.url}/v6/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${SERVER_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ event_name: "signed_up", data: { email } }),
    });
    await answer.arrayBuffer();
    if (answer.ok) return;
    await sleep(RETRY_MS);
  }
  throw new Error(`no node answered for ${email} within ${FAILOVER_TIMEOUT_MS} ms`);
}
