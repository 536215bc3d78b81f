// F4: a torn tail is cut and told, damage is refused and told; never silent.

import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LogCorrupt, LogMismatch } from "../../src/log/mod.ts";
import { isSoak } from "../support/profile.ts";
import { installSegment, newSegmentHeader } from "../../src/log/segment.ts";
import {
  appendDurably,
  contents,
  copyAsCrashed,
  frameOffsets,
  KIBI,
  newDirectory,
  openLog,
  PARTITIONS,
  segmentFiles,
} from "./log_fixture.ts";

/** A log of five groups `g1` to `g5` in one segment, as a crash would leave it. */
async function fiveGroups(): Promise<{ directory: string; file: string; bytes: Buffer; offsets: number[] }> {
  const live = await newDirectory();
  const { log } = await openLog(live, { segmentBytes: 16 * KIBI, groupBytesMax: 4 * KIBI });
  for (let i = 1; i <= 5; i++) await appendDurably(log, 0, `g${i}`);
  const directory = await copyAsCrashed(live);
  await log.close();
  const [file] = await segmentFiles(directory);
  if (file === undefined) throw new Error("no segment");
  const bytes = await readFile(file);
  return { directory, file, bytes, offsets: frameOffsets(bytes) };
}

const settings = { segmentBytes: 16 * KIBI, groupBytesMax: 4 * KIBI };

test("V3 truncated anywhere in its last three frames, the log is what was whole before", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  const first = offsets[2] ?? 0;
  const last = offsets[4] ?? 0;
  const end = offsets[5] ?? 0;
  for (let length = first; length <= end; length++) {
    // Outside of the soak of the two before the last one every third: they are as long, and of the same fields.
    if (!isSoak && length < last && !offsets.includes(length) && length % 3 > 0) continue;
    await writeFile(file, bytes.subarray(0, length));
    const { log, notices } = await openLog(directory, settings);
    const whole = offsets.filter((offset) => offset <= length).length - 1;
    expect(log.lastSequences()[0]).toBe(whole);
    const names = notices.map((notice) => notice.name);
    const isInside = !offsets.includes(length);
    // The first bytes of a frame are its mark: never zero as a whole, though its last byte may be.
    if (isInside && length - (offsets[whole] ?? 0) >= 4) expect(names).toContain("log_tail_truncated");
    expect(names).toContain("log_segment_short");
    await appendDurably(log, 0, "next");
    expect((await contents(log))[0]?.at(-1)).toBe(`${whole + 1} next`);
    await log.close();
  }
}, 60_000);

test("V3 a last frame that is torn in any byte is cut, zeroed and told with its position", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  const start = offsets[4] ?? 0;
  const end = offsets[5] ?? 0;
  for (let position = start; position < end; position++) {
    const torn = Buffer.from(bytes);
    torn[position] = (torn[position] ?? 0) ^ 0x10;
    await writeFile(file, torn);
    const { log, notices } = await openLog(directory, settings);
    expect(notices[0]).toMatchObject({ name: "log_tail_truncated", file, offset: start });
    expect((await contents(log))[0]).toEqual(["1 g1", "2 g2", "3 g3", "4 g4"]);
    await log.close();
    expect((await readFile(file)).subarray(start, end).equals(Buffer.alloc(end - start))).toBe(true);
  }
}, 60_000);

test("V3 a torn frame whose beginning never reached the disk is cut as well", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  bytes.fill(0, offsets[4], (offsets[4] ?? 0) + 20);
  await writeFile(file, bytes);
  const { log, notices } = await openLog(directory, settings);
  expect(notices[0]?.name).toBe("log_tail_truncated");
  expect(log.lastSequences()[0]).toBe(4);
});

test("T1 one bit flipped anywhere in a frame that others follow is damage: refused, with file, offset and CRCs", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  const start = offsets[1] ?? 0;
  for (let position = start; position < (offsets[2] ?? 0); position++) {
    const damaged = Buffer.from(bytes);
    damaged[position] = (damaged[position] ?? 0) ^ (1 << (position % 8));
    await writeFile(file, damaged);
    const refusal = await openLog(directory, settings).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LogCorrupt);
    expect(refusal).toMatchObject({ file, offset: start });
    expect((await readFile(file)).equals(damaged)).toBe(true);
  }
  const damaged = Buffer.from(bytes);
  damaged[start + 40] = 0xff;
  await writeFile(file, damaged);
  await expect(openLog(directory, settings)).rejects.toThrow(
    new RegExp(
      `at byte ${start}: the group does not match its CRC \\(CRC32C expected 0x[0-9a-f]{8}, found 0x[0-9a-f]{8}\\)`,
    ),
  );
}, 60_000);

test("T1 a frame wiped with zeros that others follow is damage", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  await writeFile(file, bytes.fill(0, offsets[2], offsets[3]));
  await expect(openLog(directory, settings)).rejects.toThrow(/a group is missing here/);
});

test("F3 with sync never, unsynced groups torn in the middle are a torn tail: all from there on is cut", async () => {
  const live = await newDirectory();
  const { log } = await openLog(live, { ...settings, sync: "never" });
  for (let i = 1; i <= 5; i++) await appendDurably(log, 0, `g${i}`);
  const directory = await copyAsCrashed(live);
  const [file = ""] = await segmentFiles(directory);
  const bytes = await readFile(file);
  const offset = frameOffsets(bytes)[2] ?? 0;
  bytes[offset + 40] = 0xff;
  await writeFile(file, bytes);
  const again = await openLog(directory, settings);
  expect(again.notices[0]).toMatchObject({ name: "log_tail_truncated", offset });
  expect((await contents(again.log))[0]).toEqual(["1 g1", "2 g2"]);
});

/** Three or more segments, closed. */
async function manySegments(): Promise<{ directory: string; files: string[] }> {
  const directory = await newDirectory();
  const { log } = await openLog(directory, settings);
  for (let i = 1; i <= 12; i++) await appendDurably(log, i % 2, "x".repeat(3500));
  await log.close();
  return { directory, files: await segmentFiles(directory) };
}

test("V1 in a segment that is not the last, even the last frame must be whole", async () => {
  const { directory, files } = await manySegments();
  const [, file = ""] = files;
  const bytes = await readFile(file);
  const offset = frameOffsets(bytes).at(-2) ?? 0;
  bytes[offset + 50] = 0xff;
  await writeFile(file, bytes);
  await expect(openLog(directory, settings)).rejects.toMatchObject({ name: "LogCorrupt", file, offset });
});

test("V1 a segment that ends early or is missing is refused", async () => {
  const { directory, files } = await manySegments();
  const [, file = "", next = ""] = files;
  const offset = frameOffsets(await readFile(file)).at(-2) ?? 0;
  await truncate(file, offset);
  await expect(openLog(directory, settings)).rejects.toThrow(/records are missing between them/);
  await expect(openLog(directory, settings)).rejects.toMatchObject({ file: next });
});

test("G1 a damaged segment header is refused", async () => {
  const { directory, files } = await manySegments();
  const file = files.at(-1) ?? "";
  const bytes = await readFile(file);
  for (const position of [0, 9, 17, 21, 30, 70, 4000]) {
    const damaged = Buffer.from(bytes);
    damaged[position] = (damaged[position] ?? 0) ^ 1;
    await writeFile(file, damaged);
    await expect(openLog(directory, settings)).rejects.toMatchObject({ name: "LogCorrupt", file, offset: 0 });
  }
});

test("a segment named after a group that never came: later segments still sort behind it", async () => {
  const directory = await newDirectory();
  const path = join(directory, "new.seg");
  const handle = await open(path, "w+");
  await handle.truncate(settings.segmentBytes);
  const before = new Float64Array(PARTITIONS);
  const place = { firstGroup: 10, lastGroupBefore: 0, segmentBytes: settings.segmentBytes };
  await installSegment(
    directory,
    { handle, path },
    newSegmentHeader({ ...place, sequencesBefore: before, timesBefore: before }),
  );
  await handle.close();
  const { log } = await openLog(directory, settings);
  for (let i = 1; i <= 12; i++) await appendDurably(log, 0, "x".repeat(3500));
  await log.close();
  const again = await openLog(directory, settings);
  expect((await contents(again.log))[0]?.length).toBe(12);
  expect(again.log.stats().segments).toBeGreaterThan(2);
});

test("another number of partitions is refused, and the sentence names both", async () => {
  const directory = await newDirectory();
  const { log } = await openLog(directory);
  await log.close();
  const refusal = await openLog(directory, { partitions: 8 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogMismatch);
  expect(String(refusal)).toContain("made for 4 partitions, but 8 are configured");
  await openLog(directory);
});

test("F2 a payload that contains a frame cannot turn a torn tail into damage", async () => {
  const { directory, file, bytes, offsets } = await fiveGroups();
  const foreign = bytes.subarray(offsets[0], offsets[5]);
  const live = await newDirectory();
  const { log } = await openLog(live, settings);
  await appendDurably(log, 0, "a");
  const group = log.append(0, { kind: 1, flags: 0, timeMs: 1, idHigh: 0, idLow: 0, payload: foreign });
  await log.whenDurable(group);
  const crashed = await copyAsCrashed(live);
  const [crashedFile = ""] = await segmentFiles(crashed);
  const torn = await readFile(crashedFile);
  const start = frameOffsets(torn)[1] ?? 0;
  torn[start + 33] = 0xff;
  await writeFile(crashedFile, torn);
  const again = await openLog(crashed, settings);
  expect(again.notices[0]).toMatchObject({ name: "log_tail_truncated", offset: start });
  expect(file).not.toBe(crashedFile);
  expect(directory).not.toBe(crashed);
});
