// `npm run bench:scale`: how cost grows with nodes and with persons. Prints tables; what they mean for a hundred nodes is in README.md.
//
//   S1. All nodes and the NATS server share this machine's cores: throughput says little, CPU and messages per event say what is wanted.
//   S2. Nodes have been warm before they are measured.
//   S3. Messages and bytes are the NATS server's own counts (its monitoring port), from the first event until all nodes rest.

import { setTimeout as sleep } from "node:timers/promises";
import { sendBlocks } from "./bulk_load.ts";
import { natsProgram, startNats, type NatsProcess } from "./nats_process.ts";
import { referenceBlocks } from "./ndjson.bench.ts";
import { markdownTable } from "./report.ts";
import { benchMode } from "./row.ts";
import { drainMs, newDirectory, type ServerProcess, startLaurel, stopAll } from "./server_process.ts";
import { signUpBlock } from "./workload.ts";

const isQuick = benchMode() === "quick";
const nodeCounts = isQuick ? [1, 2] : [1, 2, 4];
const personCounts = isQuick ? [10_000, 50_000] : [10_000, 100_000, 1_000_000];
const BLOCKS = isQuick ? 2 : 4;
const PERSONS_PER_BLOCK = 10_000;
/** Beside those that are counted: a node that has just started costs several times as much an event until its code is compiled. */
const WARM_UP_PERSONS = isQuick ? 20_000 : 50_000;
const IDLE_MS = 4_000;
const RESTING_LOOKS = 4;
const RESTING_MS = 500;
/** Leases, handovers and followers have come to rest. */
const SETTLE_MS = isQuick ? 8_000 : 20_000;

const program = natsProgram();
if (program === null) throw new Error("nats-server is not installed (Debian: apt-get install nats-server)");
process.once("exit", stopAll);

const nodeRows: string[][] = [];
for (const nodes of nodeCounts) nodeRows.push(await measureNodes(program, nodes));
const personRows: string[][] = [];
for (const persons of personCounts) personRows.push(await measurePersons(program, persons));

process.stdout.write(
  `${markdownTable(
    [
      "nodes",
      "nodes' CPU us/event",
      "NATS CPU us/event",
      "messages in/event",
      "messages out/event",
      "bytes in/event",
      "bytes out/event",
      "idle messages in/s",
      "idle messages out/s",
      "KV writes/s, idle",
      "connections",
    ],
    nodeRows,
  )}\n${markdownTable(["persons, one node", "its CPU us/event", "NATS CPU us/event", "events/s", "RSS MiB", "of it mapped MiB"], personRows)}\n`,
);
process.exit(0);

async function measureNodes(natsServer: string, count: number): Promise<string[]> {
  const nats = await startNats(natsServer);
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      startLaurel({
        dataDirectory: newDirectory(`scale${i}`),
        environment: { LAUREL_NATS_URL: nats.url, LAUREL_NODE: `node${i}` },
      }),
    ),
  );
  await sleep(SETTLE_MS);
  const idleBefore = await nats.counts();
  await sleep(IDLE_MS);
  const idleAfter = await nats.counts();
  const blocks = referenceBlocks((BLOCKS + 1) * count);
  await Promise.all(nodes.map((node, i) => sendBlocks(node, blocks.slice(BLOCKS * count + i, BLOCKS * count + i + 1))));
  await whenAllRest(nodes);
  const before = await levels(nats, nodes);
  const loads = await Promise.all(nodes.map((node, i) => sendBlocks(node, blocks.slice(i * BLOCKS, (i + 1) * BLOCKS))));
  await whenAllRest(nodes);
  const after = await levels(nats, nodes);
  const events = loads.reduce((sum, load) => sum + load.events, 0);
  await Promise.all(nodes.map((node) => node.stop()));
  await nats.stop();
  const perEvent = (a: number, b: number, digits: number): string => ((b - a) / events).toFixed(digits);
  const perIdleSecond = (a: number, b: number): string => ((b - a) / (IDLE_MS / 1000)).toFixed(1);
  return [
    String(count),
    perEvent(before.nodesCpu * 1e6, after.nodesCpu * 1e6, 1),
    perEvent(before.natsCpu * 1e6, after.natsCpu * 1e6, 1),
    perEvent(before.counts.messagesIn, after.counts.messagesIn, 3),
    perEvent(before.counts.messagesOut, after.counts.messagesOut, 3),
    perEvent(before.counts.bytesIn, after.counts.bytesIn, 0),
    perEvent(before.counts.bytesOut, after.counts.bytesOut, 0),
    perIdleSecond(idleBefore.messagesIn, idleAfter.messagesIn),
    perIdleSecond(idleBefore.messagesOut, idleAfter.messagesOut),
    perIdleSecond(idleBefore.keyValueWrites, idleAfter.keyValueWrites),
    String(after.counts.connections),
  ];
}

/** Where more wants to run than there are cores, one that waits for its turn looks as if it rested: so they are looked at again. */
async function whenAllRest(nodes: readonly ServerProcess[]): Promise<void> {
  for (let look = 0; look < RESTING_LOOKS; look++) {
    await sleep(RESTING_MS);
    for (const node of nodes) await drainMs(node);
  }
}

async function levels(
  nats: NatsProcess,
  nodes: readonly ServerProcess[],
): Promise<{ nodesCpu: number; natsCpu: number; counts: Awaited<ReturnType<NatsProcess["counts"]>> }> {
  return {
    nodesCpu: nodes.reduce((sum, node) => sum + node.cpuSeconds(), 0),
    natsCpu: nats.cpuSeconds(),
    counts: await nats.counts(),
  };
}

async function measurePersons(natsServer: string, persons: number): Promise<string[]> {
  const nats = await startNats(natsServer);
  const node = await startLaurel({
    dataDirectory: newDirectory("persons"),
    environment: { LAUREL_NATS_URL: nats.url, LAUREL_NODE: "node0" },
  });
  await sendBlocks(node, signUps(persons, persons + WARM_UP_PERSONS));
  await whenAllRest([node]);
  const before = await levels(nats, [node]);
  const load = await sendBlocks(node, signUps(0, persons));
  const restMs = await drainMs(node);
  const after = await levels(nats, [node]);
  const { nowMiB, mappedMiB } = node.memory();
  await node.stop();
  await nats.stop();
  return [
    String(persons),
    (((after.nodesCpu - before.nodesCpu) * 1e6) / persons).toFixed(1),
    (((after.natsCpu - before.natsCpu) * 1e6) / persons).toFixed(1),
    (persons / ((load.durationMs + restMs) / 1000)).toFixed(0),
    nowMiB.toFixed(0),
    mappedMiB.toFixed(0),
  ];
}

function* signUps(from: number, to: number): Iterable<ReturnType<typeof signUpBlock>> {
  for (let person = from; person < to; person += PERSONS_PER_BLOCK) {
    yield signUpBlock(person, Math.min(to, person + PERSONS_PER_BLOCK));
  }
}
