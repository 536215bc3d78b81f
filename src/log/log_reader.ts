// Log reader
//
// Gives the wanted records of a log in order, straight from the segment files, while the writer goes on.
//
//   D1. A reader sees what was acknowledged when it was made, nothing later.
//   D2. Every frame's CRC is verified before any of it is handed out.
//   D3. A batch is a buffer of its own, never used again: the receiver may keep it or transfer it to another thread. Unless it said that batches pass.
//   D4. Segments whose records are all too old are never opened.

import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../base/caught.ts";
import { LogCorrupt, LogHole } from "./errors.ts";
import { FrameCursor } from "./frame_cursor.ts";
import { partitionAt, recordBytesAt, sequenceAt } from "./record_codec.ts";
import type { BatchKeeping } from "./mod.ts";
import type { Segment } from "./segment.ts";

/** Size of a batch, unless a single group is larger: a few thousand records, enough to make a hand-over to a thread cheap. */
const BATCH_BYTES = 1024 * 1024;

interface SegmentPart {
  readonly segment: Segment;
  readonly endOffset: number;
}

/** @param from for each partition the first sequence that is wanted */
export function readSegments(
  segments: readonly Segment[],
  from: readonly number[],
  keeping: BatchKeeping,
): AsyncIterable<Uint8Array> {
  const parts = partsFrom(segments, from);
  return { [Symbol.asyncIterator]: () => readParts(parts, from, keeping) };
}

/** What is on disk now (D1), without what lies wholly before `from` (D4). */
function partsFrom(segments: readonly Segment[], from: readonly number[]): SegmentPart[] {
  let first = 0;
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i];
    if (segment !== undefined && isAllBefore(segment, from)) first = i;
  }
  return segments.slice(first).map((segment) => ({ segment, endOffset: segment.endOffset }));
}

/** True when everything before `segment` is older than wanted. */
export function isAllBefore(segment: Segment, from: readonly number[]): boolean {
  return segment.header.sequencesBefore.every((sequence, partition) => sequence < (from[partition] ?? 1));
}

async function* readParts(
  parts: readonly SegmentPart[],
  from: readonly number[],
  keeping: BatchKeeping,
): AsyncGenerator<Uint8Array, void, void> {
  const oldest = parts[0];
  if (oldest === undefined) return;
  const hole = holeBefore(oldest.segment, from);
  if (hole !== null) throw hole;
  for (const part of parts) {
    const handle = await openPart(part, from);
    try {
      yield* readFrames(handle, part, { from, keeping });
    } finally {
      await handle.close();
    }
  }
}

function holeBefore(oldest: Segment, from: readonly number[]): LogHole | null {
  const before = oldest.header.sequencesBefore;
  for (const [partition, sequence] of before.entries()) {
    const wantedSequence = from[partition] ?? 1;
    if (Math.max(wantedSequence, 1) <= sequence) {
      return new LogHole({ partition, wantedSequence, firstSequence: sequence + 1 });
    }
  }
  return null;
}

/** A segment that was retired since the reader was made is a hole as well. */
async function openPart({ segment }: SegmentPart, from: readonly number[]): Promise<FileHandle> {
  try {
    return await open(segment.path, "r");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    const firstSequence = (segment.header.sequencesBefore[0] ?? 0) + 1;
    throw new LogHole({ partition: 0, wantedSequence: from[0] ?? 1, firstSequence });
  }
}

async function* readFrames(
  handle: FileHandle,
  part: SegmentPart,
  { from, keeping }: { readonly from: readonly number[]; readonly keeping: BatchKeeping },
): AsyncGenerator<Uint8Array, void, void> {
  const { path, header } = part.segment;
  // Everything here is wanted as soon as everything before it that is not wanted lies in earlier segments.
  const wantsAll = header.sequencesBefore.every((sequence, partition) => sequence + 1 >= (from[partition] ?? 1));
  const cursor = new FrameCursor({
    path,
    handle,
    mark: header.mark,
    startOffset: header.headerBytes,
    endOffset: part.endOffset,
    chunkBytes: BATCH_BYTES,
    isBufferReused: keeping === "passing",
  });
  for (;;) {
    await cursor.load();
    let verdict = cursor.step();
    const batch = new Batch(cursor);
    for (; verdict === "whole"; verdict = cursor.step()) {
      if (wantsAll) batch.add(cursor.bodyStart, cursor.bodyEnd);
      else addWanted(batch, cursor, from);
    }
    if (batch.end > batch.start) yield cursor.bytes.subarray(batch.start, batch.end);
    if (verdict === "partial") continue;
    if (verdict === "end" && cursor.frameOffset === part.endOffset) return;
    const crcs = verdict === "damaged" ? cursor.damagedCrcs() : { expectedCrc: null, foundCrc: null };
    const reason = "an acknowledged group is no longer what was written";
    throw new LogCorrupt({ file: path, offset: cursor.frameOffset, reason, ...crcs });
  }
}

/** Pushes the wanted bytes of a loaded piece together, in place: the first run stays where it is, the others move up to it. */
class Batch {
  start = 0;
  end = 0;
  readonly #cursor: FrameCursor;

  constructor(cursor: FrameCursor) {
    this.#cursor = cursor;
  }

  add(start: number, end: number): void {
    if (this.end === this.start) {
      this.start = start;
      this.end = end;
      return;
    }
    if (start !== this.end) this.#cursor.bytes.copyWithin(this.end, start, end);
    this.end += end - start;
  }
}

function addWanted(batch: Batch, cursor: FrameCursor, from: readonly number[]): void {
  const { view, bodyStart, bodyEnd } = cursor;
  let runStart = bodyStart;
  let offset = bodyStart;
  while (offset < bodyEnd) {
    const end = offset + recordBytesAt(view, offset);
    const isWanted = sequenceAt(view, offset) >= (from[partitionAt(view, offset)] ?? 1);
    if (!isWanted) {
      if (offset > runStart) batch.add(runStart, offset);
      runStart = end;
    }
    offset = end;
  }
  if (offset > runStart) batch.add(runStart, offset);
}
