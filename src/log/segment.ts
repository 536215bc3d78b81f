// Segment
//
// A file of frames: `log-<first group, 20 digits>.seg`. Begins with a header of whole blocks, little endian:
//
//     0  u32  magic                    24  f64  first group
//     4  u32  format version           32  f64  bytes of the file, header included
//     8  u32  CRC32C                   40  f64  newest group before this segment
//    12  u32  header bytes             64  per partition: f64 last sequence, f64 last record time before this segment
//    16  u32  partitions
//    20  u32  mark of its frames
//
//   G1. A file bears a segment's name only after its fill, its header and the segment before it are durable. So a bad header is damage.
//   G2. The table tells what came before: readers skip whole segments by it, and sequences and times continue after retention (L2).
//   G3. All blocks are written with zeros before use: a commit then changes no metadata, which halves the price of its sync.

import { randomInt } from "node:crypto";
import { type FileHandle, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "@node-rs/crc32";
import { LogCorrupt, LogMismatch } from "./errors.ts";
import { syncDirectory, writeFully } from "./file_io.ts";
import { viewOf } from "./record_codec.ts";

const SEGMENT_MAGIC = 0x474f4c4c;
/** Raise it when the version before could not read a segment: it refuses the log then. */
export const LOG_FORMAT = 1;
const TABLE_OFFSET = 64;
const TABLE_ROW_BYTES = 16;
/** Headers fill whole blocks, so that writing a frame never rewrites a block of the header. */
const BLOCK_BYTES = 4096;
const MARK_LIMIT = 2 ** 32 - 1;

export interface SegmentHeader {
  readonly partitions: number;
  readonly mark: number;
  readonly firstGroup: number;
  readonly lastGroupBefore: number;
  readonly segmentBytes: number;
  readonly headerBytes: number;
  readonly sequencesBefore: Float64Array;
  readonly timesBefore: Float64Array;
}

export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** One past the last frame that was acknowledged. */
  endOffset: number;
}

export function headerBytesFor(partitions: number): number {
  return Math.ceil((TABLE_OFFSET + TABLE_ROW_BYTES * partitions) / BLOCK_BYTES) * BLOCK_BYTES;
}

export function newSegmentHeader(from: {
  readonly firstGroup: number;
  readonly lastGroupBefore: number;
  readonly segmentBytes: number;
  readonly sequencesBefore: Float64Array;
  readonly timesBefore: Float64Array;
}): SegmentHeader {
  const partitions = from.sequencesBefore.length;
  return {
    partitions,
    mark: randomInt(1, MARK_LIMIT),
    firstGroup: from.firstGroup,
    lastGroupBefore: from.lastGroupBefore,
    segmentBytes: from.segmentBytes,
    headerBytes: headerBytesFor(partitions),
    sequencesBefore: from.sequencesBefore.slice(),
    timesBefore: from.timesBefore.slice(),
  };
}

function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(header.headerBytes);
  const view = viewOf(bytes);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(4, LOG_FORMAT, true);
  view.setUint32(12, header.headerBytes, true);
  view.setUint32(16, header.partitions, true);
  view.setUint32(20, header.mark, true);
  view.setFloat64(24, header.firstGroup, true);
  view.setFloat64(32, header.segmentBytes, true);
  view.setFloat64(40, header.lastGroupBefore, true);
  for (let partition = 0; partition < header.partitions; partition++) {
    const row = TABLE_OFFSET + partition * TABLE_ROW_BYTES;
    view.setFloat64(row, header.sequencesBefore[partition] ?? 0, true);
    view.setFloat64(row + 8, header.timesBefore[partition] ?? 0, true);
  }
  view.setUint32(8, crc32c(bytes), true);
  return bytes;
}

/** Most partitions times row, rounded up: as much as any header can hold. */
export const HEADER_BYTES_MAX = 16 * 1024;

/** @param bytes the beginning of the file, `HEADER_BYTES_MAX` of it where it has that much */
export function decodeSegmentHeader(path: string, bytes: Uint8Array): SegmentHeader {
  const damaged = (reason: string, expectedCrc: number | null, foundCrc: number | null): LogCorrupt =>
    new LogCorrupt({ file: path, offset: 0, reason, expectedCrc, foundCrc });
  if (bytes.length < BLOCK_BYTES) throw damaged("the file ends inside the segment header", null, null);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) throw damaged("this is not a segment header", null, null);
  const version = view.getUint32(4, true);
  const headerBytes = view.getUint32(12, true);
  const partitions = view.getUint32(16, true);
  const expectedCrc = view.getUint32(8, true);
  if (headerBytes > bytes.length || headerBytes !== headerBytesFor(partitions)) {
    throw damaged("the segment header has an impossible length", expectedCrc, null);
  }
  const copy = bytes.slice(0, headerBytes);
  viewOf(copy).setUint32(8, 0, true);
  const foundCrc = crc32c(copy);
  if (foundCrc !== expectedCrc) throw damaged("the segment header does not match its CRC", expectedCrc, foundCrc);
  if (version !== LOG_FORMAT) {
    throw new LogMismatch(
      `${path} has log format ${version}, but this version of the program reads only format ${LOG_FORMAT}`,
    );
  }
  const sequencesBefore = new Float64Array(partitions);
  const timesBefore = new Float64Array(partitions);
  for (let partition = 0; partition < partitions; partition++) {
    const row = TABLE_OFFSET + partition * TABLE_ROW_BYTES;
    sequencesBefore[partition] = view.getFloat64(row, true);
    timesBefore[partition] = view.getFloat64(row + 8, true);
  }
  return {
    partitions,
    mark: view.getUint32(20, true),
    firstGroup: view.getFloat64(24, true),
    lastGroupBefore: view.getFloat64(40, true),
    segmentBytes: view.getFloat64(32, true),
    headerBytes,
    sequencesBefore,
    timesBefore,
  };
}

export function segmentName(firstGroup: number): string {
  return `log-${firstGroup.toString().padStart(20, "0")}.seg`;
}

/** Names of the directory's segments, oldest first. */
export async function listSegments(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.filter((name) => /^log-\d{20}\.seg$/.test(name)).sort();
}

/** Gives a filled file its header and then its name (G1). */
export async function installSegment(
  directory: string,
  filled: { readonly handle: FileHandle; readonly path: string },
  header: SegmentHeader,
): Promise<Segment> {
  const path = join(directory, segmentName(header.firstGroup));
  await writeFully(filled.handle, encodeSegmentHeader(header), 0);
  await filled.handle.datasync();
  await rename(filled.path, path);
  await syncDirectory(directory);
  return { path, header, endOffset: header.headerBytes };
}
