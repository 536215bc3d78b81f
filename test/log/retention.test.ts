import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { LogHole } from "../../src/log/mod.ts";
import {
  appendDurably,
  contents,
  KIBI,
  newDirectory,
  newRecord,
  type OpenLog,
  openLog,
  segmentFiles,
} from "./log_fixture.ts";

const settings = { segmentBytes: 16 * KIBI, groupBytesMax: 4 * KIBI };

/** 24 records, alternating between partitions 0 and 1, three to a segment. */
async function manySegments(): Promise<OpenLog> {
  const opened = await openLog(await newDirectory(), settings);
  for (let i = 1; i <= 24; i++) await appendDurably(opened.log, i % 2, "x".repeat(3500));
  expect(opened.log.stats().segments).toBe(8);
  return opened;
}

test("N1 drops whole segments below `from`, and keeps one whose last record is still wanted", async () => {
  const { log, directory } = await manySegments();
  await log.retire([4, 4, 1, 1]);
  expect(log.stats().segments).toBe(6);
  expect((await segmentFiles(directory)).length).toBe(6);
  await log.retire([7, 6, 1, 1]);
  expect(log.stats().segments).toBe(5);
});

test("N1 one partition that still wants its records keeps them all", async () => {
  const { log } = await manySegments();
  await log.retire([13, 1, 1, 1]);
  expect(log.stats().segments).toBe(8);
});

test("N1 the active segment never goes", async () => {
  const { log } = await manySegments();
  await log.retire([100, 100, 100, 100]);
  expect(log.stats().segments).toBe(1);
  await appendDurably(log, 0, "still here");
  expect(log.lastSequences()).toEqual([13, 12, 0, 0]);
});

test("L2 sequences and times go on after all older segments are gone", async () => {
  const { log, directory } = await manySegments();
  await log.retire([100, 100, 100, 100]);
  await log.close();
  const again = await openLog(directory, settings);
  expect(again.log.lastSequences()).toEqual([12, 12, 0, 0]);
  await appendDurably(again.log, 0, "next");
  expect((await contents(again.log, [13, 13, 1, 1]))[0]).toEqual(["13 next"]);
});

test("a wanted record that was retired is a hole, with what is missing", async () => {
  const { log } = await manySegments();
  await log.retire([4, 4, 1, 1]);
  const refusal = await contents(log, [3, 4, 1, 1]).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogHole);
  expect(refusal).toMatchObject({ partition: 0, wantedSequence: 3, firstSequence: 4 });
  expect((await contents(log, [4, 4, 1, 1]))[0]?.length).toBe(9);
});

test("partitions without records cause no hole", async () => {
  const { log } = await manySegments();
  await log.retire([4, 4, 1, 1]);
  expect((await contents(log, [4, 4, 0, 0]))[1]?.length).toBe(9);
});

test("a reader that retention overtakes gets a hole, not a vanished file", async () => {
  const { log } = await manySegments();
  const reading = log.read([1, 1, 1, 1])[Symbol.asyncIterator]();
  expect((await reading.next()).done).toBe(false);
  await log.retire([100, 100, 100, 100]);
  await expect(drain(reading)).rejects.toBeInstanceOf(LogHole);
});

test("a reader that is dropped half-way holds nothing open", async () => {
  const { log } = await manySegments();
  for await (const batch of log.read([])) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  await log.close();
});

test("N2 a crash between two removals leaves a log that opens", async () => {
  const { log, directory } = await manySegments();
  await log.close();
  const files = await segmentFiles(directory);
  for (const file of files.slice(0, 3)) await rm(file);
  const again = await openLog(directory, settings);
  expect(again.log.lastSequences()).toEqual([12, 12, 0, 0]);
  await expect(contents(again.log)).rejects.toBeInstanceOf(LogHole);
});

async function drain(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  while ((await iterator.next()).done !== true);
}

const DAY_MS = 86_400_000;
const everything = [100, 100, 100, 100];

/** One record a day, the last one today. */
async function daily({ log }: OpenLog, days: number, bytes: number): Promise<void> {
  for (let ago = days - 1; ago >= 0; ago--)
    await log.whenDurable(log.append(0, newRecord("x".repeat(bytes), Date.now() - ago * DAY_MS)));
}

test("N3 what is younger than records are kept stays, though nobody needs it", async () => {
  const opened = await openLog(await newDirectory(), { ...settings, keepMs: 12 * DAY_MS });
  await daily(opened, 24, 3500);
  const before = opened.log.stats().segments;
  await opened.log.retire(everything);
  expect(opened.log.stats().segments).toBeLessThan(before);
  const kept = (await contents(opened.log, [13, 1, 1, 1]))[0];
  expect(kept?.length).toBe(12);
  await expect(contents(opened.log, [9, 1, 1, 1])).rejects.toBeInstanceOf(LogHole);
  await opened.log.retire([1, 1, 1, 1]);
  expect((await contents(opened.log, [13, 1, 1, 1]))[0]).toEqual(kept);
});

test("N3 a segment that is hardly filled ends when an eighth of the time lies in it, also of a log that is opened again", async () => {
  const directory = await newDirectory();
  const keepMs = 16 * DAY_MS;
  for (let month = 2; month >= 0; month--) {
    const opened = await openLog(directory, { keepMs });
    for (let ago = 30 * (month + 1) - 1; ago >= 30 * month; ago--)
      await opened.log.whenDurable(opened.log.append(0, newRecord("x", Date.now() - ago * DAY_MS)));
    await opened.log.close();
  }
  const { log } = await openLog(directory, { keepMs });
  await log.retire(everything);
  // Of 90 days the last 16, and at most two and a record more.
  expect((await contents(log, [75, 1, 1, 1]))[0]?.[0]).toBe("75 x");
  await expect(contents(log, [71, 1, 1, 1])).rejects.toBeInstanceOf(LogHole);
});

test("without such a time segments end when they are full", async () => {
  const opened = await openLog(await newDirectory());
  await daily(opened, 40, 1);
  expect(opened.log.stats().segments).toBe(1);
});
