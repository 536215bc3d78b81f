// Tail
//
// Decides what the bytes behind the last whole frame of the last segment are: nothing, a group that was never acknowledged, or damage.
//
//   T1. Damage is told from a torn tail by what follows: a whole frame that was written after the group in question was durable (F3).
//   T2. Deciding changes nothing on disk.

import type { FileHandle } from "node:fs/promises";
import { readFully, ZERO_BYTES, zeros } from "./file_io.ts";
import { bodyBytesAt, FRAME_HEADER_BYTES, groupAt, judgeFrame, syncedGroupAt } from "./frame.ts";
import { viewOf } from "./record_codec.ts";

export interface TailPlace {
  readonly handle: FileHandle;
  readonly path: string;
  readonly mark: number;
  /** One past the last whole frame. */
  readonly offset: number;
  readonly fileBytes: number;
  readonly lastGroup: number;
}

export type TailVerdict =
  | { readonly verdict: "empty" }
  /** @property endOffset one past the last byte that is not zero */
  | { readonly verdict: "torn"; readonly endOffset: number }
  | { readonly verdict: "durable" };

export async function judgeTail(place: TailPlace): Promise<TailVerdict> {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(place.mark);
  // Pieces overlap by a mark less one byte, so that none is missed at a border.
  const overlapBytes = mark.length - 1;
  const buffer = Buffer.allocUnsafe(ZERO_BYTES);
  let endOffset = place.offset;
  for (let offset = place.offset; offset < place.fileBytes; offset += ZERO_BYTES - overlapBytes) {
    const piece = buffer.subarray(0, Math.min(ZERO_BYTES, place.fileBytes - offset));
    await readFully(place.handle, piece, offset);
    if (piece.equals(zeros.subarray(0, piece.length))) continue;
    endOffset = offset + lengthWithoutZeros(piece);
    for (let found = piece.indexOf(mark); found !== -1; found = piece.indexOf(mark, found + 1)) {
      if (await isFrameWrittenLater(place, offset + found)) return { verdict: "durable" };
    }
  }
  return endOffset === place.offset ? { verdict: "empty" } : { verdict: "torn", endOffset };
}

function lengthWithoutZeros(piece: Buffer): number {
  let length = piece.length;
  while (length > 0 && piece[length - 1] === 0) length--;
  return length;
}

/** The mark is random (F2), so that in practice only frames of this segment get here. */
async function isFrameWrittenLater(place: TailPlace, offset: number): Promise<boolean> {
  const roomBytes = place.fileBytes - offset;
  if (offset === place.offset || roomBytes < FRAME_HEADER_BYTES) return false;
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  await readFully(place.handle, header, offset);
  const headerView = viewOf(header);
  // Frames that name no group beyond the last whole one as synced prove nothing: all since then may be unsynced together.
  if (groupAt(headerView, 0) <= place.lastGroup || syncedGroupAt(headerView, 0) <= place.lastGroup) return false;
  const frameBytes = Math.min(FRAME_HEADER_BYTES + bodyBytesAt(headerView, 0), roomBytes);
  const bytes = Buffer.allocUnsafe(frameBytes);
  await readFully(place.handle, bytes, offset);
  return judgeFrame({ bytes, view: viewOf(bytes) }, { offset: 0, roomBytes, mark: place.mark }) === "whole";
}
