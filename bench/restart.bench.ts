// Restart: how fast a killed server replays its log, and how soon a cleanly stopped one is ready.
//
//   R1. Replay time is time to ready after SIGKILL minus time to ready on an empty directory: what remains is the
//       replay.
//   R2. Checkpoints are put off as far as memory allows. What was checkpointed nevertheless is not replayed and not counted: each start says itself how
//       many records it applied again.

import { sendBlocks } from "./bulk_load.ts";
import { referenceBlocks } from "./ndjson.bench.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, type ServerProcess, startLaurel } from "./server_process.ts";

interface Budget {
  /** Bodies of about 8 MiB, some 50,000 events each. */
  readonly blocks: number;
  readonly restarts: number;
}

const budgets: Readonly<Record<BenchMode, Budget>> = {
  quick: { blocks: 3, restarts: 1 },
  full: { blocks: 16, restarts: 3 },
};

/** An hour: longer than any run. */
const lateCheckpoints = { LAUREL_CHECKPOINT_INTERVAL_MS: "3600000" };

export async function run(): Promise<Row[]> {
  const budget = budgets[benchMode()];
  const emptyReadyMs: number[] = [];
  for (let i = 0; i < budget.restarts; i++) {
    const empty = await startLaurel({ dataDirectory: newDirectory("restart-empty"), environment: lateCheckpoints });
    emptyReadyMs.push(empty.readyMs);
    await empty.stop();
  }
  const dataDirectory = newDirectory("restart");
  const options = { dataDirectory, environment: lateCheckpoints };
  const first = await startLaurel(options);
  await sendBlocks(first, referenceBlocks(budget.blocks));
  await drainMs(first);
  await first.kill();

  const killedReadyMs: number[] = [];
  const replayed: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < budget.restarts; i++) {
    const killed = await startLaurel(options);
    killedReadyMs.push(killed.readyMs);
    const records = await recoveredRecords(killed);
    const replayMs = killed.readyMs - median(emptyReadyMs);
    replayed.push(records);
    // A replay too short to tell from the start of the process has no rate.
    rates.push(replayMs > 0 ? records / (replayMs / 1000) : Number.NaN);
    await killed.kill();
  }
  const beforeStop = await startLaurel(options);
  const stopMs = await beforeStop.stop();
  const cleanReadyMs: number[] = [];
  for (let i = 0; i < budget.restarts; i++) {
    const clean = await startLaurel(options);
    cleanReadyMs.push(clean.readyMs);
    await clean.stop();
  }
  return [
    {
      name: "restart replay",
      value: median(rates),
      unit: "records/s",
      target: ">= 300000",
      note: `${roundsNote(rates)}; ${Math.round(median(replayed)).toLocaleString("en")} records, events and messages`,
    },
    { name: "restart ready after kill", value: median(killedReadyMs), unit: "ms", note: roundsNote(killedReadyMs) },
    { name: "restart ready on empty directory", value: median(emptyReadyMs), unit: "ms" },
    { name: "restart clean stop", value: stopMs, unit: "ms", note: "writes the checkpoint of all events" },
    {
      name: "restart ready after clean stop",
      value: median(cleanReadyMs),
      unit: "ms",
      target: "< 1000",
      note: roundsNote(cleanReadyMs),
    },
  ];
}

async function recoveredRecords(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = /^laurel_recovered_records (\d+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error("the server does not say how much it recovered");
  return Number(value);
}
