// Random appends, reopens, crashes and retention against a model that is a list a partition.

import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventLog } from "../../src/log/mod.ts";
import {
  contents,
  copyAsCrashed,
  frameOffsets,
  KIBI,
  newDirectory,
  newRecord,
  openLog,
  PARTITIONS,
  segmentFiles,
} from "./log_fixture.ts";

const settings = { segmentBytes: 16 * KIBI, groupBytesMax: 2 * KIBI };

const append = fc.record({
  kind: fc.constant("append" as const),
  records: fc.array(
    fc.record({
      partition: fc.nat(PARTITIONS - 1),
      bytes: fc.oneof(fc.nat(200), fc.nat(6000)),
      timeMs: fc.nat(10_000),
    }),
    { minLength: 1, maxLength: 30 },
  ),
});
const step = fc.oneof(
  { weight: 6, arbitrary: append },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  // The last group, after all others were acknowledged, reaches the disk only up to `reached`, and beyond it some bytes are wrong.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      reached: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("retire" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("read" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

test("the log equals its model through appends, reopens, torn writes and retention", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let directory = await newDirectory();
      let { log } = await openLog(directory, settings);
      const model: string[][] = Array.from({ length: PARTITIONS }, () => []);
      let retired = model.map(() => 1);
      for (const current of steps) {
        switch (current.kind) {
          case "append":
            await appendBoth(log, model, current.records);
            break;
          case "reopen":
            await log.close();
            ({ log } = await openLog(directory, settings));
            break;
          case "crash": {
            const crashed = await crashInLastGroup(log, directory, current.reached);
            await log.close();
            directory = crashed;
            ({ log } = await openLog(directory, settings));
            break;
          }
          case "retire":
            retired = model.map((texts, partition) =>
              Math.max(retired[partition] ?? 1, Math.ceil(texts.length * current.share)),
            );
            await log.retire(retired);
            break;
          case "read": {
            const from = model.map((texts, partition) =>
              Math.max(retired[partition] ?? 1, Math.ceil(texts.length * current.share)),
            );
            await expectEqual(log, model, from);
            break;
          }
        }
      }
      await expectEqual(log, model, retired);
      await log.close();
    }),
    { numRuns: 40 },
  );
}, 120_000);

interface Wanted {
  readonly partition: number;
  readonly bytes: number;
  readonly timeMs: number;
}

async function appendBoth(log: EventLog, model: string[][], records: readonly Wanted[]): Promise<void> {
  const groups = records.map(({ partition, bytes, timeMs }) => {
    const texts = model[partition] ?? [];
    const text = `${bytes}:${"x".repeat(bytes)}`;
    texts.push(`${texts.length + 1} ${text}`);
    return log.append(partition, newRecord(text, timeMs));
  });
  await Promise.all(groups.map((group) => log.whenDurable(group)));
}

/** A directory as it would be if the power had gone while one more group was being written. */
async function crashInLastGroup(log: EventLog, directory: string, reached: number): Promise<string> {
  await log.whenDurable(log.append(0, newRecord("torn ".repeat(100))));
  const crashed = await copyAsCrashed(directory);
  const file = (await segmentFiles(crashed)).at(-1) ?? "";
  const bytes = await readFile(file);
  const offsets = frameOffsets(bytes);
  const start = offsets.at(-2) ?? 0;
  const end = offsets.at(-1) ?? 0;
  bytes.fill(0, start + Math.floor((end - start) * reached), end);
  await writeFile(file, bytes);
  return crashed;
}

async function expectEqual(log: EventLog, model: readonly string[][], from: readonly number[]): Promise<void> {
  expect(log.lastSequences()).toEqual(model.map((texts) => texts.length));
  expect(await contents(log, from)).toEqual(model.map((texts, partition) => texts.slice((from[partition] ?? 1) - 1)));
}
