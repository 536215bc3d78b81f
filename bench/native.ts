// `npm run bench:native`: the same inner work in C, beside the figures of the last `npm run bench`.
//
// Reads bench/results/latest.json; a figure that the last run did not produce is shown as missing, never guessed.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { decodeRows, figureOf, markdownTable, readResultRows, resultsPath } from "./report.ts";
import { benchMode, type Row } from "./row.ts";
import { ndjsonBlock, referenceWorkload } from "./workload.ts";

interface Pair {
  /** Row of the C program. */
  readonly native: string;
  /** Rows of ours that do comparable work: all of these words occur in the name. */
  readonly oursWords: readonly string[];
}

const pairs: readonly Pair[] = [
  { native: "log append, 64 records a group", oursWords: ["log", "64"] },
  { native: "log append, 512 records a group", oursWords: ["log", "512"] },
  { native: "checkpoint, 1000 updates a transaction", oursWords: ["checkpoint"] },
  { native: "rule of 6 conditions", oursWords: ["rule", "6 conditions"] },
  { native: "100 rules indexed by event name", oursWords: ["100", "rules"] },
  { native: "ndjson scan", oursWords: ["ndjson", "laurel throughput"] },
  { native: "ndjson scan", oursWords: ["ndjson", "JSON.parse", "baseline"] },
];

const NDJSON_BYTES = 8 * 1024 * 1024;
/** All cases together run for a few seconds; a disk that hangs must not hang us. */
const RUN_TIMEOUT_MS = 120_000;

function runNative(): Map<string, Row> {
  // bench/results/latest.json -> the root of the repository.
  const program = join(dirname(resultsPath()), "../../native-bench/build/native-bench");
  if (!existsSync(program)) throw new Error("native-bench/build/native-bench is missing: run make -C native-bench");
  const directory = mkdtempSync(join(tmpdir(), "laurel-native-"));
  try {
    const lines = join(directory, "events.ndjson");
    writeFileSync(lines, ndjsonBlock(referenceWorkload(1), NDJSON_BYTES).bytes);
    const seconds = benchMode() === "quick" ? 0.5 : 2;
    const output = execFileSync(program, [`--directory=${directory}`, `--ndjson=${lines}`, `--seconds=${seconds}`], {
      encoding: "utf8",
      timeout: RUN_TIMEOUT_MS,
    });
    const rows = output
      .split("\n")
      .filter((line) => line.length > 0)
      .map((line): unknown => JSON.parse(line));
    return new Map(decodeRows(rows).map((row) => [row.name, row]));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function cellsOf(native: Row, ours: Row | null): string[] {
  const known = [native.name, figureOf(native.value), native.unit];
  if (ours === null) return [...known, "not in the last run", "", ""];
  const ratio = ours.unit === native.unit ? figureOf(ours.value / native.value) : "other unit";
  return [...known, ours.name, `${figureOf(ours.value)} ${ours.unit}`, ratio];
}

function compare(): string {
  const native = runNative();
  const ours = readResultRows();
  const paired = new Set<string>();
  const rows: string[][] = [];
  for (const pair of pairs) {
    const nativeRow = native.get(pair.native);
    if (nativeRow === undefined) throw new Error(`native-bench printed no "${pair.native}"`);
    paired.add(pair.native);
    const matches = [...ours.values()].filter((row) => pair.oursWords.every((word) => row.name.includes(word)));
    // Throughputs are compared with throughputs: a row of another unit is shown only when there is none of the same.
    const sameUnit = matches.filter((row) => row.unit === nativeRow.unit);
    for (const match of sameUnit.length > 0 ? sameUnit : [matches[0] ?? null]) rows.push(cellsOf(nativeRow, match));
  }
  for (const row of native.values()) {
    if (!paired.has(row.name)) rows.push([row.name, figureOf(row.value), row.unit, "", "", ""]);
  }
  return markdownTable(["C", "measured", "unit", "ours", "measured", "ours / C"], rows);
}

process.stdout.write(`${compare()}\n`);
