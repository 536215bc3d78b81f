// `npm run bench`: runs every benchmark in one go, prints one table and writes bench/results/latest.json.
//
// BENCH_QUICK=1 gives a run of less than 90 s. BENCH_ONLY=http,ndjson runs only those sections.
//
//   B1. A section that fails does not stop the others; its problem is printed, stored, and makes the run end with code
//       1.
//   B2. A section whose part of the product is not built is skipped with a sentence, and that is no failure.
//   B3. Results are written only by a run of all sections, so that the file never mixes runs.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as busy from "./busy.bench.ts";
import * as campaigns from "./campaigns.bench.ts";
import * as cluster from "./cluster.bench.ts";
import * as explain from "./explain.bench.ts";
import * as http from "./http.bench.ts";
import * as memory from "./memory.bench.ts";
import * as ndjson from "./ndjson.bench.ts";
import { decodeRows, machine, type Section, tableOf, writeResults } from "./report.ts";
import * as reads from "./reads.bench.ts";
import * as restart from "./restart.bench.ts";
import { benchMode, type Row } from "./row.ts";
import { isLaurelBuilt, stopAll } from "./server_process.ts";
import * as rewards from "./rewards.bench.ts";
import * as webhooks from "./webhooks.bench.ts";

interface Benchmark {
  readonly name: string;
  /** Rows, or why there are none. */
  readonly run: () => Promise<{ readonly rows: readonly Row[]; readonly skipped: string | null }>;
}

const benchmarks: readonly Benchmark[] = [
  inProcess("log"),
  inProcess("rules"),
  onServer("http", http.run, http.runBaselineOnly),
  onServer("ndjson", ndjson.run, async () => ndjson.runBaselineOnly()),
  onServer("reads", reads.run, async () => []),
  onServer("campaigns", campaigns.run, async () => []),
  onServer("explain", explain.run, async () => []),
  onServer("restart", restart.run, async () => []),
  onServer("memory", memory.run, async () => []),
  inProcess("coupons"),
  onServer("rewards", rewards.run, async () => []),
  onServer("busy", busy.run, async () => []),
  onServer("webhooks", webhooks.run, async () => []),
  onServer("cluster", cluster.run, async () => []),
];

/** A benchmark of one part, in a module `<name>.bench.js` with `run(): Promise<Row[]>`. */
function inProcess(name: string): Benchmark {
  return {
    name,
    run: async () => {
      const url = new URL(`./${name}.bench.js`, import.meta.url);
      if (!existsSync(fileURLToPath(url))) return { rows: [], skipped: `bench/${name}.bench.ts is not built` };
      const loaded: unknown = await import(url.href);
      const entry: unknown = typeof loaded === "object" && loaded !== null ? Reflect.get(loaded, "run") : undefined;
      if (typeof entry !== "function") return { rows: [], skipped: `bench/${name}.bench.ts exports no run()` };
      return { rows: decodeRows(await Reflect.apply(entry, undefined, [])), skipped: null };
    },
  };
}

function onServer(name: string, run: () => Promise<Row[]>, runBaselineOnly: () => Promise<Row[]>): Benchmark {
  return {
    name,
    run: async () => {
      if (isLaurelBuilt()) return { rows: await run(), skipped: null };
      return { rows: await runBaselineOnly(), skipped: "dist/laurel/main.js is not built: baseline only" };
    },
  };
}

async function runAll(): Promise<void> {
  const only = process.env["BENCH_ONLY"]?.split(",") ?? null;
  const sections: Section[] = [];
  let hasFailed = false;
  for (const benchmark of benchmarks) {
    if (only !== null && !only.includes(benchmark.name)) continue;
    const startMs = performance.now();
    try {
      const { rows, skipped } = await benchmark.run();
      sections.push({ name: benchmark.name, rows, problem: skipped });
    } catch (error) {
      hasFailed = true;
      // The stack is for whoever runs this; the stored sentence must not name the machine's directories.
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      const problem = `failed: ${error instanceof Error ? error.message : String(error)}`;
      sections.push({ name: benchmark.name, rows: [], problem });
    } finally {
      stopAll();
    }
    print(sections.at(-1), performance.now() - startMs);
  }
  const results = { mode: benchMode(), machine: machine(), sections };
  const { cpu, cores, node, kernel, isDataInMemory } = results.machine;
  process.stdout.write(`machine: ${cpu}, ${cores} cores, Node ${node}, Linux ${kernel}, mode ${results.mode}\n`);
  if (isDataInMemory) process.stdout.write("warning: temporary files are in memory, so syncing costs nothing here\n");
  if (only === null) writeResults(results);
  if (hasFailed) process.exitCode = 1;
}

function print(section: Section | undefined, durationMs: number): void {
  if (section === undefined) return;
  process.stdout.write(`\n## ${section.name} (${(durationMs / 1000).toFixed(1)} s)\n\n`);
  if (section.problem !== null) process.stdout.write(`${section.problem}\n\n`);
  if (section.rows.length > 0) process.stdout.write(`${tableOf(section.rows)}\n`);
}

process.once("exit", stopAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
await runAll();
