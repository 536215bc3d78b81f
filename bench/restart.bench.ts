// Restart: how fast a killed server replays its log, and how soon a cleanly stopped one is ready.
//
//   R1. Replay time is time to ready after SIGKILL minus time to ready on an empty directory: what remains is the
//       replay.
//   R2. Checkpoints are put off for the whole run, so that the replay covers every record.

import { sendBlocks } from "./bulk_load.ts";
import { referenceBlocks } from "./ndjson.bench.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, startLaurel } from "./server_process.ts";

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
  const { events } = await sendBlocks(first, referenceBlocks(budget.blocks));
  await drainMs(first);
  await first.kill();

  const killedReadyMs: number[] = [];
  for (let i = 0; i < budget.restarts; i++) {
    const killed = await startLaurel(options);
    killedReadyMs.push(killed.readyMs);
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
  const replayMs = median(killedReadyMs) - median(emptyReadyMs);
  return [
    {
      name: "restart replay",
      // A replay too short to tell from the start of the process has no rate.
      value: replayMs > 0 ? events / (replayMs / 1000) : Number.NaN,
      unit: "records/s",
      target: ">= 300000",
      note: `${events} event records; internal messages come on top`,
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
