// Records the histories of a version, once a release: tells every scenario of a program to the built node, stops it, and keeps its log with what
// folding it comes to. `LAUREL_RECORD_HISTORY=<version> npx vitest run test/histories`, after a build. (`busy-person` of 0.1.0, whose events come at once,
// is of a build in which none of them asked ahead.)

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { openEmbeddedLog } from "../../src/log/mod.ts";
import { post, quiet } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { programDirectory, readScenario, retold, type Scenario } from "../support/scenario.ts";
import { foldHistory, HISTORY_PARTITIONS, outcomePath, recordsPath } from "./history.ts";

/** @param directory of the version; one that is there is left as it is */
export async function recordHistories(directory: string): Promise<void> {
  mkdirSync(directory);
  mkdirSync(join(directory, "programs"));
  const scenarios = readdirSync(join(import.meta.dirname, "../scenarios"))
    .filter((file) => file.endsWith(".json"))
    .map(readScenario);
  for (const program of new Set(scenarios.map((scenario) => scenario.program))) {
    const told = scenarios.filter((scenario) => scenario.program === program);
    await record(directory, basename(program, ".json"), told.length === 1 ? told : told.map(retold));
  }
}

async function record(directory: string, name: string, told: readonly Scenario[]): Promise<void> {
  const [first] = told;
  if (first === undefined) return;
  const data = mkdtempSync(join(tmpdir(), "laurel-history-"));
  const environment = { LAUREL_PROGRAMS: programDirectory(first), LAUREL_PARTITIONS: String(HISTORY_PARTITIONS) };
  const node = await startHere({ dataDirectory: data, environment });
  for (const { events } of told) {
    for (const { event, data: sent, times = 1 } of events) {
      for (let i = 0; i < times; i++) await post(node.url, "/v6/events", { event_name: event, data: sent });
      await quiet(node.url);
    }
  }
  await node.stop();
  writeFileSync(recordsPath(directory, name), gzipSync(await recordsIn(data), { level: 9 }));
  for (const file of readdirSync(join(data, "programs")))
    copyFileSync(join(data, "programs", file), join(directory, "programs", file));
  rmSync(data, { recursive: true });
  writeFileSync(outcomePath(directory, name), `${JSON.stringify(foldHistory(directory, name), null, 1)}\n`);
}

async function recordsIn(data: string): Promise<Buffer> {
  const log = await openEmbeddedLog({
    directory: join(data, "log"),
    partitions: HISTORY_PARTITIONS,
    segmentBytes: 1 << 26,
    groupBytesMax: 1 << 18,
    pendingBytesMax: 1 << 24,
    sync: "always",
    syncIntervalMs: 100,
    onFailure: (error) => {
      throw error;
    },
    onNotice: () => undefined,
  });
  const batches: Buffer[] = [];
  const fromFirst = Array.from({ length: HISTORY_PARTITIONS }, () => 1);
  for await (const batch of log.read(fromFirst)) batches.push(Buffer.from(batch));
  await log.close();
  return Buffer.concat(batches);
}
