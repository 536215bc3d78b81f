// The table that a run prints and the file that it leaves: bench/results/latest.json.

import { mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchMode, Row } from "./row.ts";

export interface Section {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Why there are no rows, or not all. */
  readonly problem: string | null;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Whether data directories lie on a memory file system, where a sync costs nothing and the figures mean little. */
  readonly isDataInMemory: boolean;
}

export interface Results {
  readonly mode: BenchMode;
  readonly machine: Machine;
  readonly sections: readonly Section[];
}

const TMPFS_TYPE = 0x01021994;
const GIB = 1024 ** 3;

/** `bench/results` of the sources, also when run from `dist/bench`. */
export function resultsPath(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const isBuilt = here.endsWith(join("dist", "bench"));
  return join(here, isBuilt ? "../../bench/results/latest.json" : "results/latest.json");
}

export function writeResults(results: Results): void {
  const path = resultsPath();
  mkdirSync(dirname(path), { recursive: true });
  // JSON has no NaN: a missing figure becomes null.
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}

/** The rows of the last run by name; empty when there was none. */
export function readResultRows(): Map<string, Row> {
  const rows = new Map<string, Row>();
  let text: string;
  try {
    text = readFileSync(resultsPath(), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return rows;
    throw error;
  }
  const results: unknown = JSON.parse(text);
  for (const section of listOf(memberOf(results, "sections"))) {
    for (const row of decodeRows(memberOf(section, "rows"))) rows.set(row.name, row);
  }
  return rows;
}

/** Rows of other origin: another benchmark's module, a file, a C program. What is not a row is left out. */
export function decodeRows(value: unknown): Row[] {
  const rows: Row[] = [];
  for (const item of listOf(value)) {
    const name = memberOf(item, "name");
    const figure = memberOf(item, "value");
    const unit = memberOf(item, "unit");
    const target = memberOf(item, "target");
    const note = memberOf(item, "note");
    if (typeof name !== "string" || typeof unit !== "string") continue;
    rows.push({
      name,
      value: typeof figure === "number" ? figure : Number.NaN,
      unit,
      ...(typeof target === "string" ? { target } : {}),
      ...(typeof note === "string" ? { note } : {}),
    });
  }
  return rows;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / GIB),
    kernel: release(),
    node: process.version,
    isDataInMemory: statfsSync(tmpdir()).type === TMPFS_TYPE,
  };
}

/** A Markdown table, so that it can be pasted into README.md. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.name, figureOf(row.value), row.unit, row.target ?? "", row.note ?? ""]);
  return markdownTable(["what", "measured", "unit", "target", "note"], cells);
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** Three significant digits: more would claim a precision that a shared machine does not have. */
export function figureOf(value: number): string {
  if (!Number.isFinite(value)) return "no figure";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
