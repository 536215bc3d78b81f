// Memory: resident size after many persons were seen once each. Bounded by configuration, not by persons, is the claim
// to check.

import { sendBlocks } from "./bulk_load.ts";
import { type BenchMode, benchMode, type Row } from "./row.ts";
import { drainMs, newDirectory, startLaurel } from "./server_process.ts";
import { type NdjsonBlock, signUpBlock } from "./workload.ts";

const personsSeen: Readonly<Record<BenchMode, number>> = { quick: 100_000, full: 1_000_000 };
/** Half of the persons are reported on the way, to show whether memory still grows. */
const HALVES = 2;
/** Some 4 MiB of text: blocks are made while sending, never all at once. */
const PERSONS_PER_BLOCK = 50_000;

export async function run(): Promise<Row[]> {
  const persons = personsSeen[benchMode()];
  const server = await startLaurel({ dataDirectory: newDirectory("memory") });
  const before = server.memory().nowMiB;
  const rows: Row[] = [{ name: "memory RSS at start", value: before, unit: "MiB" }];
  const half = persons / HALVES;
  for (let part = 0; part < HALVES; part++) {
    await sendBlocks(server, signUps(part * half, (part + 1) * half));
    await drainMs(server);
    const { nowMiB, mappedMiB } = server.memory();
    rows.push({
      name: `memory RSS after ${(part + 1) * half} persons`,
      value: nowMiB,
      unit: "MiB",
      target: "<= 1,024 without mapped files",
      note: `${Math.round(mappedMiB)} MiB of it are mapped files`,
    });
  }
  const after = server.memory();
  await server.stop();
  rows.push({ name: "memory RSS max", value: after.maxMiB, unit: "MiB" });
  rows.push({
    name: "memory per person",
    value: ((after.nowMiB - before) * 1024 * 1024) / persons,
    unit: "bytes",
    note: "growth over persons; falls as caches reach their bound",
  });
  return rows;
}

function* signUps(from: number, until: number): Iterable<NdjsonBlock> {
  for (let person = from; person < until; person += PERSONS_PER_BLOCK) {
    yield signUpBlock(person, Math.min(until, person + PERSONS_PER_BLOCK));
  }
}
