// Recovery
//
// Reads every segment at start, verifies every CRC, rebuilds last sequences and times, and leaves a log that can be appended to.
//
//   V1. All segments but the last were synced before the next one was named: whatever is wrong in them is damage, and refused.
//   V2. Within each partition every sequence follows its predecessor, through all segments, and agrees with the tables of their headers.
//   V3. The end of the last segment that was never acknowledged is cut: zeroed, synced, reported (`tail.ts` decides).
//   V4. What recovery accepted is on stable storage before it says so. Frames that the last process may not have synced are written once
//       more: if its sync failed, their pages may be in memory, marked clean, and on no disk. A second sync alone would not write them.
//
// A damaged *last* group looks like one that was never acknowledged and is cut as such; the runtime compares its checkpoints
// with `lastSequences` and refuses when they are ahead.

import { type FileHandle, open, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { LogCorrupt, LogMismatch } from "./errors.ts";
import { readFully, syncDirectory, writeFully, writeZeros } from "./file_io.ts";
import { FrameCursor } from "./frame_cursor.ts";
import type { LogNotice } from "./log_notice.ts";
import {
  decodeSegmentHeader,
  HEADER_BYTES_MAX,
  installSegment,
  listSegments,
  newSegmentHeader,
  type Segment,
  type SegmentHeader,
  segmentName,
} from "./segment.ts";
import { judgeTail } from "./tail.ts";
import { RecordTally } from "./record_tally.ts";

/** Read at once: large enough that verifying, not asking, is the cost; also the longest the thread is held at a time (about 2 ms). */
const SCAN_CHUNK_BYTES = 4 * 1024 * 1024;

export interface Recovered {
  readonly segments: Segment[];
  /** The last segment, open for writing. */
  readonly handle: FileHandle;
  readonly lastGroup: number;
  readonly sequences: Float64Array;
  readonly times: Float64Array;
}

interface Scan {
  readonly directory: string;
  readonly partitions: number;
  readonly onNotice: (notice: LogNotice) => void;
  readonly tally: RecordTally;
  lastGroup: number;
}

/** Null when the directory holds no segment yet. */
export async function recoverSegments(
  directory: string,
  partitions: number,
  onNotice: (notice: LogNotice) => void,
): Promise<Recovered | null> {
  const names = await listSegments(directory);
  if (names.length === 0) return null;
  const scan: Scan = { directory, partitions, onNotice, tally: new RecordTally(partitions), lastGroup: 0 };
  const segments: Segment[] = [];
  for (const name of names.slice(0, -1)) segments.push(await scanClosed(scan, name, segments.length === 0));
  const last = await recoverLast(scan, names.at(-1) ?? "", segments.length === 0);
  segments.push(last.segment);
  // A rename of the last process may not have reached the disk yet.
  await syncDirectory(directory);
  const { sequences, times } = scan.tally;
  return { segments, handle: last.handle, lastGroup: scan.lastGroup, sequences, times };
}

/** A new log: one empty segment. */
export async function createFirstSegment(
  directory: string,
  partitions: number,
  segmentBytes: number,
): Promise<Recovered> {
  const path = join(directory, "first.seg");
  const handle = await open(path, "w+");
  try {
    await writeZeros(handle, 0, segmentBytes);
    await handle.sync();
    const sequences = new Float64Array(partitions);
    const times = new Float64Array(partitions);
    const header = newSegmentHeader({
      firstGroup: 1,
      lastGroupBefore: 0,
      segmentBytes,
      sequencesBefore: sequences,
      timesBefore: times,
    });
    const segment = await installSegment(directory, { handle, path }, header);
    return { segments: [segment], handle, lastGroup: 0, sequences, times };
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function scanClosed(scan: Scan, name: string, isFirst: boolean): Promise<Segment> {
  const path = join(scan.directory, name);
  const handle = await open(path, "r");
  try {
    const header = await readHeader(scan, path, handle, isFirst);
    const found = await scanFrames(scan, { path, header, handle });
    if (found.damage !== null) throw found.damage;
    return { path, header, endOffset: found.endOffset };
  } finally {
    await handle.close();
  }
}

async function recoverLast(
  scan: Scan,
  name: string,
  isFirst: boolean,
): Promise<{ segment: Segment; handle: FileHandle }> {
  const path = join(scan.directory, name);
  const handle = await open(path, "r+");
  try {
    const header = await readHeader(scan, path, handle, isFirst);
    const found = await scanFrames(scan, { path, header, handle });
    const fileBytes = (await handle.stat()).size;
    const tail = await judgeTail({
      handle,
      path,
      mark: header.mark,
      offset: found.endOffset,
      fileBytes,
      lastGroup: scan.lastGroup,
    });
    if (tail.verdict === "durable") throw found.damage ?? missingFrame(path, found.endOffset);
    if (tail.verdict === "torn") {
      await writeZeros(handle, found.endOffset, tail.endOffset);
      const bytes = tail.endOffset - found.endOffset;
      scan.onNotice({ name: "log_tail_truncated", file: path, offset: found.endOffset, bytes });
    }
    if (fileBytes < header.segmentBytes) {
      await writeZeros(handle, fileBytes, header.segmentBytes);
      scan.onNotice({ name: "log_segment_short", file: path, bytes: fileBytes, expectedBytes: header.segmentBytes });
    }
    await rewrite(handle, found.unsyncedOffset, found.endOffset);
    await handle.sync();
    return { segment: { path, header, endOffset: found.endOffset }, handle };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function missingFrame(path: string, offset: number): LogCorrupt {
  const reason = "a group is missing here: a later one that names it as durable follows";
  return new LogCorrupt({ file: path, offset, reason, expectedCrc: null, foundCrc: null });
}

async function readHeader(scan: Scan, path: string, handle: FileHandle, isFirst: boolean): Promise<SegmentHeader> {
  const bytes = Buffer.alloc(HEADER_BYTES_MAX);
  const header = decodeSegmentHeader(path, bytes.subarray(0, await readFully(handle, bytes, 0)));
  if (header.partitions !== scan.partitions) {
    throw new LogMismatch(
      `the log in ${scan.directory} was made for ${header.partitions} partitions, but ${scan.partitions} are configured: ` +
        "the number is fixed when a data directory is created",
    );
  }
  const damaged = (reason: string): LogCorrupt =>
    new LogCorrupt({ file: path, offset: 0, reason, expectedCrc: null, foundCrc: null });
  if (basename(path) !== segmentName(header.firstGroup))
    throw damaged(`the file should be called ${segmentName(header.firstGroup)}`);
  if (isFirst) {
    scan.tally.continueFrom(header.sequencesBefore, header.timesBefore);
    scan.lastGroup = header.lastGroupBefore;
  } else if (header.lastGroupBefore !== scan.lastGroup || !scan.tally.agreesWith(header.sequencesBefore)) {
    throw damaged(
      `the segment follows group ${header.lastGroupBefore}, but the one before it ends with ${scan.lastGroup}: records are missing between them`,
    );
  }
  return header;
}

interface FoundFrames {
  readonly endOffset: number;
  /** Where the frames begin that may not have been synced. */
  readonly unsyncedOffset: number;
  /** What is wrong at `endOffset`; null when the frames just end there. */
  readonly damage: LogCorrupt | null;
}

interface OpenSegment {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly handle: FileHandle;
}

async function scanFrames(scan: Scan, { path, header, handle }: OpenSegment): Promise<FoundFrames> {
  const { size } = await handle.stat();
  const cursor = new FrameCursor({
    path,
    handle,
    mark: header.mark,
    startOffset: header.headerBytes,
    endOffset: size,
    chunkBytes: SCAN_CHUNK_BYTES,
    isBufferReused: true,
  });
  const unsynced = new UnsyncedFrames();
  for (;;) {
    await cursor.load();
    let verdict = cursor.step();
    for (; verdict === "whole"; verdict = cursor.step()) {
      takeFrame(scan, path, cursor);
      unsynced.add(cursor.group, cursor.syncedGroup, cursor.frameOffset);
    }
    if (verdict === "partial") continue;
    const endOffset = cursor.frameOffset;
    const damage = verdict === "damaged" ? damageOf(path, cursor) : null;
    return { endOffset, unsyncedOffset: unsynced.firstOffset ?? endOffset, damage };
  }
}

function damageOf(path: string, cursor: FrameCursor): LogCorrupt {
  const reason = "the group does not match its CRC";
  return new LogCorrupt({ file: path, offset: cursor.frameOffset, reason, ...cursor.damagedCrcs() });
}

function takeFrame(scan: Scan, path: string, cursor: FrameCursor): void {
  const wrong =
    cursor.group <= scan.lastGroup
      ? `group ${cursor.group} follows group ${scan.lastGroup}`
      : scan.tally.add(cursor.view, cursor.bodyStart, cursor.bodyEnd, cursor.records);
  if (wrong !== null) {
    throw new LogCorrupt({ file: path, offset: cursor.frameOffset, reason: wrong, expectedCrc: null, foundCrc: null });
  }
  scan.lastGroup = cursor.group;
}

/** Frames newer than the newest group known to be synced; as many as one sync covers. */
class UnsyncedFrames {
  #groups: number[] = [];
  #offsets: number[] = [];
  #first = 0;

  add(group: number, syncedGroup: number, offset: number): void {
    while (this.#first < this.#groups.length && (this.#groups[this.#first] ?? 0) <= syncedGroup) this.#first++;
    if (this.#first === this.#groups.length) {
      this.#groups = [];
      this.#offsets = [];
      this.#first = 0;
    }
    this.#groups.push(group);
    this.#offsets.push(offset);
  }

  get firstOffset(): number | null {
    return this.#offsets[this.#first] ?? null;
  }
}

/** V4: the same bytes to the same place. */
async function rewrite(handle: FileHandle, start: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(SCAN_CHUNK_BYTES, end - start));
  for (let offset = start; offset < end; offset += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, end - offset));
    await readFully(handle, piece, offset);
    await writeFully(handle, piece, offset);
  }
}
